"""`semper offer`: what a merchant offers, and how a buyer takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.pack import MAX_PACK, Pack, read_pack
from semper_host.api_v1 import Order, OrderLine
from semper_host.cli.facing import Desk, Teller, desk
from semper_host.cli.opening import now
from semper_host.cli.outcome import patience, report
from semper_host.cli.printing import show, show_json
from semper_host.cli.proving import prove
from semper_host.commerce.durations import parse_duration
from semper_host.commerce.offers import Offer, open_offer
from semper_host.host import installed, offers, stapling, trusting
from semper_host.host.heads import Heads
from semper_host.host.payments import Payments
from semper_host.model.errors import UsageError
from semper_host.model.money import parse as parse_money

app = typer.Typer(no_args_is_help=True, help="Make offers as a merchant; open them as a buyer.")
MOST_OFFER = 256 * 1024


@app.command()
def create(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A short name for the offer; it becomes part of its address.")],
    service: Annotated[
        str,
        typer.Option(help="The terms of business: an installed id like 'semper/courseware', or a pack's file or URL."),
    ],
    title: Annotated[str, typer.Option(help="What the article is called.")],
    price: Annotated[str, typer.Option(help="Its price, such as '19.90 EUR'.")],
    trustee: Annotated[str, typer.Option(help="The address of the trustee that may have to settle an exchange.")],
    content: Annotated[
        Path | None, typer.Option(help="The directory whose files are sold, if any.", exists=True, file_okay=False)
    ] = None,
    article: Annotated[str, typer.Option(help="A short name for the article.")] = "course",
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="NAME=VALUE for each parameter of the terms.")
    ] = None,
    valid: Annotated[str, typer.Option(help="How long the offer holds, as an ISO 8601 duration.")] = "P30D",
) -> None:
    """Encrypt the content, sign an offer for it, and publish both with the terms below this home's public/
    directory.
    """
    given = dict(_pair(each) for each in parameter or [])
    with desk(context) as open_desk:
        at = now()
        purses = Payments(open_desk.home, open_desk.sandbox, open_desk.client).purses(at)
        statement = offers.fetch_trustee(open_desk.client, trustee)
        offers.check_enrolled(open_desk.home, open_desk.client, statement, at)
        thing = offers.ForSale(article, title, parse_money(price), content)
        validity = (at - 300, at + parse_duration(valid))
        offers.make(
            open_desk.home,
            name,
            stapling.restapled(Heads(open_desk.home, open_desk.client, prove), _pack(open_desk, service), at),
            [thing],
            given,
            purses,
            statement,
            validity,
            at,
            Teller().progress,
        )
        show(f"{open_desk.home.config.url}/public/offers/{name}.offer")


@app.command("list")
def list_offers(context: typer.Context) -> None:
    """List this merchant's offers by their addresses."""
    with desk(context) as open_desk:
        show(*(f"{open_desk.home.config.url}/public/offers/{name}.offer" for name in offers.names(open_desk.home)))


@app.command("show")
def show_offer(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The offer's address or file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify an offer and show what it says; nothing is agreed by looking."""
    with desk(context) as open_desk:
        opened = open_offer(_fetch(open_desk, source), trusting.load(open_desk.home.trust).roots, now())
        offer = opened.offer
        if as_json:
            show_json(
                {"seller": opened.merchant.name, "root": opened.merchant.root, "digest": opened.digest, **_plain(offer)}
            )
            return
        show(
            f"{opened.merchant.name} (certified by {opened.merchant.root}) offers,"
            f" under {offer.service_id} {offer.service_version}:",
            *(f"  {each.name}: {each.title}, {each.price}" for each in offer.articles),
            f"  pay by {', '.join(payment.system for payment in offer.payments)}",
        )


@app.command("open")
def open_command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The offer's address or file.")],
    order: Annotated[
        list[str] | None, typer.Option("--order", help="ARTICLE or ARTICLE=COUNT; a single article orders itself.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Where the goods go (default: goods/ in the home).")] = None,
    give: Annotated[
        list[str] | None,
        typer.Option(help="NAME=DIRECTORY: the files of the information NAME that the terms have you give."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the outcome as JSON; progress goes to stderr.")
    ] = False,
) -> None:
    """Buy: verify the offer and its terms, ask for approval, exchange money for goods fairly, download the goods.

    Nothing binds before you approve. If anything stops on the way, `semper deal resume` goes on.
    """
    from semper_host.host import informing  # here: they load all that a purchase needs
    from semper_host.host.buying import Buyer

    wishes = Order([_line(each) for each in order or []])
    with desk(context) as open_desk:
        buyer = Buyer(
            open_desk.home, open_desk.sandbox, open_desk.client, open_desk.interface(), open_desk.preferences, Teller(),
            prove=prove,
        )  # fmt: skip
        considered = buyer.consider(_fetch(open_desk, source), open_desk.sources())
        folders = informing.named_folders(considered.checked.terms, dict(_folder(each) for each in give or []))
        buyer.review(considered)
        gives = informing.sealed(open_desk.home, folders, buyer.watcher.progress)
        live = buyer.agree(considered, wishes, gives)
        for goods in gives.values():
            where = informing.place_of(open_desk.home, goods.parts[0])
            buyer.watcher.step("encrypted", f"{goods.parts[0].name}: the other side needs {where} too, in any way")
        buyer.run(live, patience(live))
        report(buyer, live, buyer.deliver(live, to), as_json)


def _fetch(open_desk: Desk, source: str) -> bytes:
    if source.startswith(("http://", "https://")):
        return open_desk.client.get(source, MOST_OFFER)
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot read the offer {source}: {error.strerror}") from None


def _pack(open_desk: Desk, service: str) -> Pack:
    if service.startswith(("http://", "https://")):
        return read_pack(open_desk.client.get(service, MAX_PACK))
    if not service.endswith(".smpack"):
        return installed.pack_of(open_desk.home, installed.current(open_desk.home, service))
    try:
        return read_pack(Path(service).read_bytes())
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot read the pack {service}: {error.strerror}") from None


def _line(text: str) -> OrderLine:
    name, _, count = text.partition("=")
    if count and not (count.isascii() and count.isdigit()):
        raise UsageError("USAGE_INVALID", f"cannot order {text!r}: write ARTICLE or ARTICLE=COUNT")
    return OrderLine(name, int(count) if count else 1)


def _folder(text: str) -> tuple[str, Path]:
    name, _, folder = text.partition("=")
    if not Path(folder).is_dir() or not folder:
        raise UsageError("INFORMATION_MISSING", f"cannot give {text!r}: write NAME=DIRECTORY, with files in it")
    return name, Path(folder)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError("USAGE_INVALID", f"cannot read the parameter {text!r}: write NAME=VALUE")
    return name, value


def _plain(offer: Offer) -> dict[str, object]:
    return {
        "service": {"id": offer.service_id, "version": offer.service_version, "digest": offer.service},
        "articles": [{"name": a.name, "title": a.title, "price": str(a.price)} for a in offer.articles],
        "parameters": {each.name: str(each.value) for each in offer.parameters},
        "payments": [payment.system for payment in offer.payments],
        "valid": [offer.not_before, offer.not_after],
        "url": offer.url,
    }
