"""`semper authority evaluate` and `certify`: the report for people, and the signature that people give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.admission.rights import WORDS
from semper_host.cli import files
from semper_host.cli.differing import load
from semper_host.cli.files import AsJson
from semper_host.cli.linting import linter
from semper_host.cli.opening import now, opened
from semper_host.cli.pins import PinFile, pin_from
from semper_host.cli.printing import harmless, show, show_json
from semper_host.commerce.durations import parse_duration
from semper_host.host import authorities, bundling, evaluating
from semper_host.host.comparing import Comparison, compare
from semper_host.host.evaluating import Report
from semper_host.host.report import SCHEMA, BundleReport, plain, report_of
from semper_host.model.errors import UsageError

Archives = Annotated[
    list[Path], typer.Argument(help="Archives of bundles (.smp), or packs (.smpack).", exists=True, dir_okay=False)
]
Source = Annotated[
    Path | None,
    typer.Option(help="Build the archive again from this folder and compare; for one archive.", exists=True,
                 file_okay=False),
]  # fmt: skip
Against = Annotated[
    Path | None,
    typer.Option(help="Also report what changed since this version: an archive, a pack or a folder; for one archive.",
                 exists=True),
]  # fmt: skip
HTML, JSON, PACK = ".report.html", ".report.json", ".smpack"


class Evaluated(NamedTuple):
    """A file, the archive in it as it was read once, and what the checks found."""

    file: Path
    archive: bytes
    found: Report


def evaluate(
    archives: Archives,
    source: Source = None,
    against: Against = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The directory for the reports (default: beside each).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run every automatic check on bundles and write a report on each, NAME.report.html and .json. Signs nothing.

    The page shows the flow, what is at risk, the rights asked for and the legal texts: read it before you certify.
    Exits 1 where a check fails. With --json the reports go to stdout instead, unless -o says where to write them.
    """
    each = _evaluated(archives, source)
    changes = _changes(each, against)
    reports = [report_of(one.found, changes) for one in each]
    if output is not None or not as_json:
        for one, report in zip(each, reports, strict=True):
            _write(one.file, output, report)
    if as_json:
        rows = [{"file": str(one.file), **plain(report)} for one, report in zip(each, reports, strict=True)]
        show_json({"schema": SCHEMA, "bundles": rows})
    else:
        for one in each:
            show(*_lines(one.file, one.found), f"  report in {files.beside(one.file, output, HTML)}")
    if not all(one.found.passed for one in each):
        raise typer.Exit(1)


