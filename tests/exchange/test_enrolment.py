"""Whom a trustee serves, and how much: enrolled merchants, their deal keys, their limits."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from semper_host.exchange.enrolment import Enrolment, Usage, Vouched, Voucher, check_quota, check_voucher, vouch
from semper_host.model.encoding import encode
from semper_host.supporting.cryptographic import cose
from tests.protocol.world import BUYER, MINT, OTHER, SELLER, START, TRUSTEE, Keys, label_for, refused

MERCHANT = Keys.of("the merchant's long-term key")
ENROLLED = Enrolment(MERCHANT.signing.public, START + 1000, 5, 10, (("EUR", 2000),))
REGISTER = {ENROLLED.merchant: ENROLLED}
VOUCHER = Voucher(MERCHANT.signing.public, SELLER.signing.public, TRUSTEE.signing.public, START + 100)
LABEL = label_for("fair-purchase")


def test_an_enrolled_merchants_voucher_opens_a_case() -> None:
    assert check_voucher(cose.open1, REGISTER, LABEL, vouch(MERCHANT.crypto, VOUCHER), START) == ENROLLED
    check_quota(ENROLLED, LABEL, Usage(4, 9))


@pytest.mark.parametrize(
    "voucher",
    [
        replace(VOUCHER, deal_key=OTHER.signing.public),
        replace(VOUCHER, trustee=MINT.signing.public),
        replace(VOUCHER, until=START - 1),
        replace(VOUCHER, merchant=BUYER.signing.public),
    ],
)
def test_a_voucher_for_something_else_opens_none(voucher: Voucher) -> None:
    with refused("NOT_ENROLLED"):
        check_voucher(cose.open1, REGISTER, LABEL, vouch(MERCHANT.crypto, voucher), START)


def test_nobody_else_can_vouch() -> None:
    with refused("SIG_INVALID"):
        check_voucher(cose.open1, REGISTER, LABEL, vouch(OTHER.crypto, VOUCHER), START)
    stranger = encode(Vouched(OTHER.signing.public, b""))
    with refused("NOT_ENROLLED"):
        check_voucher(cose.open1, REGISTER, LABEL, stranger, START)
    with refused("NOT_ENROLLED"):
        check_voucher(cose.open1, REGISTER, LABEL, vouch(MERCHANT.crypto, VOUCHER), START + 101)


@pytest.mark.parametrize("usage", [Usage(5, 0), Usage(0, 10)])
def test_beyond_its_share_a_merchant_waits(usage: Usage) -> None:
    with refused("TRUSTEE_QUOTA") as refusal:
        check_quota(ENROLLED, LABEL, usage)
    assert refusal.error is not None and refusal.error.retryable


def test_a_hold_that_is_too_large_or_in_another_currency_is_not_decided_on() -> None:
    for amounts in ((("EUR", 1989),), (("USD", 10_000),), ()):
        with refused("NOT_ENROLLED"):
            check_quota(replace(ENROLLED, amounts=amounts), LABEL, Usage(0, 0))
