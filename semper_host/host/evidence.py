"""A deal's evidence as a file: exported from a home, verified in any other with nothing but its trust roots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from semper_host.admission.standing import Standing
from semper_host.commerce import evidence_file
from semper_host.commerce.evidence_file import EvidenceFile, Verified
from semper_host.commerce.offers import Offer
from semper_host.host import installed
from semper_host.host.business import Beginning, deal_keys
from semper_host.host.evidence_status import stapled
from semper_host.host.home import Home
from semper_host.host.trusting import Trust
from semper_host.model.errors import UsageError
from semper_host.model.outcome import Satisfied
from semper_host.supporting.cryptographic import cose

SCHEMA = "semper.verified/1"


def export(home: Home, deal: bytes) -> bytes:
    """Return the evidence file of the deal D: what this home sent, received and was given proof of; no secret.

    Raises UsageError DEAL_UNKNOWN.
    """
    entries = home.archive.journal(deal)
    if not entries:
        raise UsageError("DEAL_UNKNOWN", f"cannot export the evidence of {deal.hex()[:16]}: this home has no such deal")
    beginning = Beginning.decode(entries[0])
    offer = Offer.decode(cose.peek(beginning.offer).payload)
    file = EvidenceFile(
        side=beginning.side,
        at=beginning.at,
        offer=beginning.offer,
        hello=beginning.hello,
        agreement=beginning.agreement,
        pack=installed.pack_of(home, offer.service),
        exhibits=tuple(home.archive.evidence(deal)),
    )
    key = deal_keys(home, beginning.counter).signing
    return evidence_file.write(file, lambda payload, kind: cose.sign1(payload, kind, key))


def verify_file(data: bytes, trust: Trust, now: int, standings: Sequence[Standing] = ()) -> Verified:
    """Return what an evidence file proves to whoever has this `trust`, and knows `standings` of repositories.

    Raises as `evidence_file.verify`.
    """
    return evidence_file.verify(data, trust.policy, trust.roots, now, standings)


def verify_path(path: Path, directory: Path, trust: Trust, now: int, standings: Sequence[Standing] = ()) -> Verified:
    """Return what the file at `path` proves by the trust `directory`, read as `trust`; the status in it counts."""
    data = path.read_bytes()
    file, _ = evidence_file.read(data)
    return verify_file(data, trust, now, (*standings, *stapled(file, directory, trust)))


def plain(verified: Verified) -> dict[str, Any]:
    """Return what was verified as plain data for JSON; digests, keys and labels are bytes."""
    found = asdict(verified)
    for name in ("heads", "peer_heads"):
        del found[name]
    found["total"] = _money(verified.total)
    found["outcome"] = {
        "end": verified.outcome.end,
        "satisfied": isinstance(verified.outcome, Satisfied),
        "why": getattr(verified.outcome, "why", ""),
    }
    found["basket"] = [{"article": article, "count": count} for article, count in verified.basket]
    found["steps"] = [_step(asdict(step)) for step in verified.steps]
    found["deviations"] = [each._asdict() for each in verified.deviations]
    return {"schema": SCHEMA, **found}


def _step(step: dict[str, Any]) -> dict[str, Any]:
    return {
        **step,
        "amount": None if step["amount"] is None else _money(step["amount"]),
        "items": [_item(each) for each in step["items"]],
        "proofs": [each._asdict() for each in step["proofs"]],
        "messages": [{"number": number, "digest": digest} for number, digest in step["messages"]],
    }


def _item(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "amount": None if item["amount"] is None else _money(item["amount"])}


def _money(amount: Any) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}
