"""The exchange manager: picks the strategy, the kind of exchange and who releases first, from the items' traits.

Strong fairness needs a trustee that can generate every item (a key in escrow, a statement that it signs itself, held
money, an escrowed credential): the first side is covered by that for the second's items, the second for the first's.
That an item can be revoked is not enough where the other can't be generated: docs/adr/0009. It does say who begins:
what goes first should be revocable until after the trustee's last moment, so that an abort takes it back.

Two transfers have no trustee: what is handed over is at risk as a whole until the answer comes. Whoever pays, where the
other doesn't, does so for what it has seen; else that side begins whose items their issuers can still revoke, while the
other's can't.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from semper_host.api_v1.calls import Item, ItemTraits
from semper_host.model.errors import AdmissionRefused
from semper_host.model.items import Family
from semper_host.model.security import Fairness

__all__ = ["OPTIMISTIC", "TWO_TRANSFERS", "Allowed", "Fairness", "Offered", "Plan", "plan"]

OPTIMISTIC, TWO_TRANSFERS = "optimistic", "two-transfers"
"""The two strategies: `exchange.strategy` has them behind one interface."""


class Offered(NamedTuple):
    """One item as the terms name it, what its item manager says of it, and how it would be handed over.

    `form` (see `exchange.legs`) tells information from a signed document and a credential given from one only shown;
    "" where family and kind say enough. `until`: until when (seconds since 1970) this one stays revocable, where that
    is sooner than its traits say.
    """

    item: Item
    traits: ItemTraits
    form: str = ""
    until: int | None = None


class Allowed(NamedTuple):
    """What the terms allow beyond what they ask: `weak` fairness instead of strong, an `arbiter` who would judge.

    `t_resolve`: when the trustee decides for the last time (seconds since 1970), where it is known.
    """

    weak: bool = False
    arbiter: bool = True
    t_resolve: int | None = None


class Plan(NamedTuple):
    """How to exchange: the strategy, its `kind` (optimistic only), which side goes first, what fairness that gives."""

    protocol: str
    kind: str
    first: str  # "left" or "right", as the terms name the sides
    fairness: Fairness = Fairness.STRONG


Side = tuple[Offered, ...]
_ASKS_NOTHING = Allowed()


def plan(fairness: Fairness, left: Offered | Side, right: Offered | Side, allowed: Allowed = _ASKS_NOTHING) -> Plan:
    """Return how to exchange `left` for `right`, one item or several a side.

    Raises AdmissionRefused (FAIRNESS_UNATTAINABLE) saying what can't be had, and why.
    """
    sides = {"left": _side(left), "right": _side(right)}
    if fairness is Fairness.NONE:
        return Plan(TWO_TRANSFERS, "", _first_to_give(sides, allowed), Fairness.NONE)
    if fairness is Fairness.STRONG:
        strong = _strong(sides, allowed)
        if strong is not None:
            return strong
        if not allowed.weak:
            raise _refused(sides, _why_not(sides), "the terms must ask for less")
    if not allowed.arbiter:
        raise _refused(sides, "weak fairness is evidence for an arbiter, and the terms name none", "name one")
    return Plan(TWO_TRANSFERS, "", _first_to_give(sides, allowed), Fairness.WEAK)


def _side(offered: Offered | Side) -> Side:
    return (offered,) if isinstance(offered, Offered) else offered


def _strong(sides: dict[str, Side], allowed: Allowed) -> Plan | None:
    """The first kind of exchange in the table that fits, if the trustee can generate everything."""
    if not all(each.traits.generatable for side in sides.values() for each in side):
        return None
    names = ("left", "right") if _first(sides, allowed) == "left" else ("right", "left")
    for kind, initiator, responder in _KINDS:
        for first, second in (names, names[::-1]):
            if initiator(sides[first]) and responder(sides[second]):
                return Plan(OPTIMISTIC, kind, first)
    return None


def _first(sides: dict[str, Side], allowed: Allowed) -> str:
    """The side that risks less by beginning: all of it can be taken back, and not all of the other's; else the left."""
    left, right = (all(_revocable(each, allowed) for each in sides[name]) for name in ("left", "right"))
    return "right" if right and not left else "left"


def _first_to_give(sides: dict[str, Side], allowed: Allowed) -> str:
    """The side that begins two transfers. Money comes with the right to collect it, so nobody takes that back."""
    pays = {name: any(each.item.family == Family.MONEY for each in side) for name, side in sides.items()}
    if pays["left"] != pays["right"]:
        return "right" if pays["left"] else "left"
    kept = {name: tuple(map(_unless_money, side)) for name, side in sides.items()}
    return _first(kept, allowed)


def _unless_money(offered: Offered) -> Offered:
    traits = offered.traits
    gone = offered.item.family == Family.MONEY
    return offered._replace(traits=ItemTraits(traits.generatable, revocable=False)) if gone else offered


def _revocable(offered: Offered, allowed: Allowed) -> bool:
    """Revocable for long enough: until the trustee has decided for the last time; "until it is final" always is."""
    ends = [until for until in (offered.until, offered.traits.until) if until is not None]
    lasts = not ends or (allowed.t_resolve is not None and min(ends) > allowed.t_resolve)
    return offered.traits.revocable and lasts


def _why_not(sides: dict[str, Side]) -> str:
    lost = [each for side in sides.values() for each in side if not each.traits.generatable]
    if not lost:
        return "there is no such exchange"
    names = ", ".join(f"{each.item.family}.{each.item.kind}" for each in lost)
    return f"whoever releases first could lose its item, since no trustee can generate {names}"


def _refused(sides: dict[str, Side], why: str, instead: str) -> AdmissionRefused:
    left, right = ([f"{each.item.family}.{each.item.kind}" for each in side] for side in sides.values())
    what = f"{' and '.join(left)} for {' and '.join(right)}"
    return AdmissionRefused("FAIRNESS_UNATTAINABLE", f"cannot exchange {what} fairly: {why}; {instead}")


def _one(family: Family, *forms: str, kind: str = "") -> Callable[[Side], bool]:
    """Return whether a side is one item of this family, kind and form."""
    return lambda side: (
        len(side) == 1 and side[0].item.family == family and kind in ("", side[0].item.kind) and side[0].form in forms
    )


def _several(side: Side) -> bool:
    """Packages say of each item how it is handed over."""
    return all(each.form for each in side)


_MONEY = _one(Family.MONEY, "", "held")
_KINDS: tuple[tuple[str, Callable[[Side], bool], Callable[[Side], bool]], ...] = (
    # kind of exchange, what the initiator gives, what the responder gives
    ("fair-purchase", _one(Family.STATEMENT, "", "information"), _MONEY),
    ("payment-receipt", _one(Family.CREDENTIAL, "", kind="receipt"), _MONEY),
    ("contract", _one(Family.STATEMENT, "", "document"), _one(Family.STATEMENT, "", "document")),
    ("money-money", _MONEY, _MONEY),
    ("access", _one(Family.CREDENTIAL, "", "access"), _MONEY),
    ("access", _one(Family.CREDENTIAL, "", "access"), _one(Family.CREDENTIAL, "presentation")),
    ("credentials", _one(Family.CREDENTIAL, "", "access"), _one(Family.CREDENTIAL, "", "access")),
    ("information", _one(Family.STATEMENT, "information"), _one(Family.STATEMENT, "information")),
    ("package", _several, _several),
)
"""DESIGN §6's table; the first row that fits is taken, with either side as its initiator."""
