"""Every exchange that the proofs let pass is one that the exchange layer runs, alike for both sides and any items."""

from __future__ import annotations

import json
from typing import Any

import jsonschema  # type: ignore[import-untyped,unused-ignore]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from semper_host.commerce.check import check
from semper_host.commerce.handing import arranged, section_traits, weakened
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.terms import Exchange, ExchangeKind, Fairness, Terms, parse_terms
from semper_host.commerce.terms_schema import json_schema
from semper_host.exchange.items import Status
from semper_host.exchange.kinds import COMPOSED, KINDS, open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.manager import OPTIMISTIC, TWO_TRANSFERS
from semper_host.exchange.strategy import STRATEGIES
from semper_host.exchange.transfer import ORIGIN, RECEIPT, name_of
from semper_host.model.errors import AdmissionRefused
from tests.commerce.agreed_world import INDEX, plans, settled
from tests.protocol.world import ISSUER, MINT, START, refused

ITEMS = (
    "money.euros", "money.dollars", "info.course", "info.survey", "statement.letter", "credential.receipt",
    "credential.ticket", "credential.card",
)  # fmt: skip
SECTIONS: dict[str, dict[str, Any]] = {
    "money": {"euros": "19.90 EUR", "dollars": "21.00 USD"},
    "info": {"course": "Course", "survey": "Survey"},
    "statement": {"letter": "Letter"},
    "credential": {
        "receipt": {"sort": "receipt", "title": "Receipt"},
        "ticket": {"sort": "access", "title": "Ticket"},
        "card": {"sort": "membership", "title": "Card"},
    },
}
SCHEMA = jsonschema.Draft202012Validator(json_schema())
KIND = st.sampled_from([str(kind) for kind in ExchangeKind])
SIDE = st.lists(st.sampled_from([*ITEMS, "shows credential.ticket", "shows credential.card"]), min_size=1, max_size=4)


def document(kind: str, left: list[str], right: list[str], fair: str) -> dict[str, Any]:
    """Terms of a contract and one exchange; its ends leave all balances open."""
    sides = {"left": [f"S {item}" for item in left], "right": [f"B {item}" for item in right]}
    used = {each.split(" ")[-1] for side in sides.values() for each in side}
    named: dict[str, Any] = {"statement": {"offer": "Offer", "order": "Order"}}
    for family, items in SECTIONS.items():
        kept = {name: form for name, form in items.items() if f"{family}.{name}" in used}
        if kept:
            named[family] = {**named.get(family, {}), **kept}
    held = [f"{item} any" for item in ITEMS if item in used]
    wait = {"within": "PT1H"} | ({"resolve_within": "PT1H"} if fair.startswith("strong") else {})
    contract = {"exchange": "contract", "left": "S statement.offer", "right": "B statement.order", "fair": "strong"}
    steps = {
        "agree": {**contract, "within": "PT1H", "resolve_within": "PT1H", "then": _then("swap")},
        "swap": {"exchange": kind, **sides, "fair": fair, **wait, "then": _then("END.done")},
    }
    roles = {"B": "buyer", "S": "seller", "T": "trustee", "J": "arbiter"}
    ends = {"none": {"B": held, "S": held}, "done": {"B": held, "S": held}}
    head = {"schema": "semper.terms/1", "protocol": "drawn/1", "roles": roles}
    return {**head, **named, "steps": steps, "ends": ends, "satisfied": ["done"]}


def _then(done: str) -> dict[str, str]:
    return {"done": done, "aborted": "END.none"}


def accepted(document: dict[str, Any]) -> Terms | None:
    try:
        terms = parse_terms(json.dumps(document).encode())
        check(terms)
    except AdmissionRefused as error:
        assert error.code == "TERMS_INVALID"
        assert error.message.startswith("cannot")
        return None
    return terms


def ends(buyer: Plan, seller: Plan) -> tuple[Plan, StepSpec, Plan, StepSpec]:
    """The plan and step of whoever begins the swap, then of whoever answers."""
    ours, theirs = seller.automaton.step("swap"), buyer.automaton.step("swap")
    first = (seller, ours, buyer, theirs) if ours.part is Part.INITIATE else (buyer, theirs, seller, ours)
    assert (first[1].part, first[3].part) == (Part.INITIATE, Part.RESPOND)
    return first


def indices_in(label: Label) -> list[int]:
    return [item.status.index for item in label.lefts if item.status is not None and item.status.index is not None]


@settings(deadline=None, max_examples=200)
@given(kind=KIND, left=SIDE, right=SIDE, fair=st.sampled_from(["strong", "strong", "strong-or-weak", "weak", "none"]))
def test_what_the_proofs_accept_both_sides_join_and_everything_else_is_refused_with_a_reason(
    kind: str, left: list[str], right: list[str], fair: str
) -> None:
    written = document(kind, left, right, fair)
    terms = accepted(written)
    if terms is None:
        return
    SCHEMA.validate(written)
    joins(terms, fair)


