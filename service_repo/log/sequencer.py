"""From entries in the database to a checkpoint that readers may see: hashed, cosigned, all that is under it in place.

One sequencer at a time takes all entries that wait, so publishes at the same time share a checkpoint. Killed anywhere,
the next one does the rest: what the directory's own checkpoint does not cover yet is written again, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection, bindparam, select

from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signed_note import Note, parse, sign
from service_repo.durable_file import Folder
from service_repo.identity import Identity
from service_repo.layout import CHECKPOINT, LOG
from service_repo.log import append, replay, tiles
from service_repo.log.cosigning import Cosigner
from service_repo.log.nodes import Nodes
from service_repo.log.prepared import Prepared
from service_repo.log.statement_pages import Pages
from service_repo.log.store import Store
from service_repo.log.tables import Found, checkpoints, entries
from service_repo.log.tiles import WIDTH, Edge
from service_repo.log.tree import Node, consistency
from service_repo.log.tree import root as tree_root

_WAITING = Prepared(
    select(entries.c.number, entries.c.id, entries.c.sequence, entries.c.kind, entries.c.subject, entries.c.leaf,
           entries.c.hash, entries.c.statement, entries.c.data)
    .where(entries.c.number >= bindparam("start"))
    .order_by(entries.c.number)
)  # fmt: skip
_NEWEST = Prepared(select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1))
_FIRST = Prepared(
    select(checkpoints).where(checkpoints.c.size > bindparam("number")).order_by(checkpoints.c.size).limit(1)
)
_KEEP = Prepared(checkpoints.insert())
_AT = Prepared(select(checkpoints.c.root).where(checkpoints.c.size == bindparam("of_size")))
_LEAVES = Prepared(
    select(entries.c.leaf, entries.c.data)
    .where(entries.c.number >= bindparam("start"), entries.c.number < bindparam("end"))
    .order_by(entries.c.number)
)

Waiting = Sequence[Found]
"""Entries that readers do not see yet, with their statements, in the log's order."""


class Shelves(Protocol):
    """What makes that which readers look up."""

    def changed(self, tx: Connection, waiting: Waiting) -> Any:
        """Return all that these entries change, read from the database."""

    def files(self, gathered: Any, note: bytes, size: int, nodes: Node) -> Mapping[str, bytes]:
        """Return the files of it, proven under the cosigned `note` over the tree of `size` entries."""


class _Step(NamedTuple):
    """What the next checkpoint is made of: the entries, what they change, and the note where there is one already."""

    waiting: Waiting
    ahead: bytes | None
    changed: Any


