"""From entries in the database to a checkpoint that readers may see: hashed, cosigned, all that is under it in place.

One sequencer at a time takes all entries that wait, so publishes at the same time share a checkpoint. Killed anywhere,
the next one does the rest: what the directory's own checkpoint does not cover yet is written again, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from sqlalchemy import Connection, bindparam, func, select

from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signed_note import Note, parse, sign
from service_repo.durable_file import Folder
from service_repo.identity import Identity
from service_repo.layout import CHECKPOINT, LOG, statement_path
from service_repo.log import append, replay, tiles
from service_repo.log.cosigning import Cosigner
from service_repo.log.store import Store
from service_repo.log.tables import Found, checkpoints, entries, statements
from service_repo.log.tiles import WIDTH, Edge, Tiles
from service_repo.log.tree import consistency

_WAITING = (
    select(entries.c.number, entries.c.id, entries.c.kind, entries.c.subject, entries.c.leaf, entries.c.hash,
           entries.c.statement, statements.c.data)
    .join_from(entries, statements, entries.c.statement == statements.c.digest)
    .where(entries.c.number >= bindparam("start"))
    .order_by(entries.c.number)
)  # fmt: skip
_NEWEST = select(checkpoints).order_by(checkpoints.c.size.desc()).limit(1)
_FIRST = select(checkpoints).where(checkpoints.c.size > bindparam("number")).order_by(checkpoints.c.size).limit(1)
_KEEP = checkpoints.insert()
_AT = select(checkpoints.c.root).where(checkpoints.c.size == bindparam("of_size"))
_LEAVES = (
    select(entries.c.leaf)
    .where(entries.c.number >= bindparam("start"), entries.c.number < bindparam("end"))
    .order_by(entries.c.number)
)

Waiting = Sequence[Found]
"""Entries that readers do not see yet, with their statements, in the log's order."""


class Shelves(Protocol):
    """What puts in place that which readers find by name."""

    def before(self, tx: Connection, waiting: Waiting) -> dict[str, bytes]:
        """Return the files named by content that the entries need."""

    def after(self, tx: Connection, waiting: Waiting, note: bytes, tree: Tiles) -> Mapping[str, bytes]:
        """Return the files that show the entries proven under the cosigned `note`."""


class Sequencer:
    """Brings the log in `folder` up to the entries in `store`."""

    def __init__(
        self, store: Store, folder: Folder, identity: Identity, cosigner: Cosigner, shelves: Shelves,
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self._store, self._folder, self._shelves, self._clock = store, folder, shelves, clock
        self._identity, self._cosigner = identity, cosigner
        self._edge = Edge(0)
        self._leaves: tuple[int, list[bytes]] = (0, [])  # those of the file of entries that is not full, at a size

    def reach(self, size: int) -> None:
        """Return once readers see at least `size` entries.

        Raises Unavailable LOG_QUORUM, STORAGE_FULL; then the entries wait, and the next call takes them along.
        """
        if self.published() >= size:
            return
        with self._store.sequencing():
            try:
                while self.published() < size:
                    self._advance()
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
        try:
            return None if note is None else _parsed(note)
        except SemperError:
            cause = "cannot use log/checkpoint: it is damaged; remove it, and `semper repo fsck` writes it again"
            raise Unavailable("STORAGE_CORRUPT", cause) from None

    def _advance(self) -> None:
        here = self.published()
        edge = self._edge if self._edge.size == here else self._opened(here)
        waiting, ahead, files = self._store.read(lambda tx: self._waiting(tx, here))
        self._folder.write_all(files)
        edge, tree = self._grow(edge, waiting)
        note = self._signed(edge, tree) if ahead is None else ahead
        # Before the checkpoint: a reader who sees an entry under it finds all that belongs to it.
        self._folder.write_all(self._store.read(lambda tx: self._shelves.after(tx, waiting, note, tree)))
        # COMMIT POINT: from here on readers see these entries
        self._folder.write(CHECKPOINT, note)
        self._edge = edge
        self._tidy(here, edge.size)

    def _waiting(self, tx: Connection, here: int) -> tuple[Waiting, bytes | None, dict[str, bytes]]:
        """Return the entries from `here` on, the note over them if there is one, and the files named by content.

        There is one where another directory of the same log is ahead: its checkpoints are followed, none is signed.
        """
        waiting, newest = tx.execute(_WAITING, {"start": here}).all(), newest_note(tx)
        ahead = newest is not None and newest.size > here
        if newest is not None and ahead:
            waiting = waiting[: newest.size - here]
        files = {statement_path(row.statement): row.data for row in waiting}
        return waiting, newest.note if newest is not None and ahead else None, files | self._shelves.before(tx, waiting)

    def _grow(self, edge: Edge, waiting: Waiting) -> tuple[Edge, Tiles]:
        """Write the tiles and files of entries that `waiting` adds to the tree; return the tree."""
        grown, files = edge.grow([row.hash for row in waiting])
        first = edge.size // WIDTH * WIDTH
        leaves = self._leaves[1] if self._leaves[0] == edge.size else self._open_leaves(first, edge.size)
        leaves = leaves + [row.leaf for row in waiting]
        self._leaves = (grown.size, leaves[len(leaves) - grown.size % WIDTH :])
        for at in range(0, len(leaves), WIDTH):
            part = leaves[at : at + WIDTH]
            files[tiles.entries_path((first + at) // WIDTH, len(part))] = tiles.bundle(part)
        self._folder.write_all({LOG + name: data for name, data in files.items()})
        return grown, Tiles(grown.size, lambda name: files.get(name) or self._log_file(name))

    def _signed(self, edge: Edge, tree: Tiles) -> bytes:
        """Return the checkpoint of the tree that ends at `edge`, cosigned by a quorum and kept in the database."""
        origin, root = self._identity.settings.origin, replay.root_of(edge)
        text = Checkpoint(origin, edge.size, root).text()
        bare = Note(text, (sign(text, origin, self._identity.keys.log),))

        def prove(old: int, new: int) -> tuple[bytes, ...]:
            return consistency(old, new, tree.node)

        cosigned = self._cosigner.collect(bare, edge.size, prove, self._clock)
        at = self._cosigner.seen_at(cosigned) or self._clock()
        note = cosigned.encode()
        row = {"size": edge.size, "root": root, "note": note, "at": at}
        self._store.write(lambda tx: tx.execute(_KEEP, row))
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
        signed = self._store.read(lambda tx: tx.execute(_AT, {"of_size": size}).scalar())
        if size and root != signed:
            cause = "cannot go on with the log: its tiles are not those under its checkpoint; run `semper repo fsck`"
            raise Unavailable("STORAGE_CORRUPT", cause)
        return edge

    def _open_leaves(self, first: int, end: int) -> list[bytes]:
        return list(self._store.read(lambda tx: tx.execute(_LEAVES, {"start": first, "end": end}).scalars()))

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


@lru_cache(maxsize=4)
def _parsed(note: bytes) -> Checkpoint:
    return parse_checkpoint(parse(note).text)


def newest_note(tx: Connection) -> Found | None:
    """Return the newest checkpoint in the database (size, root, note, at), or None."""
    return tx.execute(_NEWEST).first()


def first_note(tx: Connection, number: int) -> Found | None:
    """Return the first checkpoint that holds entry `number`, or None while there is none."""
    return tx.execute(_FIRST, {"number": number}).first()


def cosigned_size(tx: Connection) -> int:
    """Return the size of the newest checkpoint in the database."""
    return int(tx.execute(select(func.max(checkpoints.c.size))).scalar() or 0)
