"""How a decision of the terms runs inside a deal: one side chooses, by its signature; the other learns it, or says
`late`.
"""

from __future__ import annotations

from semper_host.commerce import deal_handing as race
from semper_host.commerce.deal_state import DealState
from semper_host.commerce.deal_step import Effects, Stepped, Stepping
from semper_host.commerce.events import Arrived, Choose, Chosen, Declined, Send, Ticked
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.step_messages import (
    CHOICE_KIND,
    What,
    choices,
    message,
    read_choice,
    read_message,
    sign_choice,
)
from semper_host.exchange.items import Token
from semper_host.model.errors import UsageError


def enter(plan: Plan, state: DealState, spec: StepSpec, now: int) -> tuple[DealState, Effects]:
    """Who decides is asked, the other waits."""
    if spec.part is not Part.DECIDE:
        return state, ()
    return race.begin(state), (_choose(state, spec),)


def happen(plan: Plan, state: DealState, spec: StepSpec, event: Stepping) -> Stepped:
    """Return what `event` does. Raises SemperError, mostly PeerDeviated with the evidence."""
    deciding = spec.part is Part.DECIDE
    match event:
        case Ticked() if deciding:
            return race.tick_acting(state, spec, event.at)
        case Ticked():
            return race.tick_waiting(plan, state, spec, event.at)
        case Arrived():
            return _hear(plan, state, spec, event) if deciding else _learn(plan, state, spec, event)
        case Chosen() if deciding:
            return _decide(plan, state, spec, event)
        case Declined() if deciding:
            return race.stop_acting(state, event.why)
    raise UsageError("USAGE_INVALID", f"cannot use a {type(event).__name__} in the decision {spec.name}")


def owed(plan: Plan, state: DealState, spec: StepSpec) -> Effects:
    """Return that it is to be decided, where it is not yet."""
    wanted = spec.part is Part.DECIDE and race.can_act(state, spec, state.entered)
    return (_choose(state, spec),) if wanted else ()


def wakes_at(plan: Plan, state: DealState, spec: StepSpec) -> int:
    """Return from when on a tick changes something."""
    return race.wakes_acting(state, spec) if spec.part is Part.DECIDE else race.waits_until(state, spec) + 1


def may_come_early(spec: StepSpec, message: bytes) -> bool:
    """Say whether it is from who decides, or the `late` of a side that could not wait for us any longer."""
    what, _ = read_message(message)
    return what is What.LATE if spec.part is Part.DECIDE else what in (What.CHOICE, What.CLOSED)


def _choose(state: DealState, spec: StepSpec) -> Choose:
    return Choose(spec.name, choices(spec), race.acts_until(state, spec))


def _decide(plan: Plan, state: DealState, spec: StepSpec, event: Chosen) -> Stepped:
    """Sign the choice; it counts once the other side has learnt it in time. Raises UsageError CHOICE_INVALID."""
    if event.choice not in choices(spec):
        known = " or ".join(choices(spec))
        raise UsageError("CHOICE_INVALID", f"cannot decide {event.choice[:64]!r} in step {spec.name}: choose {known}")
    handing = race.handing_of(state)
    if handing.choice == event.choice:
        return Stepped(state)
    if handing.said:
        raise UsageError("CHOICE_INVALID", f"cannot decide step {spec.name} again: {handing.choice} is signed")
    if not race.can_act(state, spec, event.at):
        raise UsageError("CHOICE_INVALID", f"cannot decide step {spec.name} any more: its time is over")
    return race.act(state, spec, What.CHOICE, sign_choice(plan, spec, event.choice), event.choice)


def _hear(plan: Plan, state: DealState, spec: StepSpec, event: Arrived) -> Stepped:
    """Take the other side's word: it learnt our choice, or `late`."""
    what, body = read_message(event.message)
    if what is What.LATE:
        return race.hear_late(plan, state, spec, body, event.at)
    handing = race.handing_of(state)
    if what is not What.LEARNT or body or not handing.choice:
        raise race.unexpected(spec, event.message)
    return Stepped(state, ended=handing.choice)


def _learn(plan: Plan, state: DealState, spec: StepSpec, event: Arrived) -> Stepped:
    """Learn the other side's choice."""
    what, signed = read_message(event.message)
    if what is What.CLOSED:
        return Stepped(state)  # the other side's clock is ahead of ours: we alone say that it is late
    if what is not What.CHOICE:
        raise race.unexpected(spec, event.message)
    choice = read_choice(plan, spec, signed, plan.peer.signing)
    return Stepped(state, (Send(spec.name, message(What.LEARNT)),), choice, gains=(Token(CHOICE_KIND, signed),))
