"""A transfer to several as one party's journal tells it; folded anew in every commit that appends to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from semper_host.commerce.consignment import Opened, Part, Roll, pack, read_joining, read_roll, transfer_to
from semper_host.commerce.seats import check_keys, seated
from semper_host.exchange import container_transfer
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.transfer import asks_receipt
from semper_host.model.container import Container
from semper_host.model.encoding import MalformedEncoding, Record, decode, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.x509 import TrustedRoot


class Seated(Record, frozen=True):
    """A recipient took its seat."""

    seat: int  # from 1
    joining: bytes


class Packed(Record, frozen=True):
    """The sender made the parcels, by seat: sealing draws randomness, so the exact bytes are kept."""

    digest: bytes  # of the container
    parcels: tuple[bytes, ...]


class Receipted(Record, frozen=True):
    """The sender has a recipient's receipt."""

    seat: int
    receipt: bytes


class Acknowledged(Record, frozen=True):
    """The sender heard that a recipient has its parcel; nobody signed that."""

    seat: int


class Taken(Record, frozen=True):
    """We took our parcel, and signed its receipt, if one is asked."""

    digest: bytes
    parcel: bytes
    receipt: bytes | None = None


Entry = Seated | Packed | Receipted | Taken | Acknowledged
_ENTRIES: dict[str, type[Entry]] = {each.__name__: each for each in (Seated, Packed, Receipted, Taken, Acknowledged)}


@dataclass(frozen=True)
class Table:
    """What does not change: the invitation, which party we are (0 sends), our keys, whom we trusted as we began.

    `parts` and `seed` are the sender's.
    """

    opened: Opened
    me: int
    crypto: Crypto
    roots: Sequence[TrustedRoot]
    parts: tuple[Part, ...] = ()
    seed: bytes = b""


@dataclass(frozen=True)
class Standing:
    """How far one transfer has come; by seat, b"" where nothing is there yet."""

    table: Table
    joinings: tuple[bytes, ...]
    receipts: tuple[bytes, ...]
    packed: Packed | None = None
    taken: Taken | None = None
    acknowledged: frozenset[int] = frozenset()  # seats that say that they have their parcel

    @property
    def full(self) -> bool:
        """Whether everybody has joined."""
        return all(self.joinings)

    @cached_property
    def roll(self) -> Roll:
        """Who sends and receives; only where everybody has joined. Raises as `read_roll` does."""
        return read_roll(self.table.opened, self.joinings, self.table.roots)

    @cached_property
    def container(self) -> Container:
        """The sender's container; only where everybody has joined."""
        return pack(self.roll, self.table.parts, self.table.seed)

    @property
    def over(self) -> bool:
        """Whether nothing is left to be done: everything was taken, and every receipt that was asked is here.

        Where none is asked, each recipient's word that it has its parcel, unsigned, is all that the sender can know.
        """
        if self.table.me:
            return self.taken is not None
        return self.packed is not None and all(self.settled(seat) for seat in range(1, len(self.receipts) + 1))

    def settled(self, seat: int) -> bool:
        """Whether the sender has of this recipient all that it asked."""
        asked = self.table.opened.invitation.receipt != "none"
        return bool(self.receipts[seat - 1]) if asked else seat in self.acknowledged


def fold(table: Table, entries: Iterable[bytes]) -> Standing:
    """Return how the transfer stands after these entries of its journal. Raises SemperError."""
    free = (b"",) * len(table.opened.invitation.seats)
    standing = Standing(table, free, free)
    for data in entries:
        standing = advance(standing, read_entry(data), kept=True)
    return standing


def advance(before: Standing, entry: Entry, *, kept: bool = False) -> Standing:
    """Return how the transfer stands after one more entry; the same object where that changes nothing.

    `kept`: it comes from the journal, and was looked into before it was put there.
    Raises PeerDeviated (NOT_INVITED, SIG_INVALID, …); then nothing happened.
    """
    match entry:
        case Seated():
            return _seated(before, entry, kept=kept)
        case Packed():
            return before if before.packed is not None else replace(before, packed=entry)
        case Receipted():
            return _receipted(before, entry, kept=kept)
        case Acknowledged(seat):
            return _acknowledged(before, seat)
        case Taken() if before.taken is None:
            return replace(before, taken=entry)
    if before.taken != entry:
        evidence = encode([before.taken.to_map() if before.taken else None, entry.to_map()])
        raise PeerDeviated("PEER_DEVIATED", "cannot take the parcel: a different one came before", evidence=evidence)
    return before


def write_entry(entry: Entry) -> bytes:
    """Return an entry as the journal keeps it."""
    return encode([type(entry).__name__, entry])


def read_entry(data: bytes) -> Entry:
    """Return what `write_entry` wrote. Raises MalformedEncoding."""
    match decode(data):
        case [str(name), dict(fields)] if name in _ENTRIES:
            return _ENTRIES[name].from_plain(fields)
    raise MalformedEncoding("ENCODING_INVALID", "cannot read the journal: it holds an unknown entry")


def _seated(before: Standing, entry: Seated, *, kept: bool) -> Standing:
    table, joinings = before.table, seated(before.joinings, entry.seat, entry.joining)
    if joinings is before.joinings:
        return before
    if not kept:
        party = read_joining(table.opened, entry.joining, entry.seat, table.roots).party
        there = [(at, each) for at, each in enumerate(before.joinings, 1) if each]
        known = [read_joining(table.opened, each, at, table.roots) for at, each in there]
        taken = [table.opened.invitation.party.signing, *(member.party.signing for member in known)]
        check_keys(table.crypto, party, taken, entry.joining)
        if party.sealing in [member.party.sealing for member in known]:
            raise PeerDeviated("PEER_IDENTITY", "cannot join: another party has the same key", evidence=entry.joining)
    return replace(before, joinings=joinings)


def _receipted(before: Standing, entry: Receipted, *, kept: bool) -> Standing:
    """Keep a recipient's receipt, if it is for its parcel, and names what was kept from it."""
    packed, at = before.packed, entry.seat - 1
    if packed is None or not 0 <= at < len(before.receipts):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the receipt: nothing was sent for it")
    if before.receipts[at] == entry.receipt:
        return before
    if not kept:
        transfer = transfer_to(before.roll, entry.seat, packed.digest)
        if not asks_receipt(transfer) or before.receipts[at]:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the receipt: none is asked, or another one is here")
        parcel = packed.parcels[at]
        container_transfer.check_receipt(transfer, before.table.crypto, before.container, parcel, entry.receipt)
    return replace(before, receipts=(*before.receipts[:at], entry.receipt, *before.receipts[at + 1 :]))


def _acknowledged(before: Standing, seat: int) -> Standing:
    if before.packed is None or not 1 <= seat <= len(before.receipts):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the word: nothing was sent for it")
    return before if seat in before.acknowledged else replace(before, acknowledged=before.acknowledged | {seat})
