"""`semper transfer`: files to one recipient or several, each part for whom it names, with signatures on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from semper_host.cli import files
from semper_host.cli.facing import Desk, Teller, desk
from semper_host.cli.files import AsJson
from semper_host.cli.forgetting import forget_transfers
from semper_host.cli.opening import now, opened
from semper_host.cli.passes import give_pass
from semper_host.cli.printing import harmless, show, show_json
from semper_host.cli.several import after, named, read_invitation, seconds_of
from semper_host.cli.transfer_words import letter_lines, listed, plain, standing_lines
from semper_host.commerce.consignment import MOST_CONTENT, File, Part
from semper_host.commerce.consignment_state import Standing
from semper_host.host.consignments import exporting
from semper_host.host.consignments.accepting import accept as take
from semper_host.host.consignments.calling import AnonymousConsignor, Recipient
from semper_host.host.consignments.letters import Letters
from semper_host.host.consignments.receiving import Consignee
from semper_host.host.consignments.records import SENDER, Consignments, Ticket
from semper_host.host.consignments.sending import Attributes
from semper_host.host.consignments.sending import send as begin
from semper_host.host.line import line_of
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.model.security import Receipt
from semper_host.supporting.cryptographic import durable_file

app = typer.Typer(no_args_is_help=True, help="Send files to one recipient or several, and receive such.")
Which = Annotated[str, typer.Argument(help="The transfer's number, or the beginning of it.")]
Seconds = Annotated[int, typer.Option(help="Go on for so many seconds at most; the transfer stays as it is.")]
MOST_TICKET = 256 * 1024
UNFINISHED = 3
_CODE = re.compile(r"([0-9a-f]{32})?")
app.command("forget")(forget_transfers)
app.command("pass")(give_pass)


@app.command()
def send(
    context: typer.Context,
    title: Annotated[str, typer.Option(help="What the transfer is called.")],
    to: Annotated[
        list[str], typer.Option("--to", help="A recipient, by name; once for each. With --anonymous: NAME=URL[#PASS].")
    ],
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
    anonymous: Annotated[
        bool, typer.Option("--anonymous", help="Call merchants, under keys made for this transfer that name nobody.")
    ] = False,
    seconds: Seconds = 600,
    as_json: AsJson = False,
) -> None:
    """Prepare files for others, as a merchant; `semper up` hands them over. Give each recipient its own invitation, in
    secret: whoever has it can take that seat. With --anonymous, any home calls the recipients, who serve, and hands
    them over at once.
    """
    recipients = [_recipient_of(each) for each in to] if anonymous else []
    names = [each.name for each in recipients] or to
    parts = [Part((), tuple(map(_file, file or ())))] if file else []
    parts += [_part(each, names) for each in part or ()]
    asked = Attributes(origin, receipt, confidential)
    if anonymous:
        with _nobody(context) as sender:
            number = sender.begin(title, recipients, parts, asked, seconds_of(within))
            _hand_over(sender, number, seconds, as_json)
        return
    with opened(context) as home:
        number, tickets = begin(home, title, to, parts, asked, seconds_of(within), now)
    _invite(number, dict(zip(to, tickets, strict=True)), out, as_json)


def _invite(number: bytes, tickets: dict[str, Ticket], folder: Path, as_json: bool) -> None:
    """Write an invitation for each recipient, and say where."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {name: folder / f"{number.hex()[:16]}-{ticket.seat}.invitation" for name, ticket in tickets.items()}
    for name, path in written.items():
        durable_file.replace(path, encode(tickets[name]), 0o600)
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
    """Go on with a transfer that you receive, or send anonymously."""
    with desk(context) as open_desk:
        consignments = Consignments(open_desk.home, now)
        number = _find(consignments, transfer)
        begun, _ = consignments.read(number)
        if begun.addresses:
            _hand_over(AnonymousConsignor(open_desk.home, open_desk.client, Teller()), number, seconds, as_json)
            return
        if begun.me == SENDER:
            raise UsageError("USAGE_INVALID", "cannot resume what this home sends: `semper up` hands it over")
        _go_on(_consignee(open_desk), number, seconds, as_json)


