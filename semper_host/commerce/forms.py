"""Order forms: what an offer's articles allow to be ordered, and whether a quote adds up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn, Protocol

import msgspec

from semper_host.api_v1.calls import Order, Quote
from semper_host.model.errors import BundleMisbehaved, UsageError
from semper_host.model.money import Money

MAX_COUNT = 1_000
MAX_LINES = 100
MAX_NOTE = 500


class Priced(Protocol):
    """What a form needs of an article: an offer's own, or a service's view of it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def price(self) -> Money: ...


class Field(msgspec.Struct, frozen=True):
    """One line to fill in: an article, its price for one, and how many may be ordered, 0 to `most`."""

    article: str
    title: str
    price: Money
    most: int


class OrderForm(msgspec.Struct, frozen=True):
    """A form over the articles of one offer."""

    fields: tuple[Field, ...]

    def check(self, order: Order) -> Order:
        """Return `order` if it fits. Raises UsageError (ORDER_INVALID), naming the article."""
        if not order.lines:
            _refuse("it is empty")
        if len(order.lines) > MAX_LINES:
            _refuse(f"it has more than {MAX_LINES} lines")
        if len(order.note) > MAX_NOTE or not order.note.replace("\n", "").isprintable():
            _refuse(f"its note is longer than {MAX_NOTE} characters or can't be shown")
        names = [line.article for line in order.lines]
        for line in order.lines:
            field = self._field(line.article)
            if names.count(line.article) > 1:
                _refuse(f"article {line.article} is listed twice")
            if type(line.count) is not int or not 1 <= line.count <= field.most:
                _refuse(f"of article {line.article} 1 to {field.most} can be ordered, not {line.count}")
        if len({self._field(name).price.currency for name in names}) > 1:
            _refuse("its articles are priced in several currencies")
        return order

    def total(self, order: Order) -> Money:
        """Return what `order` costs by the listed prices. Raises UsageError (ORDER_INVALID)."""
        lines = self.check(order).lines
        total = Money(0, self._field(lines[0].article).price.currency)
        try:
            for line in lines:
                total = total + self._field(line.article).price * line.count
        except ValueError:
            _refuse("its total is too large")
        return total

    def check_quote(self, order: Order, quote: Quote) -> Money:
        """Return the total of a service's `quote` for `order`. Raises BundleMisbehaved (QUOTE_INVALID)."""
        currency = self.total(order).currency
        try:
            total = sum((line.amount for line in quote.lines), Money(0, currency))
        except ValueError:
            _misquoted("its lines are in another currency, or too large")
        if total != quote.total:
            _misquoted(f"its lines add up to {total}, not {quote.total}")
        if total.minor < 0:
            _misquoted("its total is negative")
        return total

    def _field(self, article: str) -> Field:
        field = next((each for each in self.fields if each.article == article), None)
        return field or _refuse(f"article {article[:64]!r} is not in the offer")


def order_form(articles: Iterable[Priced], most: int = MAX_COUNT) -> OrderForm:
    """Return the form for an offer's articles, each to be ordered at most `most` times."""
    return OrderForm(tuple(Field(a.name, a.title, a.price, most) for a in articles))


def _refuse(cause: str) -> NoReturn:
    raise UsageError("ORDER_INVALID", f"cannot take the order: {cause}")


def _misquoted(cause: str) -> NoReturn:
    raise BundleMisbehaved("QUOTE_INVALID", f"cannot accept the quote: {cause}")
