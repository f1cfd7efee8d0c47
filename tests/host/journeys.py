"""A bundle that asks four things, one after the other, and what it is called with."""

from __future__ import annotations

from semper_host.model.grants import BASELINE, Grants
from semper_host.model.money import Money
from tests.host.admitting import admitted

CALL, DEAL, KEY = b"call" * 8, b"deal" * 8, bytes(range(32))
_SOURCE = b"""
from semper_host.api_v1 import Random, Settled

def withdraw(amount, values):
    drawn = []
    for count in [4, 5, 6, 7]:
        drawn.append((yield Random(count)))
    return Settled(b"".join(drawn))
"""
JOURNEY = admitted("payment-system", {"payer": _SOURCE})
ELSEWHERE = admitted("payment-system", {"payer": _SOURCE.replace(b"[4, 5, 6, 7]", b"[4, 5, 8, 7]")})
"""Another bundle, which does the same up to its third request."""


def amount() -> Money:
    """Return what is withdrawn."""
    return Money(300, "EUR")


def grants() -> Grants:
    """Return what the journey may do: the harmless baseline."""
    return BASELINE
