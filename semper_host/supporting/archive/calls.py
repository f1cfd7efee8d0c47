"""What bundles asked and were answered, so that a call goes on by replay; and what they were refused."""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, bindparam, select

from semper_host.model.errors import BundleMisbehaved
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context

_calls = Table(
    "calls",
    TABLES,
    Column("call", Bytes, primary_key=True),
    Column("step", Integer, primary_key=True, autoincrement=False),
    Column("request", Bytes, nullable=False),
    Column("answer", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
_OF_CALL = select(_calls).where(_calls.c.call == bindparam("of")).order_by(_calls.c.step)
_AT_STEP = select(_calls.c.request).where(_calls.c.call == bindparam("of"), _calls.c.step == bindparam("at"))
_RECORD = _calls.insert()
_FORGET = _calls.delete().where(_calls.c.call == bindparam("of"))

_refusals = Table(
    "refusals",
    TABLES,
    Column("seq", Integer, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("bundle", Bytes, nullable=False),
    Column("deal", Bytes, nullable=False),
    Column("request", String, nullable=False),
    Column("why", String, nullable=False),
    sqlite_autoincrement=True,
)
_ALL_REFUSALS = select(_refusals).order_by(_refusals.c.seq)
_REFUSE = _refusals.insert()


class CallRow(msgspec.Struct, frozen=True):
    """One request of a call, by its digest, and the answer it was given."""

    step: int
    request: bytes
    answer: bytes


class Refusal(msgspec.Struct, frozen=True):
    """A request that the broker refused: when (seconds), of which bundle, in which deal (b"" outside one), and why."""

    at: int
    bundle: bytes
    deal: bytes
    request: str
    why: str


class Calls(Shelf):
    """Record and replay; answers are encrypted."""

    def record_call(self, tx: Connection, call: bytes, step: int, request: bytes, answer: bytes) -> None:
        """Record that request number `step` of `call`, with digest `request`, was answered with `answer`.

        Recording the same request again changes nothing; another one at the same step raises BundleMisbehaved
        (REPLAY_DIVERGED).
        """
        known = tx.execute(_AT_STEP, {"of": call, "at": step}).scalar()
        if known is None:
            sealed = self._box.encrypt(answer, context("calls", call, step, request))
            tx.execute(_RECORD, {"call": call, "step": step, "request": request, "answer": sealed})
        elif known != request:
            raise BundleMisbehaved("REPLAY_DIVERGED", f"cannot go on: request {step} differs from the one recorded")

    def calls(self, call: bytes, tx: Connection | None = None) -> list[CallRow]:
        """Return what `call` asked and was answered, in order. Raises Unavailable (STORAGE_CORRUPT)."""
        rows = self._look(tx, lambda c: c.execute(_OF_CALL, {"of": call}).all())
        return [
            CallRow(r.step, r.request, self._box.decrypt(r.answer, context("calls", call, r.step, r.request)))
            for r in rows
        ]

    def forget_call(self, tx: Connection, call: bytes) -> None:
        """Forget what `call` asked and was answered: asked again, it begins anew."""
        tx.execute(_FORGET, {"of": call})

    def append_refusal(self, tx: Connection, refusal: Refusal) -> None:
        """Keep what the broker refused."""
        tx.execute(_REFUSE, msgspec.structs.asdict(refusal))

    def refusals(self, tx: Connection | None = None) -> list[Refusal]:
        """Return all refusals, oldest first."""
        rows = self._look(tx, lambda c: c.execute(_ALL_REFUSALS).all())
        return [Refusal(row.at, row.bundle, row.deal, row.request, row.why) for row in rows]
