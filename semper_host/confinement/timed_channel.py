"""The host's end of a worker's channel: what the worker takes to answer is counted, and bounded by the kernel.

The clock is read twice for a request: when the worker has spoken, and when the host has done its part. All between
the second and the first is the bundle's time.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

from semper_host.model.errors import BundleMisbehaved

_READ = 16 * 1024
"""Bytes read at once: more than nearly every frame has."""
_ARMED_CLOSELY = 0.9
"""How far the kernel's time limit may lag behind what is left of the call's: a call ends at most a ninth late."""
_LEAST = 0.001
"""Seconds of the kernel's shortest time limit; none at all would be no limit."""


class TimedChannel:
    """A stream socket on which waiting ends when `seconds` are used up; `died` says why the worker has hung up."""

    def __init__(self, channel: socket.socket, seconds: float, died: Callable[[], Exception]) -> None:
        self._channel = channel
        self._seconds = seconds
        self._died = died
        self.restart()

    def restart(self) -> None:
        """Give the bundle all of its time again, from now on."""
        self.left = float(self._seconds)
        """Seconds that the bundle may still take."""
        self._arm()
        self.resume()

    def resume(self) -> None:
        """Count from now on: what the host did until here is not the bundle's time."""
        self._since = time.monotonic()

    def read(self) -> bytes:
        """Return what the worker wrote next. Raises BundleMisbehaved (BUNDLE_KILLED), and what `died` returns."""
        self._check()
        try:
            data = self._channel.recv(_READ)
        except OSError as error:
            raise self._ended(error) from None
        self._count()
        if not data:
            raise self._died()
        return data

    def write(self, data: bytes | bytearray) -> None:
        """Send all of `data`; raises as `read` does. There is room for it, as a rule; waiting is the bundle's time."""
        try:
            sent = self._channel.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            raise self._ended(error) from None
        if sent < len(data):
            self._count()
            self._check()
            try:
                self._channel.sendall(data[sent:])
            except OSError as error:
                raise self._ended(error) from None

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    @property
    def closed(self) -> bool:
        """Whether this side has hung up."""
        return self._channel.fileno() < 0

    def _count(self) -> None:
        now = time.monotonic()
        self.left -= now - self._since
        self._since = now

    def _check(self) -> None:
        """See that there is time left, and that the kernel's limit is not far beyond it."""
        if self.left < self._armed * _ARMED_CLOSELY:
            if self.left <= 0:
                raise self._late()
            self._arm()

    def _arm(self) -> None:
        """Let the kernel end an operation when the time is over: cheaper than polling before each."""
        self._armed = max(self.left, _LEAST)
        microseconds = int(self._armed * 1_000_000)
        value = struct.pack("@ll", microseconds // 1_000_000, microseconds % 1_000_000)
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, value)
        self._channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, value)

    def _ended(self, error: OSError) -> Exception:
        return self._late() if isinstance(error, BlockingIOError) else self._died()

    def _late(self) -> BundleMisbehaved:
        return BundleMisbehaved("BUNDLE_KILLED", f"cannot wait for the bundle for over {self._seconds} seconds")
