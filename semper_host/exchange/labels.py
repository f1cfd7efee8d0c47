"""L: the one name of an exchange, the hash of everything that both sides and the trustee must agree on (DESIGN §6)."""

from __future__ import annotations

from semper_host.exchange.items import HoldTerms, ItemRef, Party
from semper_host.exchange.primitives import DIGEST_SIZE, KEY_SIZE, Crypto, digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

DOMAIN = "semper.exchange"
FORMAT = 1
SUITE = "ed25519-hpke25519-sha256"

DELTA = 2
"""Least seconds between t2 and t_resolve. Terms should choose more: it has to cover how far the initiator's clock may
lag behind the trustee's, and one round trip to the trustee."""
MARGIN = 10
"""Least seconds between t_resolve and the expiry of a hold: the trustee's time to deliver RELEASE."""
MAX_LABEL = 8192
"""Bytes of an encoded label at most."""
LATEST = 2**40
"""No deadline lies beyond this second: sums of deadlines stay far inside 64 bits."""

_NONCE = range(16, 33)
_FAMILIES = tuple(str(family) for family in Family)
MAX_ITEMS = 4
"""Items at most on one side, so that everything about them fits a message and a label."""
MAX_PARTIES = 16
"""Parties at most that sign one contract."""


class Seat(Record, frozen=True):
    """A further party of a contract, and the statement that it gives."""

    party: Party
    item: ItemRef


class Label(Record, frozen=True):
    """The preimage of L. `left` is the initiator's item, `right` the responder's; times are seconds since 1970 UTC.

    `and_left` and `and_right` are the further items of a package, `others` the third and later parties of a contract;
    what is not there is absent, never empty, so each label has one form.
    """

    domain: str
    format: int
    suite: str
    deal: bytes
    step: str
    iteration: int
    kind: str
    initiator: Party
    responder: Party
    trustee: Party
    left: ItemRef
    right: ItemRef
    holds: tuple[HoldTerms, ...]
    t2: int
    t_resolve: int
    nonce_a: bytes
    nonce_b: bytes
    and_left: tuple[ItemRef, ...] | None = None
    and_right: tuple[ItemRef, ...] | None = None
    others: tuple[Seat, ...] | None = None

    @property
    def lefts(self) -> tuple[ItemRef, ...]:
        """The initiator's items."""
        return (self.left, *(self.and_left or ()))

    @property
    def rights(self) -> tuple[ItemRef, ...]:
        """The responder's items."""
        return (self.right, *(self.and_right or ()))

    @property
    def parties(self) -> tuple[Party, ...]:
        """Everybody but the trustee, the initiator first."""
        return (self.initiator, self.responder, *(seat.party for seat in self.others or ()))


def make_label(
    *, deal: bytes, step: str, kind: str, initiator: Party, responder: Party, trustee: Party, left: ItemRef,
    right: ItemRef, t2: int, t_resolve: int, nonce_a: bytes, nonce_b: bytes, holds: tuple[HoldTerms, ...] = (),
    iteration: int = 0, and_left: tuple[ItemRef, ...] | None = None, and_right: tuple[ItemRef, ...] | None = None,
    others: tuple[Seat, ...] | None = None,
) -> Label:  # fmt: skip
    """Return the label of an exchange in the current format and suite; `check_label` says whether it can be used."""
    return Label(
        DOMAIN, FORMAT, SUITE, deal, step, iteration, kind, initiator, responder, trustee, left, right, holds,
        t2, t_resolve, nonce_a, nonce_b, and_left, and_right, others,
    )  # fmt: skip


def label_of(label: Label) -> bytes:
    """Return L, 32 bytes: SHA-256 of the label's deterministic CBOR, whose first field is the domain."""
    return digest(encode(label))


