"""Where one side of a deal stands, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from semper_host.commerce.events import Arrived, FollowUp
from semper_host.commerce.plan import Plan
from semper_host.exchange.items import Token
from semper_host.exchange.kinds.fair_purchase import CONVICTION
from semper_host.exchange.labels import Label
from semper_host.exchange.state import State
from semper_host.exchange.two_transfers import Swapped
from semper_host.model.outcome import Dissatisfied, Outcome, Satisfied

OVERRULED = "choice.overruled"
"""Among the gains of a step: our signed choice, of which the other side signed that it came too late."""


@dataclass(frozen=True, slots=True)
class Past:
    """A step that is over: its outcome, L, and what we gained."""

    name: str
    outcome: str
    label: bytes
    gains: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Handing:
    """What we give or decide in the step under way, and wait to be answered. Times are the deal's own."""

    said: bytes = b""  # our parcel or signed choice, the exact bytes
    choice: str = ""  # what the choice is
    kept: bytes = b""  # the item in our parcel, where its receipt can't be checked without it
    late: bytes = b""  # the other side's signed `late`; it counts once our own time is over
    over: bool = False  # our own time is over, or we will not act


@dataclass(frozen=True, slots=True)
class DealState:
    """Where one side of a deal stands. `place` is a step's name or END.name; `pending` waits to be done.

    `entered` is when we came there, `met` when the other side has come there too at the latest (seconds since 1970).
    `early` are messages of the peer for steps that we have not reached: it may learn of a step's end before us.
    """

    place: str = ""
    entered: int = 0
    met: int = 0
    label: Label | None = None
    exchange: State | Swapped | None = None
    handing: Handing | None = None
    past: tuple[Past, ...] = ()
    pending: tuple[FollowUp, ...] = ()
    proofs: tuple[Token, ...] = ()
    early: tuple[Arrived, ...] = ()
    why: str = ""
    unpaid: bool = False  # money that was ours to collect had gone back


def is_over(plan: Plan, state: DealState) -> bool:
    """Say whether the deal has ended and nothing is left to be done."""
    return bool(state.place) and plan.automaton.is_end(state.place) and not state.pending


def outcome(plan: Plan, state: DealState) -> Outcome | None:
    """Return how the deal ended for us, None while it goes on.

    At an end that satisfies, goods that are not what was promised, or money that never came, leave us dissatisfied.
    """
    if not state.place or not plan.automaton.is_end(state.place):
        return None
    ended = plan.automaton.outcome(state.place, state.why)
    gained = {token.name for past in state.past for token in past.gains}
    if CONVICTION in gained:
        return Dissatisfied(ended.end, "the key does not open the goods: the seller's own signature proves it")
    if isinstance(ended, Satisfied) and state.unpaid:
        return Dissatisfied(ended.end, "the held money had gone back before it was collected")
    if isinstance(ended, Satisfied) and OVERRULED in gained:
        return Dissatisfied(ended.end, "the other side says that our choice came too late")
    return ended
