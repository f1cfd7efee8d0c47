"""The evidence of a transfer to several as a file."""

from __future__ import annotations

from semper_host.commerce import consignment_evidence
from semper_host.commerce.consignment_evidence import ConsignmentFile
from semper_host.host.consignments.records import Consignments, keys_of
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import cose


def export(consignments: Consignments, number: bytes) -> bytes:
    """Return the evidence file of a transfer; it holds no secret. Raises UsageError where not everybody joined yet."""
    begun, standing = consignments.read(number)
    if not standing.full:
        raise UsageError("USAGE_INVALID", "cannot export the evidence: not everybody has joined, so nothing was sent")
    roll, home = standing.roll, consignments.home
    key = keys_of(home, begun).signing
    exhibits = tuple(home.archive.evidence(roll.deal))
    file = ConsignmentFile(begun.me, begun.at, begun.invitation, roll.joinings, exhibits)
    return consignment_evidence.write(file, roll.deal, lambda payload, kind: cose.sign1(payload, kind, key))
