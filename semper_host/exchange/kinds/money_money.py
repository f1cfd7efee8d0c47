"""Money for money: two currencies, say, each held at its own payment system (DESIGN §6).

    m1  HELD_A    m2  HELD_B    m3  right to capture A    m4  right to capture B
    the trustee can release both, or void both

The responder captures A before it sends message 4: an initiator that asked to abort could have it voided meanwhile.
"""

from __future__ import annotations

from semper_host.exchange.case import Rules
from semper_host.exchange.composition import compose
from semper_host.exchange.labels import Label
from semper_host.exchange.places import Place

KIND = "money-money"


def rules_of(label: Label) -> Rules:
    """Return the rules for this label. Raises PeerDeviated if its items are of another kind of exchange."""
    return compose(label, _fits)


def _fits(left: tuple[Place, ...], right: tuple[Place, ...]) -> bool:
    return [place.item.form for place in (*left, *right)] == ["held", "held"]
