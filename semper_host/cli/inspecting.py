"""What is in an archive or a pack, as lines and as JSON. Words from a bundle are made harmless before they show."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from semper_host.cli.printing import harmless
from semper_host.host.publishing import Claim, Inspected


def lines(found: Inspected) -> list[str]:
    """Return the lines for people."""
    manifest = found.manifest
    shown = [f"{manifest.name}, a {manifest.kind}", f"  digest     {found.digest.hex()}"]
    if manifest.title:
        shown.append(f"  title      {harmless(manifest.title)}")
    shown.append(f"  publisher  {manifest.publisher or 'none yet; `semper bundle sign` names one'}")
    if found.form == "pack":
        shown.append(f"  release    {harmless(found.released) if found.released else 'missing'}")
    if found.release is not None:
        shown[-1] += f", {_day(found.release.at)}; number {found.release.sequence + 1} of its id"
    for asked in manifest.requests:
        bound = f" (at most {asked.most})" if asked.most else ""
        optional = " (optional)" if asked.optional else ""
        shown.append(f"  requests   {asked.capability}{bound}{optional}: {harmless(asked.reason)}")
    if not manifest.requests:
        shown.append("  requests   nothing")
    if manifest.terms is not None:
        shown.append(f"  terms      valid from {manifest.terms.valid_from} until {manifest.terms.valid_until}")
    shown += [f"  file       {name}  {len(data)} bytes" for name, data in sorted(found.files.items())]
    shown += [f"  {line}" for claim in found.claims for line in _claim_lines(claim)]
    if found.form == "pack" and not found.claims:
        shown.append("  evaluation none")
    return shown + [f"  {line}" for line in _stapled_lines(found)]


def plain(found: Inspected) -> dict[str, Any]:
    """Return the same for JSON."""
    manifest = msgspec.to_builtins(found.manifest)
    return {
        "schema": "semper.inspected/1",
        "form": found.form,
        "digest": found.digest,
        "bundle": found.manifest.name,
        "manifest": manifest,
        "files": [
            {"name": name, "bytes": len(data), "sha256": sha256(data).digest()}
            for name, data in sorted(found.files.items())
        ],
        "release": _release(found),
        "evaluations": [_claim(claim) for claim in found.claims],
        "staple": found.stapled._asdict() if found.stapled else None,
    }


def _release(found: Inspected) -> dict[str, Any] | None:
    said = found.release
    if said is None:
        return None
    return {"state": found.released, "at": said.at, "sequence": said.sequence, "previous": said.previous}


def _stapled_lines(found: Inspected) -> list[str]:
    stapled = found.stapled
    if stapled is None:
        return ["log        no proof from any"] if found.form == "pack" else []
    lines = []
    if stapled.origin:
        lines = [f"log        claims {stapled.entries} entries of {harmless(stapled.origin)}, which had {stapled.size}"]
    if stapled.newest:
        lines.append(f"head       claims that version {harmless(stapled.newest)} is the newest")
    return lines


def _claim_lines(claim: Claim) -> list[str]:
    said = claim.evaluation
    granted = ", ".join(grant.capability for grant in said.grants) or "nothing"
    until = f"{_day(said.not_before)} to {_day(said.not_after)}"
    first = f"evaluation claims to be by {harmless(claim.by)} under {harmless(said.policy)}, {until}: grants {granted}"
    return [first, *(f"condition   {harmless(condition)}" for condition in said.conditions)]


def _claim(claim: Claim) -> dict[str, Any]:
    said = claim.evaluation
    return {
        "claimed_by": claim.by,
        "policy": said.policy,
        "grants": [grant.capability for grant in said.grants],
        "conditions": list(said.conditions),
        "not_before": said.not_before,
        "not_after": said.not_after,
    }


def _day(moment: int) -> str:
    try:
        return datetime.fromtimestamp(moment, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return f"second {moment}"
