"""`semper deal verify` and `semper deal judge`: what evidence proves, off-line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.standing import Standing
from semper_host.cli import joint_judging
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, opened, settings_of
from semper_host.cli.printing import show, show_json
from semper_host.commerce.dispute import Verdict, judge
from semper_host.commerce.dispute_words import lines_of_verdict, read_claim
from semper_host.commerce.evidence_proved import Verified
from semper_host.host import evidence, evidence_status, trusting


def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="An evidence file.", exists=True, dir_okay=False)],
    roots: Annotated[
        Path | None, typer.Option(help="A trust directory (default: that of the home).", exists=True, file_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check an evidence file off-line, with nothing but trust roots; say what it proves, or where it fails.

    What was revoked counts as of the deal's time: as the evidence itself has it from its repository, and as this home
    knows it, if no roots are given.
    """
    if joint_judging.is_joint(file):
        joint_judging.tell(joint_judging.verified(context, roots, file), as_json)
        return
    verified = _judging(context, roots)(file)
    if as_json:
        show_json(evidence.plain(verified))
    else:
        show(*verified.lines)


def judge_deal(
    context: typer.Context,
    evidence_files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Evidence of one side or both.", exists=True, dir_okay=False)
    ],
    claim: Annotated[
        list[str],
        typer.Option(help="SIDE:CLAIM or SIDE:CLAIM:STEP, such as buyer:not-delivered. Can be given several times."),
    ] = [],  # noqa: B006  # typer reads it, nothing changes it
    roots: Annotated[
        Path | None, typer.Option(help="A trust directory (default: that of the home).", exists=True, file_okay=False)
    ] = None,
    status_list: Annotated[
        list[Path], typer.Option(help="An issuer's signed status list.", exists=True, dir_okay=False)
    ] = [],  # noqa: B006  # typer reads it, nothing changes it
    as_json: AsJson = False,
) -> None:
    """Say who deviated, by verified evidence and what is claimed: not-delivered, content-false, not-paid, revoked,
    no-receipt, stopped. Of a contract among several, NUMBER:binding or NUMBER:not-signed; of a transfer to several,
    NUMBER:not-received or 0:not-sent. Exit code 1 where that cannot be decided.
    """
    if any(map(joint_judging.is_joint, evidence_files)):
        _tell_verdict(joint_judging.judged(context, roots, evidence_files, claim), as_json)
        return
    files = list(map(_judging(context, roots), evidence_files))
    verdict = judge(files, [read_claim(each) for each in claim], [file.read_bytes() for file in status_list])
    _tell_verdict(verdict, as_json)


def _tell_verdict(verdict: Verdict, as_json: bool) -> None:
    if as_json:
        show_json({"decided": verdict.decided, "deviated": verdict.deviated, "why": verdict.why})
    else:
        show(*lines_of_verdict(verdict))
    if not verdict.decided:
        raise typer.Exit(1)


def _judging(context: typer.Context, roots: Path | None) -> Callable[[Path], Verified]:
    """Return what verifies a file by a trust directory; by the home's own, with what the home knows was revoked."""
    directory = roots or settings_of(context).path / "trust"
    trust, standings = trusting.load(directory), tuple[Standing, ...]()
    if roots is None and trust.policy.repositories:
        with opened(context) as home:
            standings = evidence_status.known(home, trust)
    return lambda file: evidence.verify_path(file, directory, trust, now(), standings)
