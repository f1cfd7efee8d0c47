"""`semper authority`: certifying keys and evaluating bundles; and being certified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.cli import evaluation, files, revoking
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, opened
from semper_host.cli.pins import Label, Module, PinFile, pin_from, token_from
from semper_host.cli.printing import show, show_json
from semper_host.host import authorities
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.certificate_file import MAX_FILE, Said
from semper_host.supporting.cryptographic.x509 import Purpose

app = typer.Typer(
    no_args_is_help=True, help="Certify keys and evaluate bundles, as an authority; or ask one to certify this home."
)
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write (default: stdout).")]
app.command()(evaluation.evaluate)
app.command()(evaluation.certify)
app.command()(revoking.revoke)


@app.command()
def init(
    context: typer.Context,
    purpose: Annotated[
        list[Purpose] | None,
        typer.Option(help="What it certifies for; give it once for each purpose (default: evaluate)."),
    ] = None,
    module: Module = "",
    token: Label = "",
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Make this home an authority: a root certificate for others to trust, in public/root.crt.

    Hand the file to whoever is to trust you, and compare the fingerprint over the telephone; they run
    `semper trust add`. With --pkcs11 and --token the keys are made inside a token and never leave it.
    """
    with opened(context) as home:
        where = token_from(module, token)
        said = authorities.make_root(home, purpose or [Purpose.EVALUATE], now(), where, pin_from(pin_file))
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
    pin_file: PinFile = None,
    as_json: AsJson = False,
) -> None:
    """Certify the key of a request. First make sure who sent it: compare the name and key with the sender."""
    if as_json and output is None:
        raise UsageError("USAGE_INVALID", "cannot print both the certificate and JSON: name a file with -o")
    with opened(context) as home, files.about(file):
        asked = files.read(file, MAX_FILE)
        issued = authorities.issue(home, asked, purpose, uri or (), days, now(), pin_from(pin_file))
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
