"""What strangers may send: bodies of bounded size, in bounded time, and so many of them from one address."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

from starlette.requests import Request

from semper_host.model.errors import SemperError, Unavailable

RECEIVE_SECONDS = 30
MOST_CLIENTS = 10_000
"""How many addresses are remembered; the one that came longest ago is forgotten first."""


class Limiter:
    """So many requests and bytes a minute for each client: what a minute refills, and no more, can come at once."""

    def __init__(self, requests: int, size: int) -> None:
        self._most = (float(requests), float(size))
        self._left: OrderedDict[str, tuple[float, float, float]] = OrderedDict()

    def take(self, client: str, size: int, requests: int = 0, now: float | None = None) -> None:
        """Count `size` bytes and `requests` of a client. Raises Unavailable OVERLOADED where it had too many."""
        at = time.monotonic() if now is None else now
        before, calls, room = self._left.pop(client, (at, *self._most))
        filled = (at - before) / 60
        calls = min(self._most[0], calls + filled * self._most[0]) - requests
        room = min(self._most[1], room + filled * self._most[1]) - size
        self._left[client] = (at, max(calls, 0.0), max(room, 0.0))
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        if calls < 0 or room < 0:
            raise Unavailable("OVERLOADED", "cannot take more from you now: you sent too much; try again in a minute")


async def received(request: Request, most: int, limiter: Limiter) -> bytes:
    """Return the whole body of a request.

    Refused as soon as it shows to be longer than `most` bytes, slower than RECEIVE_SECONDS, or more than its sender
    may send: raises SemperError REQUEST_TOO_LARGE, Unavailable OVERLOADED, ClientDisconnect.
    """
    client = request.client.host if request.client else ""
    limiter.take(client, 0, requests=1)
    chunks: list[bytes] = []
    room = most
    try:
        async with asyncio.timeout(RECEIVE_SECONDS):
            async for chunk in request.stream():
                room -= len(chunk)
                limiter.take(client, len(chunk))
                if room < 0:
                    raise SemperError("REQUEST_TOO_LARGE", f"cannot take more than {most} bytes at once")
                chunks.append(chunk)
    except TimeoutError:
        raise Unavailable("OVERLOADED", "cannot wait longer: the request came too slowly") from None
    return b"".join(chunks)
