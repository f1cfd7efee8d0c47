"""Who holds what along a path through the terms: the bookkeeping behind balances and risk.

Money and credentials move: a unit goes from hand to hand and remembers where it came from. Information stays with
whoever gives it, unless it goes back to where it came from (a returned shipment). Statements and receipts are
evidence, not balance. A transfer of money that is declared late may still arrive, so both are followed.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from semper_host.commerce.flow import Flow, Path, Place
from semper_host.commerce.terms_model import Exchange, Fairness, ItemName, Section, Terms, Transfer


class Unit(msgspec.Struct, frozen=True, order=True):
    """One item that changed hands: its name, who brought it in, who holds it."""

    item: str
    origin: str
    holder: str


Holdings = tuple[Unit, ...]
"""All units that ever moved, sorted."""


def holdings(flow: Flow) -> dict[str, dict[Holdings, Path]]:
    """Return all holdings possible at each place and end, with a path to each."""
    nothing: Holdings = ()
    return flow.facts(nothing, lambda held, place, outcome: after(flow.terms, held, place, outcome))


def after(terms: Terms, held: Holdings, place: Place, outcome: str) -> Iterable[Holdings]:
    """Return the holdings possible after `outcome` at `place`."""
    step = place.step
    if isinstance(step, Exchange):
        if outcome == "done":
            return (_all_moved(terms, held, step.gifts),)
        # two plain transfers can break off half way; with weak fairness an arbiter mends it
        if step.fair is not Fairness.NONE:
            return (held,)
        sides = [[gift for gift in step.gifts if gift[0] == role] for role in step.parties]
        return (held, *(_all_moved(terms, held, side) for side in sides))
    if isinstance(step, Transfer):
        moved = _moved(terms, held, step.giver, step.receiver, step.item)
        if outcome == "ok":
            return (moved,)
        return (held, moved) if step.item.family is Section.MONEY else (held,)
    return (held,)


def _all_moved(terms: Terms, held: Holdings, gifts: Iterable[tuple[str, str, ItemName]]) -> Holdings:
    for giver, receiver, item in gifts:
        held = _moved(terms, held, giver, receiver, item)
    return held


def _moved(terms: Terms, held: Holdings, giver: str, receiver: str, item: ItemName) -> Holdings:
    if terms.item(item).is_evidence:
        return held
    name, units = str(item), list(held)
    if item.family is Section.INFO:
        lent = Unit(name, receiver, giver)
        if lent in held:
            return tuple(unit for unit in held if unit != lent)
        known = any(unit.item == name and unit.holder == receiver for unit in held)
        return held if known else _sorted([*units, Unit(name, giver, receiver)])
    owned = [unit for unit in units if unit.item == name and unit.holder == giver]
    owned.sort(key=lambda unit: unit.origin != receiver)  # what came from the receiver goes back first
    origin = owned[0].origin if owned else giver
    if owned:
        units.remove(owned[0])
    return _sorted([*units, Unit(name, origin, receiver)])


def _sorted(units: list[Unit]) -> Holdings:
    return tuple(sorted(units))
