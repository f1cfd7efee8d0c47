"""The initiator's side: offers first, releases first, and is covered by the trustee from message 2 on.

It accepts message 2 only until t2, and never sends message 3 after t2 or after asking to abort (DESIGN §6).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from semper_host.exchange.events import Begin, Decided, Event, Insist, Received, Settled, Tick, Withdraw
from semper_host.exchange.messages import attachments_of, digest_of, make, read
from semper_host.exchange.state import CALLED_OFF, DONE, Context, Phase, State, finish
from semper_host.exchange.verdicts import take_answer, take_settlement


def offer(context: Context, state: State, event: Begin, now: int) -> State:
    """Make message 1; too late for it, just quit."""
    case = context.case
    if now > case.label.t2:
        return finish(state, CALLED_OFF)
    m1 = make(case.crypto, 1, case.id, event.attachments, preimage=case.preimage)
    return replace(state, phase=Phase.OFFERED, m1=m1, secret=event.secret)


def take_m2(context: Context, state: State, event: Received, now: int) -> State:
    """Until t2, check message 2 and release our item; after t2, abort instead."""
    case, m1 = context.case, state.m1 or b""
    if now > case.label.t2:
        return abort(context, state, event, now)
    opened = read(case.crypto, event.message, 2, case.id, case.label.responder.signing, previous=digest_of(m1))
    hold = context.rules.check_m2(case, opened)
    state = replace(state, m2=event.message, hold=hold)
    released = context.rules.make_m3(case, state.progress)
    m3 = make(case.crypto, 3, case.id, released, previous=opened.digest)
    return replace(state, phase=Phase.RELEASED, m3=m3)


def take_m4(context: Context, state: State, event: Received, now: int) -> State:
    """Check message 4: what it carries is ours."""
    case, m2 = context.case, state.m2 or b""
    read(case.crypto, event.message, 4, case.id, case.label.responder.signing, previous=digest_of(m2))
    gains = context.rules.check_m4(case, state.progress, attachments_of(event.message))
    return finish(replace(state, m4=event.message), DONE, gains)


def abort(context: Context, state: State, event: Event, now: int) -> State:
    """From here on message 3 is never sent; the trustee decides."""
    return replace(state, phase=Phase.ABORTING)


def abort_when_late(context: Context, state: State, event: Tick, now: int) -> State:
    """Abort once t2 is over."""
    return abort(context, state, event, now) if now > context.case.label.t2 else state


def resolve(context: Context, state: State, event: Event, now: int) -> State:
    """Ask the trustee for the responder's item; message 4 may still come first."""
    return replace(state, phase=Phase.RESOLVING)


def resolve_when_late(context: Context, state: State, event: Tick, now: int) -> State:
    """Ask the trustee once t2 is over."""
    return resolve(context, state, event, now) if now > context.case.label.t2 else state


def quit_early(context: Context, state: State, event: Event, now: int) -> State:
    """Nothing was sent, nothing is owed."""
    return finish(state, CALLED_OFF)


def quit_when_late(context: Context, state: State, event: Tick, now: int) -> State:
    """Quit once t2 is over."""
    return finish(state, CALLED_OFF) if now > context.case.label.t2 else state


def ignore(context: Context, state: State, event: Event, now: int) -> State:
    """Nothing follows from it."""
    return state


TABLE: dict[tuple[Phase, type[Event]], Callable[..., State]] = {
    (Phase.START, Begin): offer,
    (Phase.START, Withdraw): quit_early,
    (Phase.START, Tick): quit_when_late,
    (Phase.OFFERED, Received): take_m2,
    (Phase.OFFERED, Tick): abort_when_late,
    (Phase.OFFERED, Withdraw): abort,
    (Phase.RELEASED, Received): take_m4,
    (Phase.RELEASED, Tick): resolve_when_late,
    (Phase.RELEASED, Insist): resolve,
    (Phase.RELEASED, Settled): take_settlement,
    (Phase.ABORTING, Received): ignore,
    (Phase.ABORTING, Decided): take_answer,
    (Phase.ABORTING, Settled): take_settlement,
    (Phase.RESOLVING, Received): take_m4,
    (Phase.RESOLVING, Decided): take_answer,
    (Phase.RESOLVING, Settled): take_settlement,
}
"""What the initiator does on which event in which phase."""