@app.command()
def accept(context: typer.Context, transfer: Which, as_json: AsJson = False) -> None:
    """Take what an anonymous sender handed over to this merchant, and sign for it if that is asked."""
    with _recipient(context) as party:
        letters = Letters(party.home, now)
        number = named({**letters.waiting(), **party.consignments.rows()}, transfer, "transfer")
        _tell_taken(party, number, take(party, number), as_json)


@app.command()
def decline(context: typer.Context, transfer: Which) -> None:
    """Take nothing of what an anonymous sender handed over, and forget it; its sender is told."""
    with opened(context) as home:
        letters = Letters(home, now)
        number = named(letters.waiting(), transfer, "transfer")
        letters.decline(number)
        show(f"Transfer {number.hex()[:16]} is declined.")


@app.command("list")
def list_transfers(context: typer.Context, as_json: AsJson = False) -> None:
    """List the transfers of this home, and what anonymous senders handed over to it."""
    with opened(context) as home:
        rows, waiting = Consignments(home, now).rows(), Letters(home, now).waiting()
        if as_json:
            show_json(sorted(plain(rows, waiting, now()), key=lambda each: each["at"]))
            return
        show(*[line for _, line in sorted(listed(rows, waiting, now()))] or ("No transfers yet.",))


@app.command("show")
def show_transfer(context: typer.Context, transfer: Which) -> None:
    """Show who has joined, and who has signed for what it got."""
    with opened(context) as home:
        consignments, waiting = Consignments(home, now), Letters(home, now).waiting()
        number = named({**waiting, **consignments.rows()}, transfer, "transfer")
        letter = number in waiting
        show(*(letter_lines(number, waiting[number]) if letter else _lines(consignments, number)))


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
        yield _consignee(open_desk)


def _consignee(open_desk: Desk) -> Consignee:
    return Consignee(open_desk.home, open_desk.client, open_desk.interface(), Teller())


@contextmanager
def _nobody(context: typer.Context) -> Iterator[AnonymousConsignor]:
    with opened(context) as home, line_of(home) as client:
        yield AnonymousConsignor(home, client, Teller())


def _hand_over(sender: AnonymousConsignor, number: bytes, seconds: int, as_json: bool) -> None:
    """Carry it on and tell how it stands. Exits 0 where all is there, 3 where it still goes on."""
    if not sender.home.config.proxy:
        sender.watcher.step("careful", "this home has no proxy: recipients see the address that you call from")
    standing = sender.run(number, give_up=after(seconds))
    if as_json:
        show_json({"transfer": number, "over": standing.over, "receipts": sum(map(bool, standing.receipts))})
    else:
        show(*_lines(sender.consignments, number))
    if not standing.over:
        raise typer.Exit(UNFINISHED)


def _go_on(party: Consignee, number: bytes, seconds: int, as_json: bool) -> None:
    """Carry it on and tell what came. Exits 0 where all is here, 3 where it still goes on."""
    _tell_taken(party, number, party.run(number, give_up=after(seconds)), as_json)


def _tell_taken(party: Consignee, number: bytes, standing: Standing, as_json: bool) -> None:
    written = [str(path) for path in party.files(number)]
    if as_json:
        show_json({"transfer": number, "over": standing.over, "files": written})
    else:
        show(*_lines(party.consignments, number), *(f"  {path}" for path in written))
    if not standing.over:
        raise typer.Exit(UNFINISHED)


def _lines(consignments: Consignments, number: bytes) -> tuple[str, ...]:
    _, standing = consignments.read(number)
    return standing_lines(standing, consignments.rows()[number].state(now()))


def _recipient_of(text: str) -> Recipient:
    name, _, address = text.partition("=")
    url, _, code = address.partition("#")
    if not name or not url.startswith(("http://", "https://")) or not _CODE.fullmatch(code):
        cause = "write NAME=URL, the name as it is certified, or NAME=URL#PASS as it was given to you"
        raise UsageError("USAGE_INVALID", f"cannot read {text[:64]!r}: {cause}")
    return Recipient(name, url, bytes.fromhex(code) or None)


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
