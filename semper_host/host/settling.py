"""How a held payment ended, as the bank of a deal signed it: nothing else is believed or kept."""

from __future__ import annotations

from semper_host.host.business import Business
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, HELD, RELEASED, VOIDED, Held, Settlement
from semper_host.supporting.cryptographic import cose

PAID = (CAPTURED, RELEASED)
"""The ends that give the money to the payee."""


def settlement_kind(business: Business, label: bytes, proof: bytes, system: bytes = b"") -> str:
    """Return as what the payment system with the key `system` (b"": the one that the buyer pays with) signed the end
    of the hold under `label`: hold.captured, released or voided.

    Raises PeerDeviated (SIG_INVALID, HOLD_INVALID) for what is no such record.
    """
    kind, system = cose.peek(proof).kind, system or business.bank.signing
    if kind not in (*PAID, VOIDED):
        raise PeerDeviated("HOLD_INVALID", f"cannot use a record of kind {kind[:40]!r} here", evidence=proof)
    ended = Settlement.decode(cose.open1(proof, kind, system))
    if ended.label != label:
        raise PeerDeviated("HOLD_INVALID", "cannot use the bank's record: it is for another exchange", evidence=proof)
    paid = [paid for stake in business.plan.stakes.values() for paid in stake.paid]
    owed = [(each.payee.account, each.item.amount) for each in paid if each.payee.system == system]
    nothing = kind == VOIDED and not ended.payee and not ended.amount
    if (ended.payee, ended.amount) not in owed and not nothing:
        message = "cannot use the bank's record: it names another payee or amount than was agreed"
        raise PeerDeviated("HOLD_INVALID", message, evidence=proof)
    return kind


def expiry_of(business: Business, held: bytes, system: bytes = b"") -> int:
    """Return until when (seconds since 1970) a signed HELD keeps the money. Raises PeerDeviated."""
    return Held.decode(cose.open1(held, HELD, system or business.bank.signing)).expiry
