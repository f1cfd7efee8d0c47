"""Terms with an offer's parameters filled in: every deadline a number of seconds, every ceiling an amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import msgspec

from semper_host.commerce.durations import format_duration, parse_duration
from semper_host.commerce.handing import arranged
from semper_host.commerce.terms_model import (
    Exchange,
    Fairness,
    ItemName,
    MoneySpec,
    ParameterSpec,
    Section,
    Span,
    Step,
    Terms,
)
from semper_host.model.errors import AdmissionRefused
from semper_host.model.money import Money
from semper_host.model.money import parse as parse_money

Value = int | str | Money


class BoundTerms(msgspec.Struct, frozen=True):
    """`terms` under the parameters of one offer: durations in seconds, integers, texts, Money.

    `amounts` are those of the money items that the accepted quote settled, by the item's name. `weak` are the
    exchanges for which both sides settled on weak fairness, where the terms allow it instead of strong; None: that is
    not settled yet.
    """

    terms: Terms
    parameters: tuple[tuple[str, Value], ...] = ()
    amounts: tuple[tuple[str, Money], ...] = ()
    weak: tuple[str, ...] | None = None

    def parameter(self, name: str) -> Value:
        """Return the value of the parameter `name`. Raises KeyError."""
        return dict(self.parameters)[name]

    def within(self, step: str) -> int:
        """Return the seconds that `step` may take, for an exchange those until t2. Raises KeyError."""
        return self._seconds(self.terms.step(step).within)

    def resolve_within(self, step: str) -> int:
        """Return the seconds between t2 and t_resolve of the exchange `step`; 0 where there is no trustee."""
        found = self.terms.step(step)
        return self._seconds(found.resolve_within) if isinstance(found, Exchange) else 0

    def fairness(self, step: str) -> Fairness:
        """Return the fairness with which the exchange `step` is run. Raises KeyError."""
        found = self.terms.step(step)
        if not isinstance(found, Exchange):
            raise KeyError(step)
        return Fairness.WEAK if step in (self.weak or ()) else found.fair

    def amount(self, name: str) -> Money | None:
        """Return what money.`name` amounts to; None while no quote has settled it. Raises KeyError."""
        spec = self._money(name)
        if spec.parameter:
            return self._money_parameter(spec.parameter)
        return spec.fixed or dict(self.amounts).get(name)

    def ceiling(self, name: str) -> Money | None:
        """Return the most that money.`name` can amount to; None if only the quote will say. Raises KeyError."""
        spec = self._money(name)
        amount = self.amount(name)
        return self._money_parameter(spec.ceiling) if amount is None and spec.ceiling else amount

    def settle(self, amounts: Mapping[str, Money]) -> BoundTerms:
        """Return these terms with the amounts of an accepted quote. Raises AdmissionRefused (OFFER_PARAMETERS)."""
        for name, amount in amounts.items():
            self._check_amount(name, amount)
        return BoundTerms(self.terms, self.parameters, tuple(sorted(amounts.items())), self.weak)

    def weaken(self, steps: Sequence[str]) -> BoundTerms:
        """Return these terms with weak fairness for `steps`, and strong for all others that allow either.

        Raises AdmissionRefused (OFFER_PARAMETERS).
        """
        allowed = {step.name for step in self.terms.steps if isinstance(step, Exchange) and step.or_weak}
        for step in steps:
            if step not in allowed:
                _refuse(f"the terms allow no weak fairness at step {step[:64]}")
        as_run = tuple(self._weakened(step, steps) for step in self.terms.steps)
        terms = msgspec.structs.replace(self.terms, steps=as_run)
        return BoundTerms(terms, self.parameters, self.amounts, tuple(sorted(set(steps))))

    def _weakened(self, step: Step, steps: Sequence[str]) -> Step:
        """Return the step as it is run: who begins a strong exchange need not be who begins two transfers."""
        if not isinstance(step, Exchange) or step.name not in steps:
            return step
        weak = msgspec.structs.replace(step, fair=Fairness.WEAK, or_weak=False)
        specs = {spec.item: spec for spec in self.terms.items}
        return msgspec.structs.replace(step, first=arranged(weak, specs).first)

    def _check_amount(self, name: str, amount: Money) -> None:
        spec = self._money(name)
        if spec.fixed is not None or spec.parameter:
            _refuse(f"money.{name} is {self.amount(name)} by the terms and can't be quoted")
        most = self._money_parameter(spec.ceiling) if spec.ceiling else None
        if amount.minor < 0:
            _refuse(f"money.{name} is quoted as {amount}, which is negative")
        if most is not None and (amount.currency != most.currency or amount > most):
            _refuse(f"money.{name} is quoted as {amount}; the offer allows at most {most}")

    def _money(self, name: str) -> MoneySpec:
        spec = self.terms.item(ItemName(Section.MONEY, name)).money
        if spec is None:
            raise KeyError(name)
        return spec

    def _money_parameter(self, name: str) -> Money:
        value = self.parameter(name)
        if not isinstance(value, Money):
            raise KeyError(name)
        return value

    def _seconds(self, span: Span | None) -> int:
        if span is None:
            return 0
        value = self.parameter(span.parameter) if span.parameter else span.seconds
        return value if isinstance(value, int) else 0


def bind(terms: Terms, parameters: Mapping[str, Value]) -> BoundTerms:
    """Return `terms` under an offer's `parameters`: exactly those declared, each within its range.

    A duration is given as ISO 8601 text ("PT30M") or whole seconds, money as Money. Raises AdmissionRefused
    (OFFER_PARAMETERS), naming the parameter and its range.
    """
    declared = {spec.name for spec in terms.parameters}
    for name in parameters:
        if name not in declared:
            _refuse(f"parameter {name} is not declared by the terms")
    return BoundTerms(terms, tuple((spec.name, _value(spec, parameters)) for spec in terms.parameters))


def read_parameters(terms: Terms, texts: Mapping[str, str]) -> dict[str, Value]:
    """Return what people write ("PT30M", "30.00 EUR", "14") as the values that `bind` takes, by each parameter's kind.

    Raises AdmissionRefused (OFFER_PARAMETERS) for a name that is not declared, UsageError (MONEY_INVALID).
    """
    kinds = {spec.name: spec.kind for spec in terms.parameters}
    found: dict[str, Value] = {}
    for name, text in texts.items():
        kind = kinds.get(name)
        if kind is None:
            known = ", ".join(sorted(kinds)) or "none"
            _refuse(f"parameter {name[:64]} is not declared by the terms; they declare {known}")
        whole = kind == "integer" and text.isascii() and text.isdigit()
        found[name] = parse_money(text) if kind == "money" else int(text) if whole else text
    return found


def describe_range(spec: ParameterSpec) -> str:
    """Return the range of a parameter in words: "a duration from PT5S to P7D"."""
    if spec.kind == "money":
        return f"from {spec.least} to {spec.most} minor units of {' or '.join(spec.currencies)}"
    if spec.kind == "duration":
        return f"a duration from {format_duration(spec.least)} to {format_duration(spec.most)}"
    if spec.kind == "integer":
        return f"a whole number from {spec.least} to {spec.most}"
    return f"a text of at most {spec.most} characters"


def _value(spec: ParameterSpec, parameters: Mapping[str, Value]) -> Value:
    if spec.name not in parameters:
        _refuse(f"parameter {spec.name} is missing: it must be {describe_range(spec)}")
    value = parameters[spec.name]
    try:
        return _READERS[spec.kind](spec, value)
    except (ValueError, TypeError):
        shown = repr(value) if isinstance(value, str) else str(value)
        _refuse(f"parameter {spec.name} is {shown[:80]}, but must be {describe_range(spec)}")


def _money(spec: ParameterSpec, value: Value) -> Money:
    if not isinstance(value, Money) or value.currency not in spec.currencies:
        raise ValueError
    _within(spec, value.minor)
    return value


def _duration(spec: ParameterSpec, value: Value) -> int:
    seconds = parse_duration(value) if isinstance(value, str) else value
    return _integer(spec, seconds)


def _integer(spec: ParameterSpec, value: Value) -> int:
    if type(value) is not int:
        raise ValueError
    return _within(spec, value)


def _text(spec: ParameterSpec, value: Value) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError
    _within(spec, len(value))
    return value


def _within(spec: ParameterSpec, number: int) -> int:
    if not spec.least <= number <= spec.most:
        raise ValueError
    return number


_READERS: dict[str, Callable[[ParameterSpec, Value], Value]] = {
    "money": _money,
    "duration": _duration,
    "integer": _integer,
    "text": _text,
}


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("OFFER_PARAMETERS", f"cannot accept the offer: {cause}")
