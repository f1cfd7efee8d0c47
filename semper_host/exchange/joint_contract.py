"""One party of a contract of three and more: the same step function for each (rules: `kinds.joint_contract`).

    start -Begin-> promised                          the initiator
    start -promise 1-> reviewing -Consent-> promised    everybody else
    promised -all promises-> confirmed -all confirmations-> finished
    promised, confirmed -t2 or Insist-> resolving -all confirmations or trustee-> finished

What a party sends goes to all others; the initiator, who serves, passes it on. Messages speak for themselves, so it
does not matter who brings them, how often, or in which order.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.events import (
    AskTrustee,
    Begin,
    Consent,
    Decided,
    Effect,
    Event,
    Finished,
    Insist,
    Received,
    Review,
    Send,
    Tick,
    Withdraw,
)
from semper_host.exchange.items import Token
from semper_host.exchange.kinds import open_case
from semper_host.exchange.kinds.joint_contract import check_promise
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import attachments_of, elide, make, parse, read
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import (
    RESOLVE,
    RESOLVED,
    SUBSTITUTE,
    Answer,
    Request,
    check_substitute,
    read_decision,
)
from semper_host.exchange.state import CALLED_OFF, DONE, Phase
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.holds import DECISION

PROMISE, CONFIRMATION = 1, 3
"""The numbers of the two messages."""


class Signing(Record, frozen=True):
    """One party's state: exact bytes by party number, b"" where nothing came yet. Survives a crash."""

    phase: Phase
    promises: tuple[bytes, ...]
    confirmations: tuple[bytes, ...]
    outcome: str = ""
    gains: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Signer:
    """What does not change: the case, the rules, and which party we are."""

    case: Case
    rules: Rules
    me: int


def join(label: Label, me: int, crypto: Crypto) -> tuple[Signer, Signing]:
    """Return the context and the first state of party `me`. Raises PeerDeviated for an unacceptable label."""
    case, rules = open_case(label, crypto)
    if rules.complete is None or not 0 <= me < len(label.parties):
        raise PeerDeviated("PEER_DEVIATED", "cannot join: this is no contract of several parties, or none of ours")
    nothing = (b"",) * len(label.parties)
    return Signer(case, rules, me), Signing(Phase.START, nothing, nothing)


def step(context: Signer, state: Signing, event: Event, now: int) -> tuple[Signing, tuple[Effect, ...]]:
    """Return the state after `event` at `now` (seconds since 1970), and what to do once that state is durable.

    Raises PeerDeviated, MalformedEncoding or UsageError; the caller then keeps the old state.
    """
    after = _after(context, state, event, now)
    return (state, ()) if after == state else (after, owed(context, after))


def owed(context: Signer, state: Signing) -> tuple[Effect, ...]:
    """Return everything that this state still wants done: the effects of reaching it, and of resuming in it."""
    t2, me = context.case.label.t2, context.me
    match state.phase:
        case Phase.REVIEWING:
            return (Review(state.promises[0]),)
        case Phase.OFFERED:
            return (Send(state.promises[me], until=t2),)
        case Phase.COMMITTED:
            return _both(context, state)
        case Phase.RESOLVING:
            return (AskTrustee(RESOLVE, request_of(state)),)
        case Phase.FINISHED:
            last = _both(context, state) if all(state.confirmations) else ()
            return (*last, Finished(state.outcome, state.gains))
    return ()


def wakes_at(context: Signer, state: Signing) -> int | None:
    """Return from when on (seconds since 1970) a Tick changes something, or None if it never does."""
    waiting = (Phase.START, Phase.REVIEWING, Phase.OFFERED, Phase.COMMITTED)
    return context.case.label.t2 + 1 if state.phase in waiting else None


def request_of(state: Signing) -> bytes:
    """Return the encoded request to the trustee, with every promise that we have."""
    further = tuple(elide(promise, ()) if promise else None for promise in state.promises[1:])
    return encode(Request(RESOLVE, elide(state.promises[0], ()), more=further))


def _both(context: Signer, state: Signing) -> tuple[Effect, ...]:
    t2, me = context.case.label.t2, context.me
    return Send(state.promises[me], until=t2), Send(state.confirmations[me], until=t2)


