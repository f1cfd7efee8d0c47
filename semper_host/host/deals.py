"""The deals of a home while they run: events are journalled, then believed; effects are done, again if need be.

One commit holds the event, the evidence of what it sent or received, the outgoing mail and the deal's row. After a
crash the journal is folded again and what is still owed is done (DESIGN §3, §6).
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from semper_host.commerce import deal as engine
from semper_host.commerce.events import Effect, Event, Opened, Ticked
from semper_host.host.business import Beginning, open_business
from semper_host.host.deal_record import DealRecord, Stale
from semper_host.host.home import Home
from semper_host.host.live_deal import NEVER, LiveDeal, Owed, Standing
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

__all__ = ["RETRY_SECONDS", "Deals", "LiveDeal"]

RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
"""How long to wait before doing an effect again that could not be done; the last one from then on."""

MOST_FOLDS = 5
"""How often a deal's journal is folded again for one event, while another process writes to it too."""

Perform = Callable[[LiveDeal, Effect], Event | None]
"""Does one effect and returns the event that answers it; None: it answers itself later.

Raises SemperError to be tried again.
"""


@dataclass
class Deals:
    """All running deals of one home; safe to use from several threads."""

    home: Home
    perform: Perform
    clock: Callable[[], int] = lambda: int(time.time())
    live: dict[bytes, LiveDeal] = field(default_factory=dict)
    sessions: dict[bytes, LiveDeal] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.record = DealRecord(self.archive, self.clock)
        self._opening = threading.Lock()

    @property
    def archive(self) -> Archive:
        """The home's archive."""
        return self.home.archive

    def begin(self, beginning: Beginning, also: Callable[[Transaction], None] = lambda tx: None) -> LiveDeal:
        """Begin a deal durably; `also` is written in the same commit.

        The same beginning again gives the deal there is.
        """
        business = open_business(self.home, beginning)
        known = self._known(business.deal)
        if known is not None:
            return known
        live = LiveDeal(business)

        def work(tx: Transaction) -> None:
            also(tx)
            self.record.begin(tx, live)

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
        runs = itertools.count()

        def run(tx: Transaction) -> Standing | None:
            if next(runs):
                live.ahead = None
            return work(tx)

        for _ in range(MOST_FOLDS):
            try:
                reached = self.archive.commit(run)
            except Stale:
                live.ahead = None
                self._believe(live, self.record.fold(live))
            except BaseException:
                live.ahead = None
                raise
            else:
                # COMMIT POINT: after this the event has happened; only now do effects leave
                self._believe(live, reached)
                return
        raise Unavailable("HOME_BUSY", "cannot go on with the deal: another process is working it")

    def _believe(self, live: LiveDeal, standing: Standing | None) -> None:
        with self.changed:
            if standing is not None:
                live.reach(standing)
            self.changed.notify_all()

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
            due = live.next_due()
        if due is None:
            return False
        _, owed = due
        try:
            event = self.perform(live, owed.effect)
            owed.at = NEVER  # what the event makes of the deal says whether it is still owed
            if event is not None:
                self.post(live, event)
            if owed.tries:
                live.trouble = ""  # it was this effect's
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
