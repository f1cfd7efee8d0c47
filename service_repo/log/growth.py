"""The log's files as they grow: tiles, entries and statements, written before the checkpoint that covers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from semper_host.model.errors import AdmissionRefused
from service_repo.durable_file import Folder
from service_repo.layout import LOG
from service_repo.log import replay, tiles
from service_repo.log.nodes import Nodes
from service_repo.log.spares import Spares
from service_repo.log.statement_pages import Pages
from service_repo.log.tables import Found
from service_repo.log.tiles import WIDTH, Edge
from service_repo.log.tree import consistency
from service_repo.log.tree import root as tree_root

Waiting = Sequence[Found]
"""Entries that readers do not see yet, with their statements, in the log's order."""
Rows = Callable[[int, str], list[bytes]]
"""Gives a column (leaf, data) of the entries before a number that share a tile with it."""
_PARTIAL = ".p/"


class Grown(NamedTuple):
    """The log with further entries: where its tree ends, its new files, and the file of entries that is not full."""

    edge: Edge
    files: Mapping[str, bytes]
    open: bytes


class Growth:
    """The log in `folder` up to `edge`, and the tree of what is to come. One sequencer at a time."""

    def __init__(self, folder: Folder, rows: Rows) -> None:
        self._folder, self._rows = folder, rows
        self.edge, self._nodes = Edge(0), Nodes(0, self._log_file)
        self._open = 0, b""  # a size of the log, and the content of the file of entries that is not full then
        self._pages, self._spares = Pages(folder), Spares(folder)

    def open_at(self, size: int, signed: Callable[[], bytes | None]) -> bool:
        """Take up the tree of `size` entries as the tile files have it; say whether its root is the one `signed`."""
        if self.edge.size == size:
            return True
        try:
            edge = Edge.at(size, self._log_file)
            root = replay.root_of(edge)
        except AdmissionRefused:
            edge, root = Edge(0), b""
        if size and root != signed():
            return False
        self.edge, self._nodes = edge, Nodes(size, self._log_file)
        return True

    def grow(self, waiting: Waiting) -> Grown:
        """Return the log with entries that wait; root, node and consistency are those of its tree. Nothing is written.

        Done again from the same edge, it forgets what was grown before.
        """
        edge, hashes = self.edge, [row.hash for row in waiting]
        grown, files = edge.grow(hashes)
        if self._open[0] != edge.size:
            self._open = edge.size, tiles.bundle(self._rows(edge.size, "leaf"))
        content, start = self._open[1], edge.size
        while start < grown.size:
            end = min(grown.size, start // WIDTH * WIDTH + WIDTH)
            content += tiles.bundle([row.leaf for row in waiting[start - edge.size : end - edge.size]])
            files[tiles.entries_path(start // WIDTH, end - start // WIDTH * WIDTH)] = content
            content, start = content if end % WIDTH else b"", end
        if self._nodes.size != edge.size:  # what was grown last did not come about
            self._nodes = Nodes(edge.size, self._log_file)
        self._nodes.grow(hashes)
        return Grown(grown, files, content)

    def write(self, waiting: Waiting, grown: Grown) -> None:
        """Write statements, tiles and files of the entries that `grown` holds."""
        size, said = self.edge.size, [row.data for row in waiting]
        if not self._pages.extend(size, said):
            self._pages.extend(size, said, self._rows(size, "data"))
        partial = {LOG + name: data for name, data in grown.files.items() if _PARTIAL in name}
        self._folder.place(partial, self._spares.take)  # nobody asks for those of a size that no checkpoint has yet
        self._folder.write_all({LOG + name: data for name, data in grown.files.items() if _PARTIAL not in name})
        self._open = grown.edge.size, grown.open
        self._nodes.laid()

    def shown(self, edge: Edge) -> None:
        """Know that readers see the log up to `edge`; partial files of tiles that became full go (tlog-tiles)."""
        old, new = self.edge.size, edge.size
        self.edge = edge
        for level in range(8):
            full = new >> 8 * level
            for number in range((old >> 8 * level) // WIDTH, full // WIDTH):
                paths = [tiles.tile_path(level, number)] + ([tiles.entries_path(number)] if not level else [])
                for path in paths:
                    self._spares.keep(f"{LOG}{path}.p")

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` entries."""
        return tree_root(size, self._nodes.node)

    def node(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree (see `log.tree`)."""
        return self._nodes.node(level, index)

    def consistency(self, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the tree of `new` entries continues the one of `old`."""
        return consistency(old, new, self._nodes.node)

    def _log_file(self, name: str) -> bytes | None:
        return self._folder.read(LOG + name)
