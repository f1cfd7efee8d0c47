"""A merchant's catalogue as static files below public/, a file an article; and a single one fetched by anybody.

catalogue/head                          says in which folder the current catalogue lies
catalogue/DIGEST/XX/NUMBER.article      one article with its proof; XX spreads them over 256 folders
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from semper_host.commerce import catalogue as catalogues
from semper_host.commerce.catalogue import Article, OpenedArticle
from semper_host.host import identity, trusting
from semper_host.host.home import Home
from semper_host.host.revocation import check_not_revoked
from semper_host.model.container import Container, write
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.durable_file import replace
from semper_host.supporting.cryptographic.entropy import fresh_seed

FOLDER, HEAD = "catalogue", "head"
MOST_HEAD = 1024
_DIGEST, _TWICE = 32, 2
Progress = Callable[[int, int], None]


class Head(Record, frozen=True):
    """Which catalogue is the current one. Nobody signs it: whoever serves it could as well serve nothing."""

    catalogue: bytes


def publish(home: Home, articles: Sequence[tuple[int, Article]], progress: Progress | None = None) -> bytes:
    """Sign the catalogue of `articles`, each with its line in the list, and serve it in place of the one before.

    Returns the whole catalogue. Raises UsageError USAGE_INVALID, or where the home is not certified.
    """
    catalogue = catalogues.sign([article for _, article in articles], fresh_seed(), identity.certified(home))
    public = home.public / FOLDER
    public.mkdir(parents=True, exist_ok=True)
    place = public / catalogue.digest.hex()
    try:
        _write_articles(place, catalogue, articles, progress)
        whole = write(catalogue)
        os.sync()  # once for all: to wait for each of 100,000 files would take many minutes
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    # COMMIT POINT: from here on buyers are shown the new one
    replace(public / HEAD, encode(Head(catalogue.digest)), 0o644)
    for each in public.iterdir():
        if each.is_dir() and each != place:
            shutil.rmtree(each, ignore_errors=True)
    return whole


def fetch(home: Home, client: Client, url: str, number: str, now: int) -> OpenedArticle:
    """Return one article of the merchant at `url`. It learns the number, and the address that asks.

    Raises what `judged` does, UsageError USAGE_INVALID where there is none such, Unavailable.
    """
    data = _shown_by(client, f"{url.rstrip('/')}/public/{FOLDER}", number)
    found = judged(home, data, now)
    if found.article.number != number:
        why = f"the merchant answered with another article than {number}"
        raise PeerDeviated("CONTAINER_INVALID", f"cannot accept the article: {why}", evidence=data)
    return found


def judged(home: Home, data: bytes, now: int) -> OpenedArticle:
    """Return the one article in `data`, by this home's trust and by what it knows was revoked.

    Raises PeerDeviated CONTAINER_INVALID, AdmissionRefused OFFER_EXPIRED, CHAIN_*.
    """
    found = catalogues.open_article(data, trusting.load(home.trust).roots, now)
    check_not_revoked(home, now, found.merchant)
    return found


def judged_whole(home: Home, data: bytes, now: int) -> tuple[Container, list[Article], Certified]:
    """Return a whole catalogue, its articles and who signed it. Judged, and raises, like `judged`."""
    catalogue, articles, merchant = catalogues.open_whole(data, trusting.load(home.trust).roots, now)
    check_not_revoked(home, now, merchant)
    return catalogue, articles, merchant


def _shown_by(client: Client, base: str, number: str) -> bytes:
    """Return the file of an article. Where the catalogue was replaced meanwhile, the new one's counts."""
    place, before = catalogues.place_of(number), None
    for _ in range(_TWICE):
        head = client.find(f"{base}/{HEAD}", MOST_HEAD)
        if head is None:
            raise UsageError("USAGE_INVALID", "cannot find the article: the merchant serves no catalogue")
        if head == before:
            break
        catalogue = _named_in(head)
        data = client.find(f"{base}/{catalogue.hex()}/{place}", catalogues.MOST_SHOWN)
        if data is not None:
            return data
        before = head
    raise UsageError("USAGE_INVALID", f"cannot find the article: the merchant's catalogue has no {number}")


def _named_in(head: bytes) -> bytes:
    """Return the digest of the catalogue that a head names. Raises PeerDeviated CONTAINER_INVALID."""
    with suppress(MalformedEncoding):
        catalogue = Head.decode(head).catalogue
        if len(catalogue) == _DIGEST:
            return catalogue
    message = "cannot find the article: the merchant names no catalogue"
    raise PeerDeviated("CONTAINER_INVALID", message, evidence=head)


def _write_articles(
    place: Path, catalogue: Container, articles: Sequence[tuple[int, Article]], progress: Progress | None
) -> None:
    for bucket in range(256):
        (place / f"{bucket:02x}").mkdir(parents=True)
    for index, (line, article) in enumerate(articles):
        data = catalogues.shown(catalogue, index)
        if len(data) > catalogues.MOST_SHOWN:
            why = f"with its proof it has {len(data)} bytes, and {catalogues.MOST_SHOWN} is the most: shorten its text"
            raise UsageError("USAGE_INVALID", f"cannot publish the article of line {line}: {why}")
        (place / catalogues.place_of(article.number)).write_bytes(data)
        if progress is not None and (index + 1) % 1000 in (0, len(articles) % 1000):
            progress(index + 1, len(articles))
