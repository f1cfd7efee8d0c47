"""Our way for python-tuf to get files: by name from wherever they lie, each no larger than it may be."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from tuf.api.exceptions import DownloadHTTPError, DownloadLengthMismatchError
from tuf.ngclient.fetcher import FetcherInterface

from semper_host.supporting.anchor.files import Fetch

BASE = "anchor:/"
_NOT_FOUND = 404


class NamedFetcher(FetcherInterface):
    """Fetches through a `Fetch`; `last` is the name asked for last, and `shown` what came of it."""

    def __init__(self, fetch: Fetch) -> None:
        self._from = fetch
        self.last, self.shown = "", b""

    def _fetch(self, url: str) -> Iterator[bytes]:
        raise NotImplementedError("downloads are bounded: see download_bytes")

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Return the file at `url`, of at most `max_length` bytes. Raises DownloadError."""
        self.last = url.removeprefix(BASE)
        data = self._from(self.last, max_length)
        self.shown = data or b""
        if data is None:
            raise DownloadHTTPError(f"there is no {self.last}", _NOT_FOUND)
        if len(data) > max_length:
            raise DownloadLengthMismatchError(f"{self.last} has more than {max_length} bytes")
        return data

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """Give the file at `url`, of at most `max_length` bytes. Raises DownloadError."""
        yield io.BytesIO(self.download_bytes(url, max_length))
