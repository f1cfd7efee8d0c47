"""What a deal's labels must be: made by one side, accepted by the other, with the deadlines of the terms."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as changed

from semper_host.commerce.binding import BoundTerms, Value
from semper_host.commerce.plan import HOLD_SLACK, Plan, check_runnable
from semper_host.commerce.projection import project
from semper_host.commerce.terms import bind, parse_terms
from semper_host.exchange.items import Party
from semper_host.exchange.labels import MARGIN, label_of
from semper_host.exchange.state import Role
from semper_host.model.money import Money
from tests.commerce.deal_world import TOTAL, plan_for
from tests.protocol.world import BUYER, MINT, OTHER, SELLER, START, refused

WITHIN, RESOLVE = 30, 60
UNTOLD = b"""schema: semper.terms/1
protocol: untold/1
roles: {B: buyer, S: seller}
info: {one: One thing, other: Another thing}
steps:
  pick: {decide: B, tell: [B], within: P1D, then: {one: tell_one, late: tell_other}}
  tell_one: {transfer: B>S, give: info.one, within: P1D, then: {ok: END.told, late: END.none}}
  tell_other: {transfer: B>S, give: info.other, within: P1D, then: {ok: END.told, late: END.none}}
ends: {none: {}, told: {S: [info.one perhaps, info.other perhaps]}}
satisfied: [told]
"""


@pytest.fixture
def seller(bound: BoundTerms) -> Plan:
    return plan_for(bound, "seller", SELLER, BUYER)


@pytest.fixture
def buyer(bound: BoundTerms) -> Plan:
    return plan_for(bound, "buyer", BUYER, SELLER)


@pytest.mark.parametrize("step", ["agree", "pay"])
def test_both_sides_name_an_exchange_alike(seller: Plan, buyer: Plan, step: str) -> None:
    ours, theirs = seller.automaton.step(step), buyer.automaton.step(step)
    assert (seller.role_in(ours), buyer.role_in(theirs)) == (Role.INITIATOR, Role.RESPONDER)
    opened = seller.opening_label(ours, START)
    assert buyer.accept_label(theirs, opened, START + 3) == opened
    assert label_of(buyer.label(theirs, opened.t2, opened.t_resolve)) == label_of(opened)


def test_the_courseware_s_exchanges_are_named_as_they_always_were(seller: Plan) -> None:
    """Golden: deals under way, and their evidence, survive an upgrade of the host."""
    names = [label_of(seller.opening_label(seller.automaton.step(step), START)).hex() for step in ("agree", "pay")]
    assert names == [
        "69222de5ae784903a3b461d681bf3d754b96ecfcf9d35057925c8a1689f17e08",
        "ac3e899cbe66b854ca2ab398e507114bd61d6537fd174fa4926ad4652699d70d",
    ]


def test_the_deadlines_are_those_of_the_terms(seller: Plan) -> None:
    label = seller.opening_label(seller.automaton.step("pay"), START)
    assert (label.t2, label.t_resolve) == (START + WITHIN, START + WITHIN + RESOLVE)
    assert label.holds[0].least_expiry == label.t_resolve + MARGIN + HOLD_SLACK


def test_only_what_is_paid_is_held(seller: Plan) -> None:
    assert seller.opening_label(seller.automaton.step("agree"), START).holds == ()
    hold = seller.opening_label(seller.automaton.step("pay"), START).holds[0]
    assert (hold.system, hold.payee, hold.amount) == (MINT.signing.public, "eurocom", TOTAL)


@pytest.mark.parametrize(
    "field",
    [
        "deal", "step", "iteration", "kind", "initiator", "responder", "trustee", "left", "right", "holds", "nonce_a",
        "nonce_b",
    ],
)  # fmt: skip
def test_a_label_with_any_other_field_is_refused(seller: Plan, buyer: Plan, field: str) -> None:
    label = seller.opening_label(seller.automaton.step("pay"), START)
    others: dict[str, Any] = {
        "deal": b"x" * 32, "step": "agree", "iteration": 1, "kind": "contract", "holds": (), "nonce_a": b"n" * 32,
        "nonce_b": b"n" * 32, "left": label.right, "right": label.left,
    }  # fmt: skip
    party = Party(OTHER.signing.public, OTHER.sealing.public)
    with refused("MESSAGE_UNEXPECTED"):
        buyer.accept_label(buyer.automaton.step("pay"), changed(label, **{field: others.get(field, party)}), START)


def test_a_label_whose_deadline_is_over_is_refused(seller: Plan, buyer: Plan) -> None:
    """At t2 itself it is not over: so says the exchange of messages 2 and 3."""
    label = seller.opening_label(seller.automaton.step("pay"), START)
    assert buyer.accept_label(buyer.automaton.step("pay"), label, label.t2) == label
    with refused("TOO_LATE"):
        buyer.accept_label(buyer.automaton.step("pay"), label, label.t2 + 1)


@pytest.mark.parametrize(("t2", "t_resolve"), [(400, 460), (30, 89), (30, 91), (30, 30), (30, 3000)])
def test_a_label_with_other_deadlines_than_the_terms_allow_is_refused(
    seller: Plan, buyer: Plan, t2: int, t_resolve: int
) -> None:
    label = seller.label(seller.automaton.step("pay"), START + t2, START + t_resolve)
    with refused("MESSAGE_UNEXPECTED"):
        buyer.accept_label(buyer.automaton.step("pay"), label, START)


def test_transfers_and_decisions_of_the_two_sides_are_run(library: Any) -> None:
    named: dict[str, Value] = {"price_ceiling": Money(5000, "EUR"), "days_to_inspect": "P2D"}
    check_runnable(project(bind(library.terms("sound/mail_order"), named), "buyer"))


def test_terms_in_which_a_third_party_acts_are_refused_before_a_deal_begins(library: Any) -> None:
    with refused("VERSION_UNSUPPORTED"):
        check_runnable(project(bind(library.terms("sound/mall"), {}), "buyer"))


def test_money_handed_over_for_nothing_is_refused(library: Any) -> None:
    terms = parse_terms(library.edited("sound/tip", ("guest", "buyer"), ("waiter", "seller")))
    with refused("VERSION_UNSUPPORTED"):
        check_runnable(project(bind(terms, {}), "buyer"))


def test_a_choice_that_the_other_side_is_not_told_is_refused() -> None:
    bound = bind(parse_terms(UNTOLD), {})
    for side in ("buyer", "seller"):
        with refused("VERSION_UNSUPPORTED"):
            check_runnable(project(bound, side))


def test_the_courseware_terms_are_run(seller: Plan, buyer: Plan) -> None:
    check_runnable(seller.automaton)
    check_runnable(buyer.automaton)
