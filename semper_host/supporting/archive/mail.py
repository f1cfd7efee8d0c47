"""Mail: what is to be sent until the peer has it, and up to where the peer's mail was handled.

Numbers run from 1 in each direction of a session. A message goes into the outbox in the commit that decides it, and
is taken from the inbox in the commit that handles it: at least once on the wire, exactly once in effect.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Column, Connection, Integer, Table, bindparam, select

from semper_host.model.errors import PeerDeviated
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
_STATE = select(_sessions).where(_sessions.c.session == bindparam("of"))
_BEGIN = _sessions.insert()
_CHANGE = (
    _sessions.update()
    .where(_sessions.c.session == bindparam("of"))
    .values(sent=bindparam("new_sent"), acknowledged=bindparam("new_acknowledged"), received=bindparam("new_received"))
)
_ENQUEUE = _outbox.insert()
_WAITING = (
    select(_outbox.c.seq, _outbox.c.payload)
    .where(_outbox.c.session == bindparam("of"), _outbox.c.seq > bindparam("after"))
    .order_by(_outbox.c.seq)
    .limit(bindparam("most"))
)
_CLEAR = _outbox.delete().where(_outbox.c.session == bindparam("of"), _outbox.c.seq <= bindparam("upto"))


class SessionState(msgspec.Struct, frozen=True):
    """Numbers of a session: last one sent, last one the peer has, last one of the peer's that was handled."""

    sent: int = 0
    acknowledged: int = 0
    received: int = 0


class Mail(Shelf):
    """Outbox and inbox; payloads are encrypted."""

    def enqueue(self, tx: Connection, session: bytes, payload: bytes) -> int:
        """Put `payload` into the outbox and return its number."""
        state = self.session_state(session, tx)
        seq = state.sent + 1
        sealed = self._box.encrypt(payload, context("outbox", session, seq))
        tx.execute(_ENQUEUE, {"session": session, "seq": seq, "payload": sealed})
        self._put(tx, session, state, msgspec.structs.replace(state, sent=seq))
        return seq

    def outbox(
        self, session: bytes, after: int = 0, most: int = 64, tx: Connection | None = None
    ) -> list[tuple[int, bytes]]:
        """Return (number, payload) of what the peer has not acknowledged, in order, after number `after`."""
        rows = self._look(tx, lambda c: c.execute(_WAITING, {"of": session, "after": after, "most": most}).all())
        return [(row.seq, self._box.decrypt(row.payload, context("outbox", session, row.seq))) for row in rows]

    def acknowledge(self, tx: Connection, session: bytes, upto: int) -> None:
        """Forget what the peer has: everything up to number `upto`. Raises PeerDeviated if we never sent that many."""
        state = self.session_state(session, tx)
        if upto > state.sent:
            raise PeerDeviated(
                "PEER_DEVIATED", f"cannot accept an acknowledgement of message {upto}: {state.sent} were sent"
            )
        if upto > state.acknowledged:
            tx.execute(_CLEAR, {"of": session, "upto": upto})
            self._put(tx, session, state, msgspec.structs.replace(state, acknowledged=upto))

    def accept(self, tx: Connection, session: bytes, seq: int) -> bool:
        """Say whether the peer's message `seq` is to be handled now: the first time and only in order."""
        state = self.session_state(session, tx)
        if seq != state.received + 1:
            return False
        self._put(tx, session, state, msgspec.structs.replace(state, received=seq))
        return True

    def session_state(self, session: bytes, tx: Connection | None = None) -> SessionState:
        """Return the numbers of `session`; all zero before the first message."""
        row = self._look(tx, lambda c: c.execute(_STATE, {"of": session}).first())
        return SessionState() if row is None else SessionState(row.sent, row.acknowledged, row.received)

    def _put(self, tx: Connection, session: bytes, before: SessionState, after: SessionState) -> None:
        numbers = msgspec.structs.asdict(after)
        if before == SessionState():
            tx.execute(_BEGIN, {"session": session} | numbers)
        else:
            tx.execute(_CHANGE, {"of": session} | {f"new_{name}": number for name, number in numbers.items()})