def _after(context: Signer, state: Signing, event: Event, now: int) -> Signing:
    late = now > context.case.label.t2
    unbound = state.phase in (Phase.START, Phase.REVIEWING)
    bound = state.phase in (Phase.OFFERED, Phase.COMMITTED)
    match event:
        case Received(message):
            return _receive(context, state, message, late=late)
        case Tick() if not late or not (unbound or bound):
            return state
        case Withdraw() | Tick() if unbound:
            return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF)
        case Tick() | Insist() if bound:
            return replace(state, phase=Phase.RESOLVING)
        case Begin(attachments) if state.phase is Phase.START and context.me == 0:
            return _promise(context, state, attachments, late=late)
        case Consent(attachments) if state.phase is Phase.REVIEWING:
            return _promise(context, state, attachments, late=late)
        case Decided(answer) if state.phase is Phase.RESOLVING:
            return _decided(context, state, answer)
        case Decided() if state.phase is Phase.FINISHED:
            return state
    raise UsageError("USAGE_INVALID", f"cannot accept {type(event).__name__} while the contract is {state.phase.value}")


def _promise(context: Signer, state: Signing, attachments: tuple[bytes, ...], *, late: bool) -> Signing:
    if late:
        return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF)
    case = context.case
    ours = make(case.crypto, PROMISE, case.id, attachments, preimage=case.preimage)
    check_promise(case, ours, context.me)
    return _ready(context, replace(state, phase=Phase.OFFERED, promises=_put(state.promises, context.me, ours)), late)


def _receive(context: Signer, state: Signing, message: bytes, *, late: bool) -> Signing:
    """Take a promise or a confirmation of any party; the first of each is kept, what it says is fixed by L."""
    if state.phase is Phase.FINISHED:
        return state
    number = parse(message).number
    if number not in (PROMISE, CONFIRMATION):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept the message: a contract of several has no such one")
    sender = _sender(context, message, number)
    if number == CONFIRMATION:
        taken = replace(state, confirmations=_put(state.confirmations, sender, message))
        return _signed(context, taken)
    if sender != context.me and not attachments_of(message):
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the promise: its document is missing")
    taken = replace(state, promises=_put(state.promises, sender, message))
    if state.phase is Phase.START and sender == 0 and not late:
        return replace(taken, phase=Phase.REVIEWING)
    return _ready(context, taken, late)


def _ready(context: Signer, state: Signing, late: bool) -> Signing:
    """With all promises, until t2, confirm: from here on we are bound unless the trustee never hears of it."""
    if state.phase is not Phase.OFFERED or late or not all(state.promises):
        return state
    case = context.case
    ours = make(case.crypto, CONFIRMATION, case.id, ())
    confirmed = replace(state, phase=Phase.COMMITTED, confirmations=_put(state.confirmations, context.me, ours))
    return _signed(context, confirmed)


def _signed(context: Signer, state: Signing) -> Signing:
    """With all confirmations the contract is signed, whatever the trustee would say."""
    if state.phase in (Phase.COMMITTED, Phase.RESOLVING) and all(state.confirmations) and all(state.promises):
        return replace(state, phase=Phase.FINISHED, outcome=DONE)
    return state


def _sender(context: Signer, message: bytes, number: int) -> int:
    """Return which party signed the message. Raises PeerDeviated if none did."""
    case, error = context.case, PeerDeviated("SIG_INVALID", "cannot accept the message: no party signed it")
    for at, party in enumerate(case.label.parties):
        try:
            if number == PROMISE:
                check_promise(case, message, at)
            else:
                read(case.crypto, message, number, case.id, party.signing)
            return at
        except PeerDeviated as refused:
            error = refused
    raise error


def _decided(context: Signer, state: Signing, data: bytes) -> Signing:
    """Finish as the trustee decided, if its answer proves what it says. Raises PeerDeviated otherwise."""
    case, answer = context.case, Answer.decode(data)
    if answer.decision is None:
        raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: it decides nothing", evidence=data)
    decision = read_decision(case, answer.decision)
    token = Token(DECISION, answer.decision)
    if decision.verdict != RESOLVED:
        return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF, gains=(token,))
    if [record.name for record in answer.records] != [SUBSTITUTE]:
        raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: its substitute is missing", evidence=data)
    check_substitute(case, answer.records[0].data, decision.m1, decision.m2 or b"")
    return replace(state, phase=Phase.FINISHED, outcome=DONE, gains=(token, *answer.records))


def _put(items: tuple[bytes, ...], at: int, item: bytes) -> tuple[bytes, ...]:
    return (*items[:at], items[at] or item, *items[at + 1 :])
