"""`semper credential`: tickets, memberships, rights of access: issue, hold, show, check, redeem, revoke."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from semper_host.admission.service_keys import ServiceKeys
from semper_host.admission.statements import MAX_STATEMENT
from semper_host.api_v1 import Claim, Wanted
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host.credentials.desk import CHALLENGE_BYTES, Desk
from semper_host.host.line import line_of
from semper_host.host.sandbox import Sandbox
from semper_host.model.credentials import MOST_STATUSES, Credential
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.entropy import fresh

app = typer.Typer(no_args_is_help=True, help="Issue tickets and memberships, keep yours, show and redeem them.")
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write (default: standard output).")]
Issuer = Annotated[str, typer.Option(help="The issuer's statement of keys: a file, or https://ISSUER/semper/v1/keys.")]
Claims = Annotated[list[str] | None, typer.Option("--claim", help="What it says, as NAME=TEXT; once for each.")]
Kind = Annotated[str, typer.Option(help="What it is, such as ticket, membership or access.")]
MOST_LIST = MOST_STATUSES // 8 + MAX_STATEMENT


@contextmanager
def at_the_desk(context: typer.Context) -> Iterator[Desk]:
    """Open the home's desk for credentials; close everything afterwards."""
    with opened(context) as home:
        sandbox = Sandbox(home.archive)
        try:
            yield Desk(home, sandbox, now())
        finally:
            sandbox.close()


@app.command()
def key(context: typer.Context) -> None:
    """Print a fresh key for an issuer to bind a credential to. Use each for one credential, so none can be linked."""
    with at_the_desk(context) as desk:
        show(desk.new_holder().hex())


@app.command()
def issue(
    context: typer.Context,
    holder: Annotated[str, typer.Option(help="The holder's key, as its `semper credential key` prints it.")],
    title: Annotated[str, typer.Option(help="What people read, such as 'Hamlet, 7 December'.")],
    kind: Kind = "ticket",
    claim: Claims = None,
    status: Annotated[str, typer.Option("--list", help="The status list that says whether it is revoked.")] = "main",
    days: Annotated[int, typer.Option(min=1, help="For how many days it is valid, from now.")] = 30,
    once: Annotated[bool, typer.Option(help="Whether it can be redeemed a single time.")] = True,
    output: Output = None,
) -> None:
    """Sign a credential for a holder's key, with this home's service key."""
    with at_the_desk(context) as desk:
        bound = hexadecimal(holder, 32, "--holder")
        signed = desk.issue(kind, title, claims_of(claim), bound, status, days, once=once)
        files.write_or_print(output, signed)


@app.command()
def revoke(
    context: typer.Context,
    credential: Annotated[Path, typer.Argument(help="The signed credential.", exists=True, dir_okay=False)],
) -> None:
    """Revoke a credential of ours, for good; publish the status list anew afterwards."""
    with at_the_desk(context) as desk, files.about(credential):
        found = desk.revoke(files.read(credential, MAX_STATEMENT))
        said = found.described
        show(f"Revoked {harmless(said.title)}; publish: semper credential status {harmless(said.status)}")


@app.command()
def status(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The list's name.")] = "main",
    output: Output = None,
) -> None:
    """Write the signed status list: good for a day, for any web server to serve. One list for all holders."""
    with at_the_desk(context) as desk:
        files.write_or_print(output, desk.issuer.status_list(name, desk.now))


@app.command()
def add(
    context: typer.Context,
    credential: Annotated[Path, typer.Argument(help="The signed credential.", exists=True, dir_okay=False)],
    issuer: Issuer,
) -> None:
    """Put a credential into this home's wallet, if a certified issuer signed it for a key of this home."""
    with at_the_desk(context) as desk, files.about(credential):
        by = service(desk, issuer)
        held = desk.add(files.read(credential, MAX_STATEMENT), by)
        show(*_lines(held.name, held.credential), f"  issued by {harmless(by.name)}")


@app.command("list")
def list_held(context: typer.Context, as_json: AsJson = False) -> None:
    """List the credentials in this home's wallet."""
    with at_the_desk(context) as desk:
        held = desk.wallet.all()
        if as_json:
            rows = [{"name": each.name, **_plain(each.credential)} for each in held]
            show_json({"schema": "semper.credentials/1", "credentials": rows})
            return
        for each in held:
            show(*_lines(each.name, each.credential))
        if not held:
            show("No credential yet: `semper credential add` puts one here.")


