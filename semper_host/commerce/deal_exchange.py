"""How an exchange of the terms runs inside a deal: the exchange layer says how it goes, here is what the deal makes
of it.

Every kind of exchange and both strategies (`exchange.strategy`) run the same way: their events come in, their effects
go out. `exchange_run` says which strategy a step has and what both sides agreed on, `exchange_gains` what follows.
"""

from __future__ import annotations

from dataclasses import replace

from semper_host.commerce.deal_state import DealState
from semper_host.commerce.deal_step import Effects, Stepped, Stepping
from semper_host.commerce.events import (
    Abandoned,
    Allot,
    Allotted,
    Arrived,
    AskTrustee,
    Declined,
    Finalise,
    Finalised,
    Prepare,
    Prepared,
    Ruled,
    Send,
    Ticked,
)
from semper_host.commerce.exchange_gains import called_off, follow_ups
from semper_host.commerce.exchange_run import Run, accepted, check_handed, is_opening, is_swap, opened, run_of
from semper_host.commerce.moments import moment
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.worst_case import HELD_BEYOND
from semper_host.exchange import events as exchange_events
from semper_host.exchange.items import Token
from semper_host.exchange.state import CALLED_OFF, DONE, Phase, Role, State
from semper_host.model.errors import PeerDeviated, SemperError, UsageError


def enter(plan: Plan, state: DealState, spec: StepSpec, now: int) -> tuple[DealState, Effects]:
    """An initiator prepares its items, once those that need a place in a status list have one; a responder waits."""
    if plan.role_in(spec) is Role.RESPONDER:
        return state, ()
    if _to_allot(plan, spec):
        return state, (Allot(spec.name),)
    state = opened(plan, state, spec, now, ())
    return state, _preparing(plan, state, spec)


def happen(plan: Plan, state: DealState, spec: StepSpec, event: Stepping) -> Stepped:
    """Return what `event` does. Raises SemperError, mostly PeerDeviated with the evidence."""
    if isinstance(event, Ticked):
        return _tick(plan, state, spec, event.at)
    if isinstance(event, Abandoned):
        return _abandoned(plan, state, spec, event)
    if isinstance(event, Declined):
        state = replace(state, why=event.why)
    if isinstance(event, Allotted):
        return _allotted(plan, state, spec, event)
    if isinstance(event, Arrived):
        check_handed(plan, spec, event.message, event.at)
    if state.exchange is None:
        return _begin(plan, state, spec, event)
    return _drive(plan, state, spec, _translated(event, plan.role_in(spec)), event.at)


def owed(plan: Plan, state: DealState, spec: StepSpec) -> Effects:
    """Return what the exchange still wants done."""
    initiator = plan.role_in(spec) is Role.INITIATOR
    if state.exchange is None:
        return (Allot(spec.name),) if initiator else ()
    if initiator and state.exchange.phase is Phase.START:
        return _preparing(plan, state, spec)
    run = run_of(plan, state, spec)
    owing = run.strategy.owed(run.context, state.exchange)
    sent = exchange_events.Send
    return tuple(e for each in owing if not isinstance(each, sent) for e in _outward(spec, run, each))


def wakes_at(plan: Plan, state: DealState, spec: StepSpec) -> int | None:
    """Return from when on a Ticked changes something: as the exchange says, or when a responder stops waiting."""
    if state.exchange is None:
        return state.entered + spec.patience + 1
    run = run_of(plan, state, spec)
    return run.strategy.wakes_at(run.context, state.exchange)


def without_trustee_from(state: DealState) -> int | None:
    """Return from when on (seconds since 1970) our side may go on without the trustee that it has asked: nothing is
    held for the exchange any longer, and an honest trustee decides for nobody. None where none was asked.
    """
    asked = isinstance(state.exchange, State) and state.exchange.phase in (Phase.ABORTING, Phase.RESOLVING)
    return state.label.t_resolve + HELD_BEYOND if asked and state.label is not None else None


def may_come_early(spec: StepSpec, message: bytes) -> bool:
    """Say whether `message` is the first of an exchange in which we respond."""
    return spec.part is Part.RESPOND and is_opening(spec, message)


def _to_allot(plan: Plan, spec: StepSpec) -> bool:
    """Whether the label has to name places in status lists, which their issuers choose as the exchange begins."""
    return not is_swap(spec) and any(item.status is not None for item in plan.stakes[spec.step].left)


def _preparing(plan: Plan, state: DealState, spec: StepSpec) -> Effects:
    return (Prepare(spec.name, state.label),)


