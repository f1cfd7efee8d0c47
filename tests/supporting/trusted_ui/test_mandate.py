"""A mandate covers what was approved, and nothing beyond."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.model.encoding import encode
from semper_host.model.money import Money
from semper_host.supporting.trusted_ui.mandate import Mandate, Payment, covers, uncovered

DEAL = b"D" * 32
MANDATE = Mandate(DEAL, ("purchase",), Money(2000, "EUR"), "semper:merchant/eurocom", 1000, b"s" * 32)
PAYMENT = Payment(DEAL, "purchase", Money(2000, "EUR"), "semper:merchant/eurocom", 999)


def test_a_payment_within_the_mandate_is_covered() -> None:
    assert covers(MANDATE, PAYMENT)
    assert covers(MANDATE, msgspec.structs.replace(PAYMENT, amount=Money(500, "EUR")), Money(1500, "EUR"))


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"deal": b"E" * 32}, "another deal"),
        ({"step": "tip"}, "was not approved"),
        ({"payee": "semper:merchant/other"}, "another payee"),
        ({"at": 1000}, "expired"),
        ({"amount": Money(2001, "EUR")}, "exceeds the approved 20.00 EUR"),
        ({"amount": Money(1, "USD")}, "another currency"),
        ({"amount": Money(-1, "EUR")}, "negative"),
    ],
)
def test_what_was_not_approved_is_not_covered(change: dict[str, Any], cause: str) -> None:
    payment = msgspec.structs.replace(PAYMENT, **change)
    assert not covers(MANDATE, payment)
    assert cause in uncovered(MANDATE, payment)


def test_payments_add_up() -> None:
    assert not covers(MANDATE, PAYMENT, already=Money(1, "EUR"))
    assert not covers(MANDATE, PAYMENT, already=Money(-1, "EUR"))
    assert not covers(MANDATE, PAYMENT, already=Money(0, "USD"))


def test_a_mandate_without_money_pays_nothing() -> None:
    assert uncovered(msgspec.structs.replace(MANDATE, most=None), PAYMENT) == "no payment was approved"


def test_a_mandate_survives_encoding() -> None:
    assert Mandate.decode(encode(MANDATE)) == MANDATE
