"""Evidence of contracts among several and of transfers to several, for `semper deal verify` and `semper deal judge`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from semper_host.admission.standing import Standing
from semper_host.cli.opening import now, opened, settings_of
from semper_host.cli.printing import show, show_json
from semper_host.commerce import consignment_evidence, joint_evidence
from semper_host.commerce.consignment_words import ConsignmentVerified, judge_transfer, read_transfer_claim
from semper_host.commerce.dispute import Verdict
from semper_host.commerce.evidence_standing import negative_of
from semper_host.commerce.joint_dispute import judge_joint, read_joint_claim
from semper_host.commerce.joint_words import JointVerified
from semper_host.host import evidence_status, trusting
from semper_host.model.errors import UsageError

CONTRACT, TRANSFER = "semper.verified-contract/1", "semper.verified-transfer/1"
"""The schemas of what `--json` prints."""
Found = JointVerified | ConsignmentVerified


def is_joint(file: Path) -> bool:
    """Say whether a file is evidence of several parties. Raises PeerDeviated (EVIDENCE_INVALID)."""
    data = file.read_bytes()
    return joint_evidence.is_joint(data) or consignment_evidence.is_consignment(data)


def verified(context: typer.Context, roots: Path | None, file: Path) -> Found:
    """Return what a file proves by a trust directory; by the home's own, with what it knows was revoked."""
    directory = roots or settings_of(context).path / "trust"
    trust, standings = trusting.load(directory), tuple[Standing, ...]()
    if roots is None and trust.policy.repositories:
        with opened(context) as home:
            standings = evidence_status.known(home, trust)
    data = file.read_bytes()
    joint = joint_evidence.is_joint(data)
    began = joint_evidence.read(data)[0].at if joint else consignment_evidence.read(data)[0].at
    check = negative_of(standings, trust.policy, trust.roots, began).check_certified
    if joint:
        return joint_evidence.verify(data, trust.roots, now(), check)
    return consignment_evidence.verify(data, trust.roots, now(), check)


def judged(context: typer.Context, roots: Path | None, paths: Sequence[Path], claims: Sequence[str]) -> Verdict:
    """Return the verdict on `claims` ("2:not-signed") by files of parties of one contract, or of one transfer."""
    found = [verified(context, roots, path) for path in paths]
    contracts = [each for each in found if isinstance(each, JointVerified)]
    transfers = [each for each in found if isinstance(each, ConsignmentVerified)]
    if contracts and transfers:
        raise UsageError("USAGE_INVALID", "cannot judge: the files are about different kinds of business")
    if contracts:
        return judge_joint(contracts, [read_joint_claim(each) for each in claims])
    return judge_transfer(transfers, [read_transfer_claim(each) for each in claims])


def tell(found: Found, as_json: bool) -> None:
    """Print what a file proves."""
    if not as_json:
        show(*found.lines)
        return
    plain = asdict(found)
    if isinstance(found, JointVerified):
        plain["said"] = [{"kind": each.name, "signed": each.data} for each in found.said]
        show_json({"schema": CONTRACT, **plain, "outcome": found.outcome})
    else:
        plain["got"] = [each._asdict() for each in found.got]
        show_json({"schema": TRANSFER, **plain})