def names(plan: Plan, spec: StepSpec) -> list[list[bytes]]:
    """The names of a step's transfers, those of the initiator first."""
    return [[name_of(each) for each in side] for side in plan.swap(spec)]


def joins(terms: Terms, fair: str) -> Label | None:
    """Both sides name the exchange alike, and the exchange layer joins it; return its label, if it has one."""
    first, spec, second, other = ends(*plans(settled(terms, {})))
    if not fair.startswith("strong"):
        assert spec.protocol == other.protocol == TWO_TRANSFERS
        assert names(first, spec) == names(second, other)
        for plan, step in ((first, spec), (second, other)):
            STRATEGIES[TWO_TRANSFERS].join(*plan.swap(step), plan.role_in(step), plan.crypto, START, step.fair)
        return None
    assert spec.protocol == other.protocol == OPTIMISTIC
    credentials = [item for item in first.stakes["swap"].left if item.form == "access"]
    label = first.opening_label(spec, START, list(range(100, 100 + len(credentials))))
    assert second.accept_label(other, label, START) == label
    _, rules = open_case(label, first.crypto)
    assert rules.kind == spec.kind
    assert indices_in(label) == list(range(100, 100 + len(credentials)))
    return label


@pytest.mark.parametrize(
    ("kind", "left", "right", "first"),
    [
        ("contract", ["statement.letter"], ["statement.letter"], "S"),
        ("fair-purchase", ["info.course"], ["money.euros"], "S"),
        ("fair-purchase", ["money.euros"], ["info.course"], "B"),
        ("payment-receipt", ["credential.receipt"], ["money.euros"], "S"),
        ("payment-receipt", ["money.euros"], ["statement.letter"], "B"),
        ("money-money", ["money.euros"], ["money.dollars"], "S"),
        ("access", ["credential.ticket"], ["money.euros"], "S"),
        ("access", ["money.euros"], ["credential.ticket"], "B"),
        ("access", ["shows credential.card"], ["credential.ticket"], "B"),
        ("credentials", ["credential.ticket"], ["credential.card"], "S"),
        ("information", ["info.course"], ["info.survey"], "S"),
        ("package", ["info.course", "credential.ticket"], ["money.euros"], "B"),
        ("package", ["money.euros", "credential.ticket"], ["info.survey"], "S"),
        ("package", ["shows credential.card", "money.euros"], ["info.survey"], "B"),
        ("package", ["info.course"], ["money.euros", "credential.receipt"], "S"),
    ],
)  # fmt: skip
def test_what_can_be_taken_back_goes_first_and_what_is_only_shown_second(
    kind: str, left: list[str], right: list[str], first: str
) -> None:
    terms = accepted(document(kind, left, right, "strong"))
    assert terms is not None
    assert terms.step("swap").parties[0] == first
    assert joins(terms, "strong") is not None


def test_the_property_is_not_over_refusals_alone() -> None:
    """The drawn terms that pass are of every kind, strongly fair and not."""
    seen: set[tuple[str, str]] = set()

    @settings(deadline=None, max_examples=250, database=None, derandomize=True)
    @given(kind=KIND, left=SIDE, right=SIDE, fair=st.sampled_from(["strong", "strong-or-weak", "none"]))
    def look(kind: str, left: list[str], right: list[str], fair: str) -> None:
        if accepted(document(kind, left[:1], right[:1] if kind != "package" else right, fair)) is not None:
            seen.add((kind, fair))

    look()
    assert len(seen) >= 8
    assert ("package", "strong") in seen


def test_the_kinds_of_terms_are_those_of_the_exchange_layer_for_two() -> None:
    assert {str(kind) for kind in ExchangeKind} == set(KINDS) - {"joint-contract"}
    assert {"money-money", "access", "credentials", "information", "package"} < set(COMPOSED)


def swap(left: list[str], right: list[str], kind: str, fair: str = "strong") -> tuple[Plan, StepSpec, Plan, StepSpec]:
    terms = accepted(document(kind, left, right, fair))
    assert terms is not None
    return ends(*plans(settled(terms, {})))


def test_the_issuers_place_for_a_credential_is_the_openers_choice_and_nothing_else_is() -> None:
    first, spec, second, other = swap(["credential.ticket"], ["money.euros"], "access")
    for index in (0, 9, None):
        label = first.opening_label(spec, START, [index])
        assert label.left.status is not None
        assert label.left.status.index == index
        assert second.accept_label(other, label, START) == label
    status = label.left.status
    assert status is not None
    strange = changed(label, left=changed(label.left, status=changed(status, issuer=MINT.signing.public)))
    for bad in (strange, changed(label, left=changed(label.left, status=None))):
        with refused("MESSAGE_UNEXPECTED"):
            second.accept_label(other, bad, START)


