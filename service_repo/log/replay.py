"""Replaying a log from its entries: every leaf hashed, every chain per id followed. Pure.

Whoever replays needs no proof: the root that it computes itself is the one that was signed, or the log lied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from semper_host.admission.log_entries import LogEntry, check_next, open_entry
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo.log import tiles
from service_repo.log.tiles import WIDTH, Edge, Read
from service_repo.log.tree import root


class Replayed(NamedTuple):
    """A log replayed to `edge.size`: its root, and the newest entry (as its leaf) of each id that got new ones."""

    edge: Edge
    root: bytes
    newest: Mapping[str, bytes]


def replay(edge: Edge, size: int, read: Read, newest: Callable[[str], bytes | None]) -> Replayed:
    """Replay the entries from `edge` up to `size`. `newest(id)` gives the leaf of an id's newest entry before `edge`.

    Raises AdmissionRefused LOG_INVALID (files missing or malformed) and LOG_CHAIN, naming the entry.
    """
    changed: dict[str, bytes] = {}
    for number, leaf in leaves(edge.size, size, read):
        entry = opened(number, leaf)
        last = changed.get(entry.id) or newest(entry.id)
        follow(number, entry, None if last is None else open_entry(last))
        changed[entry.id] = leaf
        edge, _ = edge.grow([leaf_hash(leaf)])
    return Replayed(edge, root_of(edge), changed)


def leaves(start: int, end: int, read: Read) -> Iterator[tuple[int, bytes]]:
    """Give number and leaf of each entry from `start` to before `end`. Raises AdmissionRefused LOG_INVALID."""
    for number in range(start // WIDTH, (end + WIDTH - 1) // WIDTH):
        first = number * WIDTH
        for offset, leaf in enumerate(tiles.entries(number, min(WIDTH, end - first), read)):
            if first + offset >= start:
                yield first + offset, leaf


def opened(number: int, leaf: bytes) -> LogEntry:
    """Return the entry of a leaf. Raises AdmissionRefused LOG_INVALID, naming the entry."""
    try:
        return open_entry(leaf)
    except AdmissionRefused as error:
        raise AdmissionRefused("LOG_INVALID", f"cannot accept entry {number}: {error.message}", evidence=leaf) from None


def follow(number: int, entry: LogEntry, last: LogEntry | None) -> None:
    """Refuse an entry that does not follow the newest one of its id. Raises AdmissionRefused LOG_CHAIN, naming it."""
    try:
        check_next(entry, last)
    except AdmissionRefused as error:
        cause = f"cannot accept entry {number}: {error.message}"
        raise AdmissionRefused("LOG_CHAIN", cause, evidence=error.evidence) from None


def root_of(edge: Edge) -> bytes:
    """Return the root of the tree that ends at `edge`."""

    def node(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, 8)
        if tile_level >= len(edge.open):
            raise AdmissionRefused("LOG_INVALID", "cannot read the log: its open tiles do not fit its size")
        offset = ((index << height) % WIDTH) * tiles.HASH
        return tiles.subtree(edge.open[tile_level][offset : offset + (tiles.HASH << height)])

    return root(edge.size, node)
