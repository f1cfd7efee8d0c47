"""The trustee's docket: one write-once row for each label, what was noted on it, and who carries its orders.

Any number of processes may use one docket. Who inserts a row first has decided; everybody else reads it. A decision's
orders are work that one worker at a time has leased: a lease that ends unfinished, as of a worker that died, is taken
over by another. Rows and notes are never changed or deleted; the database itself refuses to.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from semper_host.supporting.ledger.books import Books, forbid_changes

DOCKET = MetaData()

_cases = Table(
    "trustee_cases",
    DOCKET,
    Column("label", LargeBinary, primary_key=True),
    Column("verdict", String, nullable=False),
    Column("decided", BigInteger, nullable=False),
    Column("merchant", String, nullable=False),
    Column("deal_key", LargeBinary, nullable=False),
    Column("row", LargeBinary, nullable=False),
    Index("trustee_cases_by_merchant", "merchant", "decided", "verdict", "label"),
    Index("trustee_cases_by_deal_key", "deal_key"),
)
"""The operator's list is read from the first index alone: one by time would be written with each case."""
_notes = Table(
    "trustee_notes",
    DOCKET,
    Column("label", LargeBinary, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("about", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
_work = Table(
    "trustee_work",
    DOCKET,
    Column("label", LargeBinary, primary_key=True),
    Column("due", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("leased_until", BigInteger, nullable=False),
    Column("holder", String, nullable=False),
    Index("trustee_work_by_due", "due"),
    sqlite_with_rowid=False,
)
for _table in (_cases, _notes):
    forbid_changes(_table, "what a trustee decided is never changed")


def _insert_once(table: Table) -> dict[str, Any]:
    """Return the statement by database; it writes one row or none."""
    return {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }


_DECIDE, _NOTE, _OWE = _insert_once(_cases), _insert_once(_notes), _insert_once(_work)
_CASE = select(_cases).where(_cases.c.label == bindparam("of"))
_PAGE = (
    select(_cases.c.label, _cases.c.verdict, _cases.c.decided, _cases.c.merchant, _work.c.tries, _work.c.due)
    .select_from(_cases.outerjoin(_work, _work.c.label == _cases.c.label))
    .order_by(_cases.c.decided.desc(), _cases.c.label)
    .limit(bindparam("most"))
)
_OPEN_PAGE = _PAGE.where(_work.c.label.is_not(None))
_IDLE = _cases.c.verdict != bindparam("binding")
_OF_KEY = _cases.c.deal_key == bindparam("key")
_USED = select(
    func.count(),
    func.count().filter(_IDLE),
    select(func.count()).where(_OF_KEY).scalar_subquery(),
    select(func.count()).where(_OF_KEY, _IDLE).scalar_subquery(),
).where(
    _cases.c.merchant == bindparam("of"), _cases.c.decided > bindparam("after"), _cases.c.decided <= bindparam("until")
)
_NOTES = select(_notes).where(_notes.c.label == bindparam("of")).order_by(_notes.c.at, _notes.c.about)
_LEFT = select(_work.c.label).order_by(_work.c.due, _work.c.label)
_READY = (_work.c.due <= bindparam("now"), _work.c.leased_until <= bindparam("now"))
_FIRST_DUE = select(func.min(_work.c.due)).where(_work.c.leased_until <= bindparam("now"))
_NEXT = (
    select(_work.c.label).where(*_READY).order_by(_work.c.due).limit(1)
    .with_for_update(skip_locked=True).scalar_subquery()
)  # fmt: skip
_LEASED = {"leased_until": bindparam("until"), "holder": bindparam("by"), "tries": _work.c.tries + 1}
_LEASE_NEXT = _work.update().where(_work.c.label == _NEXT).values(_LEASED).returning(_work.c.label, _work.c.tries)
_LEASE = (
    _work.update().where(_work.c.label == bindparam("of"), _work.c.leased_until <= bindparam("now")).values(_LEASED)
)
_AGAIN = (
    _work.update().where(_work.c.label == bindparam("of"), _work.c.holder == bindparam("by"))
    .values(due=bindparam("at"), leased_until=0, holder="")
)  # fmt: skip
_LATEST = 2**62
_DONE = _work.delete().where(_work.c.label == bindparam("of"))


class CaseRow(msgspec.Struct, frozen=True):
    """A decision: on which label, what, when (seconds), for which enrolled merchant and which key of its deal."""

    label: bytes
    verdict: str
    decided: int
    merchant: str
    deal_key: bytes
    row: bytes


class CaseNote(msgspec.Struct, frozen=True):
    """What came to be known of a case afterwards: its kind, whom it is about (a key, or b""), when, and the bytes."""

    label: bytes
    kind: str
    about: bytes
    at: int
    data: bytes


class CaseLine(msgspec.Struct, frozen=True):
    """A line of the operator's list; `tries` and `due` (milliseconds) are None once nothing is to be carried."""

    label: bytes
    verdict: str
    decided: int
    merchant: str
    tries: int | None
    due: int | None


class _Window:
    """How many cases of one merchant were decided after `since` (None: not counted yet), and how many were `idle`."""

    __slots__ = ("idle", "since", "used")

    def __init__(self) -> None:
        self.since: int | None = None
        self.used = self.idle = 0


class Docket:
    """The docket in a store. Methods that write take the transaction; times of work are milliseconds since 1970."""

    def __init__(self, store: Books) -> None:
        self._store = store
        self._decide, self._note, self._owe = store.prepared(_DECIDE), store.prepared(_NOTE), store.prepared(_OWE)
        self._case, self._used = store.prepared(_CASE), store.prepared(_USED)
        store.create(DOCKET)

    def decide(self, tx: Connection, case: CaseRow) -> CaseRow | None:
        """Write the row if its label is free and return None; else change nothing and return what stands."""
        return None if self._decide.run(tx, msgspec.structs.asdict(case)) else self.case(case.label, tx)

    def case(self, label: bytes, tx: Connection | None = None) -> CaseRow | None:
        """Return the row of a label, or None."""
        found = self._look(tx, lambda c: self._case.first(c, {"of": label}))
        return None if found is None else CaseRow(*found)

    def used(self, tx: Connection, case: CaseRow, after: int, binding: str) -> tuple[int, int, int, int]:
        """Return how many cases were decided for a merchant after a time (seconds), how many of these with another
        verdict than `binding`; and the same two numbers of all cases to which one deal's key has ever led.

        Merchant and key are those of `case`, written in this transaction by `decide` and counted with the others. Where
        the writer remembers the count, only what is too old by now is looked up.
        """
        window = self._store.pending.head(_Window, case.merchant.encode(), lambda tx, name: _Window())
        begin, end, sign = window.since, after, -1
        if begin is None or after < begin:  # nothing is remembered, or the clock was set back
            begin, end, sign, window.used, window.idle = after, _LATEST, 1, 0, 0
        elif case.decided > begin:
            window.used, window.idle = window.used + 1, window.idle + (case.verdict != binding)
        asked = {"of": case.merchant, "after": begin, "until": end, "binding": binding, "key": case.deal_key}
        used, idle, of_key, idle_of_key = self._used.first(tx, asked) or (0, 0, 0, 0)
        window.since, window.used, window.idle = after, window.used + sign * used, window.idle + sign * idle
        return window.used, window.idle, of_key, idle_of_key

    def note(self, tx: Connection, note: CaseNote) -> bool:
        """Write a note, the first of its kind about this one; say whether it is new."""
        return bool(self._note.run(tx, msgspec.structs.asdict(note)))

    def notes(self, label: bytes, tx: Connection | None = None) -> list[CaseNote]:
        """Return all notes on a label, oldest first."""
        return [CaseNote(*row) for row in self._look(tx, lambda c: c.execute(_NOTES, {"of": label}).all())]

    def lines(self, most: int, *, open_only: bool = False) -> list[CaseLine]:
        """Return the latest cases, at most so many; `open_only`: those whose orders are still to be carried."""
        page = _OPEN_PAGE if open_only else _PAGE
        return [CaseLine(*row) for row in self._look(None, lambda c: c.execute(page, {"most": most}).all())]

    def owe(self, tx: Connection, label: bytes, due: int, leased_until: int = 0, holder: str = "") -> None:
        """Enter the orders of a case as work, perhaps leased at once to who decided."""
        self._owe.run(
            tx, {"label": label, "due": due, "tries": 0, "leased_until": leased_until, "holder": holder}
        )

    def first_due(self, now: int) -> int | None:
        """Return when the first work that nobody has leased is due, or None where there is none."""
        due: int | None = self._look(None, lambda c: c.execute(_FIRST_DUE, {"now": now}).scalar())
        return due

    def lease_next(self, tx: Connection, now: int, until: int, holder: str) -> tuple[bytes, int] | None:
        """Lease the work longest due; return its label and how often it was taken up, or None where nothing is due."""
        row = tx.execute(_LEASE_NEXT, {"now": now, "until": until, "by": holder}).first()
        return None if row is None else (row.label, row.tries)

    def lease(self, tx: Connection, label: bytes, now: int, until: int, holder: str) -> bool:
        """Lease the work of one label, due or not; False where another has it, or nothing is left to do."""
        return tx.execute(_LEASE, {"of": label, "now": now, "until": until, "by": holder}).rowcount == 1

    def again(self, tx: Connection, label: bytes, due: int, holder: str) -> None:
        """Give a lease back: the work is due again at `due`."""
        tx.execute(_AGAIN, {"of": label, "by": holder, "at": due})

    def done(self, tx: Connection, label: bytes) -> None:
        """Nothing is left to do for this label."""
        tx.execute(_DONE, {"of": label})

    def left(self) -> list[bytes]:
        """Return the labels whose orders are still to be carried, the one longest due first."""
        return list(self._look(None, lambda c: c.execute(_LEFT).scalars().all()))

    def _look(self, tx: Connection | None, work: Any) -> Any:
        return self._store.read(work) if tx is None else work(tx)
