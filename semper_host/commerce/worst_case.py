"""The longest and the most that terms allow: under a bound offer exactly, else by the declared ranges."""

from __future__ import annotations

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.flow import Flow
from semper_host.commerce.terms_model import END, Exchange, Fairness, ItemName, ParameterSpec, Span, Step, Terms
from semper_host.exchange.labels import MARGIN
from semper_host.model.money import Money

HOLD_SLACK = 3600
"""Seconds that a hold outlives t_resolve and its margin: time for the trustee to deliver its decision."""
HELD_BEYOND = MARGIN + HOLD_SLACK
"""Seconds by which money can be out of reach longer than the exchange takes: a hold that nobody ends expires then."""


class WorstCase:
    """What a step can take and an item can cost at most, in `source`."""

    def __init__(self, source: Terms | BoundTerms) -> None:
        self.terms = source if isinstance(source, Terms) else source.terms
        self._bound = None if isinstance(source, Terms) else source

    def seconds(self, step: Step) -> int:
        """Return the seconds after which `step` has ended at the latest, the trustee's time included."""
        if isinstance(step, Exchange) and Fairness.STRONG in self.fairness(step):
            return self._span(step.within) + self._span(step.resolve_within)
        return self._span(step.within)

    def fairness(self, step: Exchange) -> tuple[Fairness, ...]:
        """Return how fair `step` can be, the best first: what was settled on, or all that the terms allow."""
        if self._bound is not None and self._bound.weak is not None:
            return (self._bound.fairness(step.name),)
        return (step.fair, Fairness.WEAK) if step.or_weak else (step.fair,)

    def amounts(self, item: ItemName) -> tuple[Money, ...]:
        """Return the most of a money item, one amount for each possible currency; empty: the quote will say."""
        spec = self.terms.item(item).money
        if spec is None:
            return ()
        if self._bound is not None:
            ceiling = self._bound.ceiling(item.name)
            return () if ceiling is None else (ceiling,)
        if spec.fixed is not None:
            return (spec.fixed,)
        named = spec.parameter or spec.ceiling
        return _most(self.terms.parameter(named)) if named else ()

    def longest(self, flow: Flow) -> int:
        """Return the seconds that a whole deal can take at most."""
        latest: dict[str, int] = {flow.start: 0}
        for place in flow.places:
            after = latest[place.name] + self.seconds(place.step)
            for _, target in place.then:
                latest[target] = max(latest.get(target, 0), after)
        return max(seconds for target, seconds in latest.items() if target.startswith(END))

    def _span(self, span: Span | None) -> int:
        if span is None:
            return 0
        if not span.parameter:
            return span.seconds
        if self._bound is None:
            return self.terms.parameter(span.parameter).most
        value = self._bound.parameter(span.parameter)
        return value if isinstance(value, int) else 0


def _most(spec: ParameterSpec) -> tuple[Money, ...]:
    return tuple(Money(spec.most, currency) for currency in spec.currencies)
