"""What each role has at risk at each step, at most: shown before the first commitment, cited in evaluations."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

import msgspec

from semper_host.commerce.flow import Flow, Place
from semper_host.commerce.holdings import Holdings, after, holdings
from semper_host.commerce.terms_model import END, Exchange, Fairness, ItemName, Section, Transfer, refuse_terms
from semper_host.commerce.worst_case import HELD_BEYOND, WorstCase
from semper_host.model.money import MAX_MINOR, Money


class RiskKind(StrEnum):
    """How something is at risk."""

    HELD = "held"
    """Money is held under the exchange's label and comes back if the exchange fails: late, never lost."""
    WHOLE = "whole"
    """The item is handed over with nothing to make the other side give theirs."""
    PAID = "paid"
    """Money was paid in an earlier step, and some end leaves the role without it and with nothing for it."""


class Risk(msgspec.Struct, frozen=True):
    """At `step`, `role` has `item` at risk: at most `most`, one amount for each possible currency (empty: no amount).

    `seconds` is how long HELD money can be out of reach; 0 for the other kinds.
    """

    role: str
    step: str
    item: ItemName
    kind: RiskKind
    most: tuple[Money, ...] = ()
    seconds: int = 0

    @property
    def can_be_lost(self) -> bool:
        """Whether it can be gone for good."""
        return self.kind is not RiskKind.HELD


def risks(flow: Flow, worst: WorstCase) -> tuple[Risk, ...]:
    """Return all risks, step by step in the order of the flow; for a repeated step its greatest.

    Raises AdmissionRefused (TERMS_INVALID) where they add up to more than an amount of money can be.
    """
    found: dict[tuple[str, str, str, RiskKind], Risk] = {}
    paid = _Paid(flow, worst)
    for place in flow.places:
        for risk in (*_given(place, worst), *paid.at(place)):
            key = (risk.role, risk.step, str(risk.item), risk.kind)
            if key not in found or _size(found[key]) < _size(risk):
                found[key] = risk
    return tuple(found.values())


def _size(risk: Risk) -> tuple[int, int]:
    return (max((money.minor for money in risk.most), default=0), risk.seconds)


def _given(place: Place, worst: WorstCase) -> list[Risk]:
    """What is at risk in the step itself."""
    step = place.step
    if isinstance(step, Transfer):
        return [Risk(step.giver, step.name, step.item, RiskKind.WHOLE, worst.amounts(step.item))]
    if not isinstance(step, Exchange):
        return []
    found, fair, seconds = [], worst.fairness(step), worst.seconds(step) + HELD_BEYOND
    for giver, _, item in step.gifts:
        if Fairness.STRONG in fair and item.family is Section.MONEY:
            found.append(Risk(giver, step.name, item, RiskKind.HELD, worst.amounts(item), seconds))
        if fair != (Fairness.STRONG,):
            found.append(Risk(giver, step.name, item, RiskKind.WHOLE, worst.amounts(item)))
    return found


def _times(count: int, amounts: tuple[Money, ...], role: str, place: Place) -> tuple[Money, ...]:
    """Return so many times each amount. Raises AdmissionRefused where that is more than any amount of money can be."""
    for money in amounts:
        if money.minor * count > MAX_MINOR:
            why = f"{role} could have paid {count} times {money} by then"
            refuse_terms(f"{why}, and an amount is at most {MAX_MINOR} minor units", place.step.name)
    return tuple(money * count for money in amounts)


class _Paid:
    """Money that left a role in earlier steps and that an end ahead may leave unrequited."""

    def __init__(self, flow: Flow, worst: WorstCase) -> None:
        self._flow, self._worst = flow, worst
        self._money = {str(spec.item): spec.item for spec in flow.terms.items if spec.item.family is Section.MONEY}
        self._held = holdings(flow)
        self._losing = {role: self._lossy(role) for role in flow.terms.actors}

    def at(self, place: Place) -> list[Risk]:
        """Return the PAID risks at `place`."""
        return [
            Risk(role, place.step.name, self._money[item], RiskKind.PAID, _times(count, amounts, role, place))
            for role in self._flow.terms.actors
            for item, count in sorted(self._most_out(place.name, role).items())
            for amounts in (self._worst.amounts(self._money[item]),)
        ]

    def _most_out(self, place: str, role: str) -> Counter[str]:
        most: Counter[str] = Counter()
        for held in self._held[place]:
            if (place, held) in self._losing[role]:
                most |= self._out(held, role)
        return most

    def _out(self, held: Holdings, role: str) -> Counter[str]:
        return Counter(u.item for u in held if u.item in self._money and u.origin == role != u.holder)

    def _lossy(self, role: str) -> set[tuple[str, Holdings]]:
        """Return where, with what held, an end ahead leaves `role` out of money and with nothing from others."""
        lossy: set[tuple[str, Holdings]] = set()
        for end in self._flow.terms.ends:
            for held in self._held[END + end.name]:
                if self._out(held, role) and all(u.origin == role for u in held if u.holder == role):
                    lossy.add((END + end.name, held))
        for place in reversed(self._flow.places):
            for held in self._held[place.name]:
                ahead = ((t, h) for outcome, t in place.then for h in after(self._flow.terms, held, place, outcome))
                if any(step in lossy for step in ahead):
                    lossy.add((place.name, held))
        return lossy
