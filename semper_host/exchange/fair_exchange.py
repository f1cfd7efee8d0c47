"""Fair exchange, both or neither: optimistic, four messages, one step function for either side (DESIGN §6).

    state, effects = step(context, state, event, now)

    initiator   start -Begin-> offered -m2-> released -m4-> finished
                offered -t2 or Withdraw-> aborting -trustee-> finished
                released -t2 or Insist-> resolving -m4 or trustee-> finished
    responder   start -m1-> reviewing -Consent-> committed -m3-> (finalising -Settled->) finished
                committed, finalising -t2 or Insist-> resolving -m3 or trustee-> finished
                start, reviewing -t2 or Withdraw-> finished

The host makes the new state durable before it performs an effect. A rejected event raises and changes nothing.
Effects depend on the state alone, so after a crash `owed` says what to do again.
"""

from __future__ import annotations

from semper_host.exchange import initiator, responder
from semper_host.exchange.events import (
    AskTrustee,
    Decided,
    Effect,
    Event,
    Finalise,
    Finished,
    Received,
    Review,
    Send,
    Settled,
    Tick,
)
from semper_host.exchange.kinds import open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import digest_of, parse, read
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import ABORT, RESOLVE, abort_request, resolve_request
from semper_host.exchange.state import Context, Phase, Role, State
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, UsageError

Effects = tuple[Effect, ...]

_TABLES = {Role.INITIATOR: initiator.TABLE, Role.RESPONDER: responder.TABLE}


def join(label: Label, role: Role, crypto: Crypto) -> tuple[Context, State]:
    """Return the context and the first state of one side. Raises PeerDeviated for an unacceptable label."""
    case, rules = open_case(label, crypto)
    return Context(case, role, rules), State(role)


def step(context: Context, state: State, event: Event, now: int) -> tuple[State, Effects]:
    """Return the state after `event` at `now` (seconds since 1970), and what to do once that state is durable.

    Raises PeerDeviated, MalformedEncoding or UsageError; the caller then keeps the old state.
    """
    if isinstance(event, Received) and _known(context, state, event.message):
        return state, ()
    handler = _TABLES[context.role].get((state.phase, type(event)))
    if handler is None:
        return _out_of_place(state, event), ()
    after: State = handler(context, state, event, now)
    return (state, ()) if after is state else (after, owed(context, after))


def owed(context: Context, state: State) -> Effects:
    """Return everything that this state still wants done: the effects of reaching it, and of resuming in it."""
    t2, m1, m2, m3 = context.case.label.t2, state.m1 or b"", state.m2 or b"", state.m3 or b""
    effects: Effects = ()
    match state.phase:
        case Phase.OFFERED:
            effects = (Send(m1, until=t2),)
        case Phase.REVIEWING:
            effects = (Review(m1),)
        case Phase.COMMITTED:
            effects = (Send(m2, until=t2),)
        case Phase.FINALISING:
            effects = tuple(Finalise(*final) for final in responder.finals_owed(context, state))
        case Phase.RELEASED:
            effects = (Send(m3, until=t2),)
        case Phase.ABORTING:
            effects = (AskTrustee(ABORT, abort_request(context.case, m1)),)
        case Phase.RESOLVING:
            effects = (AskTrustee(RESOLVE, resolve_request(context.rules, m1, m2)),)
        case Phase.FINISHED:
            last = (Send(state.m4),) if context.role == Role.RESPONDER and state.m4 is not None else ()
            effects = (*last, Finished(state.outcome, state.gains))
    return effects


def wakes_at(context: Context, state: State) -> int | None:
    """Return from when on (seconds since 1970) a Tick changes something, or None if it never does."""
    waiting = (Phase.START, Phase.OFFERED, Phase.REVIEWING, Phase.COMMITTED, Phase.FINALISING, Phase.RELEASED)
    return context.case.label.t2 + 1 if state.phase in waiting else None


def _known(context: Context, state: State, data: bytes) -> bool:
    """Say whether the message was accepted before; refuse another one in its place, with both as evidence."""
    number = parse(data).number
    before = state.message(number)
    if before is None or before == data:
        return before is not None
    label = context.case.label
    peer = label.responder if context.role == Role.INITIATOR else label.initiator
    previous = {1: None, 2: state.m1, 3: state.m2, 4: state.m2}[number]
    chained = None if previous is None else digest_of(previous)
    read(context.case.crypto, data, number, context.case.id, peer.signing, previous=chained)
    message = f"cannot accept message {number}: the other side sent a different one before"
    raise PeerDeviated("PEER_DEVIATED", message, evidence=encode([before, data]))


def _out_of_place(state: State, event: Event) -> State:
    """What the tables do not name: time and late news change nothing, the rest is refused."""
    if isinstance(event, Tick) or (state.phase == Phase.FINISHED and isinstance(event, Received | Decided | Settled)):
        return state
    if isinstance(event, Received):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept the message: it is not due", evidence=event.message)
    what = f"{type(event).__name__!r} as {state.role.value} while the exchange is {state.phase.value}"
    raise UsageError("USAGE_INVALID", f"cannot accept {what}")
