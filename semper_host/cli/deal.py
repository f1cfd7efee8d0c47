"""`semper deal`: business under way and done, and the evidence of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from semper_host.cli.facing import Desk, Teller, desk
from semper_host.cli.forgetting import forget_deals
from semper_host.cli.lazy import Later, LazyGroup
from semper_host.cli.opening import now, opened, settings_of
from semper_host.cli.outcome import patience, report
from semper_host.cli.printing import harmless, show, show_json
from semper_host.cli.several import named
from semper_host.commerce.planning import SELLER
from semper_host.host import acting, evidence, without_trustee
from semper_host.host import home as homes
from semper_host.host.buyer_screens import money_plain, recovery_screen, warn
from semper_host.host.buying import Buyer
from semper_host.host.deal_standing import standing_lines, standing_plain
from semper_host.host.deals import Deals
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import UsageError
from semper_host.model.money import Money
from semper_host.supporting.archive.deals import DealRow


class Verbs(LazyGroup):
    """What reads evidence is loaded when it is called: it knows every kind of exchange."""

    later: ClassVar[dict[str, Later]] = {
        "verify": Later("evidence", "verify", "Check an evidence file off-line, with nothing but trust roots."),
        "open": Later("informing", "open_information", "Open information that came, with the deal's keys."),
        "judge": Later("evidence", "judge_deal", "Say who deviated, by verified evidence and what is claimed."),
    }


app = typer.Typer(no_args_is_help=True, cls=Verbs, help="See deals, go on with them, export and verify their evidence.")
Which = Annotated[str, typer.Argument(help="The deal's number, or the beginning of it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
app.command("forget")(forget_deals)


@app.command("list")
def list_deals(context: typer.Context, as_json: AsJson = False) -> None:
    """List all deals of this home."""
    with opened(context) as home:
        rows = home.archive.deals()
        if as_json:
            show_json([_row(row) for row in rows])
            return
        show(*(_line(row) for row in rows) if rows else ("No deals yet.",))


@app.command("show")
def show_deal(context: typer.Context, deal: Which, as_json: AsJson = False) -> None:
    """Show where a deal stands: where the money is, who acts next, by when."""
    if as_json:
        with opened(context) as home:
            row = find(home, deal)
            live = Deals(home, lambda live, effect: None).find(row.deal)
            show_json({**_row(row), **standing_plain(live), **(money_plain(live) if live.side != SELLER else {})})
        return
    with desk(context) as open_desk:
        buyer = buyer_at(open_desk)
        live = buyer.deals.find(find(open_desk.home, deal).deal)
        if live.side == SELLER:
            show(_line(find(open_desk.home, deal)), *map(harmless, standing_lines(live)))  # troubles quote others
        else:
            warn(open_desk.home, buyer.interface, now())
            buyer.interface.show(recovery_screen(live))


@app.command()
def decide(
    context: typer.Context,
    deal: Which,
    choice: Annotated[str, typer.Argument(help="What you decide (default: you are asked for each).")] = "",
    seconds: Annotated[int, typer.Option(help="Go on with the deal for so many seconds at most.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Decide what a deal waits for, sign it with the deal's key, and go on."""
    with desk(context) as open_desk:
        buyer = buyer_at(open_desk)
        live = buyer.deals.find(find(open_desk.home, deal).deal)
        acting.decide(buyer, live, choice)
        _go_on(buyer, live, seconds, as_json)