def certify(
    context: typer.Context,
    archives: Archives,
    grant: Annotated[
        list[str] | None,
        typer.Option(help="What it may do, like money.pay or 'money.pay=50.00 EUR' (default: all it requests)."),
    ] = None,
    condition: Annotated[list[str] | None, typer.Option(help="A sentence for people about to use it.")] = None,
    valid: Annotated[str, typer.Option(help="How long the evaluation holds, like P90D.")] = "P90D",
    policy: Annotated[str, typer.Option(help="The name of the rules you evaluated by.")] = authorities.POLICY,
    despite: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECK=WHY", help="Certify although this check failed, and why; people will read it as a condition."
        ),
    ] = None,
    source: Source = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The directory (default: beside each).")] = None,
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Sign evaluations: your word that these bundles may do what you grant.

    Every check of `semper authority evaluate` must pass first, except those that you name with --despite, with the
    reason. Writes NAME.AUTHORITY.evaluation beside each archive.
    """
    seconds, excused = _seconds(valid), _excuses(despite or ())
    rows: list[dict[str, Any]] = []
    each, pin = _evaluated(archives, source), pin_from(pin_file)
    with opened(context) as home:
        for one in each:
            with files.about(one.file):
                manifest = one.found.require(excused)
                conditions = [*authorities.excused(one.found, excused), *(condition or ())]
                signed, said = authorities.certify(
                    home, one.archive, manifest, grant or (), conditions, seconds, now(), policy, pin
                )
            target = files.beside(one.file, output, f".{authorities.slug(home.config.name)}.evaluation")
            files.write(target, signed)
            rows.append({"file": str(target), "bundle": manifest.name, "digest": said.subject,
                         "conditions": list(said.conditions), "grants": said.grants})  # fmt: skip
    _show_certified(rows, as_json=as_json)


def _evaluated(archives: list[Path], source: Path | None) -> list[Evaluated]:
    if source is not None and len(archives) != 1:
        raise UsageError("USAGE_INVALID", "cannot compare one source folder with several archives: name one archive")
    built = bundling.read_source(source) if source is not None else None
    read = [(file, _archive(file)) for file in archives]
    with linter() as zygote:
        return [Evaluated(file, data, evaluating.evaluate(data, zygote, now(), built)) for file, data in read]


def _archive(file: Path) -> bytes:
    """Return the archive in a file, which is evaluated and signed as it was read here."""
    if file.suffix != PACK:
        return files.read(file, MAX_BYTES)
    with files.about(file):
        return read_pack(files.read(file, MAX_PACK)).archive


def _changes(each: list[Evaluated], against: Path | None) -> Comparison | None:
    if against is None:
        return None
    if len(each) != 1:
        raise UsageError("USAGE_INVALID", "cannot compare one version with several archives: name one archive")
    old, new = load(against), each[0].found
    if new.manifest is None:
        return None
    return compare(old.files, new.files, old.digest, new.digest.hex())


def _write(file: Path, output: Path | None, report: BundleReport) -> None:
    import json

    from semper_host.host.report_page import page

    text = json.dumps({"schema": SCHEMA, "bundles": [plain(report)]}, indent=2, ensure_ascii=False)
    files.write(files.beside(file, output, HTML), page(report).encode("utf-8", "backslashreplace"))
    files.write(files.beside(file, output, JSON), text.encode("utf-8", "backslashreplace") + b"\n")


def _excuses(despite: list[str] | tuple[()]) -> dict[str, str]:
    found = {}
    for text in despite:
        name, _, why = text.partition("=")
        if not name.strip() or not why.strip():
            raise UsageError("USAGE_INVALID", f"cannot certify despite {text[:40]!r}: write it as 'CHECK=why'")
        found[name.strip()] = why.strip()
    return found


def _seconds(valid: str) -> int:
    try:
        seconds = parse_duration(valid)
    except ValueError as error:
        raise UsageError("USAGE_INVALID", f"cannot certify for that long: {error}") from None
    if not seconds:
        raise UsageError("USAGE_INVALID", "cannot certify for no time: give --valid a duration like P90D")
    return seconds


def _lines(file: Path, found: Report) -> list[str]:
    marks = {True: "ok    ", False: "FAILED"}
    lines = [f"{file}  {found.digest.hex()}"]
    for each in found.checks:
        lines.append(f"  {'-     ' if each.left_out else marks[each.passed]}  {each.name:18}  {harmless(each.detail)}")
    if found.terms is not None:
        lines += [f"  flow    {'':18}  {line}" for line in found.terms.lines]
    lines += [f"  look    {'':18}  {harmless(notice)}" for notice in found.notices]
    verdict = "every automatic check passed; what it is for, people judge" if found.passed else "do not certify this"
    return [*lines, f"  {verdict}"]


def _show_certified(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        plain_rows = [{**row, "grants": [each.capability for each in row["grants"]]} for row in rows]
        show_json({"schema": "semper.evaluations/1", "evaluations": plain_rows})
        return
    for row in rows:
        granted = [f"  may {WORDS[each.capability]}" for each in row["grants"]]
        show(f"Evaluated {row['bundle']} in {row['file']}.", *granted or ["  may compute and propose"])
        show(*(f"  condition: {harmless(each)}" for each in row["conditions"]))