def _abandoned(plan: Plan, state: DealState, spec: StepSpec, event: Abandoned) -> Stepped:
    """Close the step as called off; what we had held for it is taken back from the payment system. Raises UsageError
    DEAL_UNFINISHED where the trustee was not asked, or has its time still.
    """
    since = without_trustee_from(state)
    if since is None:
        raise UsageError("DEAL_UNFINISHED", f"cannot give up step {spec.name}: it does not wait for the trustee")
    if event.at < since:
        until = f"the trustee can decide it, and money be held for it, until {moment(since)}"
        raise UsageError("DEAL_UNFINISHED", f"cannot give up step {spec.name} yet: {until}")
    return _over(plan, replace(state, why=event.why), spec, (), CALLED_OFF)


def _allotted(plan: Plan, state: DealState, spec: StepSpec, event: Allotted) -> Stepped:
    """The exchange has its name now; told again, nothing changes."""
    if state.exchange is not None or not _to_allot(plan, spec) or plan.role_in(spec) is Role.RESPONDER:
        return Stepped(state)
    state = opened(plan, state, spec, event.at, event.indices)
    return Stepped(state, _preparing(plan, state, spec))


def _begin(plan: Plan, state: DealState, spec: StepSpec, event: Stepping) -> Stepped:
    """A responder's first event of a step: the peer's message 1, or a refusal of ours to begin or to wait for it."""
    if isinstance(event, Declined):
        return _over(plan, state, spec, (), CALLED_OFF)
    if not isinstance(event, Arrived) or plan.role_in(spec) is Role.INITIATOR:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot go on with step {spec.name}: it has not begun")
    joined = accepted(plan, state, spec, event.message, event.at)
    return _drive(plan, joined, spec, exchange_events.Received(event.message), event.at)


def _drive(plan: Plan, state: DealState, spec: StepSpec, event: exchange_events.Event, now: int) -> Stepped:
    """Give `event` to the exchange, and close the step where it is finished."""
    run = run_of(plan, state, spec)
    before = state.exchange
    exchange, effects = run.strategy.step(run.context, before, event, now)
    state = replace(state, exchange=exchange)
    outward = tuple(e for each in effects for e in _outward(spec, run, each))
    finished = exchange.phase is Phase.FINISHED and exchange is not before
    return _over(plan, state, spec, outward, exchange.outcome) if finished else Stepped(state, outward)


def _over(plan: Plan, state: DealState, spec: StepSpec, outward: Effects, outcome: str) -> Stepped:
    """Close the step: what we gained, what follows from it, and for people why it came to nothing."""
    gains: tuple[Token, ...] = state.exchange.gains if state.exchange is not None else ()
    name = run_of(plan, state, spec).name if state.exchange is not None else b""
    follow = follow_ups(plan, state, spec, outcome)
    why = state.why or ("" if outcome == DONE else called_off(plan, spec, gains))
    return Stepped(replace(state, why=why), outward, outcome, name, gains, follow)


def _tick(plan: Plan, state: DealState, spec: StepSpec, now: int) -> Stepped:
    """Time passed: the exchange decides what that means; who never came to it stops waiting."""
    if state.exchange is not None:
        return _drive(plan, state, spec, exchange_events.Tick(), now)
    if now > state.entered + spec.patience:  # the peer may have had to ask the trustee before it could begin
        return _over(plan, replace(state, why="the other side did not begin in time"), spec, (), CALLED_OFF)
    return Stepped(state)


def _translated(event: Stepping, role: Role) -> exchange_events.Event:
    """Return what a deal's event means to the exchange of its step."""
    match event:
        case Arrived():
            return exchange_events.Received(event.message)
        case Prepared() if role is Role.INITIATOR:
            return exchange_events.Begin(event.attachments, event.secret)
        case Prepared():
            return exchange_events.Consent(event.attachments, event.secret)
        case Declined():
            return exchange_events.Withdraw()
        case Ruled():
            return exchange_events.Decided(event.answer)
        case Finalised():
            return exchange_events.Settled(Token(event.kind, event.proof))
    raise SemperError("BACKEND_FAILED", f"cannot give a {type(event).__name__} to an exchange")


def _outward(spec: StepSpec, run: Run, effect: exchange_events.Effect) -> Effects:
    """Return an exchange's effect as the deal's."""
    match effect:
        case exchange_events.Send():
            return (Send(spec.name, effect.message, effect.until),)
        case exchange_events.Review():
            return (Prepare(spec.name, run.label, effect.message),)
        case exchange_events.AskTrustee():
            return (AskTrustee(spec.name, effect.kind, effect.request),)
        case exchange_events.Finalise():
            return (Finalise(spec.name, run.name, effect.keeper, effect.proof),)
    return ()
