"""A trustee that says two things about one label convicts itself: receipts for every request, and a stranger's check.

    after the COMMIT POINT of the row, before or with the answer:  acknowledge(trustee, row, request, now)

A receipt promises: I took in the request with this digest, and on L stands this decision (its digest), since this
moment. Whatever the trustee signs about L commits it to one decision; two different ones are its equivocation, and
anybody can see that with its public key alone.
"""

from __future__ import annotations

from collections.abc import Callable

from semper_host.exchange.items import Token
from semper_host.exchange.primitives import digest
from semper_host.exchange.trustee import Row, Trustee
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import DECISION, Decision

RECEIPT = "trustee.receipt"
"""The signed kind of a receipt."""
Open = Callable[[bytes, str, bytes], bytes]
"""How a stranger opens a signed statement: `Crypto.open`, or `cose.open1`."""


class Receipt(Record, frozen=True):
    """The trustee's promise: the request (its digest) was taken in at `at`; on L stands the decision (its digest)."""

    label: bytes
    request: bytes
    verdict: str
    decision: bytes  # SHA-256 of the encoded Decision
    at: int  # seconds since 1970, the trustee's clock


class Equivocation(Record, frozen=True):
    """Two things that the trustee signed about one label and that can't both be: receipts or decisions."""

    trustee: bytes  # its signing key
    first: Token
    second: Token


def acknowledge(trustee: Trustee, row: Row, request: bytes, now: int) -> bytes:
    """Return the signed receipt for an encoded request on which `row` stands. Only for a row that is durable."""
    payload = trustee.crypto.open(row.decision, DECISION, trustee.signing)
    receipt = Receipt(row.label, digest(request), row.verdict, digest(payload), now)
    return trustee.crypto.sign(encode(receipt), RECEIPT)


def check_receipt(opened: Open, trustee: bytes, label: bytes, request: bytes, signed: bytes) -> Receipt:
    """Return the receipt of the trustee with signing key `trustee` for our request on L. Raises PeerDeviated."""
    receipt = Receipt.decode(opened(signed, RECEIPT, trustee))
    if (receipt.label, receipt.request) != (label, digest(request)):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot use the receipt: it is for another request", evidence=signed)
    return receipt


def equivocation(opened: Open, trustee: bytes, first: Token, second: Token) -> Equivocation | None:
    """Return the evidence that two signed statements contradict each other, or None if they don't.

    Each is a Token named RECEIPT or DECISION. Raises PeerDeviated if the trustee did not sign one of them.
    """
    said, other = _commitment(opened, trustee, first), _commitment(opened, trustee, second)
    contradicts = said[0] == other[0] and said[1:] != other[1:]
    return Equivocation(trustee, first, second) if contradicts else None


def convicts(opened: Open, evidence: Equivocation) -> bool:
    """Say, as an arbiter, whether `evidence` proves that the trustee it names decided twice. Needs no private key.

    Never true of a trustee that writes one row a label before it signs, whatever others made up.
    """
    try:
        return equivocation(opened, evidence.trustee, evidence.first, evidence.second) is not None
    except (PeerDeviated, MalformedEncoding):
        return False


def _commitment(opened: Open, trustee: bytes, said: Token) -> tuple[bytes, str, bytes]:
    """Return what a statement commits the trustee to: L, verdict, digest of the decision."""
    if said.name == DECISION:
        payload = opened(said.data, DECISION, trustee)
        decision = Decision.decode(payload)
        return decision.label, decision.verdict, digest(payload)
    if said.name != RECEIPT:
        message = f"cannot compare: a {said.name!r} does not commit a trustee to a decision"
        raise PeerDeviated("EVIDENCE_INVALID", message, evidence=said.data)
    receipt = Receipt.decode(opened(said.data, RECEIPT, trustee))
    return receipt.label, receipt.verdict, receipt.decision
