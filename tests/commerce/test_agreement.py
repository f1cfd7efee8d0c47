"""The hello: what each side refuses before anything binds."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.api_v1 import Line, Order, OrderLine, Quote
from semper_host.commerce.agreement import (
    MOST_SKEW,
    SUITES,
    VERSIONS,
    Agreement,
    Basket,
    Hello,
    Quoted,
    QuotedLine,
    check_agreement,
    check_hello,
    deal_id,
)
from semper_host.model.encoding import encode
from semper_host.model.money import Money
from tests.protocol.world import BUYER, SELLER, START, refused

OFFER = b"the signed offer"
PRICE = Money(1990, "EUR")
HELLO = Hello(
    VERSIONS, SUITES, START, sha256(OFFER).digest(), BUYER.party, b"n" * 32,
    Basket.of(Order([OrderLine("c", 1)])), ("semper/ecash",),
)  # fmt: skip
SIGNED = b"the signed hello"
AGREEMENT = Agreement(
    VERSIONS[0], SUITES[0], START, sha256(SIGNED).digest(), SELLER.party, b"m" * 32,
    Quoted((QuotedLine("1 x c", PRICE),), PRICE), "semper/ecash",
)  # fmt: skip


def test_a_hello_is_answered_with_what_both_speak() -> None:
    assert check_hello(HELLO, OFFER, START) == (VERSIONS[0], SUITES[0])
    newer = replace(HELLO, versions=("semper/9", *VERSIONS), suites=("other", *SUITES))
    assert check_hello(newer, OFFER, START) == (VERSIONS[0], SUITES[0])


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("PEER_CLOCK", {"at": START + 3600}),
        ("PEER_CLOCK", {"at": START - 3600}),
        ("PEER_CLOCK", {"at": START + MOST_SKEW + 1}),
        ("MESSAGE_UNEXPECTED", {"offer": b"o" * 32}),
        ("MESSAGE_UNEXPECTED", {"nonce": b"short"}),
        ("VERSION_UNSUPPORTED", {"versions": ("semper/9",)}),
        ("VERSION_UNSUPPORTED", {"versions": ()}),
        ("VERSION_UNSUPPORTED", {"suites": ("rot13",)}),
    ],
)
def test_a_hello_that_cannot_be_answered_is_refused(code: str, changes: dict[str, Any]) -> None:
    with refused(code):
        check_hello(replace(HELLO, **changes), OFFER, START)


def test_a_clock_off_by_five_minutes_is_still_taken() -> None:
    check_hello(replace(HELLO, at=START + MOST_SKEW), OFFER, START)
    check_agreement(HELLO, SIGNED, replace(AGREEMENT, at=START - MOST_SKEW), START)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("PEER_CLOCK", {"at": START + 3600}),
        ("PEER_CLOCK", {"at": START - 3600}),
        ("MESSAGE_UNEXPECTED", {"hello": b"h" * 32}),
        ("MESSAGE_UNEXPECTED", {"nonce": b""}),
        ("VERSION_UNSUPPORTED", {"version": "semper/0"}),
        ("VERSION_UNSUPPORTED", {"suite": "rot13"}),
        ("MESSAGE_UNEXPECTED", {"payment": "semper/shells"}),
        ("MESSAGE_UNEXPECTED", {"quoted": Quoted((QuotedLine("c", PRICE),), PRICE + PRICE)}),
        ("MESSAGE_UNEXPECTED", {"quoted": Quoted((QuotedLine("c", Money(1990, "CHF")),), PRICE)}),
        ("MESSAGE_UNEXPECTED", {"quoted": Quoted((), PRICE)}),
    ],
)
def test_an_agreement_that_answers_something_else_is_refused(code: str, changes: dict[str, Any]) -> None:
    with refused(code):
        check_agreement(HELLO, SIGNED, replace(AGREEMENT, **changes), START)


def test_the_deal_is_named_after_everything_that_began_it() -> None:
    parts = {"service": b"s" * 32, "offer": OFFER, "hello": SIGNED, "agreement": b"the signed agreement"}
    names = {deal_id(**parts)} | {deal_id(**{**parts, name: part + b"'"}) for name, part in parts.items()}
    assert len(names) == 5


def test_baskets_and_quotes_travel_unchanged() -> None:
    order = Order([OrderLine("c", 2), OrderLine("d", 1)], "please")
    assert Basket.decode(encode(Basket.of(order))).order() == order
    quote = Quote([Line("2 x c", PRICE)], PRICE)
    assert Quoted.decode(encode(Quoted.of(quote))).quote() == quote
