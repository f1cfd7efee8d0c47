"""What a service shows to everybody: its statement of keys, signed anew before it ages or when what it says changes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from semper_host.host import identity
from semper_host.host.home import Home
from semper_host.host.identity import ServiceIdentity

RENEWED_AFTER = 24 * 3600
"""Seconds after which a running service signs its statement again; it holds for identity.SERVICE_VALIDITY."""

Clock = Callable[[], int]


class KeysPage:
    """The page of a service's keys. Raises UsageError at once where no authority has certified this home."""

    def __init__(
        self, home: Home, clock: Clock, *, system: str = "", keyset: Callable[[], bytes] = lambda: b""
    ) -> None:
        self._home, self._clock = home, clock
        self._system, self._keyset = system, keyset
        self._signing = threading.Lock()
        self._made, self._stated = clock(), keyset()
        self.identity = self._sign(self._made)

    def __call__(self) -> bytes:
        """Return the signed statement of keys as of today."""
        with self._signing:
            now, stated = self._clock(), self._keyset()
            if stated != self._stated or not 0 <= now - self._made < RENEWED_AFTER:
                self._stated = stated
                self.identity, self._made = self._sign(now), now
            return self.identity.statement

    def _sign(self, now: int) -> ServiceIdentity:
        return identity.service(self._home, now, system=self._system, keyset=self._stated)
