"""Where one side of a deal stands, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from semper_host.commerce.events import Arrived, FollowUp
from semper_host.commerce.plan import Plan
from semper_host.exchange.items import Token
from semper_host.exchange.kinds.fair_purchase import CONVICTION
from semper_host.exchange.labels import Label
from semper_host.exchange.state import State
from semper_host.model.holds import CAPTURE_RIGHT, VOIDED
from semper_host.model.outcome import Dissatisfied, Outcome, Satisfied


@dataclass(frozen=True, slots=True)
class Past:
    """A step that is over: its outcome, L, and what we gained."""

    name: str
    outcome: str
    label: bytes
    gains: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class DealState:
    """Where one side of a deal stands. `place` is a step's name or END.name; `pending` waits to be done.

    `early` are messages of the peer for steps that we have not reached: it may learn of a step's end before us.
    """

    place: str = ""
    entered: int = 0
    label: Label | None = None
    exchange: State | None = None
    past: tuple[Past, ...] = ()
    pending: tuple[FollowUp, ...] = ()
    proofs: tuple[Token, ...] = ()
    early: tuple[Arrived, ...] = ()
    why: str = ""


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
    unpaid = CAPTURE_RIGHT in gained and any(proof.name == VOIDED for proof in state.proofs)
    if isinstance(ended, Satisfied) and unpaid:
        return Dissatisfied(ended.end, "the held money had gone back before it was collected")
    return ended
