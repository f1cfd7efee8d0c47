"""A signed document: promised by its text, given by the signature of message 3 or 4; the trustee can stand in."""

from __future__ import annotations

from semper_host.exchange.case import Case
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family


def check(case: Case, place: Place, promise: Promise) -> None:
    """The text must be the one that the label names; its digest is enough to see that."""
    if promise.digests != (place.item.digest,):
        raise PeerDeviated("PEER_DEVIATED", "cannot sign the document: it is not the one agreed on")


LEG = Leg(
    form="document", family=Family.STATEMENT, parts=1, shown=frozenset(), check=check, substituted=True,
)  # fmt: skip
