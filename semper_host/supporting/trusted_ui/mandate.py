"""The mandate: what an approval signs. The deal key then signs the protocol's messages within it (DESIGN §10)."""

from __future__ import annotations

from semper_host.model.encoding import Record
from semper_host.model.money import Money

KIND = "mandate"
"""The kind under which a mandate is signed (COSE content type)."""


class Mandate(Record, frozen=True):
    """Leave to go through `steps` of deal D, paying `payee` at most `most` altogether, until `expiry`."""

    deal: bytes
    steps: tuple[str, ...]
    most: Money | None
    payee: str
    expiry: int
    screen: bytes
    """Digest of the rendered screen that was approved (32 bytes)."""


class Payment(Record, frozen=True):
    """A payment about to be made: `amount` to `payee` in `step` of `deal`, at time `at` (seconds since 1970 UTC)."""

    deal: bytes
    step: str
    amount: Money
    payee: str
    at: int


def covers(mandate: Mandate, payment: Payment, already: Money | None = None) -> bool:
    """Say whether the mandate covers the payment, given what was paid under it `already`."""
    return not uncovered(mandate, payment, already)


def uncovered(mandate: Mandate, payment: Payment, already: Money | None = None) -> str:
    """Return why the mandate does not cover the payment, "" if it does."""
    if payment.deal != mandate.deal:
        return "it is for another deal"
    if payment.step not in mandate.steps:
        return f"the step {payment.step!r} was not approved"
    if payment.payee != mandate.payee:
        return "it is for another payee"
    if payment.at >= mandate.expiry:
        return "the approval has expired"
    return _too_much(mandate.most, payment.amount, already)


def _too_much(most: Money | None, amount: Money, already: Money | None) -> str:
    if most is None:
        return "no payment was approved"
    if amount.minor < 0 or (already is not None and already.minor < 0):
        return "an amount is negative"
    if amount.currency != most.currency or (already is not None and already.currency != most.currency):
        return "it is in another currency"
    total = amount if already is None else already + amount
    return "" if total <= most else f"it exceeds the approved {most}"
