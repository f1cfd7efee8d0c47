"""The responder's side: commits with message 2, and is covered by the trustee from then on.

It never aborts: before message 2 it just quits, after it only the trustee or message 3 ends the exchange (DESIGN §6).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from semper_host.exchange.events import Consent, Decided, Event, Insist, Received, Settled, Tick, Withdraw
from semper_host.exchange.messages import attachments_of, digest_of, make, own, read
from semper_host.exchange.state import CALLED_OFF, DONE, Context, Phase, State, finish
from semper_host.exchange.verdicts import take_answer, take_settlement


def take_m1(context: Context, state: State, event: Received, now: int) -> State:
    """Check message 1 and have our side review it; after t2, just quit."""
    case = context.case
    if now > case.label.t2:
        return finish(state, CALLED_OFF)
    opened = read(case.crypto, event.message, 1, case.id, case.label.initiator.signing)
    secret = context.rules.check_m1(case, opened)
    return replace(state, phase=Phase.REVIEWING, m1=event.message, secret=secret)


def commit(context: Context, state: State, event: Consent, now: int) -> State:
    """Make message 2, after checking our own side of it as the initiator will; after t2, just quit."""
    case, m1 = context.case, state.m1 or b""
    if now > case.label.t2:
        return finish(state, CALLED_OFF)
    m2 = make(case.crypto, 2, case.id, event.attachments, previous=digest_of(m1))
    hold = context.rules.check_m2(case, own(m2))
    return replace(state, phase=Phase.COMMITTED, m2=m2, hold=hold)


def take_m3(context: Context, state: State, event: Received, now: int) -> State:
    """Check message 3: what it carries is ours; so give message 4."""
    case, m2 = context.case, state.m2 or b""
    answers = digest_of(m2)
    read(case.crypto, event.message, 3, case.id, case.label.initiator.signing, previous=answers)
    progress = state.progress
    gains = context.rules.check_m3(case, progress, attachments_of(event.message))
    m4 = make(case.crypto, 4, case.id, context.rules.make_m4(case, progress), previous=answers)
    return finish(replace(state, m3=event.message, m4=m4), DONE, gains)


def resolve(context: Context, state: State, event: Event, now: int) -> State:
    """Ask the trustee for the initiator's item; message 3 may still come first."""
    return replace(state, phase=Phase.RESOLVING)


def resolve_when_late(context: Context, state: State, event: Tick, now: int) -> State:
    """Ask the trustee once t2 is over."""
    return resolve(context, state, event, now) if now > context.case.label.t2 else state


def quit_early(context: Context, state: State, event: Event, now: int) -> State:
    """Nothing was sent; a hold made meanwhile goes back when the initiator aborts, or when it expires."""
    return finish(state, CALLED_OFF)


def quit_when_late(context: Context, state: State, event: Tick, now: int) -> State:
    """Quit once t2 is over."""
    return finish(state, CALLED_OFF) if now > context.case.label.t2 else state


TABLE: dict[tuple[Phase, type[Event]], Callable[..., State]] = {
    (Phase.START, Received): take_m1,
    (Phase.START, Withdraw): quit_early,
    (Phase.START, Tick): quit_when_late,
    (Phase.REVIEWING, Consent): commit,
    (Phase.REVIEWING, Withdraw): quit_early,
    (Phase.REVIEWING, Tick): quit_when_late,
    (Phase.COMMITTED, Received): take_m3,
    (Phase.COMMITTED, Tick): resolve_when_late,
    (Phase.COMMITTED, Insist): resolve,
    (Phase.COMMITTED, Settled): take_settlement,
    (Phase.RESOLVING, Received): take_m3,
    (Phase.RESOLVING, Decided): take_answer,
    (Phase.RESOLVING, Settled): take_settlement,
}
"""What the responder does on which event in which phase."""
