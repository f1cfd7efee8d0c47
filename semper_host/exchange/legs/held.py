"""Money that a payment system holds under L: promised by its HELD, given by the right to capture (DESIGN §8)."""

from __future__ import annotations

from semper_host.exchange import held_money
from semper_host.exchange.case import Case, Gains
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT
from semper_host.model.items import Family


def check_item(label: Label, place: Place) -> None:
    """The label must hold exactly the money that is paid."""
    if place.hold is None or place.hold >= len(label.holds) or label.holds[place.hold].amount != place.item.amount:
        raise PeerDeviated("PEER_DEVIATED", "cannot join the exchange: it must hold exactly the money that is paid")


def hold_of(case: Case, place: Place, promise: Promise) -> bytes:
    """Return the id of the hold that is promised, checked."""
    return held_money.check_held(case, promise.part(0), place.hold or 0, first=place.first)


def check(case: Case, place: Place, promise: Promise) -> None:
    """The payment system's HELD must cover the label's terms."""
    hold_of(case, place, promise)


def give(case: Case, place: Place, promise: Promise, secret: bytes) -> bytes:
    """Grant the right to capture."""
    return held_money.grant_capture(case, hold_of(case, place, promise))


def take(case: Case, place: Place, promise: Promise, half: bytes, given: bytes) -> Gains:
    """Require the right to capture."""
    held_money.check_capture(case, hold_of(case, place, promise), given, first=place.first)
    return (Token(CAPTURE_RIGHT, given),)


LEG = Leg(
    form="held", family=Family.MONEY, parts=1, shown=frozenset({0}), check=check, check_item=check_item, give=give,
    take=take,
)  # fmt: skip