def test_an_index_cannot_be_given_to_what_has_none() -> None:
    first, spec, second, other = swap(["info.course"], ["info.survey"], "information")
    label = first.opening_label(spec, START)
    listed = changed(label.left, status=Status(ISSUER.signing.public, 3))
    with refused("MESSAGE_UNEXPECTED"):
        second.accept_label(other, changed(label, left=listed), START)


def test_the_place_of_the_answering_sides_credential_was_agreed_on_before() -> None:
    first, spec, second, other = swap(["info.course", "credential.ticket"], ["money.euros"], "package")
    label = first.opening_label(spec, START)
    assert [item.status.index for item in label.rights if item.status is not None] == [INDEX]
    ticket = label.rights[1]
    assert ticket.status is not None
    moved = changed(ticket, status=changed(ticket.status, index=INDEX + 1))
    with refused("MESSAGE_UNEXPECTED"):
        second.accept_label(other, changed(label, and_right=(moved,)), START)


def test_each_currency_is_held_at_the_payment_system_of_its_payee() -> None:
    first, spec, _, _ = swap(["money.dollars"], ["money.euros"], "money-money")
    label = first.opening_label(spec, START)
    held = [(hold.payee, str(hold.amount)) for hold in label.holds]
    assert held == [("buyer", "21.00 USD"), ("eurocom", "19.90 EUR")]
    assert label.holds[0].system != label.holds[1].system


def test_weak_fairness_asks_for_both_tokens_and_none_for_what_fixes_the_item() -> None:
    for fair, security in (("weak", (ORIGIN, RECEIPT)), ("none", (ORIGIN,))):
        first, spec, _, _ = swap(["info.course"], ["money.euros"], "fair-purchase", fair)
        assert {each.security for side in first.swap(spec) for each in side} == {security}
        assert [each.sender for side in first.swap(spec) for each in side] == [first.me, first.peer]


def test_who_pays_in_a_package_begins_with_a_trustee_and_answers_without_one() -> None:
    """Held money comes back; money that is handed over does not."""
    sides = (["info.course", "credential.ticket"], ["money.euros"])
    terms = accepted(document("package", *sides, "strong-or-weak"))
    assert terms is not None
    for weak, part in (((), Part.INITIATE), (("swap",), Part.RESPOND)):
        buyer, seller = plans(settled(terms, {}, weak=weak))
        assert (buyer.automaton.step("swap").part, seller.automaton.step("swap").part) != (part, part)
        assert buyer.automaton.step("swap").part is part


def test_either_fairness_is_run_as_both_sides_settled() -> None:
    terms = accepted(document("information", ["info.course"], ["info.survey"], "strong-or-weak"))
    assert terms is not None
    for weak, protocol, fair in ((("swap",), TWO_TRANSFERS, Fairness.WEAK), ((), OPTIMISTIC, Fairness.STRONG)):
        buyer, _ = plans(settled(terms, {}, weak=weak))
        spec = buyer.automaton.step("swap")
        assert (spec.protocol, spec.fair) == (protocol, fair)
        assert (spec.resolve_within > 0) == (protocol == OPTIMISTIC)


def test_managers_that_know_less_leave_weak_fairness_or_none() -> None:
    """A host asks its own item managers: one that can put nothing in escrow makes the exchange weak, or refuses it."""
    left, right = ["info.course"], ["info.survey"]
    specs, either = {}, None
    for fair in ("strong", "strong-or-weak"):
        either = accepted(document("information", left, right, fair))
        assert either is not None
        step = either.step("swap")
        assert isinstance(step, Exchange)
        specs[fair] = step, {spec.item: spec for spec in either.items}
    assert either is not None
    weaker = lambda item: changed(section_traits(item), generatable=False)  # noqa: E731
    assert arranged(*specs["strong-or-weak"]).protocol == OPTIMISTIC
    assert arranged(*specs["strong-or-weak"], weaker).fairness is Fairness.WEAK
    assert (weakened(either, section_traits), weakened(either, weaker)) == ((), ("swap",))
    with pytest.raises(AdmissionRefused) as caught:
        arranged(*specs["strong"], weaker)
    assert caught.value.code == "FAIRNESS_UNATTAINABLE"


def test_a_label_without_the_rest_of_a_package_is_refused() -> None:
    first, spec, second, other = swap(["info.course", "credential.ticket"], ["money.euros"], "package")
    label = first.opening_label(spec, START)
    with refused("MESSAGE_UNEXPECTED"):
        second.accept_label(other, changed(label, and_right=None), START)
