"""The tree over a node's children: RFC 6962 §2.1, SHA-256, over the children's digests in their order.

One child is shown with the hashes beside its path: 17 of them for one of 100,000. The tree itself says nothing of
how many children there are or what kind of thing they are: the node's digest binds both (see `container_nodes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from struct import unpack

HASH = 32
_STEP = f"{HASH}s"
MAX_CHILDREN = 2**20

Levels = tuple[tuple[bytes, ...], ...]
"""All hashes of a tree: the leaves' first, the root's alone last."""


def levels_of(digests: Sequence[bytes]) -> Levels:
    """Return the tree over `digests`, of which there is at least one."""
    level = [sha256(b"\x00" + digest).digest() for digest in digests]
    levels = [tuple(level)]
    while len(level) > 1:
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        # An odd one at the end goes up as it is: that is where RFC 6962 splits at the largest power of two.
        level = above + level[-1:] if len(level) % 2 else above
        levels.append(tuple(level))
    return tuple(levels)


def proof_of(levels: Levels, index: int) -> bytes:
    """Return the audit path of the leaf `index`, from the bottom up, 32 bytes a step (RFC 6962 §2.1.1)."""
    path = []
    for level in levels[:-1]:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        index >>= 1
    return b"".join(path)


def root_of(digest: bytes, index: int, count: int, proof: bytes) -> bytes | None:
    """Return the root of the tree of `count` leaves in which `digest` stands at `index`, if `proof` is its path.

    None if `proof` has not exactly the length that such a path has. Another index, count, digest or proof gives
    another root, or none.
    """
    if not 0 <= index < count <= MAX_CHILDREN:
        return None
    # Up to where the path meets that of the last leaf there is a hash beside it at every level; from there on only
    # where it goes up to the right, and that hash stands left of it.
    meeting = (index ^ (count - 1)).bit_length()
    steps = meeting + (index >> meeting).bit_count()
    if len(proof) != HASH * steps:
        return None
    root, left = sha256(b"\x00" + digest).digest(), index | -1 << meeting
    for beside in unpack(_STEP * steps, proof):
        root = sha256(b"\x01" + beside + root if left & 1 else b"\x01" + root + beside).digest()
        left >>= 1
    return root
