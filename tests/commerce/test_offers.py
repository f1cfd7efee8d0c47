"""Offers: what a merchant signs once, and what a buyer's host refuses."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.admission.statements import digest
from semper_host.commerce.offers import MAX_OFFER, OfferArticle, OfferParameter, OfferPayment, open_offer, sign_offer
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity
from tests.admission.conftest import certify, world

__all__ = ["certify", "world"]


def refused(code: str, call: Any, *arguments: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == code
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


@pytest.fixture
def signed(world: Any) -> Any:
    return sign_offer(world.offer(), world.registrar.leaf)


def test_an_offer_opens_as_it_was_signed(world: Any, signed: Any) -> None:
    opened = open_offer(signed, world.roots(), world.now)
    assert opened.offer == world.offer()
    assert opened.merchant.name == "EUROCOM"
    assert opened.merchant.uri == "semper:merchant/eurocom"
    assert opened.digest == digest(signed)
    assert opened.offer.parameters[0].value == 14


def test_an_offer_may_name_the_seller_by_its_certified_uri(world: Any) -> None:
    data = sign_offer(world.offer(seller="semper:merchant/eurocom"), world.registrar.leaf)
    assert open_offer(data, world.roots(), world.now).merchant.name == "EUROCOM"


def test_every_changed_byte_is_refused(world: Any, signed: Any) -> None:
    for at in range(0, len(signed), 7):
        changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
        with pytest.raises(AdmissionRefused) as caught:
            open_offer(changed, world.roots(), world.now)
        assert caught.value.code in ("OFFER_INVALID", "CHAIN_UNTRUSTED", "CHAIN_PURPOSE", "CHAIN_EXPIRED")


@pytest.mark.parametrize("data", [b"", b"\xa0", b"offer", encode([b"", {}, b"", b""])])
def test_what_is_no_offer_is_refused(world: Any, data: Any) -> None:
    refused("OFFER_INVALID", open_offer, data, world.roots(), world.now)


def test_an_offer_that_is_too_large_is_refused_unread(world: Any) -> None:
    assert "larger" in refused("OFFER_INVALID", open_offer, bytes(MAX_OFFER + 1), world.roots(), world.now)


def test_an_expired_offer_is_refused_from_its_last_second_on(world: Any, signed: Any) -> None:
    data = sign_offer(world.offer(not_after=world.now + 10), world.registrar.leaf)
    assert open_offer(data, world.roots(), world.now + 9)
    assert "expired" in refused("OFFER_EXPIRED", open_offer, data, world.roots(), world.now + 10)


def test_an_offer_of_the_future_is_refused(world: Any) -> None:
    data = sign_offer(world.offer(not_before=world.now + 10), world.registrar.leaf)
    assert "not valid yet" in refused("OFFER_EXPIRED", open_offer, data, world.roots(), world.now)


def test_an_offer_in_the_name_of_another_merchant_is_refused(world: Any) -> None:
    data = sign_offer(world.offer(seller="Honest Books"), world.registrar.leaf)
    message = refused("OFFER_INVALID", open_offer, data, world.roots(), world.now)
    assert "Honest Books" in message
    assert "EUROCOM" in message


def test_an_offer_signed_by_somebody_certified_for_something_else_is_refused(world: Any, certify: Any) -> None:
    validity = Validity(world.now - 60, world.now + 60)
    bank = certify(world.registrar.root, b"b" * 32, "EUROCOM", Purpose.BANK, "semper:bank/eurocom", validity)
    refused("CHAIN_PURPOSE", open_offer, sign_offer(world.offer(), bank), world.roots(), world.now)


def test_an_offer_under_a_root_that_nobody_trusts_is_refused(world: Any, signed: Any) -> None:
    refused("CHAIN_UNTRUSTED", open_offer, signed, (), world.now)


def test_an_offer_whose_certificate_expired_is_refused(world: Any, certify: Any) -> None:
    validity = Validity(world.now - 600, world.now - 60)
    late = certify(world.registrar.root, b"m" * 32, "EUROCOM", Purpose.MERCHANT, "semper:merchant/eurocom", validity)
    refused("CHAIN_EXPIRED", open_offer, sign_offer(world.offer(), late), world.roots(), world.now)


def test_an_offer_signed_with_a_bare_key_is_refused(world: Any) -> None:
    data = cose.sign1(encode(world.offer()), "offer", SigningKey.from_seed(bytes(32)))
    refused("OFFER_INVALID", open_offer, data, world.roots(), world.now)


def test_another_kind_of_statement_does_not_pass_for_an_offer(world: Any) -> None:
    data = cose.sign1_certified(encode(world.offer()), "service-keys", world.registrar.leaf)
    refused("OFFER_INVALID", open_offer, data, world.roots(), world.now)


ARTICLE = OfferArticle("course", "A course", Money(1990, "EUR"))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"service": bytes(31)}, "32 bytes"),
        ({"articles": ()}, "no article"),
        ({"payments": ()}, "no way to pay"),
        ({"articles": (ARTICLE, ARTICLE)}, "same name"),
        ({"articles": (OfferArticle("a", "A", Money(-1, "EUR")),)}, "negative"),
        ({"articles": (ARTICLE, OfferArticle("b", "B", Money(1, "USD")))}, "currencies"),
        ({"parameters": (OfferParameter("a"),)}, "one value"),
        ({"parameters": (OfferParameter("a", text="x", number=1),)}, "one value"),
        ({"parameters": (OfferParameter("a", number=1), OfferParameter("a", number=2))}, "same name"),
        ({"not_after": 0}, "ends before"),
    ],
)
def test_an_offer_that_no_terms_can_make_sense_of_is_neither_signed_nor_opened(
    world: Any, change: Any, word: Any
) -> None:
    offer = world.offer(**change)
    assert word in refused("OFFER_INVALID", sign_offer, offer, world.registrar.leaf)
    data = cose.sign1_certified(encode(offer), "offer", world.registrar.leaf)
    assert word in refused("OFFER_INVALID", open_offer, data, world.roots(), world.now)


def test_an_offer_of_free_things_needs_no_way_to_pay(world: Any) -> None:
    free = world.offer(articles=(OfferArticle("a", "A", Money(0, "EUR")),), payments=())
    assert open_offer(sign_offer(free, world.registrar.leaf), world.roots(), world.now).offer == free


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (OfferParameter("a", text=""), ""),
        (OfferParameter("a", number=0), 0),
        (OfferParameter("a", money=Money(0, "EUR")), Money(0, "EUR")),
    ],
)
def test_a_parameter_gives_its_one_value_even_if_that_is_nothing(parameter: Any, value: Any) -> None:
    assert parameter.value == value


def test_two_ways_to_pay_may_name_the_same_system(world: Any) -> None:
    payments = (OfferPayment("semper/ecash", "a", b"1"), OfferPayment("semper/ecash", "b", b"2"))
    offer = world.offer(payments=payments)
    assert open_offer(sign_offer(offer, world.registrar.leaf), world.roots(), world.now).offer == offer
