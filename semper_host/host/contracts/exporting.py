"""The evidence of a contract as a file: what this home sent and received, and what the trustee signed for it."""

from __future__ import annotations

from semper_host.commerce import joint_evidence
from semper_host.commerce.joint_evidence import JointFile
from semper_host.host.contracts.beginning import read
from semper_host.host.home import Home
from semper_host.host.trustee_receipts import receipts_of
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import cose


def export(home: Home, number: bytes) -> bytes:
    """Return the evidence file of a contract; it holds no secret. Raises UsageError where not everybody joined yet."""
    contract, standing = read(home, number)
    if not standing.full:
        raise UsageError("USAGE_INVALID", "cannot export the evidence: not everybody has joined, so nobody signed")
    begun, roll = contract.beginning, standing.roll
    receipt, equivocation = receipts_of(home, roll.id)
    file = JointFile(
        me=begun.me, at=begun.at, invitation=begun.invitation, text=begun.text, joinings=roll.joinings,
        exhibits=tuple(home.archive.evidence(roll.deal)), receipt=receipt, equivocation=equivocation,
    )  # fmt: skip
    return joint_evidence.write(file, roll.deal, lambda payload, kind: cose.sign1(payload, kind, contract.keys.signing))