class Sequencer:
    """Brings the log in `folder` up to the entries in `store`."""

    def __init__(
        self, store: Store, folder: Folder, identity: Identity, cosigner: Cosigner, shelves: Shelves,
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self._store, self._folder, self._shelves, self._clock = store, folder, shelves, clock
        self._identity, self.cosigner = identity, cosigner
        self._edge, self._nodes = Edge(0), Nodes(0, self._log_file)
        self._open = 0, b""  # a size of the log, and the content of the file of entries that is not full then
        self._seen = b"", Checkpoint("", 0, b"")
        self._pages = Pages(folder)

    def reach(self, size: int) -> None:
        """Return once readers see at least `size` entries.

        Raises Unavailable LOG_QUORUM, STORAGE_FULL; then the entries wait, and the next call takes them along.
        """
        if self.published() >= size:
            return
        with self._store.sequencing():
            try:
                here = self.published()
                while here < size:
                    here = self._advance(here)
            except OSError as error:
                raise Unavailable("STORAGE_FULL", f"cannot write to the repository: {error.strerror}") from None

    def catch_up(self) -> None:
        """Finish what a killed process left behind: bring every entry in the database to the readers."""
        self.reach(self._store.read(append.size))

    def published(self) -> int:
        """Return how many entries readers see. Raises Unavailable STORAGE_CORRUPT."""
        return 0 if (found := self.checkpoint()) is None else found.size

    def checkpoint(self) -> Checkpoint | None:
        """Return the checkpoint that readers see, or None. Raises Unavailable STORAGE_CORRUPT."""
        note = self._folder.read(CHECKPOINT)
        if note is None or note == self._seen[0]:
            return None if note is None else self._seen[1]
        try:
            found = parse_checkpoint(parse(note).text)
        except SemperError:
            cause = "cannot use log/checkpoint: it is damaged; remove it, and `semper repo fsck` writes it again"
            raise Unavailable("STORAGE_CORRUPT", cause) from None
        self._seen = note, found
        return found

    def _advance(self, here: int) -> int:
        """Show the entries from `here` on; return how many readers see then."""
        if self._edge.size != here:
            self._edge = self._opened(here)
        step = self._store.read(lambda tx: self._step(tx, here))
        edge = self._grown(step.waiting)
        note = self._signed(edge) if step.ahead is None else step.ahead
        # Before the checkpoint: a reader who sees an entry under it finds all that belongs to it.
        self._folder.write_all(self._shelves.files(step.changed, note, edge.size, self._nodes.node))
        # COMMIT POINT: from here on readers see these entries
        self._folder.write(CHECKPOINT, note)
        self._edge = edge
        self._tidy(here, edge.size)
        return edge.size

    def _step(self, tx: Connection, here: int) -> _Step:
        """Return the entries from `here` on, and the note over them if there is one.

        There is one where another directory of the same log is ahead: its checkpoints are followed, none is signed.
        """
        waiting, newest = _WAITING.all(tx, start=here), newest_note(tx)
        ahead = newest is not None and newest.size > here
        if newest is not None and ahead:
            waiting = waiting[: newest.size - here]
        return _Step(waiting, newest.note if newest is not None and ahead else None, self._shelves.changed(tx, waiting))

    def _grown(self, waiting: Waiting) -> Edge:
        """Write statements, tiles and files of entries that `waiting` adds to the tree; return where it ends then."""
        edge, hashes, said = self._edge, [row.hash for row in waiting], [row.data for row in waiting]
        grown, files = edge.grow(hashes)
        first = edge.size // WIDTH * WIDTH
        if self._open[0] != edge.size:
            self._open = edge.size, tiles.bundle(self._open_rows(first, edge.size, "leaf"))
        content, start = self._open[1], edge.size
        while start < grown.size:
            end = min(grown.size, start // WIDTH * WIDTH + WIDTH)
            content += tiles.bundle([row.leaf for row in waiting[start - edge.size : end - edge.size]])
            files[tiles.entries_path(start // WIDTH, end - start // WIDTH * WIDTH)] = content
            content, start = content if end % WIDTH else b"", end
        self._open = grown.size, content
        if not self._pages.extend(edge.size, said):
            self._pages.extend(edge.size, said, self._open_rows(first, edge.size, "data"))
        self._folder.write_all({LOG + name: data for name, data in files.items()})
        if self._nodes.size != edge.size:  # the last checkpoint did not come about
            self._nodes = Nodes(edge.size, self._log_file)
        self._nodes.grow(hashes)
        return grown

    def _signed(self, edge: Edge) -> bytes:
        """Return the checkpoint of the tree that ends at `edge`, cosigned by a quorum and kept in the database."""
        origin, root = self._identity.settings.origin, tree_root(edge.size, self._nodes.node)
        text = Checkpoint(origin, edge.size, root).text()
        bare = Note(text, (sign(text, origin, self._identity.keys.log),))

        def prove(old: int, new: int) -> tuple[bytes, ...]:
            return consistency(old, new, self._nodes.node)

        cosigner = self.cosigner
        cosigned = cosigner.collect(bare, edge.size, prove, self._clock)
        at = cosigner.seen_at(cosigned) or self._clock()
        note = cosigned.encode()
        row = {"size": edge.size, "root": root, "note": note, "at": at}
        self._store.write(lambda tx: _KEEP.insert(tx, [row]))
        return note

    def _opened(self, size: int) -> Edge:
        """Return the edge at `size` as the tile files have it, if its root is the one that was signed.

        Raises Unavailable STORAGE_CORRUPT.
        """
        try:
            edge = Edge.at(size, self._log_file)
            root = replay.root_of(edge)
        except AdmissionRefused:
            edge, root = Edge(0), b""
        signed = self._store.read(lambda tx: _AT.scalar(tx, of_size=size))
        if size and root != signed:
            cause = "cannot go on with the log: its tiles are not those under its checkpoint; run `semper repo fsck`"
            raise Unavailable("STORAGE_CORRUPT", cause)
        self._nodes = Nodes(size, self._log_file)
        return edge

    def _open_rows(self, first: int, end: int, column: str) -> list[bytes]:
        rows = self._store.read(lambda tx: _LEAVES.all(tx, start=first, end=end))
        return [getattr(row, column) for row in rows]

    def _log_file(self, name: str) -> bytes | None:
        return self._folder.read(LOG + name)

    def _tidy(self, old: int, new: int) -> None:
        """Remove the partial files of tiles that have become full (tlog-tiles allows it then)."""
        for level in range(8):
            full = new >> 8 * level
            for number in range((old >> 8 * level) // WIDTH, full // WIDTH):
                paths = [tiles.tile_path(level, number)] + ([tiles.entries_path(number)] if not level else [])
                for path in paths:
                    for partial in (self._folder.path / f"{LOG}{path}.p").glob("*"):
                        partial.unlink(missing_ok=True)


def newest_note(tx: Connection) -> Found | None:
    """Return the newest checkpoint in the database (size, root, note, at), or None."""
    return _NEWEST.first(tx)


def first_note(tx: Connection, number: int) -> Found | None:
    """Return the first checkpoint that holds entry `number`, or None while there is none."""
    return _FIRST.first(tx, number=number)


def cosigned_size(tx: Connection) -> int:
    """Return the size of the newest checkpoint in the database."""
    newest = newest_note(tx)
    return 0 if newest is None else int(newest.size)
