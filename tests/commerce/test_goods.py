"""What a deal is about: documents and stakes that both sides compute alike."""

from __future__ import annotations

from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest

from semper_host.api_v1 import Order, OrderLine
from semper_host.commerce.agreement import SUITES, VERSIONS, Agreement, Basket, Quoted, QuotedLine
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.goods import Basis, document, goods, settle, stakes, statement_items
from semper_host.commerce.plan import Payee
from semper_host.model.errors import SemperError
from semper_host.model.money import Money
from tests.protocol.world import SELLER, START, refused

PRICE = Money(1990, "EUR")
BASKET = Basket.of(Order([OrderLine("course", 1)]))
AGREEMENT = Agreement(
    VERSIONS[0], SUITES[0], START, b"h" * 32, SELLER.party, b"m" * 32,
    Quoted((QuotedLine("c", PRICE),), PRICE), "semper/ecash",
)  # fmt: skip
EDITIONS = {"course": (b"r" * 32, b"k" * 32)}
PAYEE = Payee(b"b" * 32, "customer:s")
OFFER: Any = SimpleNamespace()


def test_the_goods_are_one_part_an_article() -> None:
    part = goods(OFFER, BASKET, EDITIONS).parts[0]
    assert (part.name, part.root, part.key_hash) == ("course", b"r" * 32, b"k" * 32)


def test_an_article_without_content_cannot_be_bought() -> None:
    with refused("OFFER_INVALID"):
        goods(OFFER, Basket.of(Order([OrderLine("ghost", 1)])), EDITIONS)


def test_documents_differ_by_kind_item_offer_basket_and_quote() -> None:
    other = Basket.of(Order([OrderLine("course", 2)]))
    texts = {
        document("statement", b"o", BASKET, AGREEMENT, "offer"),
        document("statement", b"o", BASKET, AGREEMENT, "order"),
        document("credential", b"o", BASKET, AGREEMENT, "offer"),
        document("statement", b"p", BASKET, AGREEMENT, "offer"),
        document("statement", b"o", other, AGREEMENT, "offer"),
    }
    assert len(texts) == 5


def test_the_quote_settles_what_the_offer_left_open(bound: BoundTerms) -> None:
    assert settle(bound, PRICE).amount("price") == PRICE


def test_a_quote_beyond_the_offers_ceiling_is_refused(bound: BoundTerms) -> None:
    with refused("OFFER_PARAMETERS"):
        settle(bound, Money(5001, "EUR"))
    with refused("OFFER_PARAMETERS"):
        settle(bound, Money(1, "CHF"))


def test_money_is_at_stake_only_where_it_is_paid(bound: BoundTerms) -> None:
    settled = settle(bound, PRICE)
    digests = {item: sha256(item.name.encode()).digest() for item in statement_items(settled)}
    found = stakes(settled, Basis(digests, b"g" * 32, PAYEE))
    assert sorted(found) == ["agree", "pay"]
    assert (found["agree"].payees, found["agree"].paid) == ((), ())
    assert found["pay"].payees == (PAYEE,)
    assert found["pay"].left[0].digest == b"g" * 32
    assert found["pay"].right[0].amount == PRICE


def test_an_amount_that_nothing_settles_is_refused(bound: BoundTerms) -> None:
    digests = dict.fromkeys(statement_items(bound), b"d" * 32)
    with pytest.raises(SemperError) as caught:
        stakes(bound, Basis(digests, b"g" * 32, PAYEE))
    assert caught.value.code == "OFFER_PARAMETERS"
