"""`semper transfer`: files to one recipient or several, each part for whom it names, with signatures on both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from semper_host.cli import files
from semper_host.cli.facing import Teller, desk
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.cli.several import after, named, read_invitation, seconds_of
from semper_host.commerce.consignment import MOST_CONTENT, File, Part
from semper_host.commerce.consignment_state import Standing
from semper_host.commerce.evidence_words import moment
from semper_host.host.consignments import exporting
from semper_host.host.consignments.receiving import Consignee
from semper_host.host.consignments.records import SENDER, Consignments, Ticket
from semper_host.host.consignments.sending import Attributes
from semper_host.host.consignments.sending import send as begin
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.model.security import Receipt
from semper_host.supporting.cryptographic import durable_file

app = typer.Typer(no_args_is_help=True, help="Send files to one recipient or several, and receive such.")
Which = Annotated[str, typer.Argument(help="The transfer's number, or the beginning of it.")]
Seconds = Annotated[int, typer.Option(help="Go on for so many seconds at most; the transfer stays as it is.")]
MOST_TICKET = 256 * 1024
UNFINISHED = 3


@app.command()
def send(
    context: typer.Context,
    title: Annotated[str, typer.Option(help="What the transfer is called.")],
    to: Annotated[list[str], typer.Option("--to", help="A recipient, by name; once for each.")],
    file: Annotated[
        list[Path] | None, typer.Argument(help="Files that all of them get.", exists=True, dir_okay=False)
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option("--for", help="NAME[,NAME...]=FILE: a file that only those can open.")
    ] = None,
    origin: Annotated[bool, typer.Option(help="Sign what is sent, so that nobody can say it came otherwise.")] = True,
    receipt: Annotated[Receipt, typer.Option(help="What recipients sign: that it came, or that they have it.")] = (
        Receipt.OPENED
    ),
    confidential: Annotated[bool, typer.Option(help="Seal all of it to the recipients.")] = True,
    within: Annotated[str, typer.Option(help="How long recipients can join, as an ISO 8601 duration.")] = "P7D",
    out: Annotated[Path, typer.Option("-o", "--out", help="The directory for the invitations.")] = Path("."),
    as_json: AsJson = False,
) -> None:
    """Prepare files for others, as a merchant; `semper up` hands them over. Give each recipient its own invitation, in
    secret: whoever has it can take that seat.
    """
    parts = [Part((), tuple(map(_file, file or ())))] if file else []
    parts += [_part(each, to) for each in part or ()]
    asked = Attributes(origin, receipt, confidential)
    with opened(context) as home:
        number, tickets = begin(home, title, to, parts, asked, seconds_of(within), now)
    written = {}
    for name, ticket in zip(to, tickets, strict=True):
        written[name] = out / f"{number.hex()[:16]}-{ticket.seat}.invitation"
        out.mkdir(parents=True, exist_ok=True)
        durable_file.replace(written[name], encode(ticket), 0o600)
    if as_json:
        show_json({"transfer": number, "invitations": {name: str(path) for name, path in written.items()}})
        return
    lines = (f"  for {harmless(name)}: {path}" for name, path in written.items())
    show(f"Transfer {number.hex()[:16]}.", *lines, "`semper up` hands over what is theirs.")


@app.command()
def receive(
    context: typer.Context,
    invitation: Annotated[Path, typer.Argument(help="The invitation that was handed to you.", dir_okay=False)],
    seconds: Seconds = 600,
    as_json: AsJson = False,
) -> None:
    """Take your seat, wait until all recipients have theirs, approve the receipt, and take what is for you."""
    ticket = read_invitation(Ticket, invitation, MOST_TICKET)
    with _recipient(context) as party:
        _go_on(party, party.join(ticket), seconds, as_json)


@app.command()
def resume(context: typer.Context, transfer: Which, seconds: Seconds = 600, as_json: AsJson = False) -> None:
    """Go on with a transfer that you were to receive."""
    with _recipient(context) as party:
        number = _find(party.consignments, transfer)
        if party.consignments.read(number)[0].me == SENDER:
            raise UsageError("USAGE_INVALID", "cannot resume what this home sends: `semper up` hands it over")
        _go_on(party, number, seconds, as_json)


@app.command("list")
def list_transfers(context: typer.Context, as_json: AsJson = False) -> None:
    """List the transfers of this home."""
    with opened(context) as home:
        rows = sorted(Consignments(home, now).rows().items(), key=lambda each: each[1].at)
        if as_json:
            show_json([{"transfer": number, **{name: getattr(row, name) for name in row.__struct_fields__}}
                       for number, row in rows])  # fmt: skip
            return
        lines = (
            f"{number.hex()[:16]}  {'over' if row.over else 'goes on':8} {row.joined} of {row.parties} joined, "
            f"{row.receipts} receipts  {harmless(row.title)}"
            for number, row in rows
        )
        show(*lines if rows else ("No transfers yet.",))


@app.command("show")
def show_transfer(context: typer.Context, transfer: Which) -> None:
    """Show who has joined, and who has signed for what it got."""
    with opened(context) as home:
        consignments = Consignments(home, now)
        show(*_lines(consignments.read(_find(consignments, transfer))[1]))


@app.command()
def export(
    context: typer.Context,
    transfer: Which,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="The file to write (default: NUMBER.evidence).")
    ] = None,
) -> None:
    """Write a transfer's evidence to a file; `semper deal verify` and `semper deal judge` read it."""
    with opened(context) as home:
        consignments = Consignments(home, now)
        number = _find(consignments, transfer)
        target = out or Path(f"{number.hex()[:16]}.evidence")
        files.write(target, exporting.export(consignments, number))
        show(str(target))