def check_label(label: Label, crypto: Crypto) -> None:
    """Refuse a label that no honest party would use.

    Whatever the trustee would refuse later must be refused here, by both sides, before they are bound.
    Raises PeerDeviated (VERSION_UNSUPPORTED, PEER_DEVIATED, SIG_KEY_WEAK).
    """
    if (label.domain, label.format, label.suite) != (DOMAIN, FORMAT, SUITE):
        raise PeerDeviated("VERSION_UNSUPPORTED", "cannot join the exchange: its label has another format or suite")
    _check_parties(label, crypto)
    _check_items(label)
    if len(label.deal) != DIGEST_SIZE or len(label.nonce_a) not in _NONCE or len(label.nonce_b) not in _NONCE:
        raise _refused(label, "the deal's name or a nonce has the wrong length")
    if not label.step or label.iteration < 0:
        raise _refused(label, "it names no step of the deal")
    _check_times(label)


def _check_parties(label: Label, crypto: Crypto) -> None:
    parties = (*label.parties, label.trustee)
    for party in parties:
        if len(party.signing) != KEY_SIZE or len(party.sealing) != KEY_SIZE:
            raise _refused(label, "a key has the wrong length")
    statuses = [item.status for item in (*label.lefts, *label.rights) if item.status is not None]
    if any(len(status.issuer) != KEY_SIZE or not 0 <= (status.index or 0) < LATEST for status in statuses):
        raise _refused(label, "a status names no issuer, or no index that can be")
    if len({party.signing for party in parties}) != len(parties):
        raise _refused(label, "two of initiator, responder and trustee have the same key")
    keepers = {hold.system for hold in label.holds} | {status.issuer for status in statuses}
    for key in {party.signing for party in parties} | keepers:
        crypto.check_signer(key)
    for party in parties:
        crypto.check_recipient(party.sealing)


def _check_items(label: Label) -> None:
    seats = () if label.others is None else label.others
    if () in (label.and_left, label.and_right, label.others):
        raise _refused(label, "it has an empty list where nothing belongs")
    if max(len(label.lefts), len(label.rights)) > MAX_ITEMS or len(label.parties) > MAX_PARTIES:
        raise _refused(label, "it has too many items or parties")
    for item in (*label.lefts, *label.rights, *(seat.item for seat in seats)):
        _check_item(label, item)
    if len({hold.system for hold in label.holds}) != len(label.holds):
        raise _refused(label, "two holds are at one payment system, which keeps one hold a label")
    if any(hold.amount.minor <= 0 or not hold.payee or len(hold.system) != KEY_SIZE for hold in label.holds):
        raise _refused(label, "a hold names no money, payee or payment system")


def _check_item(label: Label, item: ItemRef) -> None:
    if item.family not in _FAMILIES:
        raise _refused(label, f"{item.family!r} is no family of items")
    if (item.family == Family.MONEY) != (item.amount is not None):
        raise _refused(label, "money has an amount, and nothing else has")
    if item.family != Family.MONEY and len(item.digest) != DIGEST_SIZE:
        raise _refused(label, "an item is not named by its digest")
    if item.amount is not None and item.amount.minor <= 0:
        raise _refused(label, "an amount is not positive")
    if item.status is not None and item.family != Family.CREDENTIAL:
        raise _refused(label, "only a credential has a status")


def _check_times(label: Label) -> None:
    """t2 + delta <= t_resolve <= hold expiry - margin (DESIGN §6)."""
    if not 0 < label.t2 <= label.t2 + DELTA <= label.t_resolve <= LATEST:
        raise _refused(label, f"less than {DELTA} seconds lie between its two deadlines")
    if any(not label.t_resolve + MARGIN <= hold.least_expiry <= LATEST for hold in label.holds):
        raise _refused(label, f"a hold may expire less than {MARGIN} seconds after the last resolution")


def _refused(label: Label, why: str) -> PeerDeviated:
    return PeerDeviated("PEER_DEVIATED", f"cannot join the exchange: {why}", evidence=encode(label))
