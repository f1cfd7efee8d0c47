"""Packs judged by this home's trust, shown: shared by `semper bundle verify` and `semper trust explain`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import typer

from semper_host.cli import files
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host import publishing
from semper_host.host.publishing import Judgement
from semper_host.model.errors import SemperError


class Judged(NamedTuple):
    """A file and what this home makes of it."""

    file: Path
    judgement: Judgement


def judged(trust: Path, packs: Iterable[Path], most: int, now: int) -> list[Judged]:
    """Judge each pack by the trust in the directory."""
    return [Judged(file, publishing.judge(trust, files.read(file, most), now)) for file in packs]


def show_judgements(found: Sequence[Judged], *, as_json: bool) -> None:
    """Show what became of each pack, and exit 1 where one is refused."""
    if as_json:
        show_json({"schema": "semper.judgement/1", "bundles": [_plain(each) for each in found]})
    else:
        for each in found:
            show(*_lines(each))
    if any(each.judgement.refusal for each in found):
        raise typer.Exit(1)


def refusal_of(error: SemperError) -> dict[str, Any]:
    """Return a refusal for JSON."""
    return {"code": error.code, "blame": error.blame, "message": error.message, "remedy": error.remedy}


def _plain(each: Judged) -> dict[str, Any]:
    admitted, refusal = each.judgement.admitted, each.judgement.refusal
    return {
        "file": str(each.file),
        "admitted": admitted is not None,
        "digest": admitted and admitted.digest,
        "bundle": admitted and admitted.manifest.name,
        "kind": admitted and admitted.manifest.kind,
        "evaluated_by": [vouched.by.name for vouched in admitted.vouched] if admitted else [],
        "conditions": list(admitted.conditions) if admitted else [],
        "grants": [_grant(grant) for grant in admitted.grants.items] if admitted else [],
        "why": list(each.judgement.lines),
        "refusal": refusal_of(refusal) if refusal else None,
    }


def _grant(grant: Any) -> dict[str, Any]:
    return {"capability": grant.capability, "most": grant.most and str(grant.most), "calls": grant.calls}


def _lines(each: Judged) -> list[str]:
    lines = [f"{each.file}:", *(f"  {harmless(line)}" for line in each.judgement.lines)]
    refusal = each.judgement.refusal
    if refusal is None:
        return [*lines, "  ADMITTED in this home"]
    return [*lines, f"  REFUSED  {refusal.code}: {harmless(refusal.message)}", f"           {refusal.remedy}"]
