"""A hurdle before calls that make a service keep something: under load, who calls must come again with a cookie.

The cookie is stateless: a time, and a MAC over it and the call. So a flood of calls from those who never read an answer
leaves nothing behind, and who means it loses one round trip, as by the retries of DTLS (RFC 9147 §5.1) and QUIC (RFC
9000 §8.1).
"""

from __future__ import annotations

import hmac
import threading
import time
from collections import deque
from collections.abc import Callable
from hashlib import sha256

MOST, SECONDS = 64, 10
"""How many calls pass without a cookie in so many seconds."""
LIFETIME = 60
"""Seconds for which a cookie is good."""
_TIME, _MAC = 8, 16


class Hurdle:
    """One service's: `most` calls in SECONDS pass freely. `key`: 32 fresh bytes; `clock`: monotonic seconds."""

    def __init__(self, key: bytes, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._key, self._clock = key, clock
        self._lately: deque[float] = deque(maxlen=most)
        self._looking = threading.Lock()

    def passes(self, call: bytes, cookie: bytes | None) -> bool:
        """Say whether a call is to be answered now: there were few lately, or its cookie is good."""
        now = self._clock()
        with self._looking:
            full = len(self._lately) == self._lately.maxlen
            if not full or (self._lately and now - self._lately[0] >= SECONDS):
                self._lately.append(now)
                return True
        if cookie is None or len(cookie) != _TIME + _MAC:
            return False
        made = int.from_bytes(cookie[:_TIME], "big")
        return hmac.compare_digest(cookie, self._made(call, made)) and 0 <= now - made <= LIFETIME

    def cookie(self, call: bytes) -> bytes:
        """Return what takes this call, and no other, over the hurdle."""
        return self._made(call, int(self._clock()))

    def _made(self, call: bytes, at: int) -> bytes:
        moment = at.to_bytes(_TIME, "big")
        return moment + hmac.digest(self._key, moment + sha256(call).digest(), "sha256")[:_MAC]
