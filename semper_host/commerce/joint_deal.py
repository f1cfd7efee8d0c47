"""A contract among several as one party's journal tells it: who took a seat, then the exchange's own events. Pure.

Nothing of it is kept but the journal: it is folded anew for every event, in the commit that appends it, so any number
of processes of a home may work on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from semper_host.commerce.joint_roll import Opened, Roll, read_joining, read_roll
from semper_host.commerce.seats import check_keys, seated
from semper_host.exchange import joint_contract
from semper_host.exchange.events import Effect, Event, Send, dump_event, load_event
from semper_host.exchange.joint_contract import Signer, Signing
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import DONE, Phase
from semper_host.model.encoding import Record, decode, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.x509 import TrustedRoot

_SEATED = "seated"

LAPSED = "lapsed"
"""How a contract ended that not everybody joined in time."""


class Seated(Record, frozen=True):
    """A seat was taken by a signed joining."""

    seat: int  # from 1
    joining: bytes


Entry = Seated | tuple[Event, int]
"""What a journal holds behind the beginning: a seat taken, or an event of the exchange and its moment."""


@dataclass(frozen=True)
class Table:
    """What does not change: the invitation, which party we are (0 invites), our keys, whom we trusted as we began."""

    opened: Opened
    me: int
    text: bytes
    crypto: Crypto
    roots: Sequence[TrustedRoot]


@dataclass(frozen=True)
class Standing:
    """How far one contract has come."""

    table: Table
    joinings: tuple[bytes, ...]
    """By seat; b"" where it is free."""
    signing: Signing | None = None
    """The exchange, once everybody has joined."""

    @property
    def full(self) -> bool:
        """Whether everybody has joined."""
        return all(self.joinings)

    @cached_property
    def roll(self) -> Roll:
        """Who signs; only where everybody has joined. Raises as `read_roll` does."""
        return read_roll(self.table.opened, self.joinings, self.table.roots)

    @cached_property
    def signer(self) -> Signer:
        """The context of the exchange; only where everybody has joined."""
        return joint_contract.join(self.roll.label, self.table.me, self.table.crypto)[0]

    @property
    def over(self) -> bool:
        """Whether the exchange has ended for us."""
        return self.signing is not None and self.signing.phase is Phase.FINISHED

    @property
    def signed(self) -> bool:
        """Whether the contract binds everybody."""
        return self.signing is not None and self.signing.outcome == DONE

    def owed(self) -> tuple[Effect, ...]:
        """Return what the exchange still wants done."""
        return () if self.signing is None else joint_contract.owed(self.signer, self.signing)

    def wakes_at(self) -> int | None:
        """Return from when on (seconds since 1970) time alone changes something, or None."""
        if self.signing is not None:
            return joint_contract.wakes_at(self.signer, self.signing)
        return self.table.opened.invitation.t2 + 1

    def ended(self, now: int) -> str:
        """Return how it ended: "done", "aborted", LAPSED where seats stayed free; "" while it goes on."""
        if self.signing is not None:
            return self.signing.outcome
        return LAPSED if now > self.table.opened.invitation.t2 else ""


def begun(table: Table) -> Standing:
    """Return how a contract stands when nobody has joined yet."""
    return Standing(table, (b"",) * len(table.opened.invitation.seats))


def fold(table: Table, entries: Iterable[bytes]) -> Standing:
    """Return how the contract stands after these entries of its journal. Raises SemperError."""
    standing = begun(table)
    for data in entries:
        standing = advance(standing, read_entry(data), kept=True)
    return standing


def advance(before: Standing, entry: Entry, *, kept: bool = False) -> Standing:
    """Return how the contract stands after one more entry; the same object where that changes nothing.

    `kept`: it comes from the journal, and was looked into before it was put there.
    Raises PeerDeviated (NOT_INVITED for a seat that is taken), MalformedEncoding, UsageError; then nothing happened.
    """
    if isinstance(entry, Seated):
        return _seated(before, entry, kept=kept)
    if before.signing is None:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot go on with the contract: not everybody has joined yet")
    event, now = entry
    after, _ = joint_contract.step(before.signer, before.signing, event, now)
    return before if after == before.signing else _keeping(before, after)


def letters(before: Standing, after: Standing) -> tuple[Send, ...]:
    """Return what has to be sent because of one entry: our own messages that are new, each until it must not leave."""
    had = before.owed()
    return tuple(each for each in after.owed() if isinstance(each, Send) and each not in had)


def write_entry(entry: Entry) -> bytes:
    """Return an entry as the journal keeps it."""
    if isinstance(entry, Seated):
        return encode([_SEATED, entry.seat, entry.joining])
    return dump_event(*entry)


def read_entry(data: bytes) -> Entry:
    """Return what `write_entry` wrote. Raises SemperError."""
    match decode(data):
        case [str(name), int(seat), bytes(joining)] if name == _SEATED:
            return Seated(seat, joining)
    return load_event(data)


def _seated(before: Standing, entry: Seated, *, kept: bool) -> Standing:
    table, joinings = before.table, seated(before.joinings, entry.seat, entry.joining)
    if joinings is before.joinings:
        return before
    if not kept:
        _check_keys(before, entry)
    after = replace(before, joinings=joinings)
    if not after.full:
        return after
    signer, signing = joint_contract.join(after.roll.label, table.me, table.crypto)
    whole = _keeping(after, signing)
    whole.__dict__["signer"] = signer
    return whole


def _check_keys(before: Standing, entry: Seated) -> None:
    """Refuse now what would make the label of all unacceptable: keys that are weak, or somebody else's."""
    table = before.table
    party = read_joining(table.opened, entry.joining, entry.seat, table.roots).party
    taken = [table.opened.invitation.party.signing, table.opened.trustee.signing]
    known = enumerate(before.joinings, 1)
    taken += [read_joining(table.opened, each, seat, table.roots).party.signing for seat, each in known if each]
    check_keys(table.crypto, party, taken, entry.joining)


def _keeping(before: Standing, signing: Signing) -> Standing:
    """The roll is the same, and dear to read: keep it."""
    after = replace(before, signing=signing)
    for name in ("roll", "signer"):
        if name in before.__dict__:
            after.__dict__[name] = before.__dict__[name]
    return after
