from __future__ import annotations

from typing import Any

import pytest

from semper_host.api_v1 import Article, Line, Order, OrderLine, Quote
from semper_host.commerce.forms import MAX_LINES, OrderForm, order_form
from semper_host.model.money import Money


@pytest.fixture
def form() -> OrderForm:
    prices = {"python": Money(1990, "EUR"), "logic": Money(500, "EUR"), "go": Money(1500, "JPY")}
    return order_form([Article(name, name.title(), price) for name, price in prices.items()], most=10)


def order(*lines: tuple[str, Any], note: str = "") -> Order:
    return Order([OrderLine(article, count) for article, count in lines], note)


def test_the_total_is_exact(form: OrderForm) -> None:
    assert form.total(order(("python", 2), ("logic", 1))) == Money(4480, "EUR")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (order(), "empty"),
        (order(("rust", 1)), "'rust' is not in the offer"),
        (order(("python", 0)), "python 1 to 10"),
        (order(("python", -1)), "python 1 to 10"),
        (order(("python", 11)), "python 1 to 10"),
        (order(("python", True)), "python"),
        (order(("python", 1), ("python", 1)), "twice"),
        (order(("python", 1), ("go", 1)), "several currencies"),
        (order(("python", 1), note="x" * 501), "note"),
        (order(("python", 1), note="pay\u202eless"), "note"),
        (order(*[("python", 1)] * (MAX_LINES + 1)), "lines"),
    ],
)
def test_an_order_that_the_form_does_not_allow_is_refused(
    library: Any, form: OrderForm, wanted: Order, said: str
) -> None:
    with library.refuses("ORDER_INVALID", said):
        form.total(wanted)


def test_an_order_too_dear_to_count_is_refused(library: Any) -> None:
    form = order_form([Article("moon", "The moon", Money(10**15, "EUR"))])
    with library.refuses("ORDER_INVALID", "too large"):
        form.total(order(("moon", 2)))


def test_a_quote_that_adds_up_is_accepted_whatever_its_lines(form: OrderForm) -> None:
    lines = [Line("1 x Python", Money(1990, "EUR")), Line("discount", Money(-500, "EUR"))]
    assert form.check_quote(order(("python", 1)), Quote(lines, Money(1490, "EUR"))) == Money(1490, "EUR")


@pytest.mark.parametrize(
    "quote",
    [
        Quote([Line("1 x Python", Money(1990, "EUR"))], Money(1991, "EUR")),
        Quote([Line("1 x Python", Money(1990, "USD"))], Money(1990, "USD")),
        Quote([Line("1 x Python", Money(1990, "EUR"))], Money(1990, "USD")),
        Quote([], Money(1990, "EUR")),
        Quote([Line("gift", Money(-1, "EUR"))], Money(-1, "EUR")),
        Quote([Line("x", Money(10**15, "EUR")), Line("y", Money(1, "EUR"))], Money(0, "EUR")),
    ],
)
def test_a_quote_that_does_not_add_up_is_the_services_fault(library: Any, form: OrderForm, quote: Quote) -> None:
    with library.refuses("QUOTE_INVALID"):
        form.check_quote(order(("python", 1)), quote)
