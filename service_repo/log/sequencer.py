"""From entries in the database to a checkpoint that readers may see: hashed, cosigned, all that is under it in place.

One sequencer at a time takes all entries that wait, so publishes at the same time share a checkpoint; one that is alone
logs and signs in one transaction. Killed anywhere, the next one does the rest: what the directory's own checkpoint does
not cover yet is written again, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, bindparam, select

from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signed_note import Note, parse, sign
from service_repo.durable_file import Folder
from service_repo.identity import Identity
from service_repo.layout import CHECKPOINT
from service_repo.log import append
from service_repo.log.cosigning import Cosigner
from service_repo.log.growth import Grown, Growth, Waiting
from service_repo.log.prepared import Prepared
from service_repo.log.store import Store
from service_repo.log.tables import Found, checkpoints, entries
from service_repo.log.tiles import WIDTH, Edge
from service_repo.log.tree import Node

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


class Shelves(Protocol):
    """What makes that which readers look up."""

    def changed(self, tx: Connection, waiting: Waiting, released: Sequence[Found] = ()) -> Any:
        """Return all that these entries change, read from the database but for the bundles `released`."""

    def files(self, gathered: Any, note: bytes, size: int, nodes: Node) -> Any:
        """Return it, its `files` by path, proven under the cosigned `note` over the tree of `size` entries."""


class Entered(Protocol):
    """What was entered in a transaction: readers see it in a log of `size` entries, of which `rows` are new."""

    @property
    def size(self) -> int: ...
    @property
    def rows(self) -> Waiting: ...


E = TypeVar("E", bound=Entered)


class _Step(NamedTuple):
    """What the next checkpoint is made of: the entries, what they change, and the note where there is one already."""

    waiting: Waiting
    note: bytes | None
    changed: Any


class Sequencer:
    """Brings the log in `folder` up to the entries in `store`."""

    def __init__(
        self, store: Store, folder: Folder, identity: Identity, cosigner: Cosigner, shelves: Shelves,
        clock: Callable[[], int],
    ) -> None:  # fmt: skip
        self._store, self._folder, self._shelves, self._clock = store, folder, shelves, clock
        self._identity, self.cosigner = identity, cosigner
        self._growth = Growth(folder, self._rows)
        self._seen = b"", Checkpoint("", 0, b"")

    def reach(self, size: int) -> None:
        """Return once readers see at least `size` entries.

        Raises Unavailable LOG_QUORUM, STORAGE_FULL; then the entries wait, and the next call takes them along.
        """
        if self.published() >= size:
            return
        with self._store.sequencing(), _writing():
            self._reach(size)

    def show(self, enter: Callable[[Connection], E]) -> tuple[E, Any]:
        """Have `enter` log something, in one transaction, and return once readers see it.

        With it goes what `Shelves.files` made of it, if it was shown by itself. Raises what `enter` raises, and as
        `reach`.
        """
        with self._store.sequencing(wait=False) as alone, _writing():
            if alone:
                return self._show(enter)
        said = self._store.write(enter)  # with others at the same time, who share a checkpoint
        self.reach(said.size)
        return said, None

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

    def _reach(self, size: int) -> None:
        here = self.published()
        while here < size:
            self._open_at(here)
            step = self._store.read(partial(self._step, here=here))
            self._advance(step, self._growth.grow(step.waiting))
            here = self._growth.edge.size

    def _show(self, enter: Callable[[Connection], E]) -> tuple[E, Any]:
        here = self.published()
        self._open_at(here)
        said, step, grown = self._store.write(lambda tx: self._entered(tx, enter, here))
        if step is not None and grown is not None:
            return said, self._advance(step, grown)
        self._reach(said.size)
        return said, None

    def _entered(
        self, tx: Connection, enter: Callable[[Connection], E], here: int
    ) -> tuple[E, _Step | None, Grown | None]:
        """Enter something; what follows is known if nothing else waited, and signed if no witness is to be asked."""
        said = enter(tx)
        if not said.rows or said.rows[0].number != here:
            return said, None, None
        step = _Step(said.rows, None, self._shelves.changed(tx, said.rows, getattr(said, "released", ())))
        grown = self._growth.grow(said.rows)
        if not self.cosigner.quorum:
            row = self._cosigned(grown.edge)
            _KEEP.insert(tx, [row])
            step = step._replace(note=row["note"])
        return said, step, grown

    def _advance(self, step: _Step, grown: Grown) -> Any:
        """Show entries; return what was made for those who look things up."""
        growth, edge = self._growth, grown.edge
        growth.write(step.waiting, grown)  # before witnesses are asked, who look at it
        note = self._signed(edge) if step.note is None else step.note
        # Before the checkpoint: a reader who sees an entry under it finds all that belongs to it.
        made = self._shelves.files(step.changed, note, edge.size, growth.node)
        self._folder.write_all(made.files)
        # COMMIT POINT: from here on readers see these entries
        self._folder.swap(CHECKPOINT, note)
        growth.shown(edge)
        return made

    def _step(self, tx: Connection, here: int) -> _Step:
        """Return the entries from `here` on, and the note over them if there is one.

        There is one where another directory of the same log is ahead: its checkpoints are followed, none is signed.
        """
        waiting, newest = _WAITING.all(tx, start=here), newest_note(tx)
        ahead = newest is not None and newest.size > here
        if newest is not None and ahead:
            waiting = waiting[: newest.size - here]
        return _Step(waiting, newest.note if newest is not None and ahead else None, self._shelves.changed(tx, waiting))

    def _signed(self, edge: Edge) -> bytes:
        """Return the checkpoint of the tree that ends at `edge`, cosigned by a quorum and kept in the database."""
        row = self._cosigned(edge)
        self._store.write(lambda tx: _KEEP.insert(tx, [row]))
        return bytes(row["note"])

    def _cosigned(self, edge: Edge) -> dict[str, Any]:
        """Return the row of the checkpoint of the tree that ends at `edge`, cosigned by a quorum."""
        origin, root = self._identity.settings.origin, self._growth.root(edge.size)
        text = Checkpoint(origin, edge.size, root).text()
        bare = Note(text, (sign(text, origin, self._identity.keys.log),))
        cosigner = self.cosigner
        cosigned = cosigner.collect(bare, edge.size, self._growth.consistency, self._clock)
        at = cosigner.seen_at(cosigned) or self._clock()
        note = cosigned.encode()
        self._seen = note, Checkpoint(origin, edge.size, root)
        return {"size": edge.size, "root": root, "note": note, "at": at}

    def _open_at(self, size: int) -> None:
        """Take up the tree of `size` entries as the tile files have it, if its root is the one that was signed.

        Raises Unavailable STORAGE_CORRUPT.
        """
        if not self._growth.open_at(size, lambda: self._store.read(lambda tx: _AT.scalar(tx, of_size=size))):
            cause = "cannot go on with the log: its tiles are not those under its checkpoint; run `semper repo fsck`"
            raise Unavailable("STORAGE_CORRUPT", cause)

    def _rows(self, end: int, column: str) -> list[bytes]:
        """Return a column of the entries before `end` that share a tile with it."""
        first = end // WIDTH * WIDTH
        rows = self._store.read(lambda tx: _LEAVES.all(tx, start=first, end=end))
        return [getattr(row, column) for row in rows]


@contextmanager
def _writing() -> Iterator[None]:
    """Say of an error of the disk what it means for whoever publishes."""
    try:
        yield
    except OSError as error:
        raise Unavailable("STORAGE_FULL", f"cannot write to the repository: {error.strerror}") from None


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
