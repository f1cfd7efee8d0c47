"""What a deal's labels must be: made by one side, accepted by the other, with the deadlines of the terms."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace as changed

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.plan import HOLD_SLACK, Plan, check_runnable
from semper_host.commerce.projection import project
from semper_host.commerce.terms import bind
from semper_host.exchange.items import Party
from semper_host.exchange.labels import MARGIN, label_of
from semper_host.exchange.state import Role
from semper_host.model.money import Money
from tests.commerce.deal_world import TOTAL, plan_for
from tests.protocol.world import BUYER, MINT, OTHER, SELLER, START, refused

WITHIN, RESOLVE = 30, 60


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
    label = seller.opening_label(seller.automaton.step("pay"), START)
    with refused("TOO_LATE"):
        buyer.accept_label(buyer.automaton.step("pay"), label, label.t2)


@pytest.mark.parametrize(("t2", "t_resolve"), [(400, 460), (30, 89), (30, 91), (30, 30), (30, 3000)])
def test_a_label_with_other_deadlines_than_the_terms_allow_is_refused(
    seller: Plan, buyer: Plan, t2: int, t_resolve: int
) -> None:
    label = seller.label(seller.automaton.step("pay"), START + t2, START + t_resolve)
    with refused("MESSAGE_UNEXPECTED"):
        buyer.accept_label(buyer.automaton.step("pay"), label, START)


def test_terms_with_transfers_and_decisions_are_refused_before_a_deal_begins(library: Any) -> None:
    values = {"price_ceiling": Money(5000, "EUR"), "price": TOTAL}
    terms = library.terms("sound/mail_order")
    named = {spec.name: values.get(spec.name, "P2D") for spec in terms.parameters}
    with refused("VERSION_UNSUPPORTED"):
        check_runnable(project(bind(terms, named), "buyer"))


def test_the_courseware_terms_are_run(seller: Plan, buyer: Plan) -> None:
    check_runnable(seller.automaton)
    check_runnable(buyer.automaton)
