"""One contract of this home with everything that it rests on, rebuilt from what was journalled at its beginning."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from semper_host.commerce.joint_deal import Standing, Table, fold
from semper_host.commerce.joint_roll import MOST_TEXT, Opened, Roll, open_invitation
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.labels import MAX_PARTIES
from semper_host.host.business import DealKeys, deal_keys
from semper_host.host.home import Home
from semper_host.host.trusting import Snapshot
from semper_host.model.encoding import Record
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.communication.session import Ends, session_between

TICKET_BYTES = 32
HOST = 0
"""The number of the party that invites."""


class Ticket(Record, frozen=True):
    """What the one that invites hands to somebody, in secret: a seat, and all that is to be known before taking it."""

    invitation: bytes  # signed
    text: bytes
    seat: int  # from 1
    secret: bytes


class Beginning(Record, frozen=True):
    """The first entry of a contract's journal. The rest is what `commerce.joint_deal` folds."""

    me: int  # 0: who invites
    at: int  # seconds since 1970
    counter: int  # which deal keys of the keyring
    invitation: bytes  # signed
    text: bytes
    trust: Snapshot  # whom this home trusted as it began
    secrets: tuple[bytes, ...]  # of who invites: each seat's; else our own


@dataclass(frozen=True)
class Contract:
    """One contract, ready to be folded."""

    number: bytes
    beginning: Beginning
    table: Table
    keys: DealKeys

    @property
    def opened(self) -> Opened:
        """The invitation."""
        return self.table.opened

    @property
    def me(self) -> int:
        """Which party we are; HOST invites."""
        return self.beginning.me

    def peers(self, roll: Roll) -> dict[int, Ends]:
        """Return our sessions by the other party's number: who invites has one with each, all others with it."""
        others = range(1, len(roll.members)) if self.me == HOST else (HOST,)
        return {number: self._ends(roll, number) for number in others}

    def _ends(self, roll: Roll, number: int) -> Ends:
        peer = roll.members[number].party
        session = session_between(roll.deal, self.keys.signing.public, peer.signing)
        return Ends(session, self.keys.signing, self.keys.sealing, peer.signing, peer.sealing)


def open_contract(home: Home, beginning: Beginning) -> Contract:
    """Return the contract that `beginning` began, all of it checked as of then. Raises SemperError."""
    roots = beginning.trust.trust.roots
    opened = open_invitation(beginning.invitation, roots, beginning.at)
    check_text(opened, beginning.text)
    keys = deal_keys(home, beginning.counter)
    table = Table(opened, beginning.me, beginning.text, crypto_for(keys.signing, keys.sealing), roots)
    return Contract(opened.number, beginning, table, keys)


def read(home: Home, number: bytes, tx: Transaction | None = None) -> tuple[Contract, Standing]:
    """Return a contract and how it stands, by its journal. Raises UsageError DEAL_UNKNOWN."""
    entries = home.archive.journal(number, tx)
    if not entries:
        raise UsageError("DEAL_UNKNOWN", f"cannot find the contract {number.hex()[:16]}: this home has none such")
    contract = open_contract(home, Beginning.decode(entries[0]))
    return contract, fold(contract.table, entries[1:])


def check_text(opened: Opened, text: bytes) -> None:
    """Require that `text` is what the invitation is about. Raises PeerDeviated."""
    if sha256(text).digest() != opened.invitation.text or not 0 < len(text) <= MOST_TEXT:
        raise PeerDeviated("PEER_DEVIATED", "cannot join: the text is not the one that the invitation names")


def check_ticket(ticket: Ticket, opened: Opened) -> None:
    """Require that a ticket is for a seat of its invitation and has its text. Raises PeerDeviated."""
    check_text(opened, ticket.text)
    if not 1 <= ticket.seat <= len(opened.invitation.seats) < MAX_PARTIES or len(ticket.secret) != TICKET_BYTES:
        raise PeerDeviated("NOT_INVITED", "cannot join: the invitation names no seat of the contract")
