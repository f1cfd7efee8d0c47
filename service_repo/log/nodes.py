"""Hashes of complete subtrees, remembered: once there they never change, so proofs at the log's end cost little."""

from __future__ import annotations

from collections.abc import Sequence

from semper_host.supporting.cryptographic.merkle import node_hash
from service_repo.log.tiles import HASH, WIDTH, Read, tile

_MOST = 100_000
"""How many hashes are remembered before all are forgotten."""


class Nodes:
    """The nodes of a growing tree of `size` leaves; `read` gives the tiles, which are there for all but the last."""

    def __init__(self, size: int, read: Read) -> None:
        self.size, self._read = size, read
        self._laid = size  # as far as there are tiles
        self._known: dict[tuple[int, int], bytes] = {}

    def grow(self, hashes: Sequence[bytes]) -> None:
        """Take these leaf hashes in."""
        for number, each in enumerate(hashes, self.size):
            self._known[0, number] = each
        self.size += len(hashes)

    def laid(self) -> None:
        """Know from now on that all tiles are written."""
        self._laid = self.size
        if len(self._known) > _MOST:
            self._known.clear()

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree (see `log.tree`). Raises AdmissionRefused LOG_INVALID."""
        found = self._known.get((level, index))
        if found is None and (level % 8 or (index + 1) << level > self._laid):
            found = node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))
        elif found is None:
            found = self._stored(level, index)
        self._known[level, index] = found
        return found

    def _stored(self, level: int, index: int) -> bytes:
        """Return a hash that stands in a tile, and remember its neighbours there."""
        number, offset = divmod(index, WIDTH)
        width = min(WIDTH, (self._laid >> level) - number * WIDTH)
        data = tile(level // 8, number, width, self._read)
        for at in range(width):
            self._known[level, number * WIDTH + at] = data[at * HASH : (at + 1) * HASH]
        return data[offset * HASH : (offset + 1) * HASH]
