"""The tree's hashes and entries as static files, in the layout of C2SP tlog-tiles (c2sp.org/tlog-tiles).

tile/L/N[.p/W]        256 hashes (W of them, while the tile is partial) of level 8·L
tile/entries/N[.p/W]  the entries under tile/0/N, each after its length in two bytes
N is written in groups of three digits, all but the last after an x: x001/x234/067.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from semper_host.model.errors import AdmissionRefused

WIDTH, HASH = 256, 32
MAX_TILE = WIDTH * HASH
MAX_ENTRY = 0xFFFF
MAX_BUNDLE = WIDTH * (MAX_ENTRY + 2)
"""The most bytes of a tile, of an entry, and of a file of entries."""

Read = Callable[[str], bytes | None]
"""Returns the file at a path below the log, or None."""


class Edge(NamedTuple):
    """Where the tree grows: its size and, for each tile level, the hashes of the tile that is not full."""

    size: int
    open: tuple[bytes, ...] = ()

    def grow(self, hashes: Sequence[bytes]) -> tuple[Edge, dict[str, bytes]]:
        """Return the edge after `hashes` (leaf hashes) were appended, and the tile files that are new, by path."""
        files: dict[str, bytes] = {}
        still_open: list[bytes] = []
        size, level, added = self.size + len(hashes), 0, b"".join(hashes)
        while added or level < len(self.open):
            before = self.open[level] if level < len(self.open) else b""
            number = (self.size >> 8 * level) // WIDTH
            whole, above = before + added, []
            for start in range(0, len(whole) - MAX_TILE + 1, MAX_TILE):
                tile = whole[start : start + MAX_TILE]
                files[tile_path(level, number)] = tile
                above.append(subtree(tile))
                number += 1
            rest = whole[len(whole) // MAX_TILE * MAX_TILE :]
            if rest and (added or above):
                files[tile_path(level, number, len(rest) // HASH)] = rest
            still_open.append(rest)
            level, added = level + 1, b"".join(above)
        return Edge(size, tuple(still_open)), files

    @classmethod
    def at(cls, size: int, read: Read) -> Edge:
        """Return the edge of the tree of `size` leaves, its open tiles read. Raises as `tile` does."""
        levels = range((size.bit_length() + 7) // 8)
        return cls(size, tuple(_open_tile(size >> 8 * level, level, read) for level in levels))


class Tiles:
    """Reads nodes of the tree of `size` leaves out of tile files."""

    def __init__(self, size: int, read: Read) -> None:
        self.size, self._read = size, read
        self._tile = lru_cache(maxsize=256)(self._fetch)

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree (see `log.tree`). Raises AdmissionRefused LOG_INVALID."""
        tile_level, height = divmod(level, 8)
        number, offset = divmod(index << height, WIDTH)
        heights = self._tile(tile_level, number)
        while len(heights) <= height:
            heights.append(_above(heights[-1]))
        at = (offset >> height) * HASH
        found = heights[height][at : at + HASH]
        if len(found) != HASH:
            raise _invalid(f"its tree of {self.size} has no node {index} at level {level}")
        return found

    def _fetch(self, level: int, number: int) -> list[bytes]:
        """Return the hashes of a tile, as far as they go, and room for those of the levels above within it."""
        return [tile(level, number, min(WIDTH, (self.size >> 8 * level) - number * WIDTH), self._read)]


def tile(level: int, number: int, width: int, read: Read) -> bytes:
    """Return the first `width` hashes of a tile. Raises AdmissionRefused LOG_INVALID."""
    found = _partial_or_full(lambda wide: tile_path(level, number, wide), width, read)
    data = (found or b"")[: width * HASH]
    if found is None or len(found) % HASH or len(data) != width * HASH:
        raise _invalid(f"{tile_path(level, number, width)} is missing or truncated")
    return data


def entries(number: int, width: int, read: Read) -> list[bytes]:
    """Return the first `width` entries under tile/0/`number`. Raises AdmissionRefused LOG_INVALID."""
    path = entries_path(number, width)
    found = _partial_or_full(lambda wide: entries_path(number, wide), width, read)
    if found is None:
        raise _invalid(f"{path} is missing")
    items: list[bytes] = []
    at = 0
    while at < len(found) and len(items) < width:
        length = int.from_bytes(found[at : at + 2], "big")
        item = found[at + 2 : at + 2 + length]
        if len(item) != length or at + 2 > len(found):
            break
        items.append(item)
        at += 2 + length
    if len(items) != width:
        raise _invalid(f"{path} holds {len(items)} entries instead of {width}")
    return items


def bundle(items: Iterable[bytes]) -> bytes:
    """Return the content of a file of entries. Raises ValueError for one longer than MAX_ENTRY."""
    parts = []
    for item in items:
        if len(item) > MAX_ENTRY:
            raise ValueError("cannot log an entry of more than 65,535 bytes")
        parts += [len(item).to_bytes(2, "big"), item]
    return b"".join(parts)


def subtree(data: bytes) -> bytes:
    """Return the root over the hashes in `data`, whose number is a power of two."""
    while len(data) > HASH:
        data = _above(data)
    return data


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Return where a tile lies, below the log."""
    return f"tile/{level}/{numbered(number, width)}"


def entries_path(number: int, width: int = WIDTH) -> str:
    """Return where the entries under tile/0/`number` lie, below the log."""
    return f"tile/entries/{numbered(number, width)}"


def _above(hashes: bytes) -> bytes:
    """Return the hashes one level up; one that has no sibling yet is left out."""
    pair = 2 * HASH
    starts = range(0, len(hashes) - pair + 1, pair)
    return b"".join([sha256(b"\x01" + hashes[at : at + pair]).digest() for at in starts])


def numbered(number: int, width: int) -> str:
    """Return how the number of a tile is written, with its width where it is partial."""
    groups = [f"{number % 1000:03}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03}")
    name = "/".join(reversed(groups))
    return name if width == WIDTH else f"{name}.p/{width}"


def _open_tile(count: int, level: int, read: Read) -> bytes:
    number, width = divmod(count, WIDTH)
    return tile(level, number, width, read) if width else b""


def _partial_or_full(path: Callable[[int], str], width: int, read: Read) -> bytes | None:
    """Return the partial file, or the full one that took its place since (tlog-tiles: partial tiles may go then)."""
    found = read(path(width))
    return read(path(WIDTH)) if found is None and width < WIDTH else found


def _invalid(cause: str) -> AdmissionRefused:
    return AdmissionRefused("LOG_INVALID", f"cannot read the log: {cause}")
