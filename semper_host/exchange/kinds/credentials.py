"""Credential for credential: two tokens, each bound to its taker's key.

    m1  token A in escrow    m2  token B in escrow, certified    m3  token A    m4  token B
    the trustee can hand over both; or have both indices revoked

The responder has token A made final at its issuer before it sends message 4.
"""

from __future__ import annotations

from semper_host.exchange.case import Rules
from semper_host.exchange.composition import compose
from semper_host.exchange.labels import Label
from semper_host.exchange.places import Place

KIND = "credentials"


def rules_of(label: Label) -> Rules:
    """Return the rules for this label. Raises PeerDeviated if its items are of another kind of exchange."""
    return compose(label, _fits)


def _fits(left: tuple[Place, ...], right: tuple[Place, ...]) -> bool:
    return [place.item.form for place in (*left, *right)] == ["access", "access"]
