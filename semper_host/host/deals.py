"""The deals of a home while they run: events are journalled, then believed; effects are done, again if need be.

One commit holds the event, the evidence of what it sent or received, the outgoing mail and the deal's row. After a
crash the journal is folded again and what is still owed is done (DESIGN §3, §6).
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from semper_host.commerce import deal as engine
from semper_host.commerce.events import Effect, Event, Opened, Ticked
from semper_host.host.business import Beginning, open_business
from semper_host.host.deal_record import DealRecord, Stale
from semper_host.host.home import Home
from semper_host.host.live_deal import NEVER, Awaited, LiveDeal, Owed, Standing
from semper_host.host.step_effects import STEP_EFFECTS, Deputy, StepEffects
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.registry.bundles import Registry
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

__all__ = ["RETRY_SECONDS", "Deals", "LiveDeal"]

RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
"""How long to wait before doing an effect again that could not be done; the last one from then on."""

AWAITED_SECONDS, MOST_LOOKS = (3, 6, 15), 20
"""How long until it is looked again whether a person has acted, in another process of this home say; after so many
looks the next pause, the last one from then on.
"""
MOST_FOLDS = 5
"""How often a deal's journal is folded again for one event, while another process writes to it too."""

Perform = Callable[[LiveDeal, Effect], Event | None]
"""Does one effect and returns the event that answers it; None: it answers itself later.

Raises SemperError to be tried again.
"""


@dataclass
class Deals:
    """All running deals of one home; safe to use from several threads. `deputy` decides and gives where it can."""

    home: Home
    perform: Perform
    clock: Callable[[], int] = lambda: int(time.time())
    live: dict[bytes, LiveDeal] = field(default_factory=dict)
    sessions: dict[bytes, LiveDeal] = field(default_factory=dict)
    deputy: Deputy = field(default_factory=Deputy)
    managers: Callable[[], Registry] | None = None  # of items, where this home has some
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.record = DealRecord(self.archive, self.clock)
        self.steps = StepEffects(self.home, self.clock, self.deputy, self.managers)
        self._opening = threading.Lock()
        self._watching: dict[bytes, list[Callable[[], object]]] = {}

    @property
    def archive(self) -> Archive:
        """The home's archive."""
        return self.home.archive

    def begin(
        self,
        beginning: Beginning,
        also: Callable[[Transaction], None] = lambda tx: None,
        managers: tuple[bytes, ...] = (),
    ) -> LiveDeal:
        """Begin a deal durably; `also` is written in the same commit. `managers`: see DealRecord.begin.

        The same beginning again gives the deal there is.
        """
        business = open_business(self.home, beginning)
        known = self._known(business.deal)
        if known is not None:
            return known
        live = LiveDeal(business)

        def work(tx: Transaction) -> None:
            also(tx)
            self.record.begin(tx, live, managers)

        self.archive.commit(work)
        live.standing = Standing(entries=1)
        self._enter(live)
        self.post(live, Opened(self.clock()))
        return live

    def take_up(self) -> tuple[list[LiveDeal], dict[bytes, SemperError]]:
        """Take up every deal that is not over, as a start after a stop or a crash does.

        Returns those taken up, and why others, by D, could not be.
        """
        taken, refused = [], {}
        for row in self.archive.deals():
            if row.state != "over":
                try:
                    taken.append(self.find(row.deal))
                except SemperError as error:  # one deal that can't go on must not keep the others
                    refused[row.deal] = error
        return taken, refused

    def find(self, deal: bytes) -> LiveDeal:
        """Return the deal D, from memory or the journal. Raises UsageError DEAL_UNKNOWN."""
        live = self._known(deal)
        if live is None:
            raise UsageError("DEAL_UNKNOWN", f"cannot find the deal {deal.hex()[:16]}")
        return live

    def post(self, live: LiveDeal, event: Event) -> None:
        """Make `event` count. Raises SemperError where the deal refuses it; then nothing changed."""
        self.durably(live, lambda tx: self.record.advance(tx, live, event))

    def durably(self, live: LiveDeal, work: Callable[[Transaction], Standing | None]) -> None:
        """Commit `work`, and only then believe the standing that it returns.

        It may run several times in one commit: what an earlier run made of the deal was undone.
        """
        run = _runs(live, work)
        for _ in range(MOST_FOLDS):
            try:
                reached = self.archive.commit(run)
            except Stale:
                self._fold_again(live)
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

    def work(self, live: LiveDeal, *, wait: bool = False) -> None:
        """Do what `live` owes and what time demands; returns when nothing is due.

        One thread at a time works a deal: where another does, return at once, or `wait` for it.
        """
        if not live.working.acquire(blocking=wait):
            return
        try:
            while self._tick(live) or self._do_next(live):
                pass
        finally:
            live.working.release()

    def due(self, live: LiveDeal) -> bool:
        """Say whether `work` would find something to do."""
        with self.changed:
            return live.idle_seconds(self.clock()) <= 0

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait until `until()` or the time is over; woken by every change of a deal."""
        with self.changed:
            return self.changed.wait_for(until, seconds)

    def _do_next(self, live: LiveDeal) -> bool:
        """Do the first effect that is due; say whether there was one."""
        with self.changed:
            owed = live.next_due()
        if owed is None:
            return False
        try:
            event = (self.steps.perform if isinstance(owed.effect, STEP_EFFECTS) else self.perform)(live, owed.effect)
            owed.at = NEVER  # what the event makes of the deal says whether it is still owed
            if event is not None:
                self.post(live, event)
            if owed.tries:
                live.trouble = ""  # it was this effect's
        except Awaited:
            with self.changed:
                pause = AWAITED_SECONDS[min(owed.tries // MOST_LOOKS, len(AWAITED_SECONDS) - 1)]
                owed.at, owed.awaited, owed.tries = time.monotonic() + pause, True, owed.tries + 1
        except SemperError as error:
            self._again(live, owed, error)
        return True

    def _again(self, live: LiveDeal, owed: Owed, error: SemperError) -> None:
        live.trouble = f"{error.code}: {error.message}"
        with self.changed:
            owed.at = time.monotonic() + RETRY_SECONDS[min(owed.tries, len(RETRY_SECONDS) - 1)]
            owed.tries += 1

    def _tick(self, live: LiveDeal) -> bool:
        wake = engine.wakes_at(live.business.plan, live.state)
        now = self.clock()
        if wake is None or wake > now:
            return False
        before = live.state
        try:
            self.post(live, Ticked(now))
        except SemperError as error:
            live.trouble = f"{error.code}: {error.message}"
        return live.state is not before

    def _known(self, deal: bytes) -> LiveDeal | None:
        with self._opening:
            live = self.live.get(deal)
            if live is not None:
                return live
            entries = self.archive.journal(deal)
            if not entries:
                return None
            live = LiveDeal(open_business(self.home, Beginning.decode(entries[0])))
            live.reach(self.record.fold(live))
            self._enter(live)
        if not live.state.place:
            self.post(live, Opened(self.clock()))
        return live

    def _enter(self, live: LiveDeal) -> None:
        self.live[live.id] = live
        self.sessions[live.business.ends.session] = live


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
