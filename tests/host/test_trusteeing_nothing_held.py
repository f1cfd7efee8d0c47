"""An abort before any money is held: the bank forbids the hold, and the trustee is done."""

from __future__ import annotations

import pytest

from semper_host.api_v1 import HoldOrder, Refused
from semper_host.exchange.items import Party, Token
from semper_host.exchange.requests import Answer
from semper_host.exchange.trustee import Void
from semper_host.host.trustee_forbidding import forbids
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import RELEASED, VOIDED, Settlement
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.courtroom import Banked
from tests.host.marketplace import Keys, Purchase, now, purchase

BANK, OTHER = SigningKey.from_seed(b"bank".ljust(32)), SigningKey.from_seed(b"other".ljust(32))
LABEL, PRICE = b"L" * 32, Money(1, "EUR")
NOTHING = Settlement(LABEL, b"h" * 16, "", Money(0, "EUR"), 1)


@pytest.fixture
def service(banked: Banked) -> TrusteeService:
    """A trustee with a purse at the bank; what it does in the background, the tests call by hand."""
    home = banked.market.home("trustee")
    banked.market.payments(home).open(banked.home.config.url, now())
    return TrusteeService(home, banked.market.sandbox(home), banked.market.client)


@pytest.fixture
def vouch(banked: Banked, service: TrusteeService) -> bytes:
    return banked.market.authorities.vouch(service.keys.identity.signing.public, Keys.of("seller").party)


@pytest.fixture
def unpaid(banked: Banked, service: TrusteeService) -> Purchase:
    """A purchase whose message 1 exists and for which no money is held."""
    keys = service.keys.identity
    party = Party(keys.signing.public, keys.sealing.public)
    banked.payments.withdraw(banked.purse, Money(10, "EUR"))
    return purchase(banked.purse, banked.payments, party, "customer:" + "5" * 64, PRICE)


def test_an_abort_before_any_hold_is_settled_once_and_convicts_nobody(
    service: TrusteeService, unpaid: Purchase, vouch: bytes
) -> None:
    first = service.answer(unpaid.abort(), vouch)
    assert service.rows.unended() == [unpaid.id]
    service.settle(unpaid.id)
    assert service.rows.unended() == []
    assert service.rows.contradiction(unpaid.id) is None
    assert service.answer(unpaid.abort(), vouch) == first
    assert Answer.decode(first).records == ()


def test_after_such_an_abort_the_bank_holds_nothing_under_the_label(
    banked: Banked, service: TrusteeService, unpaid: Purchase, vouch: bytes
) -> None:
    service.answer(unpaid.abort(), vouch)
    service.settle(unpaid.id)
    terms = unpaid.label.holds[0]
    order = HoldOrder(
        unpaid.id, terms.payee, terms.amount, terms.least_expiry, unpaid.buyer.signing.public,
        unpaid.seller.signing.public, unpaid.label.trustee.signing, terms.system,
    )  # fmt: skip
    before = banked.purse.purse.balance()
    refused = banked.payments.hold(banked.purse, order)
    assert isinstance(refused, Refused)
    assert refused.code == "TOO_LATE"
    assert banked.purse.purse.balance() == before


def said(settlement: Settlement, key: SigningKey = BANK, kind: str = VOIDED) -> Token:
    return Token(kind, cose.sign1(encode(settlement), kind, key))


def test_only_a_voided_over_nothing_under_the_same_label_forbids() -> None:
    order = Void(BANK.public, LABEL, b"")
    assert forbids(order, said(NOTHING))
    for other in (
        Settlement(b"M" * 32, b"h" * 16, "", Money(0, "EUR"), 1),
        Settlement(LABEL, b"h" * 16, "", PRICE, 1),
        Settlement(LABEL, b"h" * 16, "customer:x", Money(0, "EUR"), 1),
    ):
        assert not forbids(order, said(other))
    assert not forbids(order, said(NOTHING, kind=RELEASED))


def test_nobody_but_the_named_bank_can_say_that_nothing_was_held() -> None:
    with pytest.raises(PeerDeviated):
        forbids(Void(BANK.public, LABEL, b""), said(NOTHING, OTHER))
