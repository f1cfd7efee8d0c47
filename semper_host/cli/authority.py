"""`semper authority`: certifying keys and evaluating bundles; and being certified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.explain import WORDS
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.linting import linter
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import show, show_json
from semper_host.host import authorities, evaluating
from semper_host.host.evaluating import Report
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.certificate_file import MAX_FILE, Said
from semper_host.supporting.cryptographic.x509 import Purpose

app = typer.Typer(
    no_args_is_help=True, help="Certify keys and evaluate bundles, as an authority; or ask one to certify this home."
)
Archives = Annotated[list[Path], typer.Argument(help="Archives of bundles (.smp).", exists=True, dir_okay=False)]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write (default: stdout).")]
_DAY = 86_400


@app.command()
def init(
    context: typer.Context,
    purpose: Annotated[
        list[Purpose] | None,
        typer.Option(help="What it certifies for; give it once for each purpose (default: evaluate)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make this home an authority: a root certificate for others to trust, in public/root.crt.

    Hand the file to whoever is to trust you, and compare the fingerprint over the telephone; they run
    `semper trust add`.
    """
    with opened(context) as home:
        said = authorities.make_root(home, purpose or [Purpose.EVALUATE], now())
        path = home.public / authorities.ROOT_FILE
    if as_json:
        show_json({"schema": "semper.certificate/1", "file": str(path), **_plain(said)})
    else:
        show(f"Made the root of {said.name} in {path}.", *_lines(said))


@app.command()
def request(context: typer.Context, output: Output = None) -> None:
    """Ask to be certified: write this merchant's, bank's or trustee's request, for an authority to `issue`."""
    with opened(context) as home:
        files.write_or_print(output, authorities.request(home))


@app.command()
def issue(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A request.", exists=True, dir_okay=False)],
    purpose: Annotated[list[Purpose], typer.Option(help="What the key is for; once for each purpose.")],
    uri: Annotated[
        list[str] | None,
        typer.Option(help="The name for a purpose, like semper:merchant/eurocom (default: made of the name)."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long the certificate holds.")] = authorities.LEAF_DAYS,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Certify the key of a request. First make sure who sent it: compare the name and key with the sender."""
    if as_json and output is None:
        raise UsageError("USAGE_INVALID", "cannot print both the certificate and JSON: name a file with -o")
    with opened(context) as home, files.about(file):
        issued = authorities.issue(home, files.read(file, MAX_FILE), purpose, uri or (), days, now())
    files.write_or_print(output, issued.chain)
    if as_json:
        show_json({"schema": "semper.certificate/1", "file": str(output), **_plain(issued.leaf)})
    elif output is not None:
        show(f"Certified {issued.leaf.name} in {output}.", *_lines(issued.leaf))


@app.command()
def accept(
    context: typer.Context,
    chain: Annotated[Path, typer.Argument(help="What the authority issued.", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Keep the certificate that an authority issued for this home; from now on the home acts under it."""
    with opened(context) as home, files.about(chain):
        said = authorities.accept(home, files.read(chain, MAX_FILE))
    if as_json:
        show_json({"schema": "semper.certificate/1", "file": str(chain), **_plain(said)})
    else:
        show(f"This home is now certified as {said.name}.", *_lines(said))


@app.command()
def evaluate(archives: Archives, as_json: AsJson = False) -> None:
    """Run every automatic check on bundles and print what was found; exits 1 where one fails. Signs nothing."""
    with linter() as zygote:
        reports = [(file, evaluating.evaluate(files.read(file, MAX_BYTES), zygote, now())) for file in archives]
    if as_json:
        bundles = [_report(file, found) for file, found in reports]
        show_json({"schema": "semper.evaluation-report/1", "bundles": bundles})
    else:
        for file, found in reports:
            show(*_report_lines(file, found))
    if not all(found.passed for _, found in reports):
        raise typer.Exit(1)


@app.command()
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
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The directory (default: beside each).")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign evaluations: your word that these bundles may do what you grant. Every automatic check must pass first."""
    seconds = _seconds(valid)
    rows: list[dict[str, Any]] = []
    with opened(context) as home, linter() as zygote:
        for file in archives:
            with files.about(file):
                archive = files.read(file, MAX_BYTES)
                manifest = evaluating.evaluate(archive, zygote, now()).require()
                signed, said = authorities.certify(
                    home, archive, manifest, grant or (), condition or (), seconds, now(), policy
                )
            target = files.beside(file, output, f".{authorities.slug(home.config.name)}.evaluation")
            files.write(target, signed)
            rows.append({"file": str(target), "bundle": manifest.name, "digest": said.subject, "grants": said.grants})
    if as_json:
        plain = [{**row, "grants": [each.capability for each in row["grants"]]} for row in rows]
        show_json({"schema": "semper.evaluations/1", "evaluations": plain})
        return
    for row in rows:
        granted = [f"  may {WORDS[each.capability]}" for each in row["grants"]]
        show(f"Evaluated {row['bundle']} in {row['file']}.", *granted or ["  may compute and propose"])


def _seconds(valid: str) -> int:
    from semper_host.commerce.durations import parse_duration

    try:
        seconds = parse_duration(valid)
    except ValueError as error:
        raise UsageError("USAGE_INVALID", f"cannot certify for that long: {error}") from None
    if not seconds:
        raise UsageError("USAGE_INVALID", "cannot certify for no time: give --valid a duration like P90D")
    return seconds


def _lines(said: Said) -> list[str]:
    lines = [f"  for       {', '.join(sorted(said.purposes))}", *(f"  as        {uri}" for uri in said.uris)]
    return [*lines, f"  key       {said.key.hex()}", f"  SHA-256   {said.digest.hex()}"]


def _plain(said: Said) -> dict[str, Any]:
    return {
        "name": said.name,
        "purposes": sorted(said.purposes),
        "uris": list(said.uris),
        "not_before": said.not_before,
        "not_after": said.not_after,
        "key": said.key,
        "sha256": said.digest,
    }


def _report(file: Path, found: Report) -> dict[str, Any]:
    checks = [
        {"name": each.name, "passed": each.passed, "detail": each.detail, "code": each.refusal and each.refusal.code}
        for each in found.checks
    ]
    name = found.manifest.name if found.manifest else None
    return {"file": str(file), "digest": found.digest, "bundle": name, "passed": found.passed, "checks": checks}


def _report_lines(file: Path, found: Report) -> list[str]:
    lines = [f"{file}  {found.digest.hex()}"]
    for each in found.checks:
        lines.append(f"  {'ok    ' if each.passed else 'FAILED'}  {each.name:12}  {each.detail}")
    if found.terms is not None:
        lines += [f"  flow    {'':12}  {line}" for line in found.terms.lines]
    verdict = "every automatic check passed; what it is for, people judge" if found.passed else "do not certify this"
    return [*lines, f"  {verdict}"]
