"""A SOCKS5 server for tests (RFC 1928, RFC 1929): connects where it is told and remembers who asked for what."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

NO_AUTHENTICATION, USER_PASSWORD = 0, 2
NAME = 3


class Asked(NamedTuple):
    """One connection: the user (empty: none), how the address was given (RFC 1928 §5), the address itself."""

    user: str
    form: int
    host: str
    port: int


@dataclass
class SocksServer:
    """`names` tells where a name leads, as the resolver at the far end would."""

    port: int = 0
    names: dict[str, str] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    refusing: bool = False

    def treat(self, near: socket.socket) -> None:
        """Serve one connection."""
        user = self._greet(near)
        form, host, port = _request(near)
        self.asked.append(Asked(user, form, host, port))
        if self.refusing:
            near.sendall(b"\x05\x02\x00\x01" + bytes(6))  # not allowed by the rules
            return
        with socket.create_connection((self.names.get(host, host), port), 5) as far:
            near.sendall(b"\x05\x00\x00\x01" + bytes(6))
            there = threading.Thread(target=_pump, args=(near, far), daemon=True)
            there.start()
            _pump(far, near)
            there.join(5)

    def _greet(self, near: socket.socket) -> str:
        _, count = _exactly(near, 2)
        methods = _exactly(near, count)
        if USER_PASSWORD not in methods:
            near.sendall(bytes([5, NO_AUTHENTICATION]))
            return ""
        near.sendall(bytes([5, USER_PASSWORD]))
        user = _exactly(near, _exactly(near, 2)[1]).decode()
        _exactly(near, _exactly(near, 1)[0])
        near.sendall(b"\x01\x00")
        return user


@contextlib.contextmanager
def socks_server(**names: str) -> Iterator[SocksServer]:
    """Run one on loopback until the block ends; `names` lead where they say."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = SocksServer(listening.getsockname()[1], {name.replace("_", "."): to for name, to in names.items()})

    def treat(near: socket.socket) -> None:
        with contextlib.suppress(OSError), near:
            server.treat(near)

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=treat, args=(listening.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


def _request(near: socket.socket) -> tuple[int, str, int]:
    form = _exactly(near, 4)[3]
    raw = _exactly(near, _exactly(near, 1)[0]) if form == NAME else _exactly(near, 4)
    host = raw.decode() if form == NAME else socket.inet_ntoa(raw)
    return form, host, int.from_bytes(_exactly(near, 2), "big")


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
