"""Terms of each form of exchange: proved, projected to both roles, their risks computed, agreed on by both sides."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from semper_host.commerce.binding import BoundTerms, Value
from semper_host.commerce.brought import NOTHING, Priced
from semper_host.commerce.check import RiskKind, check
from semper_host.commerce.goods import settle, stakes
from semper_host.commerce.plan import check_runnable
from semper_host.commerce.projection import Part, project
from semper_host.commerce.terms import ItemName, Section, bind
from semper_host.exchange.kinds import open_case
from semper_host.exchange.manager import OPTIMISTIC, TWO_TRANSFERS
from semper_host.exchange.transfer import ORIGIN, RECEIPT, name_of
from semper_host.host.flow_picture import picture
from semper_host.host.flow_view import risk_words, view
from semper_host.model.grants import Capability
from semper_host.model.money import Money
from tests.commerce.agreed_world import basis_of, plans, settled
from tests.protocol.world import START, refused

HOUR, DAY = 3_600, 86_400
HELD, WHOLE, PAID = RiskKind.HELD, RiskKind.WHOLE, RiskKind.PAID


class Example(NamedTuple):
    """What is expected of one example: the exchange in its middle, and every risk as (role, step, item, kind, most)."""

    parameters: dict[str, Value]
    step: str
    kind: str
    protocol: str
    first: str
    longest: int
    risks: set[tuple[str, str, str, RiskKind, str]]


EUROS, PRICE = Money(50000, "EUR"), Money(20000, "EUR")
EXAMPLES = {
    "tickets": Example(
        {"price_ceiling": PRICE}, "buy", "access", OPTIMISTIC, "S", 5 * HOUR,
        {("B", "buy", "money.price", HELD, "200.00 EUR")},
    ),
    "information_swap": Example({}, "swap", "information", OPTIMISTIC, "S", 2 * HOUR, set()),
    "currency_exchange": Example(
        {"euros_ceiling": EUROS, "dollars_ceiling": Money(60000, "USD")}, "change", "money-money", OPTIMISTIC, "S",
        2400,
        {("S", "change", "money.dollars", HELD, "600.00 USD"), ("B", "change", "money.euros", HELD, "500.00 EUR")},
    ),
    "course_with_access": Example(
        {}, "buy", "package", OPTIMISTIC, "S", 4 * HOUR, {("B", "buy", "money.price", HELD, "12.00 EUR")}
    ),
    "members_evening": Example({}, "admit", "access", OPTIMISTIC, "S", 2 * HOUR, set()),
    "weak_exchange": Example(
        {}, "swap", "fair-purchase", TWO_TRANSFERS, "S", DAY + HOUR,
        {
            ("S", "agree", "statement.offer", WHOLE, ""), ("B", "agree", "statement.order", WHOLE, ""),
            ("S", "swap", "info.recording", WHOLE, ""), ("B", "swap", "money.fee", WHOLE, "3.00 EUR"),
        },
    ),
    "weak_package": Example(
        {}, "swap", "package", TWO_TRANSFERS, "S", DAY + HOUR,
        {
            ("S", "agree", "statement.offer", WHOLE, ""), ("B", "agree", "statement.order", WHOLE, ""),
            ("S", "swap", "info.recording", WHOLE, ""), ("S", "swap", "credential.licence", WHOLE, ""),
            ("S", "swap", "statement.score", WHOLE, ""), ("B", "swap", "statement.letter", WHOLE, ""),
            ("B", "swap", "money.fee", WHOLE, "3.00 EUR"),
        },
    ),
    "trusting_package": Example(
        {"price_ceiling": EUROS}, "swap", "package", TWO_TRANSFERS, "S", 3 * HOUR,
        {
            ("S", "agree", "statement.offer", WHOLE, ""), ("B", "agree", "statement.order", WHOLE, ""),
            ("S", "swap", "info.map", WHOLE, ""), ("S", "swap", "credential.gate", WHOLE, ""),
            ("B", "swap", "money.price", WHOLE, "500.00 EUR"),
        },
    ),
    "strong_or_weak": Example(
        {}, "swap", "credentials", OPTIMISTIC, "S", 4 * HOUR,
        {("S", "swap", "credential.stalls", WHOLE, ""), ("B", "swap", "credential.circle", WHOLE, "")},
    ),
    "mail_order": Example(
        {"price_ceiling": PRICE, "days_to_inspect": 2 * DAY}, "refund", "payment-receipt", OPTIMISTIC, "B",
        2 * HOUR + 3 * DAY + 14 * DAY + 2 * DAY + 14 * DAY + 3 * DAY,
        {
            ("B", "pay", "money.price", HELD, "200.00 EUR"),
            ("S", "ship", "info.shipment", WHOLE, ""), ("B", "ship", "money.price", PAID, "200.00 EUR"),
            ("B", "inspect", "money.price", PAID, "200.00 EUR"), ("B", "returns", "info.shipment", WHOLE, ""),
            ("B", "returns", "money.price", PAID, "200.00 EUR"),
            ("B", "refund", "money.price", PAID, "200.00 EUR"), ("S", "refund", "money.price", HELD, "200.00 EUR"),
            ("B", "refund_unsent", "money.price", PAID, "200.00 EUR"),
            ("S", "refund_unsent", "money.price", HELD, "200.00 EUR"),
        },
    ),
}  # fmt: skip


@pytest.fixture(params=sorted(EXAMPLES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def bound_to(library: Any, name: str) -> BoundTerms:
    return bind(library.terms(f"sound/{name}"), EXAMPLES[name].parameters)


def test_every_risk_of_an_example_is_found_and_no_other(library: Any, name: str) -> None:
    found = check(bound_to(library, name))
    said = {(risk.role, risk.step, str(risk.item), risk.kind, " or ".join(map(str, risk.most))) for risk in found.risks}
    assert said == EXAMPLES[name].risks
    assert found.longest == EXAMPLES[name].longest


def test_both_roles_of_an_example_do_opposite_parts_of_the_same_exchange(library: Any, name: str) -> None:
    wanted, bound = EXAMPLES[name], bound_to(library, name)
    steps = [project(bound, role).step(wanted.step) for role in ("buyer", "seller")]
    buyer, seller = steps
    assert {buyer.part, seller.part} == {Part.INITIATE, Part.RESPOND}
    assert buyer.parties[0] == wanted.first
    assert (buyer.gives, buyer.gets) == (seller.gets, seller.gives)
    assert {(each.kind, each.protocol) for each in steps} == {(wanted.kind, wanted.protocol)}


def test_both_sides_of_an_example_agree_on_every_exchange_and_transfer(library: Any, name: str) -> None:
    """Labels are joined by the exchange layer as the host would; transfers have one name on both sides."""
    buyer, seller = plans(settled(library.terms(f"sound/{name}"), EXAMPLES[name].parameters))
    check_runnable(buyer.automaton)
    check_runnable(seller.automaton)
    for ours in seller.automaton.specs.values():
        theirs = buyer.automaton.step(ours.name)
        opener, spec, answerer, other = seller, ours, buyer, theirs
        if ours.part not in (Part.INITIATE, Part.GIVE):
            opener, spec, answerer, other = buyer, theirs, seller, ours
        if spec.form == "transfer":
            assert name_of(opener.transfer(spec)) == name_of(answerer.transfer(other))
        elif spec.protocol == TWO_TRANSFERS:
            mine, theirs_too = opener.swap(spec), answerer.swap(other)
            assert [[name_of(each) for each in side] for side in mine] == [
                [name_of(each) for each in side] for side in theirs_too
            ]
        elif spec.protocol == OPTIMISTIC:
            indices = [5 for item in opener.stakes[spec.step].left if item.status is not None]
            label = answerer.accept_label(other, opener.opening_label(spec, START, indices), START)
            assert open_case(label, answerer.crypto)[1].kind == spec.kind


def test_money_is_out_of_reach_until_its_hold_expires_if_nobody_ends_it(library: Any) -> None:
    (risk,) = check(bound_to(library, "tickets")).risks_of("B")
    _, seller = plans(settled(library.terms("sound/tickets"), EXAMPLES["tickets"].parameters))
    label = seller.opening_label(seller.automaton.step("buy"), START, [0])
    assert label.holds[0].least_expiry == START + risk.seconds


def test_a_package_is_given_whole_and_what_is_shown_stays_with_its_holder(library: Any) -> None:
    terms = library.terms("sound/course_with_access")
    found = check(terms)
    buy = project(bind(terms, {}), "seller").step("buy")
    assert [str(item) for item in buy.gives] == ["info.course", "credential.forum", "credential.receipt"]
    assert [str(item) for item in buy.gets] == ["money.price", "credential.card"]
    assert found.lines[3].startswith(
        '2. buy: the seller\'s "Key to the course" and "Seat in the forum" and "Receipt"'
        ' for the buyer\'s money (price) and "Library card" (only shown); both or neither'
    )
    assert found.capabilities["B"] == {Capability.MONEY_PAY, Capability.STATEMENT_SIGN, Capability.CREDENTIAL_SHOW}


def test_where_either_fairness_is_allowed_the_worse_one_is_at_risk_until_both_sides_settle(library: Any) -> None:
    terms = library.terms("sound/strong_or_weak")
    assert {risk.kind for risk in check(terms).risks} == {WHOLE}
    assert check(settled(terms, {})).risks == ()
    weak = check(settled(terms, {}, weak=("swap",)))
    assert {risk.kind for risk in weak.risks} == {WHOLE}
    assert weak.longest == HOUR
    assert "both or neither or, where that can't be had, an arbiter settles disputes" in check(terms).lines[0]
    assert "both or neither" not in weak.lines[0]


def test_weak_fairness_is_settled_only_where_the_terms_allow_it(library: Any) -> None:
    for name, step in (("tickets", "buy"), ("strong_or_weak", "agree"), ("weak_exchange", "swap")):
        with refused("OFFER_PARAMETERS"):
            settled(library.terms(f"sound/{name}"), EXAMPLES[name].parameters, weak=(step,))


def test_a_transfer_of_what_only_its_giver_knows_asks_for_origin_whatever_the_terms_say(library: Any) -> None:
    terms = library.terms("sound/mail_order")
    buyer, seller = plans(settled(terms, EXAMPLES["mail_order"].parameters))
    shipped = seller.transfer(seller.automaton.step("ship"))
    assert (shipped.item.digest, shipped.security) == (b"", (ORIGIN, RECEIPT))
    returned = buyer.transfer(buyer.automaton.step("returns"))
    assert (returned.item.digest, returned.security) == (b"", (ORIGIN,))
    assert returned.sender == buyer.me


def test_the_flow_of_an_example_is_shown_with_all_its_items(library: Any, name: str) -> None:
    found = view(check(bound_to(library, name)))
    step = next(row for row in found.steps if row.name == EXAMPLES[name].step)
    assert step.kind == EXAMPLES[name].kind
    for side in library.terms(f"sound/{name}").step(step.name).gifts:
        assert any(str(side[2]) in line for line in step.gives)
    assert picture(found).startswith("<svg")
    assert all(risk_words(risk) for risk in found.risks)


def test_a_shown_credential_is_called_so_where_people_read_the_flow(library: Any) -> None:
    found = view(check(library.terms("sound/course_with_access")))
    buy = next(row for row in found.steps if row.name == "buy")
    assert buy.gives[1] == "buyer gives money.price (12.00 EUR) and shows credential.card “Library card”"


def test_an_item_that_nobody_describes_is_refused_before_the_deal_begins(library: Any) -> None:
    for name in ("tickets", "members_evening", "information_swap"):
        bound = settled(library.terms(f"sound/{name}"), EXAMPLES[name].parameters)
        with refused("OFFER_INVALID"):
            stakes(bound, basis_of(bound)._replace(seller=NOTHING, buyer=NOTHING))


def test_a_side_that_is_paid_and_names_no_account_is_refused(library: Any) -> None:
    for name in ("currency_exchange", "mail_order"):
        bound = settled(library.terms(f"sound/{name}"), EXAMPLES[name].parameters)
        with refused("NO_COMMON_PAYMENT"):
            stakes(bound, basis_of(bound)._replace(back=None))


def test_two_holds_at_one_payment_system_are_refused(library: Any) -> None:
    bound = settled(library.terms("sound/currency_exchange"), EXAMPLES["currency_exchange"].parameters)
    basis = basis_of(bound)
    with refused("NO_COMMON_PAYMENT"):
        stakes(bound, basis._replace(back=basis.payee._replace(account="buyer")))


def test_the_seller_prices_apart_only_what_it_pays_itself(library: Any) -> None:
    bound = bound_to(library, "currency_exchange")
    cheap = Priced("money.euros", Money(1, "EUR"))
    with refused("OFFER_PARAMETERS"):
        settle(bound, Money(1990, "EUR"), [cheap])
    with refused("OFFER_PARAMETERS"):  # and a total in euros is no amount of dollars
        settle(bound, Money(1990, "EUR"))
    priced = settle(bound, Money(1990, "EUR"), [Priced("money.dollars", Money(2100, "USD"))])
    assert (priced.amount("euros"), priced.amount("dollars")) == (Money(1990, "EUR"), Money(2100, "USD"))


def test_a_receipt_is_money_s_evidence_alone_and_a_document_in_a_package(library: Any) -> None:
    bound = settled(library.terms("sound/course_with_access"), {})
    buyer, _ = plans(bound)
    given = {item.kind: item for item in buyer.stakes["buy"].items}
    assert (given["receipt"].family, given["receipt"].form) == ("statement", "document")
    assert (given["card"].form, given["forum"].form, given["price"].form) == ("presentation", "access", "held")
    mail = plans(settled(library.terms("sound/mail_order"), EXAMPLES["mail_order"].parameters))[0]
    assert [each.family for each in mail.stakes["pay"].left] == ["credential"]
    assert mail.stakes["refund"].left[0].family == "credential"
    assert ItemName(Section.STATEMENT, "refund_receipt") in mail.automaton.step("refund").gives
