"""A deal's pulse: while its owner talks to the other side, another thread keeps its deadlines and its other errands."""

from __future__ import annotations

import threading
from types import TracebackType

from semper_host.host.deals import Deals
from semper_host.host.live_deal import LiveDeal

BEAT_SECONDS = 0.1


class Pulse:
    """Works `live` whenever something is due, from entering to leaving; what goes wrong is raised in `check`."""

    def __init__(self, deals: Deals, live: LiveDeal) -> None:
        self._deals, self._live = deals, live
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._beat, name="semper-deal-pulse", daemon=True)

    def __enter__(self) -> Pulse:
        self._deals.work(self._live)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise what went wrong in the pulse, if anything did."""
        if self._failure is not None:
            raise self._failure

    def _beat(self) -> None:
        try:
            while not self._ending.wait(BEAT_SECONDS):
                if self._deals.due(self._live):
                    self._deals.work(self._live)
        except BaseException as error:
            self._failure = error
            with self._deals.changed:
                self._deals.changed.notify_all()
