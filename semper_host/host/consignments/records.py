"""The record of a transfer to several: journal, evidence and its row in the list change together, in one commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from semper_host.commerce.consignment import Part, open_invitation, transfer_to
from semper_host.commerce.consignment_evidence import PARCEL, RECEIPT, Handed
from semper_host.commerce.consignment_state import (
    Acknowledged,
    Entry,
    Packed,
    Receipted,
    Standing,
    Table,
    Taken,
    advance,
    fold,
    write_entry,
)
from semper_host.commerce.dispatch import DEVIATION
from semper_host.commerce.evidence_several import PARTY
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.transfer import name_of
from semper_host.host.business import DealKeys, deal_keys
from semper_host.host.home import Home
from semper_host.host.trusting import Snapshot
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.secret import derive
from semper_host.supporting.cryptographic.signing import SigningKey

TRANSFERS = b"transfers"
"""Where the archive keeps a row for each transfer, by number in hex."""
SENDER = 0
"""The number of the party that sends."""
MOST_DEVIATIONS = 8
"""So much of what was refused is kept of one transfer."""
GOES_ON, DELIVERED, RECEIVED, LATE = "goes on", "delivered", "received", "late"
"""How a list calls a transfer; late: its time is over, and not everything is here that was asked."""
FORGOTTEN = "forgotten"
"""The same, where nothing is kept of it but this."""


class Ticket(Record, frozen=True):
    """What the sender hands to a recipient, in secret: its seat."""

    invitation: bytes  # signed
    seat: int  # from 1
    secret: bytes


class Address(Record, frozen=True):
    """Where and who a recipient is that an anonymous sender calls; its keys were certified as the sender began."""

    url: str
    sealing: bytes  # the X25519 key that calls are sealed to
    name: str
    uri: str
    root: str
    shown: bytes | None = None  # the secret of a pass that it gave


class Beginning(Record, frozen=True):
    """The first entry of a transfer's journal. The rest is what `commerce.consignment_state` folds."""

    me: int  # 0: who sends
    at: int  # seconds since 1970
    counter: int  # which deal keys of the keyring
    invitation: bytes  # signed
    trust: Snapshot  # whom this home trusted as it began
    secrets: tuple[bytes, ...]  # of the sender: each seat's; else our own
    parts: tuple[Part, ...] = ()
    seed: bytes = b""
    addresses: tuple[Address, ...] = ()  # of whom an anonymous sender calls, by seat
    numbered: bool = False  # a recipient's keys for a stranger are made from the transfer's number, not counted


class Row(Record, frozen=True):
    """What a list of transfers shows."""

    title: str
    me: int
    at: int
    until: int
    joined: int
    parties: int
    receipts: int
    over: bool
    acknowledged: int = 0
    anonymous: bool = False
    forgotten: bool = False

    def state(self, now: int) -> str:
        """How it stands at `now` (seconds since 1970), in a word."""
        if self.forgotten:
            return FORGOTTEN
        if self.over:
            return RECEIVED if self.me else DELIVERED
        return LATE if now > self.until else GOES_ON


