"""Real sockets on loopback: a server of ours, and one that answers whatever a test says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from semper_host.supporting.communication.client import Client

Answering = Callable[[Callable[[socket.socket], object]], contextlib.AbstractContextManager[str]]


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(connect_seconds=2, read_seconds=1, whole_seconds=2) as opened:
        yield opened


@contextlib.contextmanager
def raw_server(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """Accept connections and let `answer` treat each after the request's head came."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=treat, args=(connection,), daemon=True).start()

    def treat(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            answer(connection)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(5)
            while connection.recv(65536):  # closing with something unread would reset the line under the answer
                pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/x"
    finally:
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.fixture
def answering() -> Answering:
    return raw_server
