"""Who gives what to whom: the items of a label in order, each with the hold or the issuer that keeps it meanwhile."""

from __future__ import annotations

from typing import NamedTuple

from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.labels import Label
from semper_host.model.items import Family


class Place(NamedTuple):
    """One item in its place: `first` if the initiator gives it; `hold` is the number of its hold, for money."""

    item: ItemRef
    giver: Party
    taker: Party
    first: bool
    hold: int | None

    @property
    def revocable(self) -> bool:
        """Whether somebody keeps the item under L until it is final: a payment system, or a credential's issuer."""
        status = self.item.status
        return self.hold is not None or (status is not None and status.index is not None)


def places(label: Label) -> tuple[Place, ...]:
    """Return the items of the initiator, then those of the responder; the holds are theirs in the same order."""
    found: list[Place] = []
    sides = ((label.lefts, label.initiator, label.responder), (label.rights, label.responder, label.initiator))
    held = 0
    for items, giver, taker in sides:
        for item in items:
            money = item.family == Family.MONEY
            found.append(Place(item, giver, taker, giver is label.initiator, held if money else None))
            held += money
    return tuple(found)


def lefts(label: Label) -> tuple[Place, ...]:
    """Return the places of the initiator's items."""
    return tuple(place for place in places(label) if place.first)


def rights(label: Label) -> tuple[Place, ...]:
    """Return the places of the responder's items."""
    return tuple(place for place in places(label) if not place.first)
