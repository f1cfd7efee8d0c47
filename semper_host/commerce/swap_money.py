"""Money in an exchange by two transfers: a hold and the right to capture it, handed over together. Pure.

The hold's label is the name of the transfer that gives it, so it can be captured for that transfer and no other.
"""

from __future__ import annotations

from semper_host.commerce.events import Capture
from semper_host.commerce.plan import Paid, Plan
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.worst_case import HOLD_SLACK
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import Role
from semper_host.exchange.transfer import Parcel, name_of
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT, HELD, CaptureRight, Held
from semper_host.model.items import Family

LEAST_LEFT = HOLD_SLACK // 2
"""Seconds that a hold must still last when its payee takes it: nobody collects from one that ends at once."""


class Payment(Record, frozen=True):
    """What is handed over for an amount: the payment system's signed HELD, and the payer's signed right to capture."""

    held: bytes
    right: bytes


def place_of_money(plan: Plan, spec: StepSpec, giver: Role) -> int | None:
    """Return which of `giver`'s items is money, counted from 0; None where none is. A side pays one amount at most."""
    stake = plan.stakes[spec.step]
    items = stake.left if giver is Role.INITIATOR else stake.right
    return next((at for at, item in enumerate(items) if item.family == Family.MONEY), None)


def name_for(plan: Plan, spec: StepSpec, giver: Role) -> bytes:
    """Return the label under which the money is held that `giver` gives."""
    at = place_of_money(plan, spec, giver)
    return name_of(plan.swap(spec)[0 if giver is Role.INITIATOR else 1][at or 0])


def paid_by(plan: Plan, spec: StepSpec, giver: Role) -> Paid | None:
    """Return the amount that `giver` gives and where it goes, None where that is no money."""
    if place_of_money(plan, spec, giver) is None:
        return None
    paid = plan.stakes[spec.step].paid
    return paid[0] if giver is Role.INITIATOR else paid[-1]


def payment(crypto: Crypto, name: bytes, signed_held: bytes, system: bytes) -> bytes:
    """Return what hands over the money of a HELD that the payment system with the key `system` signed."""
    held = Held.decode(crypto.open(signed_held, HELD, system))
    return encode(Payment(signed_held, crypto.sign(encode(CaptureRight(name, held.hold)), CAPTURE_RIGHT)))


def check_payment(plan: Plan, spec: StepSpec, parcel: bytes, now: int) -> None:
    """Require that the peer's parcel in the place of its money pays what was agreed, if it gives money here.

    Raises PeerDeviated (HOLD_INVALID, SIG_INVALID), MalformedEncoding.
    """
    giver = Role.RESPONDER if plan.role_in(spec) is Role.INITIATOR else Role.INITIATOR
    paid = paid_by(plan, spec, giver)
    if paid is None:
        return
    system, name = paid.payee.system, name_for(plan, spec, giver)
    given = Payment.decode(Parcel.decode(parcel).body)
    held = Held.decode(plan.crypto.open(given.held, HELD, system))
    found = (held.label, held.payee, held.amount, held.payer, held.payee_key, held.system, held.trustee)
    keys = (plan.peer.signing, plan.me.signing, system, plan.trustee.signing)  # a trustee of its own could void it
    if found != (name, paid.payee.account, paid.item.amount, *keys) or held.expiry < now + LEAST_LEFT:
        message = "cannot take the payment: its hold is not the one agreed on, or ends too early"
        raise PeerDeviated("HOLD_INVALID", message, evidence=given.held)
    right = CaptureRight.decode(plan.crypto.open(given.right, CAPTURE_RIGHT, plan.peer.signing))
    if right != CaptureRight(name, held.hold):
        message = "cannot take the payment: its right to capture is for another hold"
        raise PeerDeviated("HOLD_INVALID", message, evidence=given.right)


def capture(plan: Plan, spec: StepSpec, item: bytes) -> Capture:
    """Return how to collect a payment that was checked."""
    giver = Role.RESPONDER if plan.role_in(spec) is Role.INITIATOR else Role.INITIATOR
    return Capture(spec.name, name_for(plan, spec, giver), Payment.decode(item).right)
