"""Which strategy, kind and order of release the items' traits allow."""

from __future__ import annotations

import pytest

from semper_host.api_v1.calls import Item, ItemTraits
from semper_host.exchange.kinds import KINDS
from semper_host.exchange.manager import _KINDS, Allowed, Fairness, Offered, Plan, plan
from semper_host.exchange.strategy import STRATEGIES
from tests.protocol.world import refused

BOTH, REVOCABLE, GENERATABLE, NEITHER = (
    ItemTraits(True, True), ItemTraits(False, True), ItemTraits(True, False), ItemTraits(False, False)
)  # fmt: skip
PRICE, GOODS = Item("money", "price"), Item("statement", "information")
OFFER, ORDER, RECEIPT = Item("statement", "offer"), Item("statement", "order"), Item("credential", "receipt")
TICKET, MEMBERSHIP = Item("credential", "ticket"), Item("credential", "membership")
STRONG, WEAK, NONE = Fairness.STRONG, Fairness.WEAK, Fairness.NONE


@pytest.mark.parametrize(
    ("left", "right", "kind", "first"),
    [
        (Offered(GOODS, GENERATABLE), Offered(PRICE, BOTH), "fair-purchase", "left"),
        (Offered(PRICE, BOTH), Offered(GOODS, GENERATABLE), "fair-purchase", "right"),
        (Offered(PRICE, BOTH), Offered(RECEIPT, GENERATABLE), "payment-receipt", "right"),
        (Offered(OFFER, GENERATABLE), Offered(ORDER, GENERATABLE), "contract", "left"),
        (Offered(PRICE, BOTH), Offered(PRICE, BOTH), "money-money", "left"),
        (Offered(PRICE, GENERATABLE), Offered(PRICE, BOTH), "money-money", "right"),
        (Offered(PRICE, BOTH), Offered(TICKET, BOTH), "access", "right"),
        (Offered(TICKET, BOTH), Offered(MEMBERSHIP, GENERATABLE, "presentation"), "access", "left"),
        (Offered(TICKET, GENERATABLE), Offered(TICKET, BOTH), "credentials", "right"),
        (Offered(GOODS, GENERATABLE, "information"), Offered(GOODS, GENERATABLE, "information"), "information", "left"),
        (Offered(GOODS, GENERATABLE, "information"), Offered(OFFER, GENERATABLE, "document"), "package", "left"),
    ],
)
def test_the_kind_and_who_releases_first_follow_from_the_traits(
    left: Offered, right: Offered, kind: str, first: str
) -> None:
    assert plan(STRONG, left, right) == Plan("optimistic", kind, first)


def test_several_items_on_a_side_are_a_package() -> None:
    money, ticket = Offered(PRICE, BOTH, "held"), Offered(TICKET, BOTH, "access")
    goods = Offered(GOODS, GENERATABLE, "information")
    assert plan(STRONG, (goods, ticket), money).kind == "package"
    assert plan(STRONG, (goods, ticket), money).first == "right", "the money can be taken back, the information can't"


def test_an_item_that_is_not_revocable_for_long_enough_is_not_revocable() -> None:
    soon, late = Offered(PRICE, BOTH, until=100), Offered(PRICE, BOTH, until=201)
    assert plan(STRONG, soon, late, Allowed(t_resolve=200)).first == "right"
    assert plan(STRONG, soon, Offered(PRICE, BOTH, until=150), Allowed(t_resolve=200)).first == "left"


def test_so_is_one_whose_manager_says_that_it_can_be_taken_back_until_then_only() -> None:
    soon, late = Offered(PRICE, ItemTraits(True, True, until=100)), Offered(PRICE, ItemTraits(True, True, until=201))
    assert plan(STRONG, soon, late, Allowed(t_resolve=200)).first == "right"
    assert plan(STRONG, soon, late).first == "left", "nobody knows when the trustee decides for the last time"
    assert plan(STRONG, Offered(PRICE, GENERATABLE), Offered(PRICE, BOTH)).first == "right"


@pytest.mark.parametrize(
    ("left", "right", "named"),
    [
        (Offered(GOODS, GENERATABLE), Offered(PRICE, NEITHER), "money.price"),
        (Offered(OFFER, NEITHER), Offered(ORDER, NEITHER), "statement.offer, statement.order"),
        (Offered(GOODS, REVOCABLE), Offered(PRICE, NEITHER), "statement.information, money.price"),
        (Offered(PRICE, REVOCABLE), Offered(GOODS, GENERATABLE), "money.price"),
    ],
)
def test_strong_fairness_that_cannot_be_had_is_refused_and_the_item_named(
    left: Offered, right: Offered, named: str
) -> None:
    with refused("FAIRNESS_UNATTAINABLE") as refusal:
        plan(STRONG, left, right)
    assert f"no trustee can generate {named}" in str(refusal.error)


def test_an_exchange_that_no_kind_is_made_for_is_refused() -> None:
    with refused("FAIRNESS_UNATTAINABLE") as refusal:
        plan(STRONG, Offered(OFFER, GENERATABLE), Offered(TICKET, BOTH))
    assert "there is no such exchange" in str(refusal.error)


def test_weak_fairness_is_offered_only_where_the_terms_allow_it() -> None:
    left, right = Offered(GOODS, GENERATABLE), Offered(PRICE, NEITHER)
    weak = Plan("two-transfers", "", "left", WEAK)
    assert plan(STRONG, left, right, Allowed(weak=True)) == plan(WEAK, left, right) == weak
    for fairness in (STRONG, WEAK):
        with refused("FAIRNESS_UNATTAINABLE"):
            plan(fairness, left, right, Allowed(weak=True, arbiter=False))


def test_without_fairness_whoever_pays_answers_else_the_side_that_can_take_back_begins() -> None:
    goods, price, ticket = Offered(GOODS, GENERATABLE), Offered(PRICE, BOTH), Offered(TICKET, BOTH)
    for fairness in (NONE, WEAK):
        assert plan(fairness, goods, price) == Plan("two-transfers", "", "left", fairness)
        assert plan(fairness, price, goods).first == plan(fairness, price, (goods, ticket)).first == "right"
        assert plan(fairness, goods, ticket).first == "right", "its issuer can still revoke the ticket"
        assert plan(fairness, goods, goods).first == plan(fairness, price, price).first == "left"
        assert plan(fairness, (price, goods), (goods, ticket)).first == "right"
        assert plan(fairness, (price, goods), price).first == "left"


def test_a_package_by_two_transfers_begins_where_all_can_be_revoked_and_money_handed_over_cannot() -> None:
    goods, price, ticket = Offered(GOODS, NEITHER), Offered(PRICE, BOTH), Offered(TICKET, REVOCABLE)
    assert plan(NONE, (goods, ticket), (ticket, ticket)).first == "right"
    assert plan(NONE, (price, goods), (price, ticket)).first == "left", "the money is gone with the right to collect it"


def test_the_table_names_every_kind_for_two_and_plans_name_a_strategy() -> None:
    assert {kind for kind, _, _ in _KINDS} == set(KINDS) - {"joint-contract"}
    assert {plan(STRONG, Offered(OFFER, BOTH), Offered(ORDER, BOTH)).protocol, "two-transfers"} <= set(STRATEGIES)
