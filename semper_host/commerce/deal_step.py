"""What the engine asks of every form of step: exchange, transfer, decision (DESIGN §7)."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from semper_host.commerce.deal_state import DealState
from semper_host.commerce.events import (
    Abandoned,
    Allotted,
    Arrived,
    Chosen,
    Declined,
    Effect,
    Finalised,
    FollowUp,
    Prepared,
    Ruled,
    Ticked,
)
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.exchange.items import Token

Effects = tuple[Effect, ...]
Stepping = Arrived | Allotted | Prepared | Declined | Ruled | Finalised | Ticked | Chosen | Abandoned
"""What can happen while a step is under way."""


class Stepped(NamedTuple):
    """What an event did inside a step. `ended`: the step's outcome, "" while it goes on; then its name (L), what we
    gained by it, and what has to follow.
    """

    state: DealState
    effects: Effects = ()
    ended: str = ""
    label: bytes = b""
    gains: tuple[Token, ...] = ()
    follow: tuple[FollowUp, ...] = ()


class Form(Protocol):
    """One form of step. All of it is pure; `state.place` is the step's."""

    def enter(self, plan: Plan, state: DealState, spec: StepSpec, now: int, /) -> tuple[DealState, Effects]:
        """Return the state in which the step begins, and what to do then."""

    def happen(self, plan: Plan, state: DealState, spec: StepSpec, event: Stepping, /) -> Stepped:
        """Return what `event` does to the step. Raises SemperError; the caller then keeps the old state."""

    def owed(self, plan: Plan, state: DealState, spec: StepSpec, /) -> Effects:
        """Return everything that the step still wants done, but what was sent."""

    def wakes_at(self, plan: Plan, state: DealState, spec: StepSpec, /) -> int | None:
        """Return from when on (seconds since 1970) a Ticked changes something, or None."""

    def may_come_early(self, spec: StepSpec, message: bytes, /) -> bool:
        """Say whether an honest peer can send `message` before we have reached the step. Raises SemperError."""
