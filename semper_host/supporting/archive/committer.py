"""The thread that leads commits for tasks of an event loop, which must not wait for the disk themselves."""

from __future__ import annotations

import threading
from collections.abc import Callable

from semper_host.model.errors import Unavailable


class Committer:
    """Runs `lead` on a thread of its own, each time that it is told to. Nobody tells it to while it does."""

    def __init__(self, lead: Callable[[], None]) -> None:
        self._lead = lead
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._turn = threading.Lock()
        self._turn.acquire()

    def start(self) -> None:
        """Have the thread; under a lock of the caller's. Raises Unavailable (OVERLOADED) where there can be none."""
        if self._thread is None:
            # A daemon: a process may end without closing its archive, and what is not committed was not promised.
            thread = threading.Thread(target=self._run, name="semper-commit", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                raise Unavailable("OVERLOADED", "cannot commit: the system gives no further thread") from None
            self._thread = thread

    def lead(self) -> None:
        """Let the thread, which was started, lead."""
        self._turn.release()

    def stop(self) -> None:
        """End the thread once it is idle; it can be started again."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._stopping = True
            self._turn.release()
            thread.join()
            self._stopping = False

    def _run(self) -> None:
        while True:
            self._turn.acquire()
            if self._stopping:
                return
            self._lead()
