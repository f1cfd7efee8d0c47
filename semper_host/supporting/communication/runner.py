"""Running a server: on loopback unless told otherwise, `ready URL` when it accepts, clean end on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import cast

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from semper_host.model.errors import Unavailable
from semper_host.supporting.communication.one_piece import OnePiece

LOOPBACK = "127.0.0.1"
MOST_CONNECTIONS = 512
MOST_BESIDE = 128 * 1024
"""Bytes of one request that are not its body."""
HEAD_SECONDS, STALL_SECONDS = 10, 30
"""How long a connection may take to bring a request's head, and to take a part of an answer. Without an end to either,
MOST_CONNECTIONS idle ones would keep everybody else out."""


def serve(
    app: Starlette,
    host: str = LOOPBACK,
    port: int = 0,
    announce: Callable[[str], None] | None = None,
    stopping: Callable[[], None] | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, then let requests under way finish and return. Port 0 takes any free one.

    `announce(url)` is called once the server accepts; by default it prints `ready URL`. `stopping()` is called, in a
    thread, when it is told to stop, so that requests which wait for something can be let go. Call from the main thread.
    Raises Unavailable (PEER_UNREACHABLE) if the address can't be taken.
    """
    listening, url = _listen(host, port)
    server = _Server(app, lambda: (announce or _print_ready)(url), stopping)
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()


@contextlib.contextmanager
def running(app: Starlette) -> Iterator[str]:
    """Serve on loopback in a thread of this process while the block runs; gives the URL."""
    listening, url = _listen(LOOPBACK, 0)
    accepting = threading.Event()
    server = _Server(app, accepting.set)
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), name="semper-server", daemon=True)
    thread.start()
    accepting.wait(30)
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


class _Impatient(HttpToolsProtocol):
    """A connection that is cut when it brings no request, or takes no answer, in time, or when a head has no end."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._line = OnePiece(transport, self.loop)
        super().connection_made(cast("asyncio.Transport", self._line))
        self._head: asyncio.TimerHandle | None = self.loop.call_later(HEAD_SECONDS, transport.abort)
        self._stall: asyncio.TimerHandle | None = None
        self._beside = 0

    def on_message_begin(self) -> None:
        self._beside = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        self._beside -= len(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        self._line.flush()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head, self._stall):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._beside += len(data)
        super().data_received(data)
        if self._beside > MOST_BESIDE:  # the parser keeps heads and trailers of any length
            self.transport.abort()
            return
        under_way = self.cycle is not None and not self.cycle.response_complete
        if under_way and self._head is not None:
            self._head.cancel()
            self._head = None
        elif not under_way and self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()


class _Server(uvicorn.Server):
    """Calls back when it accepts, and returns after a signal instead of dying of it."""

    def __init__(
        self, app: Starlette, accepting: Callable[[], None], stopping: Callable[[], None] | None = None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="auto",  # uvloop where there is one, not on Windows
                http=_Impatient,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                backlog=128,
                timeout_keep_alive=15,
                timeout_graceful_shutdown=5,
            )
        )
        self._accepting = accepting
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._accepting()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._stopping is not None:
            asyncio.get_running_loop().run_in_executor(None, self._stopping)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: FrameType | None) -> None:
            self.should_exit = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or asyncio leaves Nagle on
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise Unavailable("PEER_UNREACHABLE", f"cannot listen on {host}:{port}: {error.strerror}") from None
    name = f"[{host}]" if ":" in host else host
    return listening, f"http://{name}:{listening.getsockname()[1]}"


def _print_ready(url: str) -> None:
    print(f"ready {url}", flush=True)
