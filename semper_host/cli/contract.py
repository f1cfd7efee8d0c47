"""`semper contract`: what three and more sign together, each from its own home; all are bound, or nobody is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from semper_host.cli import files
from semper_host.cli.contract_words import lines_of_contract, plain_contract
from semper_host.cli.facing import Desk, Teller, desk
from semper_host.cli.files import AsJson
from semper_host.cli.forgetting import forget_contracts
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.cli.several import after, named, read_invitation, seconds_of
from semper_host.commerce.joint_roll import MOST_TEXT
from semper_host.exchange.state import DONE
from semper_host.host import offers
from semper_host.host.contracts import exporting
from semper_host.host.contracts.beginning import Ticket, read
from semper_host.host.contracts.convening import convene
from semper_host.host.contracts.records import Records
from semper_host.host.contracts.signing import Signatory
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.supporting.cryptographic import durable_file

app = typer.Typer(no_args_is_help=True, help="Sign a contract with two and more others: it binds all, or nobody.")
Which = Annotated[str, typer.Argument(help="The contract's number, or the beginning of it.")]
Seconds = Annotated[int, typer.Option(help="Go on for so many seconds at most; the contract stays as it is.")]
MOST_TICKET = MOST_TEXT + 256 * 1024
NOT_SIGNED, UNFINISHED = 1, 3
app.command("forget")(forget_contracts)


@app.command()
def propose(
    context: typer.Context,
    text: Annotated[Path, typer.Argument(help="The file that is to be signed, such as a PDF.", dir_okay=False)],
    title: Annotated[str, typer.Option(help="What the contract is called.")],
    party: Annotated[list[str], typer.Option("--with", help="Who else is to sign, by name; once for each.")],
    trustee: Annotated[str, typer.Option(help="The address of the trustee that may have to sign for the others.")],
    within: Annotated[str, typer.Option(help="How long there is to sign, as an ISO 8601 duration.")] = "P7D",
    resolve_within: Annotated[str, typer.Option(help="How long there is then to ask the trustee.")] = "P1D",
    out: Annotated[Path, typer.Option("-o", "--out", help="The directory for the invitations.")] = Path("."),
    as_json: AsJson = False,
) -> None:
    """Invite others to a contract, as a merchant; nobody is bound by that. Hand each its own invitation, in secret:
    whoever has it can take that seat.
    """
    seconds = seconds_of(within), seconds_of(resolve_within)
    with desk(context) as open_desk:
        statement = offers.fetch_trustee(open_desk.client, trustee)
        offers.check_enrolled(open_desk.home, open_desk.client, statement, now())
        content = files.read(text, MOST_TEXT)
        contract, tickets = convene(open_desk.home, content, title, party, statement, seconds, now)
        written = {}
        for name, ticket in zip(party, tickets, strict=True):
            written[name] = out / f"{contract.number.hex()[:16]}-{ticket.seat}.invitation"
            out.mkdir(parents=True, exist_ok=True)
            durable_file.replace(written[name], encode(ticket), 0o600)
    if as_json:
        show_json({"contract": contract.number, "invitations": {name: str(path) for name, path in written.items()}})
        return
    lines = (f"  for {harmless(name)}: {path}" for name, path in written.items())
    show(f"Contract {contract.number.hex()[:16]}.", *lines, "`semper up` seats them; then `semper contract sign`.")


@app.command()
def join(
    context: typer.Context,
    invitation: Annotated[Path, typer.Argument(help="The invitation that was handed to you.", dir_okay=False)],
    save: Annotated[Path | None, typer.Option(help="Write what is to be signed to this file, to be read.")] = None,
    seconds: Seconds = 600,
    as_json: AsJson = False,
) -> None:
    """Take your seat, wait for the others, look at everything in the trusted user interface, and sign."""
    ticket = read_invitation(Ticket, invitation, MOST_TICKET)
    with _party(context) as (_, party):
        contract = party.join(ticket)
        if save is not None:
            files.write(save, contract.beginning.text)
        _go_on(party, contract.number, seconds, as_json, ask=True)


@app.command()
def sign(context: typer.Context, contract: Which, seconds: Seconds = 600, as_json: AsJson = False) -> None:
    """Look at everything in the trusted user interface and sign, once all have joined; then wait for the others."""
    with _party(context) as (home, party):
        _go_on(party, _find(home, contract), seconds, as_json, ask=True)


@app.command()
def resume(
    context: typer.Context,
    contract: Which,
    insist: Annotated[bool, typer.Option("--insist", help="Ask the trustee now; do not wait for the others.")] = False,
    seconds: Seconds = 600,
    as_json: AsJson = False,
) -> None:
    """Go on with a contract that was interrupted, as its journal says; sign nothing new."""
    with _party(context) as (home, party):
        number = _find(home, contract)
        if insist:
            party.insist(number)
        _go_on(party, number, seconds, as_json, ask=False)


@app.command()
def leave(context: typer.Context, contract: Which) -> None:
    """Take no part, as long as you have not signed. The contract then binds nobody."""
    with _party(context) as (home, party):
        party.leave(_find(home, contract))
        show("You take no part; nothing binds you.")


@app.command("list")
def list_contracts(context: typer.Context, as_json: AsJson = False) -> None:
    """List the contracts of this home."""
    with opened(context) as home:
        rows = Records(home, now).rows()
        if as_json:
            show_json([{"contract": number, **plain_contract(row)} for number, row in rows.items()])
            return
        lines = (
            f"{number.hex()[:16]}  {row.end or 'goes on':8} {row.joined} of {row.parties} joined  {harmless(row.title)}"
            for number, row in sorted(rows.items(), key=lambda each: each[1].at)
        )
        show(*lines if rows else ("No contracts yet.",))


@app.command("show")
def show_contract(context: typer.Context, contract: Which) -> None:
    """Show where a contract stands: who has joined, promised and confirmed, what is next, and by when."""
    with opened(context) as home:
        show(*lines_of_contract(*read(home, _find(home, contract)), now()))


@app.command()
def export(
    context: typer.Context,
    contract: Which,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The file to write (default: NUMBER.evidence).")
    ] = None,
) -> None:
    """Write a contract's evidence to a file; `semper deal verify` and `semper deal judge` read it."""
    with opened(context) as home:
        number = _find(home, contract)
        target = out or Path(f"{number.hex()[:16]}.evidence")
        files.write(target, exporting.export(home, number))
        show(str(target))


@contextmanager
def _party(context: typer.Context) -> Iterator[tuple[Home, Signatory]]:
    with desk(context) as open_desk:
        yield open_desk.home, _signatory(open_desk)


def _signatory(open_desk: Desk) -> Signatory:
    return Signatory(open_desk.home, open_desk.client, open_desk.interface(), Teller())


def _go_on(party: Signatory, number: bytes, seconds: int, as_json: bool, *, ask: bool) -> None:
    """Carry the contract on and tell how it stands. Exits 0 signed, 1 not signed, 3 where it still goes on."""
    standing = party.run(number, give_up=after(seconds), ask=ask)
    contract, _ = read(party.home, number)
    end = standing.ended(now())
    if as_json:
        show_json({"contract": number, "end": end or None, "signed": standing.signed})
    else:
        show(*lines_of_contract(contract, standing, now()))
    if end != DONE:
        raise typer.Exit(NOT_SIGNED if end else UNFINISHED)


def _find(home: Home, start: str) -> bytes:
    return named(Records(home, now).rows(), start, "contract")
