"""The deal engine: one party's side of one deal as a step function over its terms (DESIGN §7).

    state, effects = advance(plan, state, event)

The host journals the event, makes the state durable, then performs the effects. `owed` tells after a crash what
is still to be done. The terms' automaton says which step comes next; each form of step knows how it goes.
"""

from __future__ import annotations

from dataclasses import replace

from semper_host.commerce import deal_decide, deal_exchange, deal_transfer
from semper_host.commerce.deal_state import DealState, Past, is_over, outcome
from semper_host.commerce.deal_step import Effects, Form, Stepped, Stepping
from semper_host.commerce.events import Arrived, Capture, End, Event, Followed, Opened, Ticked, name_of
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.exchange.items import Token
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.holds import VOIDED

__all__ = ["DealState", "Effects", "Past", "advance", "is_over", "outcome", "owed", "wakes_at"]

_FORMS: dict[str, Form] = {"exchange": deal_exchange, "transfer": deal_transfer, "decide": deal_decide}
"""What runs each form of step."""
EXCHANGE = "exchange"
"""The form of step that a trustee may end later for one side than for the other."""


def advance(plan: Plan, state: DealState, event: Event) -> tuple[DealState, Effects]:
    """Return the state after `event`, and what is to be done once it is durable.

    Raises SemperError, mostly PeerDeviated with the evidence; the caller then keeps the old state.
    """
    if isinstance(event, Opened):
        return (state, ()) if state.place else _enter(plan, state, plan.automaton.start, event.at, event.at)
    if isinstance(event, Followed):
        return _followed(state, event), ()
    if not state.place or plan.automaton.is_end(state.place):
        return state, ()
    after, effects = _happen(plan, state, event)
    return _catch_up(plan, after, effects, event.at) if after.place != state.place else (after, effects)


def owed(plan: Plan, state: DealState) -> Effects:
    """Return everything that `state` still wants done, no more and no less: for going on, after a crash too.

    Sent messages are the outbox's affair.
    """
    if not state.place:
        return ()
    if plan.automaton.is_end(state.place):
        return (*state.pending, End(state.place))
    spec = _current(plan, state)
    return (*state.pending, *_FORMS[spec.form].owed(plan, state, spec))


def wakes_at(plan: Plan, state: DealState) -> int | None:
    """Return from when on (seconds since 1970) a Ticked changes something, or None."""
    if not state.place or plan.automaton.is_end(state.place):
        return None
    spec = _current(plan, state)
    return _FORMS[spec.form].wakes_at(plan, state, spec)


def _happen(plan: Plan, state: DealState, event: Stepping) -> tuple[DealState, Effects]:
    """What `event` does while a step is under way."""
    spec = _current(plan, state)
    if not isinstance(event, Ticked) and event.step != spec.name:
        return _elsewhere(plan, state, event)
    stepped = _FORMS[spec.form].happen(plan, state, spec, event)
    return _over(plan, spec, stepped, event.at) if stepped.ended else (stepped.state, stepped.effects)


def _catch_up(plan: Plan, state: DealState, effects: Effects, now: int) -> tuple[DealState, Effects]:
    """In a step just entered, take the message for it that came too early, if one did."""
    for arrived in state.early:
        if arrived.step == state.place:
            state = replace(state, early=tuple(each for each in state.early if each is not arrived))
            try:
                after, more = _happen(plan, state, Arrived(now, arrived.step, arrived.message))
            except SemperError as error:
                return replace(state, why=error.message), effects
            effects = (*effects, *more)
            return _catch_up(plan, after, effects, now) if after.place != state.place else (after, effects)
    return state, effects


def _current(plan: Plan, state: DealState) -> StepSpec:
    enabled = plan.automaton.enabled(state.place)
    return plan.automaton.step(enabled[0])


def _enter(plan: Plan, state: DealState, place: str, now: int, met: int) -> tuple[DealState, Effects]:
    """Go to `place`, where the other side is by `met`; a step begins as its form says, an end is told."""
    state = replace(state, place=place, entered=now, met=met, label=None, exchange=None, handing=None)
    if plan.automaton.is_end(place):
        return state, (End(place),)
    spec = _current(plan, state)
    return _FORMS[spec.form].enter(plan, state, spec, now)


def _over(plan: Plan, spec: StepSpec, stepped: Stepped, now: int) -> tuple[DealState, Effects]:
    """Close the step: record it, owe its follow-ups, and enter what the terms enable next."""
    state = stepped.state
    past = (*state.past, Past(spec.name, stepped.ended, stepped.label, stepped.gains))
    state = replace(state, past=past, pending=(*state.pending, *stepped.follow))
    # the other side may still be with the trustee; of a transfer or decision it knows as soon as our word is there
    met = max(now, state.entered + spec.patience) if spec.form == EXCHANGE else now
    state, entered = _enter(plan, state, plan.automaton.next(spec.name, stepped.ended), now, met)
    return state, (*stepped.effects, *stepped.follow, *entered)


def _followed(state: DealState, event: Followed) -> DealState:
    """Cross off a follow-up and keep its proof; one that is not owed any more changes nothing."""
    left = tuple(each for each in state.pending if name_of(each) != (event.what, event.step, event.hold))
    if left == state.pending:
        return state
    proofs = (*state.proofs, Token(event.kind, event.proof)) if event.proof else state.proofs
    unpaid = state.unpaid or (event.what, event.kind) == (Capture.__name__, VOIDED)
    return replace(state, pending=left, proofs=proofs, unpaid=unpaid)


def _elsewhere(plan: Plan, state: DealState, event: Stepping) -> tuple[DealState, Effects]:
    """What is about a past step changes nothing; a first message for a later one waits; the rest is refused."""
    step = getattr(event, "step", "")
    if any(past.name == step for past in state.past) or any(early.step == step for early in state.early):
        return state, ()
    spec = plan.automaton.specs.get(step)
    if spec is not None and isinstance(event, Arrived) and _FORMS[spec.form].may_come_early(spec, event.message):
        return replace(state, early=(*state.early, event)), ()
    message = f"cannot act on a message for step {step[:64]!r}: the terms do not enable it now"
    raise PeerDeviated("MESSAGE_UNEXPECTED", message)
