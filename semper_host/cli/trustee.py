"""`semper trustee`: a trustee's operator at the desk; `semper up` serves meanwhile, in any number of processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host import trusting
from semper_host.host.enrolment import QUOTA, Enrolment, Enrolments
from semper_host.host.home import Home
from semper_host.host.trustee_cases import Case, CaseBank, CaseIssuer, cases
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import certificate_file
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

app = typer.Typer(no_args_is_help=True, help="Run a trustee: whom it serves, and what it decided.")


@app.command()
def enrol(
    context: typer.Context,
    certificate: Annotated[
        Path | None, typer.Argument(help="The merchant's certificate, PEM or DER.", exists=True, dir_okay=False)
    ] = None,
    uri: Annotated[str, typer.Option(help="Instead: the URI in it, such as semper:merchant/shop.")] = "",
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Instead: every merchant that --root certifies.")
    ] = False,
    root: Annotated[
        str, typer.Option(help="Who certifies it, as `semper trust list` names it (default: the only one who may).")
    ] = "",
    quota: Annotated[int, typer.Option(help="Decisions a day for one merchant, at most; aborts may use half.")] = QUOTA,
    as_json: AsJson = False,
) -> None:
    """Serve a merchant's exchanges. Requests for anybody else's are refused and leave nothing behind."""
    if (certificate is not None) + bool(uri) + everyone != 1:
        raise UsageError("USAGE_INVALID", "cannot enrol: name one of a certificate, --uri and --everyone")
    with _desk(context) as (home, enrolments):
        named = _uri_in(certificate) if certificate is not None else uri
        entry = enrolments.enrol(_root(home, root), named, quota, now())
        if as_json:
            show_json({"schema": "semper.enrolment/1", **_plain(entry)})
        else:
            show(f"Enrolled {_who(entry)}: {entry.quota} decisions a day at most.")


@app.command("list")
def list_enrolled(context: typer.Context, as_json: AsJson = False) -> None:
    """List whom this trustee serves."""
    with _desk(context) as (_, enrolments):
        entries = enrolments.all()
        if as_json:
            show_json({"schema": "semper.enrolments/1", "entries": [_plain(each) for each in entries]})
            return
        show(*(_line(each) for each in entries))
        if not entries:
            show("Nobody is enrolled, so nobody is served: `semper trustee enrol` adds a merchant.")


@app.command()
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The URI, or root:NAME, as `semper trustee list` shows it.")],
) -> None:
    """Serve no new deal of a merchant. Those begun before are still decided: somebody may have money in them."""
    with _desk(context) as (_, enrolments):
        show(f"Removed {_who(enrolments.remove(name, now()))}; deals begun before are still decided.")


@app.command("cases")
def list_cases(
    context: typer.Context,
    open_only: Annotated[bool, typer.Option("--open", help="Only those whose orders no bank confirmed yet.")] = False,
    most: Annotated[int, typer.Option(help="How many of the latest.", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the exchanges that were decided: by label, without parties, goods or amounts."""
    with _desk(context) as (home, _):
        found = cases(home, most, open_only=open_only)
        if as_json:
            show_json({"schema": "semper.cases/1", "cases": [each.plain() for each in found]})
            return
        show(*(_case_line(each) for each in found))
        if not found:
            show("No exchange is open." if open_only else "No exchange was brought here yet.")


@contextmanager
def _desk(context: typer.Context) -> Iterator[tuple[Home, Enrolments]]:
    with opened(context) as home:
        if home.config.role != "trustee":
            raise UsageError(
                "USAGE_INVALID", f"cannot act as a trustee: this home is a {home.config.role}'s; --home names another"
            )
        yield home, Enrolments(home)


def _root(home: Home, name: str) -> TrustedRoot:
    roots = [each for each in trusting.load(home.trust).roots if Purpose.MERCHANT in each.purposes]
    found = [each for each in roots if each.name == name] if name else roots
    if len(found) != 1:
        known = ", ".join(each.name for each in roots) or "nobody; `semper trust add --may merchant` adds an authority"
        raise UsageError("USAGE_INVALID", f"cannot enrol: say with --root who certifies the merchant ({known})")
    return found[0]


def _uri_in(certificate: Path) -> str:
    with files.about(certificate):
        said = certificate_file.said(
            certificate_file.read_certificates(files.read(certificate, certificate_file.MAX_FILE))[0]
        )
        uris = [uri for uri in said.uris if uri.startswith(f"semper:{Purpose.MERCHANT}/")]
        if len(uris) != 1:
            raise UsageError("USAGE_INVALID", "cannot enrol: the certificate names no merchant by one URI")
        return uris[0]


def _who(entry: Enrolment) -> str:
    return harmless(entry.uri or f"every merchant that {entry.name} certifies")


def _line(entry: Enrolment) -> str:
    ended = f"  removed {_time(entry.until)}" if entry.until is not None else ""
    return f"{harmless(entry.key)}  {entry.quota} a day  certified by {harmless(entry.name)}{ended}"


def _plain(entry: Enrolment) -> dict[str, object]:
    return {
        "name": entry.key, "uri": entry.uri or None, "root": entry.name, "quota": entry.quota, "since": entry.since,
        "until": entry.until,
    }  # fmt: skip


def _case_line(case: Case) -> str:
    told: list[CaseBank | CaseIssuer] = [*case.banks, *case.issuers]
    keepers = ", ".join(f"{harmless(each.name)} {each.state}" for each in told)
    waits = f"; tried {case.tries} times" if case.tries else ""
    state = "open" if case.open else "ended"
    return f"{case.label.hex()[:16]}…  {case.verdict:<8}  {_time(case.decided)}  {state}{waits}  {keepers}"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
