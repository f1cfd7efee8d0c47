"""What check computes for people to judge: rights, risk, duration, the flow in words."""

from __future__ import annotations

from typing import Any

from semper_host.commerce.check import Risk, RiskKind, capabilities, check, needed_capabilities
from semper_host.commerce.terms import BoundTerms, ItemName, Section, Terms, parse_terms
from semper_host.commerce.worst_case import HELD_BEYOND
from semper_host.model.grants import Capability
from semper_host.model.money import Money

DAY = 86_400
PRICE = ItemName(Section.MONEY, "price")


def test_rights_are_derived_from_what_each_role_gives(courseware: Terms) -> None:
    assert capabilities(courseware) == {
        "B": {Capability.STATEMENT_SIGN, Capability.MONEY_PAY},
        "S": {Capability.STATEMENT_SIGN, Capability.INFORMATION_RELEASE, Capability.MONEY_RECEIVE},
    }
    assert needed_capabilities(courseware) == capabilities(courseware)["B"] | capabilities(courseware)["S"]


def test_who_must_show_a_credential_needs_the_right_to(library: Any) -> None:
    assert Capability.CREDENTIAL_SHOW in capabilities(library.terms("sound/mail_order"))["S"]
    required = parse_terms(library.edited("courseware", ("\nparameters:", "\nrequires: {B: [student]}\nparameters:")))
    assert Capability.CREDENTIAL_SHOW in capabilities(required)["B"]


def test_decisions_alone_need_no_rights(library: Any) -> None:
    text = (library.root / "plugins/demo/grabber/terms.yaml").read_bytes()
    assert check(parse_terms(text)).needed == frozenset()


def test_strongly_fair_money_is_held_for_a_time_and_never_lost(courseware: Terms, bound: BoundTerms) -> None:
    (widest,) = check(courseware).risks
    assert widest == Risk("B", "pay", PRICE, RiskKind.HELD, (Money(100_000, "EUR"),), 37 * DAY + HELD_BEYOND)
    (offered,) = check(bound).risks
    assert (offered.most, offered.seconds, offered.can_be_lost) == ((Money(5000, "EUR"),), 90 + HELD_BEYOND, False)
    (quoted,) = check(bound.settle({"price": Money(1990, "EUR")})).risks
    assert quoted.most == (Money(1990, "EUR"),)


def test_the_seller_of_courseware_risks_nothing(courseware: Terms) -> None:
    assert check(courseware).risks_of("S") == ()


def test_money_paid_before_delivery_is_at_risk_until_something_came(library: Any) -> None:
    risks = check(library.terms("sound/mail_order")).risks_of("B")
    paid = [risk.step for risk in risks if risk.kind is RiskKind.PAID]
    assert "ship" in paid
    assert "refund_unsent" in paid
    assert "pay" not in paid
    assert all(risk.most == (Money(20_000, "EUR"), Money(20_000, "JPY")) for risk in risks if risk.item == PRICE)


def test_what_is_given_for_nothing_is_at_risk_whole(library: Any) -> None:
    (risk,) = check(library.terms("sound/tip")).risks
    assert (risk.role, risk.kind, risk.most, risk.can_be_lost) == ("B", RiskKind.WHOLE, (Money(200, "EUR"),), True)


def test_both_sides_of_an_unfair_exchange_are_at_risk_whole(library: Any) -> None:
    text = library.edited(
        "courseware",
        ("fair: strong\n    needs", "fair: weak\n    needs"),
        ("    resolve_within: parameter resolve_within\n    then: {done: END", "    then: {done: END"),
    )
    kinds = {(risk.role, risk.kind) for risk in check(parse_terms(text)).risks}
    assert kinds == {("S", RiskKind.WHOLE), ("B", RiskKind.WHOLE)}


def test_the_longest_deal_counts_each_deadline_and_the_trustee(courseware: Terms, bound: BoundTerms) -> None:
    assert check(courseware).longest == 2 * (7 + 30) * DAY
    assert check(bound).longest == 2 * (30 + 60)


def test_the_longest_deal_goes_round_every_bounded_circle(library: Any) -> None:
    assert check(library.terms("sound/subscription")).longest == 2 * 3600 + 12 * (2 + 30) * DAY


def test_the_flow_is_told_in_plain_lines(bound: BoundTerms) -> None:
    lines = check(bound).lines
    assert lines[0].startswith("1. agree: the seller's")
    assert lines[3].endswith("both or neither; at most 1 minute 30 seconds")
    assert "   aborted: the deal ends (none)" in lines
    assert all(line.isprintable() for line in lines)


def test_the_diagram_shows_every_step_and_end(library: Any) -> None:
    text = check(library.terms("sound/subscription")).mermaid
    assert text.startswith("stateDiagram-v2\n    [*] --> s_agree\n")
    assert "    s_month --> e_full: after 12 times\n" in text
    assert text.count(" as s_") == 3
    assert text.count("--> [*]") == 4
