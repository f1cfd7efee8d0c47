"""The HTTP client: bounded in time and size, no redirects, no proxies from the environment, nothing decompressed.

A home may send everything through a SOCKS proxy such as Tor's. Then every server is called as a user of its own, and
`isolated` keeps apart also what is done with one server for different purposes: an exit cannot join two deals.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from semper_host.supporting.communication.proxy import Proxy
from semper_host.supporting.communication.refusal import NotThere

if TYPE_CHECKING:
    from semper_host.supporting.communication.transport import Transport

MIB = 1024 * 1024
MOST_BYTES = 8 * MIB
"""The largest answer taken unless the caller says otherwise."""

_OK = 200


class Client:
    """Sends requests from any thread; keeps connections open between them.

    Errors of every method: Unavailable PEER_UNREACHABLE (no answer in time) and PEER_RESPONSE (an answer that is not
    the protocol, or too large); RefusedByPeer with the code that the other side gave.
    """

    def __init__(
        self, connect_seconds: int = 5, read_seconds: int = 30, whole_seconds: int = 120, proxy: Proxy | None = None
    ) -> None:
        self._seconds, self._proxy = (connect_seconds, read_seconds, whole_seconds), proxy
        self._transport: Transport | None = None
        self._isolated: dict[str, Client] = {}
        self._making = threading.Lock()

    def isolated(self, purpose: str) -> Client:
        """Return the client for one purpose ("deal 4f2a…"): through a proxy, on connections that nothing else uses.

        Without a proxy there is nothing to hide behind, and this is the client itself. Closed with it.
        """
        if self._proxy is None:
            return self
        with self._making:
            if purpose not in self._isolated:
                self._isolated[purpose] = Client(*self._seconds, proxy=self._proxy.isolated())
            return self._isolated[purpose]

    def get(self, url: str, most: int = MOST_BYTES) -> bytes:
        """Return the body at `url`, of at most `most` bytes."""
        return self._sending().fetch("GET", url, _OK, most)

    def find(self, url: str, most: int = MOST_BYTES) -> bytes | None:
        """Return the body at `url`, of at most `most` bytes, or None where the server has none (status 404 or 410)."""
        try:
            return self.get(url, most)
        except NotThere:
            return None

    def get_range(self, url: str, start: int, length: int) -> bytes:
        """Return exactly the `length` bytes from `start` on of what is at `url` (RFC 9110 §14)."""
        return self._sending().fetch_range(url, start, length)

    def post(self, url: str, body: bytes, most: int = MOST_BYTES) -> bytes:
        """Send `body` and return the answer, of at most `most` bytes."""
        return self._sending().fetch("POST", url, _OK, most, body=body)

    def close(self) -> None:
        """Close all connections."""
        if self._transport is not None:
            self._transport.close()
        for child in self._isolated.values():
            child.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sending(self) -> Transport:
        """Return what sends; its libraries are loaded with the first request, as many commands have none."""
        if self._transport is None:
            from semper_host.supporting.communication.transport import Transport

            with self._making:
                if self._transport is None:
                    self._transport = Transport(*self._seconds, self._proxy)
        return self._transport
