"""The responder's side: commits with message 2, and is covered by the trustee from then on.

It never aborts: before message 2 it just quits, after it only the trustee or message 3 ends the exchange (DESIGN §6).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from semper_host.exchange.case import Final
from semper_host.exchange.events import Consent, Decided, Event, Insist, Received, Settled, Tick, Withdraw
from semper_host.exchange.keepers import keepers_of, read_end
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
    return replace(state, phase=Phase.COMMITTED, m2=m2, hold=hold, secret=event.secret or state.secret)


def take_m3(context: Context, state: State, event: Received, now: int) -> State:
    """Check message 3: what it carries is ours; so give message 4, or first have it made final where it could be
    revoked: an initiator that asked to abort meanwhile may get nothing for it (DESIGN §6).
    """
    case, m2 = context.case, state.m2 or b""
    read(case.crypto, event.message, 3, case.id, case.label.initiator.signing, previous=digest_of(m2))
    gains = context.rules.check_m3(case, state.progress, attachments_of(event.message))
    taken = replace(state, m3=event.message, gains=gains)
    return give(context, taken) if context.rules.finals is None else replace(taken, phase=Phase.FINALISING)


def give(context: Context, state: State) -> State:
    """Make message 4: from here on we have what we wanted, for good."""
    case, answers = context.case, digest_of(state.m2 or b"")
    m4 = make(case.crypto, 4, case.id, context.rules.make_m4(case, state.progress), previous=answers)
    return finish(replace(state, m4=m4), DONE, (*state.gains, *state.records))


def take_final(context: Context, state: State, event: Settled, now: int) -> State:
    """One more of our items is final, and after the last we give ours; or it was revoked, and the trustee decides."""
    end = read_end(context.case, event.record)
    if not end.keeper.first or event.record in state.records:
        return state
    if not end.given:
        return replace(state, phase=Phase.RESOLVING, gains=())
    state = replace(state, records=(*state.records, event.record))
    missing = finals_owed(context, state)
    return state if missing else give(context, state)


def take_m3_late(context: Context, state: State, event: Received, now: int) -> State:
    """We asked the trustee; message 3 still counts, unless it would have to be made final against its decision."""
    return take_m3(context, state, event, now) if context.rules.finals is None else state


def finals_owed(context: Context, state: State) -> tuple[Final, ...]:
    """Return what still has to be made final before message 4 may go."""
    if context.rules.finals is None or state.m3 is None:
        return ()
    done = {read_end(context.case, record).keeper for record in state.records}
    keepers = [keeper for keeper in keepers_of(context.case.label) if keeper.first]
    finals = context.rules.finals(context.case, attachments_of(state.m3))
    return tuple(final for keeper, final in zip(keepers, finals, strict=True) if keeper not in done)


def resolve_instead(context: Context, state: State, event: Event, now: int) -> State:
    """What message 3 brought cannot be made final: ask the trustee, and keep message 4 back."""
    return replace(state, phase=Phase.RESOLVING, gains=())


def resolve_instead_when_late(context: Context, state: State, event: Tick, now: int) -> State:
    """Ask the trustee once t2 is over."""
    return resolve_instead(context, state, event, now) if now > context.case.label.t2 else state


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
    (Phase.FINALISING, Settled): take_final,
    (Phase.FINALISING, Tick): resolve_instead_when_late,
    (Phase.FINALISING, Insist): resolve_instead,
    (Phase.RESOLVING, Received): take_m3_late,
    (Phase.RESOLVING, Decided): take_answer,
    (Phase.RESOLVING, Settled): take_settlement,
}
"""What the responder does on which event in which phase."""
