"""`semper authority revoke`: an authority takes back what it said, or what it certified."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.pack import MAX_PACK
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.handing import To, hand_over
from semper_host.cli.opening import now, opened
from semper_host.cli.pins import PinFile, pin_from
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host.revoking import Target
from semper_host.model.errors import UsageError

What = Annotated[
    list[str],
    typer.Argument(help="Evaluations, certificates, archives or packs as files; or KIND:HEX, like evaluation:3f…"),
]
Reason = Annotated[
    str,
    typer.Option(
        help="Why, in a word or a sentence. What was logged before --since stays good only for the words superseded and"
        " ceased; any other reason, like compromise, voids it too."
    ),
]
Since = Annotated[str, typer.Option(help="From when on, like 2026-12-31 or seconds since 1970 (default: now).")]
ENDING = ".revocation"


def revoke(
    context: typer.Context,
    what: What,
    reason: Reason,
    since: Since = "",
    output: files.Directory = None,
    to: To = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Take back evaluations, certificates that you issued, or your word on bundles: writes NAME.revocation for each.

    It counts for others once a repository that they trust has it: give --to, or hand the files to its operator. The
    repository publishes every revocation to everybody.
    """
    from semper_host.host import revoking

    at = now()
    rows: list[dict[str, Any]] = []
    with opened(context) as home:
        for place in what:
            with files.about(place):
                target = target_from(place)
                said = revoking.revocation(target, reason, moment(since, at), at)
                signed = revoking.by_authority(home, said, pin_from(pin_file))
            rows.append({"file": str(kept(place, target, output, signed)), **plain(target), "reason": said.reason})
    finish(context, rows, to, as_json=as_json)


def finish(context: typer.Context, rows: list[dict[str, Any]], to: str, *, as_json: bool) -> None:
    """Hand the statements that were written to a repository if one is named, and tell what was done."""
    if to:
        hand_over(context, to, [Path(row["file"]) for row in rows])
    if as_json:
        show_json({"schema": "semper.revocations/1", "revocations": rows, "repository": to or None})
        return
    for row in rows:
        show(f"Revoked {row['target']} {row['digest'][:16]}… ({harmless(row['reason'])}) in {row['file']}.")
    show(f"Published at {to}." if to else "Nobody knows yet: hand the files to a repository (--to).")


def target_from(place: str) -> Target:
    """Return what a file, or "KIND:HEX", names."""
    from semper_host.host import revoking

    path = Path(place)
    return revoking.target_of(files.read(path, MAX_PACK)) if path.exists() else revoking.target_named(place)


def moment(text: str, otherwise: int) -> int:
    """Return the seconds that a day in UTC or a number names. Raises UsageError USAGE_INVALID."""
    if not text:
        return otherwise
    try:
        return int(text) if text.isdigit() else int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        cause = f"{text[:40]!r} is neither a day like 2026-12-31 nor seconds since 1970"
        raise UsageError("USAGE_INVALID", f"cannot revoke it: {cause}") from None


def plain(target: Target) -> dict[str, Any]:
    """Return a target for JSON."""
    return {"target": target.kind, "digest": target.digest.hex()}


def kept(place: str, target: Target, output: Path | None, signed: bytes) -> Path:
    """Write a revocation beside what it is about, or in `output`; return its file."""
    path = Path(place)
    here = files.beside(path, output, ENDING) if path.exists() else None
    found = here or (output or Path()) / f"{target.kind}-{target.digest.hex()[:16]}{ENDING}"
    files.write(found, signed)
    return found
