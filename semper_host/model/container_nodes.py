"""The nodes of a container, and the one digest that all forms of a node share (DESIGN §6).

    Leaf     an item and its salt                  Elided   only the digest is left
    Inner    security attributes, children         Sealed   the digest, and the node sealed to named parties
    Shown    an inner node of which one child is left, with its proof

A digest is computed from what a node holds when the node is made, never taken over, except where nothing else
is left. So a whole container with the right digest at its root holds nothing that its author did not put there.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from msgspec import Struct
from msgspec.structs import force_setattr

from semper_host.model.container_proof import HASH, MAX_CHILDREN, Levels, levels_of, root_of
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import family_of
from semper_host.model.security import KEY_SIZE, MAX_PARTIES, Security

SALT = 16
LEAF_TAG, INNER_TAG = b"semper.container/1 leaf\x00", b"semper.container/1 node\x00"
"""What the two preimages begin with. Neither is a prefix of the other, of RFC 6962's 0x00 and 0x01, or of any CBOR
array or map: no digest of one kind is one of another."""


class Leaf(Struct, frozen=True):
    """An item with a salt that nobody can guess, so that its digest tells nothing once the item is gone.

    Digest: SHA-256(LEAF_TAG ‖ length of kind, 1 byte ‖ kind ‖ salt ‖ body).
    """

    kind: str
    salt: bytes
    body: bytes
    digest: bytes = b""

    def __post_init__(self) -> None:
        if len(self.salt) != SALT:
            raise refused("a salt does not have 16 bytes")
        force_setattr(self, "digest", sha256(_opening(self.kind) + self.salt + self.body).digest())


class Inner(Struct, frozen=True):
    """A group of nodes, 1 to MAX_CHILDREN, with what is asked for them.

    Digest: SHA-256(INNER_TAG ‖ number of children, 4 bytes, big-endian ‖ root of their tree ‖ CBOR of the attributes).
    """

    security: Security
    children: tuple[Node, ...]
    levels: Levels = ()
    digest: bytes = b""

    def __post_init__(self) -> None:
        if not 1 <= len(self.children) <= MAX_CHILDREN:
            raise refused(f"a node has 1 to {MAX_CHILDREN} children")
        levels = levels_of([child.digest for child in self.children])
        force_setattr(self, "levels", levels)
        force_setattr(self, "digest", _inner_digest(self.security, len(self.children), levels[-1][0]))


class Shown(Struct, frozen=True):
    """An inner node of `count` children of which only the one at `index` is here; `proof` takes it to the root."""

    security: Security
    count: int
    index: int
    child: Node
    proof: bytes
    digest: bytes = b""

    def __post_init__(self) -> None:
        root = root_of(self.child.digest, self.index, self.count, self.proof)
        if root is None:
            raise refused("a proof does not have the form that its index and count ask for")
        force_setattr(self, "digest", _inner_digest(self.security, self.count, root))


class Elided(Struct, frozen=True):
    """A node of which only the digest is left."""

    digest: bytes

    def __post_init__(self) -> None:
        _check_digest(self.digest)


class Copy(Struct, frozen=True):
    """A node sealed to one party, named by its sealing key."""

    recipient: bytes
    sealed: bytes


class Sealed(Struct, frozen=True):
    """A node that only the recipients of its copies can read; they stand in ascending order, each once."""

    digest: bytes
    copies: tuple[Copy, ...]

    def __post_init__(self) -> None:
        _check_digest(self.digest)
        recipients = [copy.recipient for copy in self.copies]
        if not 1 <= len(recipients) <= MAX_PARTIES or any(len(recipient) != KEY_SIZE for recipient in recipients):
            raise refused("a sealed part names no recipient, too many, or one whose key does not have 32 bytes")
        if recipients != sorted(set(recipients)):
            raise refused("the recipients of a sealed part are not named once each, in ascending order")


Node = Leaf | Inner | Shown | Elided | Sealed
"""Any form of a node."""


def refused(why: str, evidence: bytes = b"") -> PeerDeviated:
    """Return the refusal of a container that cannot be what an author made."""
    return PeerDeviated("CONTAINER_INVALID", f"cannot accept the container: {why}", evidence=evidence)


def _inner_digest(security: Security, count: int, root: bytes) -> bytes:
    return sha256(INNER_TAG + count.to_bytes(4, "big") + root + _attributes(security)).digest()


def _check_digest(digest: bytes) -> None:
    if len(digest) != HASH:
        raise refused("a digest does not have 32 bytes")


@lru_cache(maxsize=256)
def _attributes(security: Security) -> bytes:
    return encode(security)


@lru_cache(maxsize=1024)
def _opening(kind: str) -> bytes:
    if family_of(kind) is None:
        raise refused(f"{kind[:80]!r} is no kind of item")
    return LEAF_TAG + bytes((len(kind),)) + kind.encode("ascii")
