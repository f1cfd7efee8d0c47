"""Work that must be done in the end: a background thread that tries each piece again, ever more slowly, until it is."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from semper_host.model.errors import SemperError

WAITS = (0.5, 1, 2, 5, 10, 30, 60, 300)
"""Seconds before each new try; the last from then on."""

Work = Callable[[bytes], object]
"""Does the piece of work named by a key; raises SemperError to be tried again."""

_log = logging.getLogger("semper.retrying")


class Retrier:
    """Pieces of work by key, each done by one thread in the background. `waits` are seconds between tries."""

    def __init__(self, work: Work, name: str, waits: tuple[float, ...] = WAITS) -> None:
        self._work, self._waits = work, waits
        self._due: dict[bytes, tuple[float, int]] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self, keys: Iterable[bytes] = ()) -> None:
        """Begin, with what a stop or a crash left undone."""
        for key in keys:
            self.soon(key)
        self._thread.start()

    def stop(self, seconds: float = 10) -> None:
        """End after the piece under way; what is undone stays the caller's to remember."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def soon(self, key: bytes) -> None:
        """Have the work of `key` done as soon as can be."""
        with self._changed:
            self._due[key] = (time.monotonic(), 0)
            self._changed.notify()

    def done(self, key: bytes) -> None:
        """Somebody else did the work of `key`."""
        with self._changed:
            self._due.pop(key, None)

    def _run(self) -> None:
        while (next_one := self._next()) is not None:
            key, tries = next_one
            try:
                self._work(key)
            except Exception as error:
                _report(key, error)
                with self._changed:
                    again = time.monotonic() + self._waits[min(tries, len(self._waits) - 1)]
                    self._due.setdefault(key, (again, tries + 1))

    def _next(self) -> tuple[bytes, int] | None:
        """Wait for the first piece that is due and take it; None when stopped."""
        with self._changed:
            while not self._stopping:
                key = min(self._due, key=lambda each: self._due[each][0], default=None)
                wait = None if key is None else self._due[key][0] - time.monotonic()
                if key is not None and wait is not None and wait <= 0:
                    return key, self._due.pop(key)[1]
                self._changed.wait(wait)
            return None


def _report(key: bytes, error: Exception) -> None:
    words = error.message if isinstance(error, SemperError) else type(error).__name__
    _log.warning("%s is tried again later: %s", key.hex()[:16], words)
    _log.debug("details", exc_info=error)
