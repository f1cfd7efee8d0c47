"""An answer in one piece: what is written to a connection in one turn of the loop leaves in one system call.

The server library writes head and body one after the other, and each would be sent, and wake the other side, by itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

_PIECE = 64 * 1024
"""Bytes that are held back at most."""


class OnePiece:
    """A connection's transport, which sends what was written when the loop turns to it again, or when it is much."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        """Hold `data` back for this turn of the loop, or send what has become too much for that."""
        if len(self._held) + len(data) > _PIECE:
            self._send()
            self._transport.write(data)
            return
        if not self._held:
            self._loop.call_soon(self._send)
        self._held += data

    def close(self) -> None:
        """Send what was held back, and close once it has gone."""
        self._send()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _send(self) -> None:
        held, self._held = self._held, bytearray()
        if held and not self._transport.is_closing():
            self._transport.write(bytes(held))
