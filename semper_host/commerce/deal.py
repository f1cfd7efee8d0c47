"""The deal engine: one party's side of one deal as a step function over its terms (DESIGN §7).

    state, effects = advance(plan, state, event)

The host journals the event, makes the state durable, then performs the effects. `owed` tells after a crash what
is still to be done. The terms' automaton says which exchange comes next; the exchange layer says how it goes.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from semper_host.commerce.deal_state import DealState, Past, is_over, outcome
from semper_host.commerce.events import (
    Arrived,
    AskTrustee,
    Capture,
    Confirm,
    Declined,
    Effect,
    End,
    Event,
    Followed,
    FollowUp,
    Opened,
    Prepare,
    Prepared,
    Reclaim,
    Ruled,
    Send,
    Ticked,
    Unlock,
)
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.exchange import events as exchange_events
from semper_host.exchange import fair_exchange
from semper_host.exchange.items import Token
from semper_host.exchange.kinds.fair_purchase import CONTENT_KEY
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.messages import parse
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import DONE, Context, Phase, Role, State
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.holds import CAPTURE_RIGHT, DECISION, Decision

__all__ = ["DealState", "Effects", "Past", "advance", "is_over", "outcome", "owed", "wakes_at"]

Effects = tuple[Effect, ...]
_Stepping = Arrived | Prepared | Declined | Ruled | Ticked


def advance(plan: Plan, state: DealState, event: Event) -> tuple[DealState, Effects]:
    """Return the state after `event`, and what is to be done once it is durable.

    Raises SemperError, mostly PeerDeviated with the evidence; the caller then keeps the old state.
    """
    if isinstance(event, Opened):
        return (state, ()) if state.place else _enter(plan, state, plan.automaton.start, event.at)
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
    effects: list[Effect] = list(state.pending)
    if plan.automaton.is_end(state.place):
        return (*effects, End(state.place))
    spec = _current(plan, state)
    if state.exchange is not None and state.label is not None and state.exchange.phase is not Phase.START:
        context, _ = _join(state.label, state.exchange.role, plan.crypto)
        owing = fair_exchange.owed(context, state.exchange)
        effects += [
            e for each in owing if not isinstance(each, exchange_events.Send) for e in _outward(spec, state.label, each)
        ]
    elif plan.role_in(spec) is Role.INITIATOR and state.label is not None:
        effects.append(Prepare(spec.name, state.label))
    return tuple(effects)


def wakes_at(plan: Plan, state: DealState) -> int | None:
    """Return from when on (seconds since 1970) a Ticked changes something, or None."""
    if not state.place or plan.automaton.is_end(state.place):
        return None
    spec = _current(plan, state)
    if state.exchange is None or state.label is None:
        return state.entered + spec.patience + 1
    context, _ = _join(state.label, state.exchange.role, plan.crypto)
    return fair_exchange.wakes_at(context, state.exchange)


def _happen(plan: Plan, state: DealState, event: _Stepping) -> tuple[DealState, Effects]:
    """What `event` does while a step is under way."""
    spec = _current(plan, state)
    if isinstance(event, Ticked):
        return _tick(plan, state, spec, event.at)
    if event.step != spec.name:
        return _elsewhere(plan, state, event)
    if isinstance(event, Declined):
        state = replace(state, why=event.why)
    if state.exchange is None:
        return _begin(plan, state, spec, event)
    return _drive(plan, state, spec, _translated(event, state.exchange.role), event.at)


def _catch_up(plan: Plan, state: DealState, effects: Effects, now: int) -> tuple[DealState, Effects]:
    """In a step just entered, take the message for it that came too early, if one did."""
    for arrived in state.early:
        if arrived.step == state.place:
            state = replace(state, early=tuple(each for each in state.early if each is not arrived))
            try:
                after, more = _happen(plan, state, Arrived(now, arrived.step, arrived.message))
            except SemperError as error:
                return replace(state, why=error.message), effects
            return after, (*effects, *more)
    return state, effects


@lru_cache(maxsize=64)
def _join(label: Label, role: Role, crypto: Crypto) -> tuple[Context, State]:
    """Return what `fair_exchange.join` does; a label is checked once, not at every event."""
    return fair_exchange.join(label, role, crypto)


def _current(plan: Plan, state: DealState) -> StepSpec:
    enabled = plan.automaton.enabled(state.place)
    return plan.automaton.step(enabled[0])


def _enter(plan: Plan, state: DealState, place: str, now: int) -> tuple[DealState, Effects]:
    """Go to `place`; an initiator prepares its item, a responder waits, an end is told."""
    state = replace(state, place=place, entered=now, label=None, exchange=None)
    if plan.automaton.is_end(place):
        return state, (End(place),)
    spec = _current(plan, state)
    if plan.role_in(spec) is Role.RESPONDER:
        return state, ()
    label = plan.opening_label(spec, now)
    _, exchange = _join(label, Role.INITIATOR, plan.crypto)
    return replace(state, label=label, exchange=exchange), (Prepare(spec.name, label),)


def _begin(plan: Plan, state: DealState, spec: StepSpec, event: _Stepping) -> tuple[DealState, Effects]:
    """A responder's first event of a step: the peer's message 1, or our own refusal to wait for it."""
    if isinstance(event, Declined):
        return _over(plan, state, spec, (), "aborted", event.at)
    if not isinstance(event, Arrived):
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot go on with step {spec.name}: it has not begun")
    preimage = parse(event.message).label
    if preimage is None:
        raise PeerDeviated(
            "MESSAGE_UNEXPECTED", f"cannot begin step {spec.name}: message 1 is due", evidence=event.message
        )
    label = plan.accept_label(spec, Label.decode(preimage), event.at)
    _, exchange = _join(label, Role.RESPONDER, plan.crypto)
    joined = replace(state, label=label, exchange=exchange)
    return _drive(plan, joined, spec, exchange_events.Received(event.message), event.at)


def _drive(
    plan: Plan, state: DealState, spec: StepSpec, event: exchange_events.Event, now: int
) -> tuple[DealState, Effects]:
    """Give `event` to the exchange, and go on to the next step where it is finished."""
    label, before = state.label, state.exchange
    assert label is not None and before is not None
    context, _ = _join(label, before.role, plan.crypto)
    exchange, effects = fair_exchange.step(context, before, event, now)
    state = replace(state, exchange=exchange)
    outward = tuple(e for each in effects for e in _outward(spec, label, each))
    if exchange.phase is not Phase.FINISHED:
        return state, outward
    return _over(plan, state, spec, outward, exchange.outcome, now)


def _over(
    plan: Plan, state: DealState, spec: StepSpec, outward: Effects, outcome: str, now: int
) -> tuple[DealState, Effects]:
    """Close the step: record it, owe its follow-ups, and enter what the terms enable next."""
    gains = state.exchange.gains if state.exchange is not None else ()
    label = label_of(state.label) if state.label is not None else b""
    follow = _follow_ups(plan, spec, outcome, label, gains) if label else ()
    past = (*state.past, Past(spec.name, outcome, label, gains))
    why = state.why or ("" if outcome == DONE else _called_off(plan, spec, gains))
    state = replace(state, past=past, pending=(*state.pending, *follow), why=why)
    state, entered = _enter(plan, state, plan.automaton.next(spec.name, outcome), now)
    return state, (*outward, *follow, *entered)


def _called_off(plan: Plan, spec: StepSpec, gains: tuple[Token, ...]) -> str:
    """Return for people why an exchange came to nothing: the trustee's reason where it gave one."""
    for token in gains:
        if token.name == DECISION:
            why = Decision.decode(plan.crypto.open(token.data, DECISION, plan.trustee.signing)).why
            return f"the trustee called step {spec.name} off: {why}"
    return f"step {spec.name} was not completed in time"


