"""One deal in memory: where it durably stands, and what is still to be done for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from semper_host.commerce import deal as engine
from semper_host.commerce.deal import DealState
from semper_host.commerce.events import Effect, End, name_of
from semper_host.host.business import BUYER, SELLER, Business

NEVER = float("inf")
KEPT_SECONDS = 600
"""How long a deal that is over stays in memory after somebody asked for it."""


class Awaited(Exception):
    """A person, or a service, has still to act: `what` it is. No trouble; it is looked for again."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a deal has come: its state, folded from so many journal entries, and the peer's evidence head."""

    state: DealState = field(default_factory=DealState)
    entries: int = 0
    seen: bytes = b""


@dataclass
class Owed:
    """An effect to be done: not before `at` (monotonic seconds), tried `tries` times so far."""

    effect: Effect
    at: float
    tries: int = 0
    awaited: bool = False  # a person has still to act


@dataclass
class LiveDeal:
    """One deal. `standing` is durable; `ahead` is what a transaction under way has made of it, seen by no effect."""

    business: Business
    standing: Standing = field(default_factory=Standing)
    ahead: Standing | None = None
    named: set[bytes] = field(default_factory=set)  # our own evidence heads, as we named them to the peer
    todo: dict[tuple[str, str, int | bytes], Owed] = field(default_factory=dict)
    trouble: str = ""
    working: threading.Lock = field(default_factory=threading.Lock)
    queued: bool = False  # a worker will take it up
    touched: float = field(default_factory=time.monotonic)  # when somebody last asked for it

    @property
    def id(self) -> bytes:
        """D."""
        return self.business.deal

    @property
    def state(self) -> DealState:
        """The deal's durable state."""
        return self.standing.state

    @property
    def side(self) -> str:
        """Our side: "buyer" or "seller"."""
        return self.business.beginning.side

    @property
    def peer_side(self) -> str:
        """The other side."""
        return SELLER if self.side == BUYER else BUYER

    @property
    def over(self) -> bool:
        """Whether the deal has ended and everything that follows from it is done."""
        return engine.is_over(self.business.plan, self.state)

    @property
    def left(self) -> bool:
        """Whether it is over, nobody is at work on it, and nobody has asked for it lately."""
        return self.over and time.monotonic() - self.touched > KEPT_SECONDS and not self.working.locked()

    def reach(self, standing: Standing) -> None:
        """Believe a standing that has become durable, and owe what it wants done, no more and no less."""
        if standing.entries < self.standing.entries:
            return
        self.standing = standing
        now = time.monotonic()
        owed = {}
        for effect in engine.owed(self.business.plan, standing.state):
            if not isinstance(effect, End):
                key = name_of(effect)
                before = self.todo.get(key)
                owed[key] = before if before is not None and before.effect == effect else Owed(effect, now)
        self.todo = owed

    @property
    def awaits_person(self) -> bool:
        """Whether nothing is to be done here before a person acts."""
        return bool(self.todo) and all(owed.awaited for owed in self.todo.values())

    def wake(self) -> None:
        """Look again at once for what people have still to do."""
        for owed in self.todo.values():
            if owed.awaited:
                owed.at, owed.awaited = time.monotonic(), False

    def next_due(self) -> Owed | None:
        """Return what is to be done first, or None where nothing is due yet."""
        now = time.monotonic()
        return next((owed for owed in self.todo.values() if owed.at <= now), None)

    def idle_seconds(self, clock: int) -> float:
        """Return for how long nothing is due, infinite where only the peer can move the deal; `clock` is the time."""
        wake = engine.wakes_at(self.business.plan, self.state)
        waits = [owed.at - time.monotonic() for owed in self.todo.values()]
        return max(0.0, min([*waits, NEVER if wake is None else float(wake - clock)], default=NEVER))
