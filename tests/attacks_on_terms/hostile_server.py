"""A repository's files on loopback from a server that lies: each answer can be bent, down to the bytes on the wire."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from semper_host.model.encoding import encode
from semper_host.supporting.communication.refusal import REFUSED, ErrorBody
from service_repo import server

Bend = Callable[[BaseHTTPRequestHandler], None]
"""Writes one answer."""
CHUNK = bytes(64 * 1024)


class HostileServer:
    """Serves the repository in `directory`; `bent` answers, by path, take the place of its files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.bent: dict[str, Bend] = {}
        self.asked: list[str] = []
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path = handler.path.lstrip("/")
        self.asked.append(path)
        bend = self.bent.get(path) or self.bent.get("*")
        if bend is not None:
            with contextlib.suppress(OSError):  # the client had enough of it
                bend(handler)
            return
        content = server.read(self.directory, path)
        _send(handler, 404 if content is None else 200, content or b"")

    @contextmanager
    def served(self) -> Iterator[HostileServer]:
        """Serve while the block runs."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        listening.daemon_threads = True
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{listening.server_address[1]}"
        try:
            yield self
        finally:
            listening.shutdown()
            listening.server_close()


def content(data: bytes) -> Bend:
    """Answer with these bytes."""
    return lambda handler: _send(handler, 200, data)


def truncated(data: bytes) -> Bend:
    """Promise all of `data`, send half of it and hang up."""

    def bend(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, len(data))
        handler.wfile.write(data[: len(data) // 2])

    return bend


class Endless:
    """Never stops; `sent` counts the bytes that the other side took."""

    def __init__(self) -> None:
        self.sent = 0

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, 200, None)
        while self.sent < 1 << 30:
            handler.wfile.write(CHUNK)
            self.sent += len(CHUNK)


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then, so that no single wait is long."""
    _begin(handler, 200, 1 << 20)
    for _ in range(600):
        handler.wfile.write(b"\x00")
        time.sleep(0.1)


def compressed(handler: BaseHTTPRequestHandler) -> None:
    """Claim that the answer has to be unfolded."""
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"\x1f\x8b")


def redirecting(handler: BaseHTTPRequestHandler) -> None:
    """Send the other side back to where it came from, and round again."""
    handler.send_response(302)
    handler.send_header("Location", handler.path)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def dropping(handler: BaseHTTPRequestHandler) -> None:
    """Hang up without a word."""
    handler.close_connection = True


def refusing(code: str) -> Bend:
    """Answer with a refusal in the form that hosts use, and a code of the liar's choice."""
    return lambda handler: _send(handler, REFUSED, encode(ErrorBody(code, "cannot: " + "x" * 100)))


def _send(handler: BaseHTTPRequestHandler, status: int, data: bytes) -> None:
    _begin(handler, status, len(data))
    handler.wfile.write(data)


def _begin(handler: BaseHTTPRequestHandler, status: int, length: int | None) -> None:
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    handler.end_headers()
