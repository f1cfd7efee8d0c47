"""The Merkle tree of RFC 6962 §2.1 from stored hashes: root and proofs by reading O(log n) of them. Pure.

`node(level, index)` gives the hash of the complete subtree over the leaves index·2^level to (index+1)·2^level; it is
asked for such subtrees only, and only within the tree's size.
"""

from __future__ import annotations

from collections.abc import Callable

from semper_host.supporting.cryptographic.merkle import EMPTY, node_hash

Node = Callable[[int, int], bytes]


def root(size: int, node: Node) -> bytes:
    """Return the root of the first `size` leaves."""
    return _range(0, size, node) if size else EMPTY


def inclusion(index: int, size: int, node: Node) -> tuple[bytes, ...]:
    """Return the proof that leaf `index` is in the tree of `size` leaves, nearest sibling first (§2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"cannot prove leaf {index} in a tree of {size}")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(begin, middle, node))
            begin = middle
    return tuple(reversed(path))


def consistency(old: int, new: int, node: Node) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` leaves continues the one of `old` (§2.1.2); nothing for old 0 or new."""
    if not 0 <= old <= new:
        raise ValueError(f"cannot prove that a tree of {new} continues one of {old}")
    if old in (0, new):
        return ()
    path: list[bytes] = []
    begin, end, whole = 0, new, True
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_range(middle, end, node))
            end = middle
        else:
            path.append(_range(begin, middle, node))
            begin, whole = middle, False
    if not whole:
        path.append(_range(begin, end, node))
    return tuple(reversed(path))


def _range(begin: int, end: int, node: Node) -> bytes:
    """Return the root over leaves [begin, end); `begin` is where a subtree of that size begins."""
    count = end - begin
    level = count.bit_length() - 1
    if count == 1 << level:
        return node(level, begin >> level)
    middle = begin + (1 << level)
    return node_hash(node(level, begin >> level), _range(middle, end, node))


def _split(count: int) -> int:
    """Return the largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
