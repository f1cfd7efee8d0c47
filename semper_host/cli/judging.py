"""Packs judged by this home's trust, shown: shared by `semper bundle verify` and `semper trust explain`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

from semper_host.admission.rights import WORDS
from semper_host.admission.weighing import Ruling, Weighed
from semper_host.cli import files
from semper_host.cli.opening import home_path, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host import hearing, trusting
from semper_host.host import home as homes
from semper_host.host.home import Home
from semper_host.host.judging import Judgement, judge, known_in
from semper_host.model.errors import SemperError
from semper_host.model.grants import Grant


class Judged(NamedTuple):
    """A file and what this home makes of it."""

    file: Path
    judgement: Judgement
    warnings: tuple[str, ...] = ()  # what of this home's knowledge gets old


def judged(
    context: typer.Context, packs: Iterable[Path], most: int, now: int, *, refresh: bool = False
) -> list[Judged]:
    """Judge each pack by this home's trust. Its keys are opened only where its policy trusts a repository.

    Repositories are asked for their heads only to `refresh`: the head is the same for everybody, so none learns which
    bundles this home looks at. Raises what asking them raised.
    """
    trust = trusting.load(home_path(context) / homes.TRUST)
    if not trust.policy.repositories:
        return [Judged(file, judge(trust, files.read(file, most), now)) for file in packs]
    with opened(context) as home:
        if refresh:
            _refresh(home, now)
        known = known_in(home, trust, now)
        warnings = hearing.warnings_in(home, trust.policy, now)
        return [Judged(file, judge(trust, files.read(file, most), now, known), warnings) for file in packs]


def _refresh(home: Home, now: int) -> None:
    from semper_host.cli.proving import prove
    from semper_host.host.heads import Heads
    from semper_host.host.line import line_of

    with line_of(home) as client:
        for refusal in Heads(home, client, prove).refresh(now).refusals:
            raise refusal


def show_judgements(found: Sequence[Judged], *, as_json: bool) -> None:
    """Show what became of each pack, and exit 1 where one is refused."""
    if as_json:
        show_json({"schema": "semper.judgement/1", "bundles": [_plain(each) for each in found]})
    else:
        for each in found:
            show(*_lines(each))
        show(*(f"warning: {harmless(line)}" for line in dict.fromkeys(w for each in found for w in each.warnings)))
    if any(each.judgement.refusal for each in found):
        raise typer.Exit(1)


def refusal_of(error: SemperError) -> dict[str, Any]:
    """Return a refusal for JSON."""
    said = {"code": error.code, "stage": error.stage, "blame": error.blame, "retryable": error.retryable}
    return {**said, "message": error.message, "remedy": error.remedy}


def _plain(each: Judged) -> dict[str, Any]:
    said = each.judgement
    admitted, examined = said.admitted, said.examined
    return {
        "file": str(each.file),
        "admitted": admitted is not None,
        "digest": examined and examined.digest,
        "bundle": examined and examined.manifest.name,
        "kind": examined and examined.manifest.kind,
        "publisher": examined and examined.manifest.publisher,
        "evaluated_by": [vouched.by.name for vouched in admitted.vouched] if admitted else [],
        "conditions": list(admitted.conditions) if admitted else [],
        "grants": [_grant(grant) for grant in admitted.grants.items] if admitted else [],
        "why": list(said.lines),
        "requests": [_ruling(ruling) for ruling in said.weighed.rulings] if said.weighed else [],
        "evaluations": _evaluations(said.weighed) if said.weighed else [],
        "log": _log(said),
        "missing": list(said.missing),
        "warnings": list(each.warnings),
        "refusal": refusal_of(said.refusal) if said.refusal else None,
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {"capability": grant.capability, "most": grant.most and str(grant.most), "calls": grant.calls}


def _ruling(ruling: Ruling) -> dict[str, Any]:
    asked = ruling.asked
    return {
        **_grant(asked.grant),
        "meaning": WORDS[asked.capability],
        "optional": asked.optional,
        "reason": asked.reason,
        "granted": [_grant(grant) for grant in ruling.granted],
        "because_of": list(ruling.vouchers),
        "obstacles": list(ruling.obstacles),
        "code": None if ruling.granted else ruling.code,
    }


def _evaluations(weighed: Weighed) -> list[dict[str, Any]]:
    counted = [
        {"counts": True, "by": by.name, "under": by.root, "policy": said.policy, "until": said.not_after}
        for said, by in weighed.vouched
    ]
    return counted + [{"counts": False, "refusal": refusal_of(error)} for error in weighed.rejected]


def _log(said: Judgement) -> dict[str, Any] | None:
    """Return what the log says of the pack; None where no repository is trusted, so that none is asked."""
    grounds = said.grounds
    if grounds.lacking is not None:
        return {"repository": None, "entries": None, "fresh_until": None, "refusal": refusal_of(grounds.lacking)}
    if grounds.logged is None:
        return None
    entries = grounds.logged.checkpoint.size
    return {"repository": grounds.repository, "entries": entries, "fresh_until": grounds.fresh_until, "refusal": None}


def _lines(each: Judged) -> list[str]:
    lines = [f"{each.file}:", *(f"  {harmless(line)}" for line in each.judgement.lines)]
    refusal = each.judgement.refusal
    if refusal is None:
        return [*lines, "  ADMITTED in this home"]
    again = "trying again can help" if refusal.retryable else "trying again does not help"
    lines.append(f"  REFUSED  {refusal.code}: {harmless(refusal.message)}")
    return [
        *lines,
        f"           stage: {refusal.stage}   blame: {refusal.blame}   {again}",
        f"           {refusal.remedy}",
    ]
