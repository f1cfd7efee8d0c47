"""What the processes of a market share: a clock that the test can turn, and a store that ends its process."""

from __future__ import annotations

import mmap
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Clock:
    """Everybody's clock: real time, and so many seconds more as a file says that all have mapped."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._ahead = mmap.mmap(file.fileno(), 8)

    def __call__(self) -> int:
        return int(time.time()) + self.ahead

    @property
    def ahead(self) -> int:
        return int.from_bytes(self._ahead[:8], "big")

    def turn(self, seconds: int) -> None:
        """Turn everybody's clock on."""
        self._ahead[:8] = (self.ahead + seconds).to_bytes(8, "big")


class MortalStore:
    """A store whose process is killed at a commit: before it, or once it is durable."""

    def __init__(self, store: Any) -> None:
        self._store, self._lock = store, threading.Lock()
        self.count, self._at, self._durable = 0, 0, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def arm(self, at: int, durable: bool) -> None:
        """Die at commit number `at` (from 1) from now on; 0: at none."""
        with self._lock:
            self.count, self._at, self._durable = 0, at, durable

    def commit(self, work: Callable[[Any], Any]) -> Any:
        last = self._begins()
        result = self._store.commit(work)
        self._ends(last)
        return result

    async def committed(self, work: Callable[[Any], Any]) -> Any:
        last = self._begins()
        result = await self._store.committed(work)
        self._ends(last)
        return result

    def _begins(self) -> bool:
        with self._lock:
            self.count += 1
            last = self.count == self._at
        if last and not self._durable:
            os.kill(os.getpid(), signal.SIGKILL)
        return last

    def _ends(self, last: bool) -> None:
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