@app.command()
def ask(context: typer.Context, as_json: AsJson = False) -> None:
    """Print what a holder must name to show this home a credential: this home's key and a fresh challenge."""
    with at_the_desk(context) as desk:
        challenge = fresh(CHALLENGE_BYTES)
        if as_json:
            show_json({"schema": "semper.credential-question/1", "to": desk.audience, "challenge": challenge})
        else:
            show(f"--to {desk.audience.hex()} --challenge {challenge.hex()}")


@app.command()
def present(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The credential's name in this wallet, or how it begins.")],
    to: Annotated[str, typer.Option(help="The verifier's key, as its `semper credential ask` prints it.")],
    challenge: Annotated[str, typer.Option(help="The verifier's challenge, as it was printed with the key.")],
    output: Output = None,
) -> None:
    """Show a credential to one verifier: the file opens nothing for anybody else, and nothing twice."""
    with at_the_desk(context) as desk:
        shown = desk.present(name, hexadecimal(to, 32, "--to"), hexadecimal(challenge, 0, "--challenge"))
        files.write_or_print(output, shown)


@app.command()
def check(
    context: typer.Context,
    shown: Annotated[Path, typer.Argument(help="What the holder showed.", exists=True, dir_okay=False)],
    issuer: Issuer,
    challenge: Annotated[str, typer.Option(help="The challenge that `semper credential ask` printed.")],
    status_list: Annotated[str, typer.Option("--status", help="The issuer's status list: a file or an address.")],
    kind: Kind = "ticket",
    claim: Claims = None,
    redeem: Annotated[bool, typer.Option(help="Redeem it: a credential for one use is then used up.")] = False,
) -> None:
    """Check a credential that was shown to this home: issuer, holder, claims, time, revocation. Exits 1 if it fails."""
    with at_the_desk(context) as desk:
        by = service(desk, issuer)
        desk.verifier().learn(obtained(desk, status_list, MOST_LIST), by.signing, desk.now)
        wanted = Wanted(kind, [by.signing], list(claims_of(claim)))
        asked = hexadecimal(challenge, 0, "--challenge")
        desk.check(files.read(shown, 2 * MAX_STATEMENT), wanted, asked, redeem=redeem)
        show(f"{'Redeemed' if redeem else 'Accepted'}, as issued by {harmless(by.name)}.")


def service(desk: Desk, place: str) -> ServiceKeys:
    """Return the keys that the certified service at `place` (a file or an address) states."""
    return desk.service(obtained(desk, place, MAX_STATEMENT))


def obtained(desk: Desk, place: str, most: int) -> bytes:
    """Return what is in the file or at the address `place`, of at most `most` bytes."""
    if not place.startswith(("http://", "https://")):
        return files.read(Path(place), most)
    with line_of(desk.home) as client:
        return client.isolated(f"issuer {urlsplit(place).netloc}").get(place, most)


def hexadecimal(text: str, size: int, option: str) -> bytes:
    """Return the bytes that `text` writes; exactly `size` of them, unless that is 0. Raises UsageError."""
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if not data or (size and len(data) != size):
        raise UsageError("USAGE_INVALID", f"cannot use {option}: it must be {size * 2 or 'some'} hexadecimal digits")
    return data


def claims_of(texts: list[str] | None) -> tuple[Claim, ...]:
    """Return the claims that NAME=TEXT words write. Raises UsageError."""
    pairs = [text.partition("=") for text in texts or []]
    if any(not name or not mark for name, mark, _ in pairs):
        raise UsageError("USAGE_INVALID", "cannot use --claim: write it as NAME=TEXT")
    return tuple(Claim(name, text) for name, _, text in pairs)


def _lines(name: str, credential: Credential) -> list[str]:
    said = credential.described
    claims = [f"  {harmless(each.name)}: {harmless(each.text)}" for each in said.claims]
    until = datetime.fromtimestamp(said.not_after, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return [f"{name[:16]}  {harmless(said.kind)}  {harmless(said.title)}", *claims, f"  valid until {until}"]


def _plain(credential: Credential) -> dict[str, Any]:
    said = credential.described
    return {
        "kind": said.kind, "title": said.title, "claims": {each.name: each.text for each in said.claims},
        "issuer": said.issuer, "list": said.status, "index": credential.index, "not_before": said.not_before,
        "not_after": said.not_after, "once": said.once,
    }  # fmt: skip
