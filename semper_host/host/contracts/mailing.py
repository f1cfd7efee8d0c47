"""The mail of a contract: the archive as a mailbox. What comes in counts once it is durable; overdue mail goes void."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from semper_host.host.contracts.records import Letter, Records
from semper_host.supporting.archive.mail import SessionState
from semper_host.supporting.archive.store import Transaction

T = TypeVar("T")

MAIL_PATH = "/semper/v1/contract/mail"
VOID = b""
"""What goes out in the place of a message that must not leave any more."""


@dataclass(frozen=True)
class ContractMail:
    """The mailbox of one contract with its party `peer` (`supporting.communication.mail`)."""

    records: Records
    number: bytes
    peer: int

    def commit(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` durably; only then does what it received count."""
        return self.records.home.archive.commit(work)

    def handle(self, tx: Transaction, session: bytes, payload: bytes) -> None:
        """Take one payload of the peer, inside the commit that accepts it."""
        if payload != VOID:
            self.records.take(tx, self.number, self.peer, payload)

    def acknowledge(self, tx: Transaction, session: bytes, upto: int) -> None:
        """Forget what the peer has."""
        self.records.home.archive.acknowledge(tx, session, upto)

    def accept(self, tx: Transaction, session: bytes, seq: int) -> bool:
        """Say whether message `seq` is new and in order."""
        return self.records.home.archive.accept(tx, session, seq)

    def session_state(self, session: bytes) -> SessionState:
        """Return how far the session has come."""
        return self.records.home.archive.session_state(session)

    def letters(self, session: bytes, most: int) -> tuple[SessionState, list[tuple[int, bytes]]]:
        """Return how far the session has come, and what waits for the peer, each as it may leave now."""
        state, letters = self.records.home.archive.letters(session, most)
        return state, [(seq, self._leaving(payload)) for seq, payload in letters]

    def waiting(self, session: bytes) -> bool:
        """Say whether anything waits for the peer."""
        state = self.session_state(session)
        return state.sent > state.acknowledged

    def _leaving(self, payload: bytes) -> bytes:
        letter = Letter.decode(payload)
        return letter.message if letter.until is None or self.records.clock() <= letter.until else VOID
