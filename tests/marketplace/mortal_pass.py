"""Every party killed at each of its commits of every kind of trade: several markets are at it side by side."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.marketplace.mortal_market import Market
from tests.marketplace.mortal_party import WITHHELD
from tests.marketplace.mortal_store import BEFORE, DURABLE, WITHIN, Moment
from tests.marketplace.mortal_trades import PAID, Death, Spoilt, trade

MOMENTS: tuple[Moment, ...] = (BEFORE, WITHIN, DURABLE)
EARLIER: tuple[Moment, ...] = (BEFORE, WITHIN)
"""They leave the same on disk: one of them at each commit, in turn, so that each kind of trade has both."""
LANES = 6
"""Markets side by side: much of a trade is waiting, for a process to start or for time to fly."""
CHANGE = 14
"""So many commits fewer it takes a buyer to pay who has exact change."""
LOOKS = 4
"""So many commits may come between a spoilt message and the look that sees it."""
MORE = 12
"""Commits after the last of an undisturbed trade at which one who is disturbed may still be killed."""


class Piece(NamedTuple):
    """Who is killed in which trade, and the message spoilt in it so that the trustee decides."""

    name: str
    spoilt: Spoilt | None
    party: str

    @property
    def kind(self) -> str:
        """The kind of exchange whose commits these are."""
        return "contract" if self.spoilt is not None and self.spoilt.step == "agree" else self.name

    def __str__(self) -> str:
        number = None if self.spoilt is None else self.spoilt.number
        spoilt = {None: "", WITHHELD: ", answer withheld"}.get(number, f", message {number} spoilt")
        return f"{self.kind}{spoilt}: {self.party}"


@dataclass
class Found:
    """What came of a piece: the commits of an undisturbed trade at which it began and ended, kills, what was wrong."""

    piece: Piece
    first: int = 1
    last: int = 0
    killed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def enough(self) -> bool:
        """Whether few of the commits were left out: how many there are varies with the coins, and with time."""
        wanted = 1.3 if self.piece.spoilt is None else 0.3
        return self.killed.total() >= wanted * (self.last + 1 - self.first)

    def __str__(self) -> str:
        kills = ", ".join(f"{self.killed[moment]} {moment}" for moment in MOMENTS)
        return f"{self.piece} killed {self.killed.total()} times ({kills}) at commits {self.first} to {self.last}"


class Lane:
    """A market, made when it is wanted; made anew once something went wrong in it."""

    making = threading.Lock()

    def __init__(self, make: Callable[[], AbstractContextManager[Market]]) -> None:
        self._make, self._ending = make, ExitStack()
        self._market: Market | None = None

    @property
    def market(self) -> Market:
        if self._market is None:
            with self.making:
                self._market = self._ending.enter_context(self._make())
        return self._market

    def close(self) -> None:
        self._market = None
        self._ending.close()


class Counted(NamedTuple):
    """Commits of each party in an undisturbed trade, and those by when a message was seen to be spoilt."""

    commits: dict[str, int]
    at_spoilt: dict[str, int]


class Pass:
    """All pieces, done by `LANES` lanes."""

    def __init__(self, make: Callable[[], AbstractContextManager[Market]], pieces: Iterable[Piece]) -> None:
        self._lanes = [Lane(make) for _ in range(LANES)]
        self._free: queue.SimpleQueue[Lane] = queue.SimpleQueue()
        self.news: queue.SimpleQueue[str] = queue.SimpleQueue()
        """What there is to say meanwhile."""
        for lane in self._lanes:
            self._free.put(lane)
        self._counted: dict[tuple[str, Spoilt | None], Counted] = {}
        self._pool, self._began = ThreadPoolExecutor(LANES), time.monotonic()
        self.found: dict[Piece, Future[Found]] = {piece: self._pool.submit(self._do, piece) for piece in pieces}

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        for lane in self._lanes:
            lane.close()

    def totals(self) -> str:
        """Kills by kind, by party and by moment of all that is done."""
        kinds: dict[str, Counter[str]] = {}
        moments: Counter[str] = Counter()
        for each in self.found.values():
            if each.done() and not each.cancelled() and each.exception() is None:
                found = each.result()
                kinds.setdefault(found.piece.kind, Counter())[found.piece.party] += found.killed.total()
                moments.update(found.killed)
        by_party = sum(kinds.values(), Counter[str]())
        lines = [f"{kind}: {_told(parties)}" for kind, parties in kinds.items()]
        took = int(time.monotonic() - self._began)
        return "\n".join([*lines, f"all, in {took} s: {_told(by_party)}; {_told(moments)}"])

    def _do(self, piece: Piece) -> Found:
        lane = self._free.get()
        try:
            found = kill_all(lane, piece, self._counted)
            self.news.put("\n".join([str(found), *found.wrong]))
            return found
        finally:
            self._free.put(lane)


def _told(counted: Counter[str]) -> str:
    parts = ", ".join(f"{name} {number}" for name, number in sorted(counted.items()) if number)
    return f"{counted.total()} kills ({parts})"


def kill_all(lane: Lane, piece: Piece, counted: dict[tuple[str, Spoilt | None], Counted]) -> Found:
    """Kill a party at each of its commits; nothing may be wrong after any. Stops where it has no more commits.

    Where a message is spoilt, at those that follow it, at one moment of each: the others are as where none is.
    The trustee, who acts only then, at every moment of each.
    """
    found, trading = Found(piece), (piece.name, piece.spoilt)
    if trading not in counted:
        lane.market.at_spoilt.clear()
        _tried(lane, found, None)
        if found.wrong:
            return found
        counted[trading] = Counted(lane.market.counts, dict(lane.market.at_spoilt))
    sure = CHANGE if piece.party == "buyer" and piece.name in PAID else LOOKS
    found.last = counted[trading].commits[piece.party]
    found.first = max(1, counted[trading].at_spoilt.get(piece.party, 0) - sure)
    at, died = found.first, False
    while at <= found.last or (died and at <= found.last + MORE):
        died = sum(_tried(lane, found, Death(piece.party, at, moment)) for moment in moments_of(piece, at)) > 0
        at += 1
    return found


def moments_of(piece: Piece, at: int) -> tuple[Moment, ...]:
    """When of a commit the party is killed."""
    if piece.spoilt is not None and piece.party == "trustee":
        return MOMENTS  # it has few, and the first of them decides
    return (EARLIER[at % 2], DURABLE) if piece.spoilt is None else (MOMENTS[at % 3],)


def _tried(lane: Lane, found: Found, death: Death | None) -> bool:
    """Trade once, with a death or without; say whether it came to pass."""
    piece = found.piece
    try:
        died = trade(lane.market, piece.name, [death] if death is not None else [], piece.spoilt)
    except Exception:
        found.wrong.append(f"{piece} {death}: {traceback.format_exc()[-3000:]}")
        lane.close()
        return True
    if death is not None:
        found.killed[death.moment] += len(died)
    return bool(died)
