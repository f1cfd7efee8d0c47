"""Mail: what is to be sent until the peer has it, and up to where the peer's mail was handled.

Numbers run from 1 in each direction of a session. A message goes into the outbox in the commit that decides it, and
is taken from the inbox in the commit that handles it: at least once on the wire, exactly once in effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Connection, Integer, Table, bindparam, select

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.numbering import NUMBER_OF, Number, new_number, numbers
from semper_host.supporting.archive.pending import Row
from semper_host.supporting.archive.prepared import Prepared, Rows
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context

_SEQS = 1 << 30
"""More messages than a session sends."""
_mail = Table(
    "mail",
    TABLES,
    Column("place", Number, primary_key=True, autoincrement=False),  # the session's number * _SEQS + seq
    Column("sent", Integer),  # the session's numbers, in the row with seq 0
    Column("acknowledged", Integer),
    Column("received", Integer),
    Column("payload", Bytes),  # what waits for the peer, in the others
)
"""What changes together lies together: one page of the file, as a rule."""

_PUT = Rows(_mail, ("place", "sent", "acknowledged", "received", "payload"), rank=2, replacing=True)
_STATE = Prepared(
    select(numbers.c.number, _mail.c.sent, _mail.c.acknowledged, _mail.c.received)
    .join(_mail, _mail.c.place == numbers.c.number * _SEQS)
    .where(numbers.c.name == bindparam("of"))
)
_UNHEARD = (
    select(numbers.c.name)
    .join(_mail, _mail.c.place == numbers.c.number * _SEQS)
    .where(_mail.c.sent > _mail.c.acknowledged)
    .order_by(numbers.c.number)
)
_WAITING = (
    select(_mail.c.place, _mail.c.payload)
    .where(_mail.c.place.between(NUMBER_OF * _SEQS + 1 + bindparam("after"), NUMBER_OF * _SEQS + (_SEQS - 1)))
    .order_by(_mail.c.place)
    .limit(bindparam("most"))
)
_BETWEEN = Prepared(
    select(_mail.c.place, _mail.c.payload)
    .where(_mail.c.place.between(bindparam("first"), bindparam("last")))
    .order_by(_mail.c.place)
)


class _Clear:
    """Deletes mail from place to place, both included; a `pending.Target`."""

    rank = 5
    _delete = Prepared(_mail.delete().where(_mail.c.place.between(bindparam("first"), bindparam("last"))))

    def write(self, tx: Connection, rows: Sequence[Row]) -> None:
        """Delete what lies between the places of each row."""
        self._delete.each(tx, [{"first": first, "last": last} for first, last in rows])


_CLEAR = _Clear()


class SessionState(msgspec.Struct, frozen=True):
    """Numbers of a session: last one sent, last one the peer has, last one of the peer's that was handled."""

    sent: int = 0
    acknowledged: int = 0
    received: int = 0


class Mail(Shelf):
    """Outbox and inbox; payloads are encrypted."""

    def enqueue(self, tx: Connection, session: bytes, payload: bytes) -> int:
        """Put `payload` into the outbox and return its number."""
        head = self._head(session)
        seq = head.sent + 1
        sealed = self._box.encrypt(payload, context("outbox", session, seq))
        number = self._number(tx, session, head)
        self.store.pending.put(_PUT, (number * _SEQS + seq, None, None, None, sealed))
        head.sent = seq
        self._put(number, head)
        return seq

    def outbox(
        self, session: bytes, after: int = 0, most: int = 64, tx: Connection | None = None
    ) -> list[tuple[int, bytes]]:
        """Return (number, payload) of what the peer has not acknowledged, in order, after number `after`."""
        rows = self._look(tx, lambda c: c.execute(_WAITING, {"of": session, "after": after, "most": most}).all())
        waiting = [(row.place % _SEQS, row.payload) for row in rows]
        return [(seq, self._box.decrypt(sealed, context("outbox", session, seq))) for seq, sealed in waiting]

    def letters(self, session: bytes, most: int = 64) -> tuple[SessionState, list[tuple[int, bytes]]]:
        """Return how far the session has come, and (number, payload) of what the peer has not acknowledged, in order.

        Both are of one moment.
        """
        head, rows = self.store.read(lambda tx: _unacknowledged(tx, session, most))
        found = [(place % _SEQS, bytes(sealed)) for place, sealed in rows]
        opened = [(seq, self._box.decrypt(sealed, context("outbox", session, seq))) for seq, sealed in found]
        return SessionState(head.sent, head.acknowledged, head.received), opened

    def acknowledge(self, tx: Connection, session: bytes, upto: int) -> None:
        """Forget what the peer has: everything up to number `upto`. Raises PeerDeviated if we never sent that many."""
        if upto <= 0:
            return
        head = self._head(session)
        if upto > head.sent:
            sent = f"{head.sent} were sent"
            raise PeerDeviated("PEER_DEVIATED", f"cannot accept an acknowledgement of message {upto}: {sent}")
        if upto > head.acknowledged:
            number = self._number(tx, session, head)
            start = number * _SEQS
            self.store.pending.put(_CLEAR, (start + head.acknowledged + 1, start + upto))
            head.acknowledged = upto
            self._put(number, head)

    def accept(self, tx: Connection, session: bytes, seq: int) -> bool:
        """Say whether the peer's message `seq` is to be handled now: the first time and only in order."""
        head = self._head(session)
        if seq != head.received + 1:
            return False
        head.received = seq
        self._put(self._number(tx, session, head), head)
        return True

    def unheard(self) -> list[bytes]:
        """Return the sessions whose peer has not acknowledged all that was sent."""
        return list(self.store.read(lambda tx: tx.execute(_UNHEARD).scalars().all()))

    def session_state(self, session: bytes, tx: Connection | None = None) -> SessionState:
        """Return the numbers of `session`; all zero before the first message."""
        writes = tx is not None and self.store.writes(tx)
        head = self._head(session) if writes else self._look(tx, lambda c: _read(c, session))
        return SessionState(head.sent, head.acknowledged, head.received)

    def _head(self, session: bytes) -> _Head:
        """Return the session's numbers as the transaction under way has made them."""
        return self.store.pending.head(_Head, session, _read)

    def _number(self, tx: Connection, session: bytes, head: _Head) -> int:
        if head.number is None:
            head.number = new_number(self.store.pending, tx, session)
        return head.number

    def _put(self, number: int, head: _Head) -> None:
        self.store.pending.put(_PUT, (number * _SEQS, head.sent, head.acknowledged, head.received, None))


class _Head:
    """A session's number (None until it has one), and the numbers of its mail."""

    __slots__ = ("acknowledged", "number", "received", "sent")

    def __init__(self, number: int | None = None, sent: int = 0, acknowledged: int = 0, received: int = 0) -> None:
        self.number, self.sent, self.acknowledged, self.received = number, sent, acknowledged, received


def _read(tx: Connection, session: bytes) -> _Head:
    return _Head(*(_STATE.first(tx, {"of": session}) or ()))


def _unacknowledged(tx: Connection, session: bytes, most: int) -> tuple[_Head, list[tuple[Any, ...]]]:
    head = _read(tx, session)
    if head.number is None or head.sent == head.acknowledged:
        return head, []
    first = head.number * _SEQS + head.acknowledged + 1
    return head, _BETWEEN.all(tx, {"first": first, "last": first + min(head.sent - head.acknowledged, most) - 1})
