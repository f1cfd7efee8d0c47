"""What sends the client's requests: connections for each scheme or server, bounds, and clear errors."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import httpcore2
import httpx2

from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import Unavailable
from semper_host.supporting.communication.pool import connections
from semper_host.supporting.communication.proxy import FAULTS, Proxy
from semper_host.supporting.communication.refusal import (
    MALFORMED,
    MEDIA_TYPE,
    REFUSED,
    UNAVAILABLE,
    ErrorBody,
    NotThere,
    refused,
)

_PARTIAL, _GONE = 206, (404, 410)
_LONGEST_REFUSAL = 4096
_ALWAYS = ((b"Accept-Encoding", b"identity"), (b"User-Agent", b"semper"))

_FAILURES = (
    httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.ProxyError, httpcore2.UnsupportedProtocol,
    httpcore2.ConnectionNotAvailable,
)  # fmt: skip

Headers = tuple[tuple[bytes, bytes], ...]


class _Place(NamedTuple):
    """An address, taken apart once: what is asked, and the server's name with its port where that is not usual."""

    url: httpcore2.URL
    server: bytes

    @property
    def scheme(self) -> str:
        return self.url.scheme.decode()


class Transport:
    """Sends requests from any thread. Errors: the client's."""

    def __init__(self, connect_seconds: int, read_seconds: int, whole_seconds: int, proxy: Proxy | None) -> None:
        self._whole_seconds = whole_seconds
        patience = {"connect": connect_seconds, "read": read_seconds, "write": read_seconds, "pool": read_seconds}
        self._asking = {"timeout": patience}
        self._proxy = proxy
        self._pools: dict[str, httpcore2.ConnectionPool] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._making = threading.Lock()

    def fetch_range(self, url: str, start: int, length: int) -> bytes:
        """Return exactly the `length` bytes from `start` on (RFC 9110 §14)."""
        body = self.fetch("GET", url, _PARTIAL, length, asked=f"{start}-{start + length - 1}".encode())
        if len(body) != length:
            raise _not_the_protocol(url, f"{len(body)} bytes came instead of {length}")
        return body

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    def fetch(
        self, method: str, url: str, status: int, most: int, *, body: bytes | None = None, asked: bytes = b""
    ) -> bytes:
        """Return the body of an answer with this status; `asked`: the range of bytes."""
        place = _checked(url)
        headers = [(b"Host", place.server), *_ALWAYS, *_range(asked), *_described(body)]
        deadline, faults = time.monotonic() + self._whole_seconds, FAULTS if self._proxy else ()
        pool = self._pool(place)
        with (
            _clear_errors(url, faults),
            pool.stream(method, place.url, headers=headers, content=body, extensions=self._asking) as response,
        ):
            if response.status in (REFUSED, MALFORMED, UNAVAILABLE):
                raise _refusal(url, response, deadline)
            if response.status != status:
                kind = NotThere if response.status in _GONE else Unavailable
                raise _not_the_protocol(url, f"status {response.status}", kind)
            said = {name.lower(): value for name, value in response.headers}
            if said.get(b"content-encoding", b"identity") != b"identity":
                raise _not_the_protocol(url, "a compressed answer")
            if status == _PARTIAL and not said.get(b"content-range", b"").startswith(b"bytes " + asked + b"/"):
                raise _not_the_protocol(url, "another range than asked")
            return _bounded(url, response, most, deadline)

    def _pool(self, place: _Place) -> httpcore2.ConnectionPool:
        """Return the connections for the scheme of `place`, and through a proxy for its server alone."""
        name = place.scheme if self._proxy is None else f"{place.scheme}://{place.server.decode()}"
        with self._making:
            if name not in self._pools:
                proxy = None if self._proxy is None else self._proxy.isolated()
                self._pools[name] = connections(self._context(place.scheme), proxy)
            return self._pools[name]

    def _context(self, scheme: str) -> ssl.SSLContext:
        """Return what TLS needs; roots are read only when the first https address comes."""
        if scheme not in self._contexts:
            secure = scheme == "https"
            self._contexts[scheme] = ssl.create_default_context() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return self._contexts[scheme]


@lru_cache(maxsize=256)
def _checked(url: str) -> _Place:
    try:
        parts = httpx2.URL(url)
    except (httpx2.InvalidURL, TypeError, ValueError):
        raise Unavailable("PEER_UNREACHABLE", "cannot reach the other side: its address is malformed") from None
    if parts.scheme not in ("http", "https") or not parts.host or parts.userinfo:
        raise Unavailable(
            "PEER_UNREACHABLE", f"cannot reach {_shown(url)}: only plain http and https addresses are followed"
        )
    whole = httpcore2.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path)
    return _Place(whole, parts.netloc)


def _range(asked: bytes) -> Headers:
    return ((b"Range", b"bytes=" + asked),) if asked else ()


def _described(body: bytes | None) -> Headers:
    if body is None:
        return ()
    return (b"Content-Type", MEDIA_TYPE.encode()), (b"Content-Length", str(len(body)).encode())


def _bounded(url: str, response: httpcore2.Response, most: int, deadline: float) -> bytes:
    chunks: list[bytes] = []
    room = most
    for chunk in response.iter_stream():
        room -= len(chunk)
        if room < 0:
            raise _not_the_protocol(url, f"more than {most} bytes")
        if time.monotonic() > deadline:
            raise Unavailable("PEER_UNREACHABLE", f"cannot reach {_shown(url)}: the answer came too slowly")
        chunks.append(chunk)
    return b"".join(chunks)


def _refusal(url: str, response: httpcore2.Response, deadline: float) -> Exception:
    try:
        return refused(ErrorBody.decode(_bounded(url, response, _LONGEST_REFUSAL, deadline)))
    except MalformedEncoding:
        return _not_the_protocol(url, f"status {response.status}")


def _not_the_protocol(url: str, what: str, kind: type[Unavailable] = Unavailable) -> Unavailable:
    return kind("PEER_RESPONSE", f"cannot use the answer of {_shown(url)}: {what}")


@contextmanager
def _clear_errors(url: str, faults: tuple[type[Exception], ...]) -> Iterator[None]:
    """`faults`: what a proxy's library raises besides."""
    try:
        yield
    except httpcore2.RemoteProtocolError as error:
        if "disconnected" in str(error) or "closed connection" in str(error):  # it died, or the network did
            raise Unavailable("PEER_UNREACHABLE", f"cannot reach {_shown(url)}: the answer broke off") from None
        raise _not_the_protocol(url, str(error) or type(error).__name__) from None
    except httpcore2.TimeoutException:
        raise Unavailable("PEER_UNREACHABLE", f"cannot reach {_shown(url)}: no answer in time") from None
    except (*_FAILURES, ssl.SSLError, OSError) as error:
        why = str(error) or type(error).__name__
        raise Unavailable("PEER_UNREACHABLE", f"cannot reach {_shown(url)}: {why}") from None
    except faults:
        why = "the proxy's answer is not SOCKS 5, or it cannot take this address"
        raise Unavailable("PEER_UNREACHABLE", f"cannot reach {_shown(url)}: {why}") from None


def _shown(url: str) -> str:
    """Return `url` fit for a message: printable, short, without the query."""
    return "".join(c for c in url.split("?", maxsplit=1)[0][:120] if c.isprintable())
