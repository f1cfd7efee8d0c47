"""Money held under an exchange's label: what payment systems sign, whatever their kind (DESIGN §8)."""

from __future__ import annotations

from semper_host.model.encoding import Record
from semper_host.model.money import Money

HELD, CAPTURED, VOIDED, RELEASED = "hold.held", "hold.captured", "hold.voided", "hold.released"
"""The statement kinds under which a payment system signs the records below (the COSE content type)."""

CAPTURE_RIGHT, DECISION, RENOUNCE = "hold.capture-right", "trustee.decision", "hold.renounce"
"""What others sign towards a payment system: the payer's right to capture, the trustee's decision, the payee's refusal.
"""


class Held(Record, frozen=True):
    """Money of one payer is kept aside under `label` for `payee` until `expiry`; nobody can take it elsewhere."""

    label: bytes  # L, 32 bytes
    hold: bytes  # the hold's id at the payment system, 16 bytes
    payee: str  # the payee's account
    amount: Money
    expiry: int  # seconds since 1970; from then on it can be voided by anybody
    payer: bytes  # the payer's deal signing key: may grant capture
    payee_key: bytes  # the payee's deal signing key: may renounce
    trustee: bytes  # the trustee's signing key: its decision releases or voids
    system: bytes  # the payment system's signing key
    refund: bytes  # SHA-256 of the payer's encoded blinded refund outputs


class Settlement(Record, frozen=True):
    """How the hold under `label` ended: signed as CAPTURED, VOIDED or RELEASED; never expires.

    `sealed` is the key the trustee released, sealed to the payer; empty unless RELEASED.
    """

    label: bytes
    hold: bytes
    payee: str
    amount: Money
    at: int
    sealed: bytes = b""


class CaptureRight(Record, frozen=True):
    """The payer's leave to capture the hold under `label`; signed with the payer's deal key."""

    label: bytes
    hold: bytes


class Renounce(Record, frozen=True):
    """The payee gives up the hold under `label`: the payer may have the money back; signed with the payee's deal
    key.
    """

    label: bytes
    hold: bytes


class DecidedHold(Record, frozen=True):
    """A hold as a trustee's decision names it."""

    system: bytes
    hold: bytes
    amount: Money


class Decision(Record, frozen=True):
    """The trustee's word on the exchange `label`: "resolved" or "aborted". Names both messages and each hold.

    `sealed` is the released key sealed to the responder (empty on abort, and where the exchange has none), `back`
    the one sealed to the initiator, where the responder's item was in escrow too.
    """

    label: bytes
    verdict: str
    m1: bytes  # SHA-256
    m2: bytes | None = None
    holds: tuple[DecidedHold, ...] = ()
    sealed: bytes = b""
    why: str = ""
    back: bytes | None = None
