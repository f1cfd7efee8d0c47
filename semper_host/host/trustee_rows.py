"""The trustee's memory: one write-once row per label, how it ended, and who said two different things.

Any number of processes share it; whoever writes a row first has decided (`supporting.ledger.docket`).
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from semper_host.exchange.items import Token
from semper_host.exchange.requests import RESOLVED
from semper_host.exchange.trustee import Row
from semper_host.host.enrolment import Admitted
from semper_host.host.installed import Decided
from semper_host.host.trustee_adopting import adopt
from semper_host.host.trustee_revoking import Statements
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.ledger.docket import CaseNote, CaseRow, Docket

LEASE_MS = 90_000
"""How long a worker may take to carry a case's orders, in milliseconds, before another takes over."""
MOST_OF_A_DEAL = 32
"""Decisions for one key of a deal: its terms have fewer exchanges."""
DAY = 24 * 3600
_ENDED, _FORBIDDEN, _EQUIVOCATION, _CONTRADICTION = "ended", "forbidden", "equivocation", "contradiction"
_PINNED, _ISSUER = "bundle", "issuer"

Pins = Mapping[bytes, Decided]
"""By the key of a payment system: what was decided on its bundle."""


class Rows:
    """The rows in the store of the trustee's home. A decision never changes; what follows is noted once beside it."""

    def __init__(self, archive: Archive, lease_ms: int = LEASE_MS) -> None:
        self._archive, self._lease_ms = archive, lease_ms
        self.docket = Docket(archive.store)
        adopt(archive, self.docket)
        self._me = secrets.token_hex(8)

    def find(self, label: bytes) -> Row | None:
        """Return the row of L with how it ended, or None."""
        return self._archive.read(lambda tx: self._found(tx, self.docket.case(label, tx)))

    def decide(
        self, row: Row, admitted: Admitted, now: int, *, owed: bool, mine: bool, pins: Pins = MappingProxyType({}),
        issuers: Statements = MappingProxyType({}),
    ) -> Row | None:  # fmt: skip
        """Write the decision, durable on return; None, or the row that another request or process wrote first.

        `owed`: it has orders to be carried, by who calls first of all if `mine`, each with the bundle that `pins` says
        for its payment system, or to the issuer that made the statement. Raises PeerDeviated TRUSTEE_QUOTA.
        """
        case = CaseRow(row.label, row.verdict, now, admitted.merchant, admitted.deal_key, encode(row))

        def work(tx: Transaction) -> Row | None:
            standing = self.docket.decide(tx, case)
            if standing is not None:
                return self._found(tx, standing)
            self._check_quota(tx, case, admitted.quota)  # refused, it undoes the row again
            for system, decided in pins.items():
                self.docket.note(tx, CaseNote(row.label, _PINNED, system, now, encode(decided)))
            for issuer, statement in issuers.items():
                self.docket.note(tx, CaseNote(row.label, _ISSUER, issuer, now, statement))
            if owed:
                at = _milliseconds()
                self.docket.owe(tx, row.label, at, *((at + self._lease_ms, self._me) if mine else ()))
            return None

        return self._archive.commit(work)

    def end(self, label: bytes, keeper: bytes, record: Token, now: int) -> None:
        """Write a payment system's (key `keeper`) signed record of how its hold under L ended; the first one stands."""
        self._note(label, _ENDED, keeper, encode(record), now)

    def forbid(self, label: bytes, keeper: bytes, record: Token, now: int) -> None:
        """Write a payment system's signed record that nothing was held under L there and nothing will be."""
        self._note(label, _FORBIDDEN, keeper, encode(record), now)

    def pinned(self, label: bytes, system: bytes) -> tuple[Decided, ...]:
        """Return what was decided, with the row of L, on the bundle that carries its order to a payment system."""
        notes = (note for note in self.docket.notes(label) if (note.kind, note.about) == (_PINNED, system))
        return tuple(Decided.decode(note.data) for note in notes)

    def issuers(self, label: bytes) -> Statements:
        """Return, by their keys, the statements of those who keep a credential under L, as noted with its row."""
        return {note.about: note.data for note in self.docket.notes(label) if note.kind == _ISSUER}

    def forbidden(self, label: bytes) -> frozenset[bytes]:
        """Return the payment systems (their keys) where nothing can be held under L."""
        return frozenset(note.about for note in self.docket.notes(label) if note.kind == _FORBIDDEN)

    def keep_equivocation(self, label: bytes, request: bytes, now: int) -> None:
        """Keep a request whose message 1 differs from the row's; the first under L is proof enough."""
        self._note(label, _EQUIVOCATION, b"", request, now)

    def equivocation(self, label: bytes) -> bytes | None:
        """Return the kept second request under L, or None."""
        return self._noted(label, _EQUIVOCATION)

    def keep_contradiction(self, label: bytes, record: bytes, now: int) -> None:
        """Keep what a payment system signed against the decision on L; the first is proof enough."""
        self._note(label, _CONTRADICTION, b"", record, now)

    def contradiction(self, label: bytes) -> bytes | None:
        """Return the kept record that contradicts the decision on L, or None."""
        return self._noted(label, _CONTRADICTION)

    def unended(self) -> list[bytes]:
        """Return the labels whose orders are still to be carried."""
        return self.docket.left()

    def lease(self, label: bytes) -> bool:
        """Take the orders of L upon ourselves; False where another worker has them, or none are left."""
        now = _milliseconds()
        until = now + self._lease_ms
        return self._archive.commit(lambda tx: self.docket.lease(tx, label, now, until, self._me))

    def next_work(self) -> tuple[bytes, int] | None:
        """Take upon ourselves what is longest due, and how often it was taken up; None where nothing is due."""
        now = _milliseconds()
        due = self.docket.first_due(now)
        if due is None or due > now:
            return None
        return self._archive.commit(lambda tx: self.docket.lease_next(tx, now, now + self._lease_ms, self._me))

    def again(self, label: bytes, seconds: float) -> None:
        """Give the orders of L back: they are due again after so many seconds."""
        due = _milliseconds() + int(seconds * 1000)
        self._archive.commit(lambda tx: self.docket.again(tx, label, due, self._me))

    def done(self, label: bytes) -> None:
        """All orders of L were carried."""
        self._archive.commit(lambda tx: self.docket.done(tx, label))

    def _check_quota(self, tx: Transaction, case: CaseRow, quota: int) -> None:
        """Refuse a decision, which is among those counted, if it is one too many.

        Whoever knows a vouch can have exchanges that it made up aborted, or lapse: half is kept for resolutions, which
        need the signatures of both sides.
        """
        used, idle, of_key, idle_of_key = self.docket.used(tx, case, case.decided - DAY, RESOLVED)
        much = idle > (quota + 1) // 2 or idle_of_key > MOST_OF_A_DEAL // 2
        if used > quota or of_key > MOST_OF_A_DEAL or (case.verdict != RESOLVED and much):
            message = f"cannot decide on the exchange: {case.merchant[:80]} has used up its quota for today"
            raise PeerDeviated("TRUSTEE_QUOTA", message)

    def _found(self, tx: Transaction, case: CaseRow | None) -> Row | None:
        if case is None:
            return None
        ended = (note for note in self.docket.notes(case.label, tx) if note.kind == _ENDED)
        return replace(Row.decode(case.row), ended=tuple(Token.decode(note.data) for note in ended))

    def _note(self, label: bytes, kind: str, about: bytes, data: bytes, now: int) -> None:
        self._archive.commit(lambda tx: self.docket.note(tx, CaseNote(label, kind, about, now, data)))

    def _noted(self, label: bytes, kind: str) -> bytes | None:
        return next((note.data for note in self.docket.notes(label) if note.kind == kind), None)


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