@dataclass(frozen=True)
class Consignments:
    """All transfers of one home. Every method that writes is one commit."""

    home: Home
    clock: Callable[[], int]

    def begin(
        self, beginning: Beginning, *first: Entry, also: Callable[[Transaction], None] = lambda tx: None
    ) -> tuple[Beginning, Standing]:
        """Begin a transfer, with its first entries; the one there is, where it was begun before.

        `also` is done in the same commit.
        """
        number = _table(self.home, beginning).opened.number

        def work(tx: Transaction) -> None:
            also(tx)
            if not self.home.archive.journal(number, tx):
                self.home.archive.append_journal(tx, number, encode(beginning))
                self._append_all(tx, number, first)

        self.home.archive.commit(work)
        return self.read(number)

    def tried(self, beginning: Beginning, *first: Entry) -> Standing:
        """Return how a transfer would stand that began so; nothing is written. Raises SemperError."""
        standing = fold(_table(self.home, beginning), ())
        for entry in first:
            standing = advance(standing, entry)
        return standing

    def read(self, number: bytes, tx: Transaction | None = None) -> tuple[Beginning, Standing]:
        """Return a transfer and how it stands, by its journal. Raises UsageError DEAL_UNKNOWN."""
        entries = self.home.archive.journal(number, tx)
        if not entries:
            message = f"cannot find the transfer {number.hex()[:16]}: this home has none such"
            raise UsageError("DEAL_UNKNOWN", message)
        beginning = Beginning.decode(entries[0])
        return beginning, fold(_table(self.home, beginning), entries[1:])

    def post(self, number: bytes, *entries: Entry) -> Standing:
        """Make entries count, all or none. Raises SemperError where one is refused; then nothing happened."""
        # COMMIT POINT: after this they have happened; only now does what they made leave
        return self.home.archive.commit(lambda tx: self._append_all(tx, number, entries))

    def deviated(self, number: bytes, party: int, message: bytes) -> None:
        """Keep what `party` sent and we refused; a few of them, for nobody may fill our disk."""

        def work(tx: Transaction) -> None:
            _, standing = self.read(number, tx)
            kept = self.home.archive.evidence(standing.roll.deal, tx)
            if sum(each.evidence.step == DEVIATION for each in kept) < MOST_DEVIATIONS:
                self._keep(tx, standing, party, DEVIATION, message, b"")

        self.home.archive.commit(work)

    def rows(self) -> dict[bytes, Row]:
        """Return the rows of all transfers, by number."""
        archive = self.home.archive
        names = archive.kept_names(TRANSFERS)
        kept = archive.read(lambda tx: [(name, archive.recall(TRANSFERS, name, tx)) for name in names])
        return {bytes.fromhex(name): Row.decode(data) for name, data in kept if data is not None}

    def _append_all(self, tx: Transaction, number: bytes, entries: Sequence[Entry]) -> Standing:
        beginning, standing = self.read(number, tx)
        for entry in entries:
            after = advance(standing, entry)
            if after is not standing:
                self.home.archive.append_journal(tx, number, write_entry(entry))
                self._prove(tx, after, entry)
            standing = after
        self._row(tx, number, beginning, standing)
        return standing

    def _prove(self, tx: Transaction, standing: Standing, entry: Entry) -> None:
        me = standing.table.me
        match entry:
            case Packed(digest, parcels):
                for seat, parcel in enumerate(parcels, 1):
                    self._hand(tx, standing, seat, Handed(digest, parcel))
            case Receipted(seat, receipt):
                self._keep(tx, standing, seat, RECEIPT, receipt, self._name(standing, seat, standing.packed))
            case Acknowledged():
                pass  # nobody signed it
            case Taken(digest, parcel, receipt):
                self._hand(tx, standing, me, Handed(digest, parcel))
                if receipt is not None:
                    self._keep(tx, standing, me, RECEIPT, receipt, self._name(standing, me, entry))

    def _hand(self, tx: Transaction, standing: Standing, seat: int, handed: Handed) -> None:
        name = name_of(transfer_to(standing.roll, seat, handed.digest))
        self._keep(tx, standing, SENDER, PARCEL.format(seat), encode(handed), name)

    def _name(self, standing: Standing, seat: int, what: Packed | Taken | None) -> bytes:
        return b"" if what is None else name_of(transfer_to(standing.roll, seat, what.digest))

    def _keep(self, tx: Transaction, standing: Standing, party: int, step: str, message: bytes, name: bytes) -> None:
        self.home.archive.append_evidence(tx, standing.roll.deal, name, PARTY.format(party), step, message)

    def _row(self, tx: Transaction, number: bytes, beginning: Beginning, standing: Standing) -> None:
        said, joined = standing.table.opened.invitation, sum(map(bool, standing.joinings)) + 1
        receipts, parties = sum(map(bool, standing.receipts)), len(said.seats) + 1
        row = Row(
            said.title, beginning.me, beginning.at, said.until, joined, parties, receipts, standing.over,
            len(standing.acknowledged), said.callers is not None,
        )  # fmt: skip
        self.home.archive.keep(tx, TRANSFERS, number.hex(), encode(row))


def keys_of(home: Home, beginning: Beginning) -> DealKeys:
    """Return this home's keys for a transfer."""
    if beginning.numbered:
        return numbered_keys(home, sha256(beginning.invitation).digest())
    return deal_keys(home, beginning.counter)


def numbered_keys(home: Home, number: bytes) -> DealKeys:
    """Return this home's keys for what a stranger sends under `number`: made again whenever it calls, never kept."""
    seeds = home.keyring.seed("transfer.signing"), home.keyring.seed("transfer.sealing")
    signing, sealing = (derive(seed, number) for seed in seeds)
    return DealKeys(SigningKey.from_seed(signing), SealingKey.from_seed(sealing))


def _table(home: Home, beginning: Beginning) -> Table:
    roots = beginning.trust.trust.roots
    opened = open_invitation(beginning.invitation, roots, beginning.at)
    keys = keys_of(home, beginning)
    crypto = crypto_for(keys.signing, keys.sealing)
    return Table(opened, beginning.me, crypto, roots, beginning.parts, beginning.seed)
