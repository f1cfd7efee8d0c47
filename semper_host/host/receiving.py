"""Receiving an edition: encrypted segments by range, from any web server; nothing is believed that the offer does not
fix.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from semper_host.commerce.offers import OfferArticle
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.edition import CONTENT_FILE, SEGMENT, SEGMENTS_FILE, TAG, Edition
from semper_host.supporting.cryptographic.edition_open import open_edition

Progress = Callable[[int, int], None]


def receive(
    client: Client, article: OfferArticle, key: bytes, target: Path, progress: Progress | None = None
) -> Edition:
    """Fetch, verify and open an article's edition into `target`; go on where an earlier call stopped. Returns the
    edition.

    Raises PeerDeviated CONTENT_CORRUPT (fetch again), CONTENT_FALSE (evidence against the seller), Unavailable.
    """
    edition = Edition.decode(article.edition)
    fetch(client, article.edition_url, edition, key, target, progress)
    return edition


def fetch(
    client: Client, url: str, edition: Edition, key: bytes, target: Path, progress: Progress | None = None
) -> None:
    """Fetch, verify and open the `edition` whose encrypted files are below `url`. Raises as `receive`."""
    hashes = client.get(f"{url}/{SEGMENTS_FILE}", 32 * edition.segments)

    def segment(index: int) -> bytes:
        return client.get_range(f"{url}/{CONTENT_FILE}", index * (SEGMENT + TAG), edition.segment_size(index) + TAG)

    target.parent.mkdir(parents=True, exist_ok=True)
    open_edition(edition, segment, key, target, segment_hashes=hashes, progress=progress)
