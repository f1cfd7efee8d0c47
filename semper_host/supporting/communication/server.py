"""The HTTP server of one host: bytes in, bytes out, in a bounded pool of threads, or in tasks of the server's own loop;
static files with ranges.

Everything is bounded: the body, the requests under way, the time to receive one. A refusal leaves as a small record
(see `refusal`); whatever else goes wrong leaves as BACKEND_FAILED without detail.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.communication.refusal import MEDIA_TYPE, ErrorBody, body_of, status_of

Handler = Callable[[bytes], bytes | Awaitable[bytes]]
"""Answers a POST: body in, body out; raises SemperError to refuse. Runs in a thread of the pool.

A coroutine function runs on the server's loop instead, where it must never wait for anything but by `await`; so does
what another function returns to be awaited.
"""
Page = Callable[[], bytes]
"""Answers a GET."""
Application = Starlette
"""What `runner.serve` runs; made by `application`, or elsewhere for a service of its own kind."""

_SMALL = 64 * 1024
"""Bytes of a body that is received however much others are sending."""
_log = logging.getLogger("semper.server")


@dataclass(frozen=True)
class Limits:
    """What one server takes at most."""

    body_bytes: int = 8 * 1024 * 1024
    under_way: int = 64  # requests received whole and not yet answered; more get 503
    receiving_bytes: int = 256 * 1024 * 1024  # of all bodies that are not whole yet, small ones apart
    threads: int = 8
    receive_seconds: int = 30  # for the whole body


@dataclass(frozen=True)
class Service:
    """What a server answers: POST paths, GET paths, and directories served as files under a prefix."""

    handlers: Mapping[str, Handler] = field(default_factory=dict)
    pages: Mapping[str, Page] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    limits: Limits = Limits()


def application(service: Service) -> Starlette:
    """Return the ASGI application of `service`."""
    gate = _Gate(service.limits)
    posts = {path: _Post(gate, handler) for path, handler in service.handlers.items()}
    routes: list[BaseRoute] = [Route(path, post, methods=["POST"]) for path, post in posts.items()]
    for path, page in service.pages.items():
        routes.append(Route(path, _answer_get(gate, page), methods=["GET"]))
    for prefix, directory in service.files.items():
        routes.append(Mount(prefix, StaticFiles(directory=directory)))
    return _Application(posts, routes)


class _Application(Starlette):
    """Hands what is posted to its handler at once; everything else goes the framework's longer way."""

    def __init__(self, posts: Mapping[str, _Post], routes: list[BaseRoute]) -> None:
        super().__init__(routes=routes)
        self._posts = posts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        post = self._posts.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        await (super().__call__ if post is None else post)(scope, receive, send)


class _Post:
    """Answers what is posted to one path, as an ASGI application."""

    def __init__(self, gate: _Gate, handler: Handler) -> None:
        self._gate, self._handler = gate, handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer() -> bytes:
            return await self._gate.call(self._handler, await self._gate.body(receive))

        said = await self._gate.run(answer)
        await send({"type": "http.response.start", "status": said.status_code, "headers": said.raw_headers})
        await send({"type": "http.response.body", "body": said.body})


class _Gate:
    """Lets in so many requests at once and runs each in the pool."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="semper-serve")
        self._under_way = 0
        self._receiving = 0

    async def run(self, answer: Callable[[], Awaitable[bytes]]) -> Response:
        """Return the response of `answer`, or of whatever it raised."""
        try:
            return Response(await answer(), media_type=MEDIA_TYPE)
        except SemperError as error:
            return _refusal(error)
        except _Disconnected:
            return Response(status_code=400)
        except Exception as error:
            _log.error("a request failed: %s", type(error).__name__)
            _log.debug("details", exc_info=error)
            return _failed()

    async def call(self, work: Callable[..., bytes | Awaitable[bytes]], *arguments: Any) -> bytes:
        """Run `work` where it belongs. Raises Unavailable OVERLOADED where too much is under way."""
        if self._under_way >= self.limits.under_way:
            raise Unavailable("OVERLOADED", "cannot answer now: too many requests are under way")
        self._under_way += 1
        try:
            if iscoroutinefunction(work):
                answer: bytes = await work(*arguments)
                return answer
            found = await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
            return found if isinstance(found, bytes) else await found
        finally:
            self._under_way -= 1

    async def body(self, receive: Receive) -> bytes:
        """Return the whole body; refuse a larger one as soon as it shows. One that comes slowly takes nobody's turn."""
        chunks: list[bytes] = []
        size, more = 0, True
        try:
            async with asyncio.timeout(self.limits.receive_seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Disconnected
                    chunk, more = message.get("body", b""), message.get("more_body", False)
                    size += len(chunk)
                    self._receiving += len(chunk)
                    self._check(size)
                    chunks.append(chunk)
        except TimeoutError:
            raise Unavailable("OVERLOADED", "cannot wait longer: the request came too slowly") from None
        finally:
            self._receiving -= size
        return b"".join(chunks)

    def _check(self, size: int) -> None:
        if size > self.limits.body_bytes:
            raise SemperError("REQUEST_TOO_LARGE", f"cannot take more than {self.limits.body_bytes} bytes at once")
        if size > _SMALL and self._receiving > self.limits.receiving_bytes:
            raise Unavailable("OVERLOADED", "cannot receive so much now: others are sending")


class _Disconnected(Exception):
    """The client went away before its request was whole."""


def _answer_get(gate: _Gate, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await gate.run(lambda: gate.call(page))

    return endpoint


def _refusal(error: SemperError) -> Response:
    status = status_of(error)
    headers = {"Connection": "close"} if error.code in ("REQUEST_TOO_LARGE", "OVERLOADED") else None
    return Response(encode(body_of(error)), status, headers, MEDIA_TYPE)


def _failed() -> Response:
    body = ErrorBody("BACKEND_FAILED", "cannot answer: something inside the service failed")
    return Response(encode(body), 500, media_type=MEDIA_TYPE)
