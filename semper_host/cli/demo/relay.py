"""A loopback relay between a buyer and a merchant: it forwards HTTP and can hold one message back.

It sees what any network sees: addresses, sizes, and the readable heads of sealed envelopes. Holding the
merchant's n-th envelope is how the demo makes a message late without any party knowing.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Relay:
    """Forwards everything to `target`; `answers` and `requests` decide which bodies pass.

    `requests(body)` and `answers(body)` return True to let a body pass. A body that does not pass is dropped
    with its connection, as if the wire had been cut.
    """

    def __init__(
        self,
        target: str,
        *,
        requests: Callable[[str, bytes], bool] | None = None,
        answers: Callable[[str, bytes], bool] | None = None,
    ) -> None:
        self.requests = requests or (lambda path, body: True)
        self.answers = answers or (lambda path, body: True)
        self._address = urlsplit(target).netloc
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                relay.forward(self, "GET", b"")

            def do_POST(self) -> None:
                relay.forward(self, "POST", self.rfile.read(int(self.headers.get("content-length", "0"))))

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler

    def forward(self, incoming: BaseHTTPRequestHandler, method: str, body: bytes) -> None:
        """Pass one request on and its answer back, unless either is held."""
        incoming.close_connection = True
        if not self.requests(incoming.path, body):
            return
        kept = ("content-type", "range", "accept", "accept-encoding")
        headers = {name: value for name, value in incoming.headers.items() if name.lower() in kept}
        line = http.client.HTTPConnection(self._address, timeout=60)
        try:
            line.request(method, incoming.path, body or None, headers)
            answer = line.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return
        finally:
            line.close()
        if not self.answers(incoming.path, content):
            return
        incoming.send_response(answer.status)
        for name in ("content-type", "content-range", "accept-ranges", "etag"):
            if value := answer.getheader(name):
                incoming.send_header(name, value)
        incoming.send_header("content-length", str(len(content)))
        incoming.send_header("connection", "close")
        incoming.end_headers()
        incoming.wfile.write(content)