@contextmanager
def _recipient(context: typer.Context) -> Iterator[Consignee]:
    with desk(context) as open_desk:
        yield Consignee(open_desk.home, open_desk.client, open_desk.interface(), Teller())


def _go_on(party: Consignee, number: bytes, seconds: int, as_json: bool) -> None:
    """Carry it on and tell what came. Exits 0 where all is here, 3 where it still goes on."""
    standing = party.run(number, give_up=after(seconds))
    written = [str(path) for path in party.files(number)]
    if as_json:
        show_json({"transfer": number, "over": standing.over, "files": written})
    else:
        show(*_lines(standing), *(f"  {path}" for path in written))
    if not standing.over:
        raise typer.Exit(UNFINISHED)


def _lines(standing: Standing) -> tuple[str, ...]:
    said = standing.table.opened.invitation
    told = [f"  {seat}  {harmless(name)}: {_did(standing, seat)}" for seat, name in enumerate(said.seats, 1)]
    name = standing.table.opened.number.hex()[:16]
    head = f"Transfer {name} from {harmless(standing.table.opened.sender.name)}: {harmless(said.title)}"
    end = f"  evidence: `semper transfer export {name}`" if standing.over else f"  to be joined by {moment(said.until)}"
    return (head, *told, end)


def _did(standing: Standing, seat: int) -> str:
    if not standing.joinings[seat - 1]:
        return "has not joined"
    if standing.receipts[seat - 1]:
        return "has signed for it"
    return "has it" if standing.table.me == seat and standing.taken is not None else "has joined"


def _part(text: str, to: Sequence[str]) -> Part:
    names, _, path = text.partition("=")
    seats = [to.index(name) + 1 for name in names.split(",") if name in to]
    if not path or len(seats) != len(names.split(",")):
        raise UsageError("USAGE_INVALID", f"cannot read {text[:64]!r}: write NAME=FILE, each name as --to has it")
    return Part(tuple(sorted(set(seats))), (_file(Path(path)),))


def _file(path: Path) -> File:
    return File(path.name, files.read(path, MOST_CONTENT))


def _find(consignments: Consignments, start: str) -> bytes:
    return named(consignments.rows(), start, "transfer")
