"""Information for information: two keys in escrow (DESIGN §6).

    m1  goods A, W_A, k1_A in escrow, k2    m2  goods B, W_B, k1_B in escrow, certified    m3  k1_A    m4  k1_B
    the trustee can hand over both keys; an abort is only its promise never to do so

The initiator gives first, covered by the trustee's certificate: without one, a responder could take k1_A for rubbish.
"""

from __future__ import annotations

from semper_host.exchange.case import Rules
from semper_host.exchange.composition import compose
from semper_host.exchange.labels import Label
from semper_host.exchange.places import Place

KIND = "information"


def rules_of(label: Label) -> Rules:
    """Return the rules for this label. Raises PeerDeviated if its items are of another kind of exchange."""
    return compose(label, _fits)


def _fits(left: tuple[Place, ...], right: tuple[Place, ...]) -> bool:
    return [place.item.form for place in (*left, *right)] == ["information", "information"]
