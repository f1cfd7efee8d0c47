from __future__ import annotations

from typing import Any

import pytest

from semper_host.commerce.monitor import Monitor
from semper_host.commerce.projection import Automaton, Part, project
from semper_host.commerce.terms import BoundTerms, Fairness, ItemName, Section, bind
from semper_host.model.errors import PeerDeviated
from semper_host.model.outcome import Dissatisfied, Satisfied


@pytest.fixture
def buyer(bound: BoundTerms) -> Automaton:
    return project(bound, "B")


def test_each_role_does_its_part_of_each_step(bound: BoundTerms, buyer: Automaton) -> None:
    seller = project(bound, "S")
    assert [seller.step(name).part for name in ("agree", "pay")] == [Part.INITIATE, Part.INITIATE]
    assert [buyer.step(name).part for name in ("agree", "pay")] == [Part.RESPOND, Part.RESPOND]
    assert buyer.step("pay").gives == seller.step("pay").gets == (ItemName(Section.MONEY, "price"),)
    assert buyer.step("pay").gets == seller.step("pay").gives == (ItemName(Section.INFO, "course"),)
    assert (buyer.step("pay").peer, seller.step("pay").peer) == ("S", "B")
    assert buyer.step("pay").parties == ("S", "B")


def test_a_step_carries_its_deadlines_in_seconds(buyer: Automaton) -> None:
    pay = buyer.step("pay")
    assert (pay.within, pay.resolve_within, pay.patience) == (30, 60, 90)
    assert (pay.fair, pay.outcomes, pay.needs) == (Fairness.STRONG, ("done", "aborted"), ("agree",))


def test_a_role_may_be_named_by_its_kind(bound: BoundTerms, buyer: Automaton) -> None:
    assert project(bound, "buyer") == buyer


def test_the_trustee_has_no_automaton(library: Any, bound: BoundTerms) -> None:
    with library.refuses("TERMS_INVALID", "T takes part in no step"):
        project(bound, "trustee")


def test_outcomes_lead_to_the_end_and_what_is_held_there(buyer: Automaton) -> None:
    state = buyer.next(buyer.next(buyer.start, "done"), "done")
    assert buyer.is_end(state)
    assert buyer.outcome(state) == Satisfied("sold")
    assert [str(held.item) for held in buyer.balance(state)] == ["info.course"]
    assert buyer.outcome(buyer.next("agree", "aborted"), "no answer") == Dissatisfied("none", "no answer")


def test_a_deal_under_way_has_no_balance(buyer: Automaton) -> None:
    with pytest.raises(KeyError):
        buyer.balance(buyer.start)


def test_steps_are_told_apart_by_their_iteration(library: Any) -> None:
    automaton = project(bind(library.terms("sound/subscription"), {}), "buyer")
    first, second = automaton.step("month#1"), automaton.step("month#2")
    assert first.step == second.step == "month"
    assert first.iteration != second.iteration
    assert automaton.next("renew#1", "renew") == "month#2"


def test_a_role_that_only_waits_need_not_know_who_will_ask(library: Any) -> None:
    inspector = project(bind(library.terms("sound/either_way"), {}), "C")
    assert set(inspector.enabled(inspector.start)) == {"owner_asks", "tenant_asks"}
    assert inspector.step("owner_asks").part is Part.LEARN
    assert inspector.step("owner_asks").peer == "A"
    assert inspector.step("owner_asks").patience == 2 * 86_400
    assert inspector.enabled(inspector.next("owner_asks", "ask")) == ("report_owner",)


def test_several_ends_that_mean_the_same_to_a_role_are_one(library: Any) -> None:
    monitor = Monitor(project(bind(library.terms("sound/mall"), {}), "M"))
    for step in ("list", "agree", "sell"):
        monitor.advance(step, "done")
    monitor.advance("commission", "aborted")
    assert monitor.automaton.outcome(monitor.state, "unpaid") == Dissatisfied("unpaid", "unpaid")
    assert monitor.automaton.balance(monitor.state) == ()


def test_the_monitor_follows_the_terms(buyer: Automaton) -> None:
    monitor = Monitor(buyer)
    assert monitor.check("agree").part is Part.RESPOND
    monitor.advance("agree", "done")
    assert monitor.advance("pay", "done") == "END.sold"
    assert monitor.is_over
    assert monitor.record == (("agree", "done"), ("pay", "done"))


@pytest.mark.parametrize("step", ["pay", "ship", "", "END.sold", "agree#1", "x" * 10_000])
def test_the_monitor_refuses_a_step_that_is_not_enabled_and_keeps_the_evidence(buyer: Automaton, step: str) -> None:
    monitor = Monitor(buyer)
    with pytest.raises(PeerDeviated) as caught:
        monitor.check(step, b"the message")
    assert (caught.value.code, caught.value.evidence) == ("MESSAGE_UNEXPECTED", b"the message")
    assert "the terms expect agree" in caught.value.message
    assert len(caught.value.message) < 300
    assert monitor.state == "agree"


def test_the_monitor_refuses_an_outcome_that_the_step_does_not_have(buyer: Automaton) -> None:
    monitor = Monitor(buyer)
    with pytest.raises(PeerDeviated, match="no outcome 'late'"):
        monitor.advance("agree", "late")
    assert monitor.record == ()


def test_the_monitor_refuses_everything_after_the_end(buyer: Automaton) -> None:
    monitor = Monitor(buyer, [("agree", "aborted")])
    with pytest.raises(PeerDeviated, match="the terms expect nothing more"):
        monitor.check("pay")


def test_the_monitor_goes_on_from_a_record_and_checks_it_again(buyer: Automaton) -> None:
    assert Monitor(buyer, [("agree", "done")]).state == "pay"
    with pytest.raises(PeerDeviated):
        Monitor(buyer, [("pay", "done")])
