"""Conditional access: a credential for money, or for another credential that is only shown (DESIGN §6).

    m1  token in escrow, its status index in L    m2  HELD, or a presentation bound to L
    m3  the token, bound to B's key              m4  right to capture, or an acknowledgement
    the trustee can hand over the token and release the money; or void it, and have the index revoked

The responder has the token made final at its issuer before it sends message 4.
"""

from __future__ import annotations

from semper_host.exchange.case import Rules
from semper_host.exchange.composition import compose
from semper_host.exchange.labels import Label
from semper_host.exchange.places import Place

KIND = "access"


def rules_of(label: Label) -> Rules:
    """Return the rules for this label. Raises PeerDeviated if its items are of another kind of exchange."""
    return compose(label, _fits)


def _fits(left: tuple[Place, ...], right: tuple[Place, ...]) -> bool:
    forms = [place.item.form for place in (*left, *right)]
    return forms in (["access", "held"], ["access", "presentation"])
