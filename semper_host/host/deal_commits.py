"""How a home comes to believe something of its deals: it is committed first, and who waits for news is woken then."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from semper_host.host.deal_record import DealRecord, Stale
from semper_host.host.live_deal import LiveDeal, Standing
from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

MOST_FOLDS = 5
"""How often a deal's journal is folded again for one event, while another process writes to it too."""


class DealCommits:
    """The part of `Deals` that commits. What was committed elsewhere meanwhile is folded in first."""

    archive: Archive
    record: DealRecord
    changed: threading.Condition
    _watching: dict[bytes, list[Callable[[], object]]]

    def durably(
        self, live: LiveDeal, work: Callable[[Transaction], Standing | None],
        still: Callable[[], bool] = lambda: True,
    ) -> None:  # fmt: skip
        """Commit `work`, and only then believe the standing that it returns.

        It may run several times in one commit: what an earlier run made of the deal was undone. Where another process
        wrote meanwhile, it is done all the same if it is `still` wanted.
        """
        run = _runs(live, work)
        for _ in range(MOST_FOLDS):
            try:
                reached = self.archive.commit(run)
            except Stale:
                self._fold_again(live)
                if not still():
                    return
            except BaseException:
                live.ahead = None
                raise
            else:
                # COMMIT POINT: after this the event has happened; only now do effects leave
                self._believe(live, reached)
                return
        raise _worked_elsewhere()

    async def durable(self, live: LiveDeal, work: Callable[[Transaction], Standing | None]) -> None:
        """Do as `durably` does, in a task of an event loop; `work` runs on another thread."""
        run = _runs(live, work)
        for _ in range(MOST_FOLDS):
            try:
                reached = await self.archive.committed(run)
            except Stale:
                await asyncio.to_thread(self._fold_again, live)
            except asyncio.CancelledError:
                self._fold_again(live)  # it may be durable all the same, and then wants something done
                raise
            except BaseException:
                live.ahead = None
                raise
            else:
                # COMMIT POINT: as above
                self._believe(live, reached)
                return
        raise _worked_elsewhere()

    def _fold_again(self, live: LiveDeal) -> None:
        live.ahead = None
        self._believe(live, self.record.fold(live))

    def _believe(self, live: LiveDeal, standing: Standing | None) -> None:
        with self.changed:
            if standing is not None:
                live.reach(standing)
            self.changed.notify_all()
            for wake in self._watching.get(live.id, ()):
                wake()

    @contextmanager
    def watching(self, live: LiveDeal, wake: Callable[[], object]) -> Iterator[None]:
        """Have `wake` called at every change of `live` while the block runs: from any thread, and not to wait."""
        with self.changed:
            self._watching.setdefault(live.id, []).append(wake)
        try:
            yield
        finally:
            with self.changed:
                self._watching[live.id].remove(wake)
                if not self._watching[live.id]:
                    del self._watching[live.id]

    def wake(self) -> None:
        """Wake all who wait for a change: something else has happened."""
        with self.changed:
            self.changed.notify_all()
            for wakes in self._watching.values():
                for wake in wakes:
                    wake()

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait until `until()` or the time is over; woken by every change of a deal."""
        with self.changed:
            return self.changed.wait_for(until, seconds)


def _runs(live: LiveDeal, work: Callable[[Transaction], Standing | None]) -> Callable[[Transaction], Standing | None]:
    """Return `work`, which forgets at every run but the first what the one before had made of the deal."""
    runs = itertools.count()

    def run(tx: Transaction) -> Standing | None:
        if next(runs):
            live.ahead = None
        return work(tx)

    return run


def _worked_elsewhere() -> Unavailable:
    return Unavailable("HOME_BUSY", "cannot go on with the deal: another process is working it")
