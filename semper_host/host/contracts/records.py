"""The record of a contract: journal, evidence, outgoing mail and its row in the list change together, in one commit.

Inside every commit the journal is folded anew, so whoever else works on it, in this process or another one of the
home, is one step earlier or one step later, never beside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semper_host.commerce.dispatch import DEVIATION, TRUSTEE_ROLE
from semper_host.commerce.evidence_several import PARTY
from semper_host.commerce.joint_deal import Entry, Seated, Standing, advance, letters, write_entry
from semper_host.commerce.joint_evidence import CONFIRMED, DECISION, PROMISED
from semper_host.exchange.events import Decided, Event, Received
from semper_host.exchange.messages import MAX_MESSAGE
from semper_host.host.contracts.beginning import HOST, Beginning, Contract, open_contract, read
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import SemperError
from semper_host.supporting.archive.store import Transaction

CONTRACTS, SHOWN = b"contracts", b"contract-shown"
"""Where the archive keeps a row for each contract, and what the person saw and said yes to, by number in hex."""
FORGOTTEN = "forgotten"
"""How a row says that nothing else is kept of a contract."""
_SESSIONS = "contract-sessions"
MOST_EXHIBITS = 128
"""Exhibits of one contract from which on nothing is kept that deviates."""

Also = Callable[[Transaction], None]


class Row(Record, frozen=True):
    """What a list of contracts shows. `end`: "" while it goes on, else "done", "aborted", "lapsed", or FORGOTTEN."""

    title: str
    me: int
    at: int
    t2: int
    joined: int
    parties: int
    end: str


class Letter(Record, frozen=True):
    """What lies in the outbox: a message, which must not leave after `until` (seconds since 1970)."""

    message: bytes
    until: int | None = None


@dataclass(frozen=True)
class Records:
    """All contracts of one home. Every method that writes is one commit."""

    home: Home
    clock: Callable[[], int]

    def begin(self, beginning: Beginning, *first: Entry) -> tuple[Contract, Standing]:
        """Begin a contract, with its first entries; the one there is, where it was begun before."""
        contract = open_contract(self.home, beginning)

        def work(tx: Transaction) -> None:
            if not self.home.archive.journal(contract.number, tx):
                self.home.archive.append_journal(tx, contract.number, encode(beginning))
                self._append_all(tx, contract.number, first)

        self.home.archive.commit(work)
        return read(self.home, contract.number)

    def post(self, number: bytes, *entries: Entry, also: Also = lambda tx: None) -> Standing:
        """Make entries count, all or none; `also` is written with them. Raises SemperError where one is refused."""

        def work(tx: Transaction) -> Standing:
            also(tx)
            return self._append_all(tx, number, entries)

        # COMMIT POINT: after this the events have happened; only now does what they send leave
        return self.home.archive.commit(work)

    def take(self, tx: Transaction, number: bytes, sender: int, message: bytes) -> None:
        """Take a message of party `sender`, inside the commit that accepts it; what deviates is only kept."""
        contract, before = read(self.home, number, tx)
        try:
            self._row(tx, contract, self._append(tx, contract, before, (Received(message), self.clock())))
        except SemperError:
            seq = self.home.archive.evidence_head(before.roll.deal, tx).seq
            if len(message) <= MAX_MESSAGE and seq < MOST_EXHIBITS:
                self._keep(tx, before, PARTY.format(sender), DEVIATION, message)

    def rows(self) -> dict[bytes, Row]:
        """Return the rows of all contracts, by number."""
        archive = self.home.archive
        names = archive.kept_names(CONTRACTS)
        kept = archive.read(lambda tx: [(name, archive.recall(CONTRACTS, name, tx)) for name in names])
        return {bytes.fromhex(name): Row.decode(data) for name, data in kept if data is not None}

    def session(self, session: bytes) -> tuple[bytes, int] | None:
        """Return which contract and party a session of this home is with; None where there is none such."""
        found = self.home.archive.written(_SESSIONS, session)
        return None if found is None else (found[1:], found[0])

    def _append_all(self, tx: Transaction, number: bytes, entries: Sequence[Entry]) -> Standing:
        contract, standing = read(self.home, number, tx)
        for entry in entries:
            standing = self._append(tx, contract, standing, entry)
        self._row(tx, contract, standing)
        return standing

    def _append(self, tx: Transaction, contract: Contract, before: Standing, entry: Entry) -> Standing:
        after = advance(before, entry)
        if after is before:
            return before
        self.home.archive.append_journal(tx, contract.number, write_entry(entry))
        if isinstance(entry, Seated):
            self._open_sessions(tx, contract, after)
        else:
            self._prove(tx, before, after, entry[0])
            self._send(tx, contract, before, after)
        return after

    def _open_sessions(self, tx: Transaction, contract: Contract, after: Standing) -> None:
        if after.full:
            for peer, ends in contract.peers(after.roll).items():
                self.home.archive.write_once(tx, _SESSIONS, ends.session, bytes([peer]) + contract.number)

    def _prove(self, tx: Transaction, before: Standing, after: Standing, event: Event) -> None:
        """Put what is new into the evidence: every party's promise and confirmation, the trustee's word."""
        for kind, party, message in _new(before, after):
            self._keep(tx, after, PARTY.format(party), kind, message)
        if isinstance(event, Decided):
            self._keep(tx, after, TRUSTEE_ROLE, DECISION, event.answer)

    def _send(self, tx: Transaction, contract: Contract, before: Standing, after: Standing) -> None:
        """Our own new messages go to everybody; who serves passes on what is new from one to all the others."""
        peers = contract.peers(after.roll)
        for send in letters(before, after):
            for ends in peers.values():
                self.home.archive.enqueue(tx, ends.session, encode(Letter(send.message, send.until)))
        if contract.me != HOST:
            return
        for _, party, message in _new(before, after):
            for number, ends in peers.items():
                if party not in (HOST, number):
                    self.home.archive.enqueue(tx, ends.session, encode(Letter(message)))

    def _keep(self, tx: Transaction, standing: Standing, role: str, step: str, message: bytes) -> None:
        self.home.archive.append_evidence(tx, standing.roll.deal, standing.roll.id, role, step, message)

    def _row(self, tx: Transaction, contract: Contract, standing: Standing) -> None:
        said = contract.opened.invitation
        joined, end = sum(map(bool, standing.joinings)) + 1, standing.ended(self.clock())
        row = Row(said.title, contract.me, contract.beginning.at, said.t2, joined, contract.opened.parties, end)
        self.home.archive.keep(tx, CONTRACTS, contract.number.hex(), encode(row))


def _new(before: Standing, after: Standing) -> list[tuple[str, int, bytes]]:
    """Return the promises and confirmations that came with one entry: what, whose, and the exact bytes."""
    had, has = before.signing, after.signing
    if had is None or has is None:
        return []
    pairs = [(PROMISED, had.promises, has.promises), (CONFIRMED, had.confirmations, has.confirmations)]
    return [
        (name, party, now)
        for name, earlier, later in pairs
        for party, (then, now) in enumerate(zip(earlier, later, strict=True))
        if now and not then
    ]
