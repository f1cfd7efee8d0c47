"""Whom a trustee serves: offers of enrolled merchants, within what each may ask (DESIGN §9). Pure checks, no storage.

    merchant -> peer, in the hello    Sig(exchange.voucher: its deal key, the trustee, until)  under its enrolled key
    party -> trustee, with a request  the voucher

    enrolled = check_voucher(opened, register, label, voucher, now)     who answers for this exchange
    check_quota(enrolled, label, usage)                                 before a row is opened, in its transaction

A request on a standing row needs neither: whoever was let in gets its answer. The trustee learns which merchant it is,
never who the other side is.
"""

from __future__ import annotations

from collections.abc import Mapping

from semper_host.exchange.accountability import Open
from semper_host.exchange.labels import Label
from semper_host.exchange.primitives import Crypto
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, Unavailable

VOUCHER = "exchange.voucher"
"""The signed kind of a voucher."""


class Voucher(Record, frozen=True):
    """An enrolled merchant's word, to one trustee, that a deal key is its own until `until` (seconds since 1970)."""

    merchant: bytes  # the enrolled signing key
    deal_key: bytes
    trustee: bytes
    until: int


class Vouched(Record, frozen=True):
    """A voucher as it travels: whose it is said to be, and the signed Voucher."""

    merchant: bytes
    signed: bytes


class Enrolment(Record, frozen=True):
    """What a trustee agreed with one merchant. A limit of 0 means none of that."""

    merchant: bytes  # signing key
    until: int  # seconds since 1970
    open_rows: int  # decided, but not yet confirmed by payment systems
    rows_a_day: int
    amounts: tuple[tuple[str, int], ...] = ()  # currency and most minor units a hold; a currency not named: not served


class Usage(Record, frozen=True):
    """What a merchant has used, as the trustee's database counts it in the same transaction."""

    open_rows: int
    rows_today: int


def vouch(crypto: Crypto, voucher: Voucher) -> bytes:
    """Return the voucher as it travels: the enrolled key, and what it signed."""
    return encode(Vouched(voucher.merchant, crypto.sign(encode(voucher), VOUCHER)))


def check_voucher(
    opened: Open, register: Mapping[bytes, Enrolment], label: Label, vouched: bytes, now: int
) -> Enrolment:
    """Return whose offer the exchange comes from. `register` maps enrolled signing keys to enrolments.

    Raises PeerDeviated (NOT_ENROLLED) where nobody enrolled answers for one of the label's parties, SIG_INVALID.
    """
    given = Vouched.decode(vouched)
    enrolled = register.get(given.merchant)
    if enrolled is None:
        raise _refused("no enrolled merchant answers for it")
    said = Voucher.decode(opened(given.signed, VOUCHER, given.merchant))
    keys = {party.signing for party in label.parties}
    if said.merchant != given.merchant or said.deal_key not in keys or said.trustee != label.trustee.signing:
        raise _refused("the voucher is for another exchange or trustee")
    if now > min(said.until, enrolled.until):
        raise _refused("the voucher or the enrolment has run out")
    return enrolled


def check_quota(enrolled: Enrolment, label: Label, usage: Usage) -> None:
    """Require that one more row is within the merchant's limits. Raises Unavailable TRUSTEE_QUOTA, PeerDeviated."""
    most = dict(enrolled.amounts)
    for hold in label.holds:
        if hold.amount.minor > most.get(hold.amount.currency, 0):
            raise _refused(f"a hold of {hold.amount} is more than this trustee agreed to decide on")
    if usage.open_rows >= enrolled.open_rows:
        raise Unavailable("TRUSTEE_QUOTA", "cannot open a case: too many of this merchant's are still open")
    if usage.rows_today >= enrolled.rows_a_day:
        raise Unavailable("TRUSTEE_QUOTA", "cannot open a case: this merchant's share of the day is used up")


def _refused(why: str) -> PeerDeviated:
    return PeerDeviated("NOT_ENROLLED", f"cannot judge: {why}")
