"""Mail: what is to be sent until the peer has it, and up to where the peer's mail was handled.

Numbers run from 1 in each direction of a session. A message goes into the outbox in the commit that decides it, and
is taken from the inbox in the commit that handles it: at least once on the wire, exactly once in effect.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, Connection, Integer, Table, bindparam, select

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.prepared import Prepared
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context

_sessions = Table(
    "sessions",
    TABLES,
    Column("session", Bytes, primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("acknowledged", Integer, nullable=False),
    Column("received", Integer, nullable=False),
)
_outbox = Table(
    "outbox",
    TABLES,
    Column("session", Bytes, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("payload", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
_STATE = Prepared(select(_sessions).where(_sessions.c.session == bindparam("of")))
_BEGIN = Prepared(
    _sessions.insert().values({name: bindparam(name) for name in ("session", "sent", "acknowledged", "received")})
)
_SEND = Prepared(
    _sessions.update()
    .where(_sessions.c.session == bindparam("of"))
    .values(sent=_sessions.c.sent + 1)
    .returning(_sessions.c.sent)
)
_ACKNOWLEDGE = Prepared(
    _sessions.update()
    .where(
        _sessions.c.session == bindparam("of"),
        _sessions.c.acknowledged < bindparam("upto"),
        _sessions.c.sent >= bindparam("upto"),
    )
    .values(acknowledged=bindparam("upto"))
)
_ACCEPT = Prepared(
    _sessions.update()
    .where(_sessions.c.session == bindparam("of"), _sessions.c.received == bindparam("before"))
    .values(received=bindparam("seq"))
)
_ENQUEUE = Prepared(_outbox.insert().values({name: bindparam(name) for name in ("session", "seq", "payload")}))
_WAITING = (
    select(_outbox.c.seq, _outbox.c.payload)
    .where(_outbox.c.session == bindparam("of"), _outbox.c.seq > bindparam("after"))
    .order_by(_outbox.c.seq)
    .limit(bindparam("most"))
)
_CLEAR = Prepared(
    _outbox.delete().where(_outbox.c.session == bindparam("of"), _outbox.c.seq <= bindparam("upto"))
)


_LARGEST = 2**63 - 1
"""No number is greater, in any database."""


class SessionState(msgspec.Struct, frozen=True):
    """Numbers of a session: last one sent, last one the peer has, last one of the peer's that was handled."""

    sent: int = 0
    acknowledged: int = 0
    received: int = 0


class Mail(Shelf):
    """Outbox and inbox; payloads are encrypted."""

    def enqueue(self, tx: Connection, session: bytes, payload: bytes) -> int:
        """Put `payload` into the outbox and return its number."""
        sent = _SEND.first(tx, {"of": session})
        seq = 1 if sent is None else int(sent[0])
        if sent is None:
            self._begin(tx, session, SessionState(sent=1))
        sealed = self._box.encrypt(payload, context("outbox", session, seq))
        _ENQUEUE.run(tx, {"session": session, "seq": seq, "payload": sealed})
        return seq

    def outbox(
        self, session: bytes, after: int = 0, most: int = 64, tx: Connection | None = None
    ) -> list[tuple[int, bytes]]:
        """Return (number, payload) of what the peer has not acknowledged, in order, after number `after`."""
        rows = self._look(tx, lambda c: c.execute(_WAITING, {"of": session, "after": after, "most": most}).all())
        return [(row.seq, self._box.decrypt(row.payload, context("outbox", session, row.seq))) for row in rows]

    def acknowledge(self, tx: Connection, session: bytes, upto: int) -> None:
        """Forget what the peer has: everything up to number `upto`. Raises PeerDeviated if we never sent that many."""
        if upto <= 0:
            return
        if upto <= _LARGEST and _ACKNOWLEDGE.changed(tx, {"of": session, "upto": upto}):
            _CLEAR.run(tx, {"of": session, "upto": upto})
            return
        sent = self.session_state(session, tx).sent
        if upto > sent:
            raise PeerDeviated("PEER_DEVIATED", f"cannot accept an acknowledgement of message {upto}: {sent} were sent")

    def accept(self, tx: Connection, session: bytes, seq: int) -> bool:
        """Say whether the peer's message `seq` is to be handled now: the first time and only in order."""
        if not 0 < seq <= _LARGEST:
            return False
        if _ACCEPT.changed(tx, {"of": session, "before": seq - 1, "seq": seq}):
            return True
        if seq != 1 or _STATE.first(tx, {"of": session}) is not None:
            return False
        self._begin(tx, session, SessionState(received=1))
        return True

    def session_state(self, session: bytes, tx: Connection | None = None) -> SessionState:
        """Return the numbers of `session`; all zero before the first message."""
        row = self._look(tx, lambda c: _STATE.first(c, {"of": session}))
        return SessionState() if row is None else SessionState(*row[1:])

    def _begin(self, tx: Connection, session: bytes, state: SessionState) -> None:
        _BEGIN.run(tx, {"session": session} | msgspec.structs.asdict(state))
