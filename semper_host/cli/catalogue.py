"""`semper catalogue`: many articles under one signature, of which anybody is shown single ones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.commerce import catalogue as catalogues
from semper_host.commerce.article_list import MOST_LIST, read_articles
from semper_host.commerce.catalogue import Article, OpenedArticle
from semper_host.commerce.durations import parse_duration
from semper_host.commerce.moments import moment
from semper_host.host import catalogues as published
from semper_host.host import trusting
from semper_host.host.line import line_of
from semper_host.model.container import Container
from semper_host.model.container_rules import MAX_SIZE
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.cose import Certified

app = typer.Typer(no_args_is_help=True, help="Publish a catalogue of many articles; see one without the rest.")
Whole = Annotated[Path, typer.Argument(help="A whole catalogue, as `semper catalogue make` wrote it.", exists=True)]
Roots = Annotated[
    Path | None, typer.Option(help="A trust directory (default: that of the home).", exists=True, file_okay=False)
]


@app.command()
def make(
    context: typer.Context,
    articles: Annotated[Path, typer.Argument(help="The articles: CSV with number, title, text, price, offer.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the whole catalogue.")],
    valid: Annotated[str, typer.Option(help="How long the catalogue holds, as an ISO 8601 duration.")] = "P30D",
) -> None:
    """Sign the articles as this merchant's catalogue, and have `semper up` serve it in place of the one before."""
    made = now()
    listed = read_articles(files.read(articles, MOST_LIST), made, made + parse_duration(valid))
    with opened(context) as home:
        files.write(output, published.publish(home, listed))
        count = "1 article" if len(listed) == 1 else f"{len(listed)} articles"
        show(f"{count}, served at {home.config.url}/public/{published.FOLDER}/ while `semper up` runs.")


@app.command("show")
def show_articles(
    context: typer.Context,
    file: Whole,
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="The numbers of the articles.")],
    roots: Roots = None,
    as_json: AsJson = False,
) -> None:
    """Show articles of a whole catalogue; nobody learns which.

    What was revoked counts as this home knows it, if no roots are given.
    """
    catalogue, places, merchant = _whole(context, file, roots)
    found = [_placed(places, number)[1] for number in numbers]
    opened_ones = [OpenedArticle(article, merchant, catalogue.digest, len(places)) for article in found]
    if as_json:
        show_json([_plain(each) for each in opened_ones])
        return
    for each in opened_ones:
        _tell(each)


@app.command()
def article(
    file: Whole,
    number: Annotated[str, typer.Argument(help="The number of the article.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write the article.")],
) -> None:
    """Write one article with its proof, without the rest: a file for `semper catalogue verify`, which judges it."""
    with files.about(file):
        catalogue, found = catalogues.read_whole(files.read(file, MAX_SIZE), now())
        places = {each.number: (index, each) for index, each in enumerate(found)}
        files.write(output, catalogues.shown(catalogue, _placed(places, number)[0]))


@app.command()
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="One article with its proof.", exists=True, dir_okay=False)],
    roots: Roots = None,
    as_json: AsJson = False,
) -> None:
    """Check one article off-line: whose catalogue it stands in, who certified that merchant, as of when.

    What was revoked counts as this home knows it, if no roots are given.
    """
    data = files.read(file, catalogues.MOST_SHOWN)
    with files.about(file):
        if roots is not None:
            found = catalogues.open_article(data, trusting.load(roots).roots, now())
        else:
            with opened(context) as home:
                found = published.judged(home, data, now())
    _report(found, as_json)


@app.command("open")
def open_command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The merchant's address.")],
    number: Annotated[str, typer.Argument(help="The number of the article.")],
    as_json: AsJson = False,
) -> None:
    """Fetch one article from its merchant and verify it. The merchant learns which, and nothing of this home."""
    with opened(context) as home, line_of(home) as client:
        _report(published.fetch(home, client, url, number, now()), as_json, url.rstrip("/"))


def _whole(
    context: typer.Context, file: Path, roots: Path | None
) -> tuple[Container, dict[str, tuple[int, Article]], Certified]:
    data = files.read(file, MAX_SIZE)
    with files.about(file):
        if roots is not None:
            catalogue, found, merchant = catalogues.open_whole(data, trusting.load(roots).roots, now())
        else:
            with opened(context) as home:
                catalogue, found, merchant = published.judged_whole(home, data, now())
    return catalogue, {each.number: (index, each) for index, each in enumerate(found)}, merchant


def _placed(places: dict[str, tuple[int, Article]], number: str) -> tuple[int, Article]:
    if number not in places:
        raise UsageError("USAGE_INVALID", f"cannot find the article {number[:80]!r}: the catalogue has none such")
    return places[number]


def _report(found: OpenedArticle, as_json: bool, url: str = "") -> None:
    if as_json:
        show_json(_plain(found))
    else:
        _tell(found, url)


def _tell(found: OpenedArticle, url: str = "") -> None:
    """Say what an article says and whose it is. The words are the merchant's: nothing in them draws on a terminal.

    `url`: where its merchant is, if that is known: an offer is a path below it.
    """
    one, who = found.article, found.merchant
    show(
        f"{harmless(one.number)}: {harmless(one.title)}, {one.price}",
        *([f"  {harmless(one.text)}"] if one.text else []),
        *([f"  offered at {harmless(url + one.offer)}"] if one.offer else []),
        f"  in the catalogue of {harmless(who.name)}, certified by {harmless(who.root)},"
        f" key {who.fingerprint.hex()[:16]}",
        f"  as of {moment(one.made)}, until {moment(one.until)}; one of {found.size} articles,"
        f" catalogue {found.catalogue.hex()[:16]}",
    )


def _plain(found: OpenedArticle) -> dict[str, Any]:
    one, who = found.article, found.merchant
    return {
        "number": one.number, "title": one.title, "text": one.text,
        "price": {"minor": one.price.minor, "currency": one.price.currency},
        "offer": one.offer, "made": one.made, "until": one.until,
        "merchant": {"name": who.name, "uri": who.uri, "root": who.root, "fingerprint": who.fingerprint},
        "catalogue": found.catalogue, "count": found.size,
    }  # fmt: skip
