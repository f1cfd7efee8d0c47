"""What a transaction still has to write, and what the writer remembers of what it wrote.

Reading a head and inserting a row are cheap for the database and dear for the interpreter: each statement gives the
interpreter's lock away and wants it back. So appends of a transaction gather here as rows, and are written with one
statement a table just before the commit; and heads (a journal's last number, say) are remembered from one transaction
to the next. Any other statement of the transaction sees the rows: they are settled before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

MOST_HEADS = 8192
"""Heads that are remembered at most."""

Row = tuple[Any, ...]
H = TypeVar("H")


class Target(Protocol):
    """Where rows go, each under its first column: of two with the same one, only the last is written."""

    rank: int
    """Targets are written in the order of their ranks."""

    def write(self, tx: Connection, rows: Sequence[Row]) -> None:
        """Write `rows`."""


class Pending:
    """The writing transaction's rows and heads. Used by whoever holds the transaction, so by one thread at a time."""

    def __init__(self) -> None:
        self.tx: Connection | None = None
        """The transaction under way."""
        self._savepoint: Callable[[], None] | None = None
        self._earlier = _Rows()
        self._own = _Rows()
        self._heads: dict[tuple[type, bytes], Any] = {}
        self._undone = False
        self._broken: BaseException | None = None
        self._failed: BaseException | None = None

    def begin(self, tx: Connection, *, remembering: bool) -> None:
        """Begin a transaction; heads of the one before hold still if nobody else can have written since."""
        self.tx, self._savepoint, self._undone = tx, None, False
        self._broken = self._failed = None
        if not remembering or len(self._heads) > MOST_HEADS:
            self._heads.clear()

    def put(self, target: Target, row: Row) -> None:
        """Have `row` written before the commit, in place of an earlier one with the same first column."""
        rows = self._own.by_target.get(target)
        if rows is None:
            rows = self._own.by_target[target] = {}
        rows[row[0]] = row

    def head(self, kind: type[H], name: bytes, load: Callable[[Connection, bytes], H]) -> H:
        """Return what is remembered as `kind` of `name`, else what `load` reads. It is the caller's to keep true."""
        key = (kind, name)
        self._own.touched.append(key)
        found: H | None = self._heads.get(key)
        if found is None:
            assert self.tx is not None
            if self._undone:  # rows not written yet may be about it
                self.settle()
            found = self._heads[key] = load(self.tx, name)
        return found

    def settle(self) -> None:
        """Write what is there, so that the statement that comes next sees it."""
        if self._savepoint is not None:
            self._write(self._earlier)
            make, self._savepoint = self._savepoint, None
            make()
        self._write(self._earlier)
        self._write(self._own)

    def savepoint(self, make: Callable[[], None]) -> None:
        """A work begins; `make` marks the place for its statements, and is called only if there are any."""
        self._savepoint = make

    @property
    def marked(self) -> bool:
        """Whether the place where the work began had to be marked."""
        return self._savepoint is None

    def check(self) -> None:
        """Raise what writing the work's rows raised: a work that went on regardless is not kept without them."""
        if self._failed is not None:
            raise self._failed

    def keep(self) -> None:
        """Keep the work's rows."""
        self._savepoint = None
        self._earlier.take(self._own)

    def undo(self) -> None:
        """Drop the work's rows, and what it made of heads."""
        self._savepoint, self._undone, self._failed = None, True, None
        self._drop(self._own)

    def waiting(self) -> list[tuple[Target, tuple[Row, ...]]]:
        """Return the rows that wait to be written, by target."""
        both = (*self._earlier.by_target.items(), *self._own.by_target.items())
        return [(target, tuple(rows.values())) for target, rows in both]

    def finish(self) -> None:
        """Write everything, for the commit. Raises what an earlier writing raised: then there must be none."""
        self.check()
        if self._broken is not None:
            raise self._broken
        self._earlier.take(self._own)
        self._write(self._earlier)

    def committed(self) -> None:
        """Forget what belonged to the transaction alone."""
        self._earlier.touched.clear()
        self.tx = None

    def abandon(self) -> None:
        """Drop all rows of the transaction, and every head that it touched."""
        self._drop(self._own)
        self._drop(self._earlier)
        self.tx = None

    def _write(self, rows: _Rows) -> None:
        by_target = rows.by_target
        if not by_target:
            return
        rows.by_target = {}
        assert self.tx is not None
        try:
            for target in sorted(by_target, key=_rank):
                target.write(self.tx, tuple(by_target[target].values()))
        except BaseException as error:
            if rows is self._earlier:  # not the work's that is under way: what others believe kept is lost
                self._broken = error
            else:
                self._failed = error
            raise

    def _drop(self, rows: _Rows) -> None:
        for key in rows.touched:
            self._heads.pop(key, None)
        rows.by_target, rows.touched = {}, []


class _Rows:
    """Rows by target and key, and the heads that were touched with them."""

    __slots__ = ("by_target", "touched")

    def __init__(self) -> None:
        self.by_target: dict[Target, dict[Any, Row]] = {}
        self.touched: list[tuple[type, bytes]] = []

    def take(self, others: _Rows) -> None:
        """Take all of `others`, which come later."""
        if not self.by_target:
            self.by_target = others.by_target
        else:
            for target, rows in others.by_target.items():
                mine = self.by_target.get(target)
                if mine is None:
                    self.by_target[target] = rows
                else:
                    mine.update(rows)
        self.touched += others.touched
        others.by_target, others.touched = {}, []


def _rank(target: Target) -> int:
    return target.rank
