"""Work that must be done in the end, by whichever process has a worker free: taken up again, ever more slowly, until
it is done.

What is to be done lies in a store, leased to one worker at a time. A worker that dies leaves a lease that ends.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from semper_host.model.errors import SemperError

WAITS = (0.5, 1, 2, 5, 10, 30, 60, 300)
"""Seconds before each new try; the last from then on."""
POLL = 1.0
"""Seconds after which a worker looks for work of which nobody told it: left by other processes, or due again."""
WORKERS = 2
"""Threads of one process that carry work: one bank that is slow to answer does not keep the others waiting."""

Work = Callable[[bytes], object]
"""Does the piece of work named by a key; raises SemperError to be tried again."""

_log = logging.getLogger("semper.retrying")


class Leases(Protocol):
    """Where the work lies: `trustee_rows.Rows` is one."""

    def next_work(self) -> tuple[bytes, int] | None:
        """Lease what is longest due, and say how often it was taken up; None where nothing is due."""

    def again(self, label: bytes, seconds: float) -> None:
        """Give the lease back; the work is due again after so many seconds."""


class Carrier:
    """The workers of one process. `waits` are seconds between tries; `work` itself tells the store when it is done."""

    def __init__(self, leases: Leases, work: Work, name: str, waits: tuple[float, ...] = WAITS) -> None:
        self._leases, self._work, self._waits = leases, work, waits
        self._changed = threading.Condition()
        self._stopping = False
        self._news = 0
        self._threads = [threading.Thread(target=self._run, name=name, daemon=True) for _ in range(WORKERS)]

    def start(self) -> None:
        """Begin, with what a stop or a crash left undone."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10) -> None:
        """End after the pieces under way; what is undone stays in the store."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(seconds)

    def soon(self) -> None:
        """There is something to do."""
        with self._changed:
            self._news += 1
            self._changed.notify()

    def put_off(self, key: bytes, tries: int, error: Exception) -> None:
        """Give back what could not be done, until the next try. `tries` counts from 1."""
        _report(key, error)
        self._leases.again(key, self._waits[min(tries, len(self._waits)) - 1])

    def _run(self) -> None:
        while not self._stopping:
            seen = self._news
            try:
                taken = self._leases.next_work()
                if taken is not None:
                    self._do(*taken)
                    continue
            except Exception as error:  # the store is full, busy or away: look again later
                _report(b"", error)
            with self._changed:
                wait = min(POLL, *self._waits)
                self._changed.wait_for(lambda: self._stopping or self._news != seen, wait)  # noqa: B023

    def _do(self, key: bytes, tries: int) -> None:
        try:
            self._work(key)
        except Exception as error:
            self.put_off(key, tries, error)


def _report(key: bytes, error: Exception) -> None:
    words = error.message if isinstance(error, SemperError) else type(error).__name__
    _log.warning("%s is tried again later: %s", key.hex()[:16], words)
    _log.debug("details", exc_info=error)