def _follow_ups(
    plan: Plan, spec: StepSpec, outcome: str, label: bytes, gains: tuple[Token, ...]
) -> tuple[FollowUp, ...]:
    """Return what is to be done with what we gained, or to get back what we held."""
    keys = tuple(token.data for token in gains if token.name == CONTENT_KEY)
    unlock = (Unlock(spec.name, keys),) if keys else ()
    if not plan.stakes[spec.step].system:
        return unlock
    if plan.role_in(spec) is Role.RESPONDER:
        return (*unlock, Confirm(spec.name, label)) if outcome == DONE else (Reclaim(spec.name, label),)
    rights = [token.data for token in gains if token.name == CAPTURE_RIGHT]
    if rights:
        return (Capture(spec.name, label, rights[0]),)
    return (Confirm(spec.name, label),) if outcome == DONE else ()


def _followed(state: DealState, event: Followed) -> DealState:
    """Cross off a follow-up and keep its proof; one that is not owed any more changes nothing."""
    left = tuple(each for each in state.pending if (type(each).__name__, each.step) != (event.what, event.step))
    if left == state.pending:
        return state
    proofs = (*state.proofs, Token(event.kind, event.proof)) if event.proof else state.proofs
    return replace(state, pending=left, proofs=proofs)


def _tick(plan: Plan, state: DealState, spec: StepSpec, now: int) -> tuple[DealState, Effects]:
    """Time passed: the exchange decides what that means; a responder who was never asked stops waiting."""
    if state.exchange is not None:
        return _drive(plan, state, spec, exchange_events.Tick(), now)
    if now > state.entered + spec.patience:  # the peer may have had to ask the trustee before it could begin
        return _over(plan, replace(state, why="the other side did not begin in time"), spec, (), "aborted", now)
    return state, ()


def _elsewhere(plan: Plan, state: DealState, event: _Stepping) -> tuple[DealState, Effects]:
    """What is about a past step changes nothing; a first message for a later one waits; the rest is refused."""
    step = getattr(event, "step", "")
    if any(past.name == step for past in state.past) or any(early.step == step for early in state.early):
        return state, ()
    spec = plan.automaton.specs.get(step)
    later = spec is not None and spec.part is Part.RESPOND
    if later and isinstance(event, Arrived) and parse(event.message).number == 1:
        return replace(state, early=(*state.early, event)), ()
    message = f"cannot act on a message for step {step[:64]!r}: the terms do not enable it now"
    raise PeerDeviated("MESSAGE_UNEXPECTED", message)


def _translated(event: Event, role: Role) -> exchange_events.Event:
    """Return what a deal's event means to the exchange of its step."""
    match event:
        case Arrived():
            return exchange_events.Received(event.message)
        case Prepared() if role is Role.INITIATOR:
            return exchange_events.Begin(event.attachments, event.secret)
        case Prepared():
            return exchange_events.Consent(event.attachments)
        case Declined():
            return exchange_events.Withdraw()
        case Ruled():
            return exchange_events.Decided(event.answer)
    raise SemperError("BACKEND_FAILED", f"cannot give a {type(event).__name__} to an exchange")


def _outward(spec: StepSpec, label: Label, effect: exchange_events.Effect) -> Effects:
    """Return an exchange's effect as the deal's."""
    match effect:
        case exchange_events.Send():
            return (Send(spec.name, effect.message, effect.until),)
        case exchange_events.Review():
            return (Prepare(spec.name, label, effect.message),)
        case exchange_events.AskTrustee():
            return (AskTrustee(spec.name, effect.kind, effect.request),)
    return ()
