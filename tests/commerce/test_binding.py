from __future__ import annotations

from typing import Any

import pytest

from semper_host.commerce.binding import read_parameters
from semper_host.commerce.terms import BoundTerms, Terms, bind, parse_terms
from semper_host.model.money import Money

GOOD: dict[str, int | str | Money] = {
    "answer_within": "PT30S",
    "resolve_within": "P1D",
    "price_ceiling": Money(5000, "EUR"),
}


def test_binding_fills_in_each_deadline_and_ceiling(courseware: Terms) -> None:
    bound = bind(courseware, GOOD)
    assert (bound.within("pay"), bound.resolve_within("pay")) == (30, 86_400)
    assert bound.parameter("answer_within") == 30
    assert bound.amount("price") is None
    assert bound.ceiling("price") == Money(5000, "EUR")


def test_a_duration_may_be_given_in_seconds(courseware: Terms) -> None:
    assert bind(courseware, {**GOOD, "answer_within": 30}) == bind(courseware, GOOD)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("answer_within", "PT4S", "PT5S to P7D"),
        ("answer_within", "P8D", "PT5S to P7D"),
        ("answer_within", 4, "PT5S to P7D"),
        ("answer_within", "soon", "'soon'"),
        ("answer_within", True, "answer_within"),
        ("answer_within", Money(30, "EUR"), "answer_within"),
        ("price_ceiling", Money(0, "EUR"), "1 to 100000"),
        ("price_ceiling", Money(100_001, "EUR"), "1 to 100000"),
        ("price_ceiling", Money(5000, "USD"), "EUR"),
        ("price_ceiling", 5000, "minor units"),
        ("price_ceiling", "50.00 EUR", "minor units"),
    ],
)
def test_a_parameter_outside_its_range_is_refused_with_the_range(
    library: Any, courseware: Terms, name: str, value: Any, said: str
) -> None:
    with library.refuses("OFFER_PARAMETERS", name, said):
        bind(courseware, {**GOOD, name: value})


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_parameter_is_named_with_its_range(library: Any, courseware: Terms, name: str) -> None:
    rest = {key: value for key, value in GOOD.items() if key != name}
    with library.refuses("OFFER_PARAMETERS", name, "missing", "from"):
        bind(courseware, rest)


def test_an_undeclared_parameter_is_refused(library: Any, courseware: Terms) -> None:
    with library.refuses("OFFER_PARAMETERS", "discount"):
        bind(courseware, {**GOOD, "discount": 5})


def test_integers_and_texts_keep_their_ranges(library: Any) -> None:
    extra = "copies: {kind: integer, min: 1, max: 9}\n  contact: {kind: text, length: 10}\n  answer_within:"
    terms = parse_terms(library.edited("courseware", ("answer_within:", extra)))
    assert bind(terms, {**GOOD, "copies": 9, "contact": "a" * 10}).parameter("copies") == 9
    kept: dict[str, int | str | Money] = {"copies": 9, "contact": "a"}
    wrong: list[tuple[str, int | str]] = [("copies", 10), ("copies", "9"), ("contact", "a" * 11), ("contact", 5)]
    for name, value in [*wrong, ("contact", "a\u202eb")]:
        with library.refuses("OFFER_PARAMETERS", name):
            bind(terms, {**GOOD, **kept, name: value})


def test_a_quote_settles_the_price_within_the_ceiling(bound: BoundTerms) -> None:
    settled = bound.settle({"price": Money(1990, "EUR")})
    assert settled.amount("price") == settled.ceiling("price") == Money(1990, "EUR")
    assert bound.amount("price") is None


@pytest.mark.parametrize("price", [Money(5001, "EUR"), Money(1, "USD"), Money(-1, "EUR")])
def test_a_quote_beyond_the_ceiling_is_refused(library: Any, bound: BoundTerms, price: Money) -> None:
    with library.refuses("OFFER_PARAMETERS", "money.price"):
        bound.settle({"price": price})


def test_a_quote_cannot_change_an_amount_that_the_terms_fix(library: Any) -> None:
    bound = bind(library.terms("sound/subscription"), {})
    assert bound.amount("fee") == Money(450, "EUR")
    with library.refuses("OFFER_PARAMETERS", "money.fee", "4.50 EUR"):
        bound.settle({"fee": Money(1, "EUR")})


def test_what_people_write_is_read_by_each_parameters_kind(library: Any, courseware: Terms) -> None:
    written = {"answer_within": "PT30S", "resolve_within": "P1D", "price_ceiling": "50.00 EUR"}
    assert bind(courseware, read_parameters(courseware, written)) == bind(courseware, GOOD)
    with library.refuses("OFFER_PARAMETERS", "discount", "price_ceiling"):
        read_parameters(courseware, {"discount": "5"})
    with library.refuses("MONEY_INVALID"):
        read_parameters(courseware, {"price_ceiling": "50 euros"})