@app.command()
def give(
    context: typer.Context,
    deal: Which,
    file: Annotated[
        Path | None,
        typer.Argument(help="What you give (default: what came to you, back).", exists=True, dir_okay=False),
    ] = None,
    seconds: Annotated[int, typer.Option(help="Go on with the deal for so many seconds at most.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Give what a deal waits for: a file, or what came to you, which then goes back."""
    with desk(context) as open_desk:
        buyer = buyer_at(open_desk)
        live = buyer.deals.find(find(open_desk.home, deal).deal)
        buyer.deals.steps.give(live, None if file is None else file.read_bytes())
        _go_on(buyer, live, seconds, as_json)


@app.command("give-up")
def give_up(
    context: typer.Context,
    deal: Which,
    seconds: Annotated[int, typer.Option(help="Go on with the deal for so many seconds at most.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Wait no longer for a deal's trustee that does not answer, once its time and that of held money are over.

    The step counts as called off, and money of yours that was held for it is taken back. Where nothing was paid, the
    other side may have got the trustee's word all the same: export the evidence, and keep it.
    """
    with desk(context) as open_desk:
        buyer = buyer_at(open_desk)
        live = buyer.deals.find(find(open_desk.home, deal).deal)
        without_trustee.give_up(buyer.deals, live, now)
        _go_on(buyer, live, seconds, as_json)


@app.command()
def resume(
    context: typer.Context,
    deal: Annotated[
        str, typer.Argument(help="The deal's number, or the beginning of it (default: all that are not over).")
    ] = "",
    seconds: Annotated[int, typer.Option(help="Give up after so many seconds; the deal stays as it is.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Go on with a deal that was interrupted, as its journal says; deliver what it bought."""
    if homes.read_config(settings_of(context).path).role == "merchant":
        raise UsageError("USAGE_INVALID", "cannot resume a merchant's deals by hand: `semper up` carries them on")
    with desk(context) as open_desk:
        buyer = buyer_at(open_desk)
        lives = [buyer.deals.find(find(open_desk.home, deal).deal)] if deal else buyer.take_up()
        if not lives:
            show("Nothing to resume: every deal is over.")
        deadline = time.monotonic() + seconds
        codes = []
        for live in lives:
            buyer.run(live, patience(live, deadline - time.monotonic()))
            try:
                report(buyer, live, buyer.deliver(live), as_json)
            except typer.Exit as ended:  # one deal that ended badly must not keep the others
                codes.append(ended.exit_code)
        if codes:
            raise typer.Exit(max(codes))


@app.command()
def export(
    context: typer.Context,
    deal: Which,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The file to write (default: DEAL.evidence).")] = None,
) -> None:
    """Write a deal's evidence to a file that convinces a stranger: it holds no secret of yours."""
    with opened(context) as home:
        row = find(home, deal)
        target = out or Path(f"{row.deal.hex()[:16]}.evidence")
        target.write_bytes(evidence.export(home, row.deal))
        show(str(target))


def _go_on(buyer: Buyer, live: LiveDeal, seconds: int, as_json: bool) -> None:
    """Carry a buyer's deal on; a merchant's host does that by itself."""
    if live.side == SELLER:
        show("Kept; `semper up` carries the deal on.")
        return
    buyer.run(live, patience(live, seconds))
    report(buyer, live, buyer.deliver(live), as_json)


def buyer_at(open_desk: Desk) -> Buyer:
    """Return what carries this home's deals on, told of on the terminal."""
    return Buyer(
        open_desk.home, open_desk.sandbox, open_desk.client, open_desk.interface(), open_desk.preferences, Teller()
    )


def find(home: Home, start: str) -> DealRow:
    """Return the deal whose number begins so. Raises UsageError."""
    rows = {row.deal: row for row in home.archive.deals()}
    return rows[named(rows, start, "deal")]


def _row(row: DealRow) -> dict[str, Any]:
    total = Money.from_plain(row.summary["total"])
    told = {**row.summary, "total": {"minor": total.minor, "currency": total.currency}}
    if row.state == "over":
        told["trouble"] = ""  # it was: what the row keeps is of the last that had to be tried again
    return {"deal": row.deal, "role": row.role, "state": row.state, "at": row.at, **told}


def _line(row: DealRow) -> str:
    total = Money.from_plain(row.summary["total"])
    place, seller = row.summary["place"], harmless(row.summary["seller"])
    return f"{row.deal.hex()[:16]}  {row.role:7} {row.state:8} {place:12} {total}  {seller}"
