"""Delivery: what a deal bought is downloaded and opened, now or after an interruption."""

from __future__ import annotations

import time
from pathlib import Path

from semper_host.commerce.offers import OfferArticle
from semper_host.host import bought_keys
from semper_host.host.bought_keys import KEYS
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.receiving import receive
from semper_host.host.watching import Watcher
from semper_host.model.errors import Unavailable
from semper_host.supporting.communication.client import Client

DELIVERED = b"delivered"
"""Where the archive keeps, by D in hex, that the goods of a deal are all here."""
PAUSE = 0.2
PATIENCE = 60
"""Seconds that a download waits for a server that is away, before it leaves the rest to `semper deal resume`."""


def undelivered(home: Home) -> list[bytes]:
    """Return the deals whose goods are bought but not all here.

    A home that sealed content of its own keeps the keys of that beside those that it bought: they are no deal's.
    """
    here, bought = set(home.archive.kept_names(DELIVERED)), set(home.archive.kept_names(KEYS))
    return [row.deal for row in home.archive.deals() if row.deal.hex() in bought - here]


def deliver(home: Home, client: Client, watcher: Watcher, live: LiveDeal, target: Path | None) -> list[Path]:
    """Download and open what the deal bought below `target`; return the folders, none where nothing was bought.

    Raises Unavailable, PeerDeviated (CONTENT_CORRUPT, CONTENT_FALSE).
    """
    if home.archive.recall(KEYS, live.id.hex()) is None:
        return []
    place = target or home.path / "goods" / live.id.hex()[:16]
    folders, parts = [], live.business.goods.parts
    for part in parts:
        key = bought_keys.key_of(home.archive, live.id, part.key_hash)
        if key is None:  # it belongs to a step that is still to come, or came to nothing
            continue
        article = next(a for a in live.business.offer.articles if a.name == part.name)
        watcher.step("download", article.title)
        _receive(client, watcher, article, key, place / part.name)
        folders.append(place / part.name)
    if live.over or len(folders) == len(parts):
        home.archive.commit(lambda tx: home.archive.keep(tx, DELIVERED, live.id.hex(), b"1"))
    return folders


def _receive(client: Client, watcher: Watcher, article: OfferArticle, key: bytes, target: Path) -> None:
    """Download one article; a server that is away for a moment is waited for."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            receive(client, article, key, target, watcher.progress)
            return
        except Unavailable as error:
            if error.code == "STORAGE_FULL" or time.monotonic() > deadline:
                raise
            watcher.trouble(error)
            time.sleep(PAUSE)
