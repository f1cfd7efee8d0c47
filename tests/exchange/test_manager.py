"""Which protocol and order of release the items' traits allow."""

from __future__ import annotations

import pytest

from semper_host.api_v1.calls import Item, ItemTraits
from semper_host.exchange.manager import Fairness, Offered, Plan, plan
from tests.protocol.world import refused

BOTH, REVOCABLE, GENERATABLE, NEITHER = (
    ItemTraits(True, True), ItemTraits(False, True), ItemTraits(True, False), ItemTraits(False, False)
)  # fmt: skip
PRICE, GOODS = Item("money", "price"), Item("statement", "information")
OFFER, ORDER, RECEIPT = Item("statement", "offer"), Item("statement", "order"), Item("credential", "receipt")


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (Offered(GOODS, GENERATABLE), Offered(PRICE, GENERATABLE), Plan("optimistic", "fair-purchase", "left")),
        (Offered(PRICE, GENERATABLE), Offered(GOODS, GENERATABLE), Plan("optimistic", "fair-purchase", "right")),
        (Offered(PRICE, GENERATABLE), Offered(RECEIPT, GENERATABLE), Plan("optimistic", "payment-receipt", "right")),
        (Offered(OFFER, GENERATABLE), Offered(ORDER, GENERATABLE), Plan("optimistic", "contract", "left")),
        (Offered(OFFER, GENERATABLE), Offered(ORDER, NEITHER), Plan("optimistic", "contract", "right")),
        (Offered(GOODS, REVOCABLE), Offered(PRICE, NEITHER), Plan("optimistic", "fair-purchase", "left")),
    ],
)
def test_whoever_is_covered_releases_first(left: Offered, right: Offered, expected: Plan) -> None:
    assert plan(Fairness.STRONG, left, right) == expected


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Offered(GOODS, GENERATABLE), Offered(PRICE, NEITHER)),
        (Offered(OFFER, NEITHER), Offered(ORDER, NEITHER)),
        (Offered(PRICE, BOTH), Offered(PRICE, BOTH)),
    ],
)
def test_strong_fairness_that_cannot_be_had_is_refused(left: Offered, right: Offered) -> None:
    with refused("FAIRNESS_UNATTAINABLE"):
        plan(Fairness.STRONG, left, right)


def test_without_fairness_there_are_two_transfers_and_the_covered_side_goes_first() -> None:
    assert plan(Fairness.NONE, Offered(GOODS, NEITHER), Offered(PRICE, NEITHER)).first == "left"
    assert plan(Fairness.NONE, Offered(GOODS, NEITHER), Offered(PRICE, REVOCABLE)).first == "right"
    assert plan(Fairness.NONE, Offered(GOODS, NEITHER), Offered(PRICE, REVOCABLE)).protocol == "two-transfers"
