"""What the processes of a market share: a clock that the test can turn, and a store that ends its process."""

from __future__ import annotations

import mmap
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

Moment = Literal["before", "within", "durable"]
"""Of a commit: nothing of it is written; its rows are, and it is not said; it is on disk, and nobody knows yet."""
BEFORE: Moment = "before"
WITHIN: Moment = "within"
DURABLE: Moment = "durable"


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
    """A store whose process is killed at a commit: before it, within it, or once it is durable.

    Within: its rows have been written to SQLite, with those of whoever shares the commit, and COMMIT is not said yet.
    """

    def __init__(self, store: Any) -> None:
        self._store, self._lock = store, threading.Lock()
        self.count, self._at, self._moment = 0, 0, BEFORE
        self._last = self._written = False
        self._committing = store._writer.commit
        store._writer.commit = self._commit_rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def arm(self, at: int, moment: Moment) -> None:
        """Die at commit number `at` (from 1) from now on; 0: at none. No answer where death has begun."""
        with self._lock:
            self.count, self._at, self._moment = 0, at, moment
            dying = self._last
        while dying:
            time.sleep(1)

    def commit(self, work: Callable[[Any], Any]) -> Any:
        last, work = self._begins(work)
        result = self._store.commit(work)
        self._ends(last)
        return result

    async def committed(self, work: Callable[[Any], Any]) -> Any:
        last, work = self._begins(work)
        result = await self._store.committed(work)
        self._ends(last)
        return result

    def _begins(self, work: Callable[[Any], Any]) -> tuple[bool, Callable[[Any], Any]]:
        with self._lock:
            self.count += 1
            last = self.count == self._at
            self._last |= last
        if last and self._moment == BEFORE:
            _die()
        return last, self._marking(work) if last and self._moment == WITHIN else work

    def _marking(self, work: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def marking(tx: Any) -> Any:
            try:
                return work(tx)
            finally:
                self._written = True  # a work that is refused ends in no commit of its own: then it is the next one

        return marking

    def _commit_rows(self) -> None:
        if self._written:
            _die()
        self._committing()

    def _ends(self, last: bool) -> None:
        if last:
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)  # not a step further: the signal is on its way
