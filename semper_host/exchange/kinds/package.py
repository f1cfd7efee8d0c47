"""A package: several items on a side, of any form, all or none of them.

    m1, m2  the promises of every item    m3, m4  what gives them
    the trustee puts each in place as in the exchange of that item alone

Each item is handed over as its form says (`legs`); at most one hold is at each payment system.
"""

from __future__ import annotations

from semper_host.exchange.case import Rules
from semper_host.exchange.composition import compose
from semper_host.exchange.labels import Label
from semper_host.exchange.places import Place

KIND = "package"


def rules_of(label: Label) -> Rules:
    """Return the rules for this label. Raises PeerDeviated if its items are of another kind of exchange."""
    return compose(label, _fits)


def _fits(left: tuple[Place, ...], right: tuple[Place, ...]) -> bool:
    return bool(left and right)
