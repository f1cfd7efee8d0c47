"""The deals of a home while they run: events are journalled, then believed; effects are done, again if need be.

One commit holds the event, the evidence of what it sent or received, the outgoing mail and the deal's row. After a
crash the journal is folded again and what is still owed is done (DESIGN §3, §6).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from semper_host.commerce import deal as engine
from semper_host.commerce.events import Effect, Event, Opened, Ticked, name_of
from semper_host.host.business import Beginning, open_business
from semper_host.host.deal_commits import DealCommits
from semper_host.host.deal_record import DealRecord
from semper_host.host.home import Home
from semper_host.host.live_deal import NEVER, Awaited, LiveDeal, Owed, Standing
from semper_host.host.step_effects import STEP_EFFECTS, Deputy, StepEffects
from semper_host.model.errors import SemperError, UsageError
from semper_host.registry.bundles import Registry
from semper_host.supporting.archive.store import Transaction

__all__ = ["RETRY_SECONDS", "Deals", "LiveDeal"]

RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
"""How long to wait before doing an effect again that could not be done; the last one from then on."""

AWAITED_SECONDS, MOST_LOOKS = (3, 6, 15), 20
"""How long until it is looked again whether a person has acted, in another process of this home say; after so many
looks the next pause, the last one from then on.
"""
_SESSIONS = "deal-sessions"
Perform = Callable[[LiveDeal, Effect], Event | None]
"""Does one effect and returns the event that answers it; None: it answers itself later.

Raises SemperError to be tried again.
"""


@dataclass
class Deals(DealCommits):
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
        self.archive = self.home.archive
        self.record = DealRecord(self.archive, self.clock)
        self.steps = StepEffects(self.home, self.clock, self.deputy, self.managers)
        self._opening = threading.Lock()
        self._watching: dict[bytes, list[Callable[[], object]]] = {}

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
        if (known := self._known(business.deal)) is not None:
            return known
        live = LiveDeal(business)

        def work(tx: Transaction) -> None:
            also(tx)
            self.record.begin(tx, live, managers)
            self.archive.write_once(tx, _SESSIONS, business.ends.session, live.id)

        self.archive.commit(work)
        live.standing = Standing(entries=1)
        live = self._enter(live)
        self.post(live, Opened(self.clock()))
        return live

    def take_up(self) -> tuple[list[LiveDeal], dict[bytes, SemperError]]:
        """Take up every deal that is not over, as a start after a stop or a crash does.

        Returns those taken up, and why others, by D, could not be.
        """
        taken, refused = [], {}
        for row in self.archive.deals(state="running"):
            try:
                taken.append(self.find(row.deal))
            except SemperError as error:  # one deal that can't go on must not keep the others
                refused[row.deal] = error
        return taken, refused

    def find(self, deal: bytes) -> LiveDeal:
        """Return the deal D, from memory or the journal. Raises UsageError DEAL_UNKNOWN."""
        if (live := self._known(deal)) is None:
            raise UsageError("DEAL_UNKNOWN", f"cannot find the deal {deal.hex()[:16]}")
        return live

    def of_session(self, session: bytes) -> LiveDeal | None:
        """Return the deal whose mail has this session, also one that was over before this process began."""
        deal = self.archive.written(_SESSIONS, session)
        return None if deal is None else self._known(deal)

    def let_go(self) -> None:
        """Keep in memory no deal that has been over for a while; the archive has it, and gives it again."""
        with self._opening:
            for live in [each for each in list(self.live.values()) if each.left and each.id not in self._watching]:
                del self.live[live.id], self.sessions[live.business.ends.session]

    def post(self, live: LiveDeal, event: Event) -> None:
        """Make `event` count. Raises SemperError where the deal refuses it; then nothing changed."""
        self.durably(live, lambda tx: self.record.advance(tx, live, event))

    def work(self, live: LiveDeal, *, wait: bool = False) -> None:
        """Do what `live` owes and what time demands; returns when nothing is due.

        One thread at a time works a deal: where another does, return at once, or `wait` for it. Where another process
        of this home does, return at once: nothing is asked of a bank, and nothing signed, by two.
        """
        if not live.working.acquire(blocking=wait):
            return
        try:
            if self.due(live) and self.archive.store.turns.take(live.id):
                try:
                    self._work(live)
                finally:
                    self.archive.store.turns.give(live.id)
        finally:
            live.working.release()

    def _work(self, live: LiveDeal) -> None:
        if self.archive.journal_length(live.id) != live.standing.entries:
            self._fold_again(live)  # another process went on with it
        while self._tick(live) or self._do_next(live):
            pass

    def due(self, live: LiveDeal) -> bool:
        """Say whether `work` would find something to do."""
        with self.changed:
            return live.idle_seconds(self.clock()) <= 0

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
                self._answer(live, owed, event)
            if owed.tries:
                live.trouble = ""  # it was this effect's
        except Awaited:
            with self.changed:
                pause = AWAITED_SECONDS[min(owed.tries // MOST_LOOKS, len(AWAITED_SECONDS) - 1)]
                owed.at, owed.awaited, owed.tries = time.monotonic() + pause, True, owed.tries + 1
        except SemperError as error:
            self._again(live, owed, error)
        return True

    def _answer(self, live: LiveDeal, owed: Owed, event: Event) -> None:
        """Make count what answers an effect, unless another process went on with the deal and it is not owed now."""

        def still() -> bool:
            now = live.todo.get(name_of(owed.effect))
            return now is not None and now.effect == owed.effect

        self.durably(live, lambda tx: self.record.advance(tx, live, event), still)

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
                live.touched = time.monotonic()
                return live
            entries = self.archive.journal(deal)
            if not entries:
                return None
            live = LiveDeal(open_business(self.home, Beginning.decode(entries[0])))
            live.reach(self.record.fold(live))
            live = self._enter(live)
        if not live.state.place:
            self.post(live, Opened(self.clock()))
        return live

    def _enter(self, live: LiveDeal) -> LiveDeal:
        """Return the deal in memory: mail may have brought it there before whoever began it. There is only one."""
        live = self.live.setdefault(live.id, live)
        self.sessions[live.business.ends.session] = live
        return live
