"""An answer in one piece: head and body leave in one system call, as soon as the answer is complete.

The server library writes head and body one after the other, and each would be sent, and wake the other side, by itself.
"""

from __future__ import annotations

import asyncio
from typing import Any

_PIECE = 64 * 1024
"""Bytes that are held back at most."""


class OnePiece:
    """A connection's transport, which sends what was written once told to, at the loop's turn, or where it is much."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held = bytearray()

    def write(self, data: bytes) -> None:
        """Hold `data` back for this turn of the loop, or send what has become too much for that."""
        if len(self._held) + len(data) > _PIECE:
            self.flush()
            self._transport.write(data)
            return
        if not self._held:
            self._loop.call_soon(self.flush)
        self._held += data

    def close(self) -> None:
        """Send what was held back, and close once it has gone."""
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Send what was held back."""
        held, self._held = self._held, bytearray()
        if held and not self._transport.is_closing():
            self._transport.write(bytes(held))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
