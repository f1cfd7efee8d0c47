"""A pulse: what a service looks at again and again, on a thread that no fault ends, since deadlines hang on it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from semper_host.model.errors import SemperError

_log = logging.getLogger("semper.pulse")
_LAST_LOOK = 10
"""Seconds that a look under way may take to end."""


class Beat:
    """Calls `look` every `seconds` on a thread called `name`, from `start` to `stop`."""

    def __init__(self, name: str, seconds: float, look: Callable[[], None]) -> None:
        self._name, self._seconds, self._look = name, seconds, look
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def stopping(self) -> bool:
        """Whether it is to end."""
        return self._stopping.is_set()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End it; may be called twice, and where it never began."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_LAST_LOOK)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            try:
                self._look()
            except Exception as error:  # the store is full or busy, or the fault is ours: the next look tries again
                report(self._name, error)


def report(what: str, error: Exception) -> None:
    """Log that `what` failed and is tried again: words for whoever runs the service, no content of anybody's."""
    _log.error("%s is tried again: %s", what, error.code if isinstance(error, SemperError) else type(error).__name__)
    _log.debug("details", exc_info=error)
