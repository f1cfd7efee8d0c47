"""The connections beneath the client: kept open between requests, each request sent in one piece.

The library writes head and body of a request one after the other. In one piece they cost one system call on this side,
and the server reads, and wakes, once.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from httpcore2 import ConnectionPool, NetworkStream, SOCKSProxy, SyncBackend, WriteError

from semper_host.supporting.communication.proxy import Proxy

_LIMITS: dict[str, Any] = {"max_connections": 100, "max_keepalive_connections": 20, "keepalive_expiry": 5.0}
"""Connections of one pool; idle ones are closed before a server would (`runner` waits longer)."""
_PIECE = 64 * 1024
"""Bytes that are held back at most."""


def connections(context: ssl.SSLContext, proxy: Proxy | None = None) -> ConnectionPool:
    """Return a pool of connections, all through `proxy` where there is one: it resolves names (socks5h)."""
    if proxy is None:
        return ConnectionPool(context, network_backend=_Backend(), **_LIMITS)
    address, credentials = f"socks5://{proxy.host}:{proxy.port}", proxy.credentials
    return SOCKSProxy(address, credentials, context, network_backend=_Backend(), **_LIMITS)


class _Backend(SyncBackend):
    """Connects as the library does, and has requests leave in one piece."""

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:  # fmt: skip
        """Return a connection. Raises the library's ConnectError and ConnectTimeout."""
        return _InOnePiece(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _InOnePiece(NetworkStream):
    """A connection that holds back what is written until an answer is awaited."""

    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream
        self._held = bytearray()

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Hold `buffer` back, or send what has become too much for that."""
        if len(self._held) + len(buffer) > _PIECE:
            self._send(timeout)
            self._stream.write(buffer, timeout)
        else:
            self._held += buffer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Send what was held back and return what comes."""
        with suppress(WriteError):  # a server may answer, and close, before it has read everything: its answer counts
            self._send(timeout)
        return self._stream.read(max_bytes, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        """Return the same connection under TLS."""
        self._send(timeout)
        return _InOnePiece(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        """Return what the library knows of the connection."""
        return self._stream.get_extra_info(info)

    def _send(self, timeout: float | None) -> None:
        if self._held:
            held, self._held = self._held, bytearray()
            self._stream.write(bytes(held), timeout)


