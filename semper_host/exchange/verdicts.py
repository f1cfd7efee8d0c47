"""What a party concludes from the trustee's answer, or from the payment system's own word."""

from __future__ import annotations

from semper_host.exchange.case import Gains
from semper_host.exchange.events import Decided, Settled
from semper_host.exchange.held_money import read_settlement
from semper_host.exchange.items import Token
from semper_host.exchange.messages import digest_of
from semper_host.exchange.requests import RESOLVED, SUBSTITUTE, Answer, check_substitute, read_decision
from semper_host.exchange.state import CALLED_OFF, DONE, Context, Role, State, finish
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, DECISION, RELEASED, VOIDED, Decision


def take_answer(context: Context, state: State, event: Decided, now: int) -> State:
    """Finish as the trustee decided, if its answer proves what it says. Raises PeerDeviated otherwise."""
    answer = Answer.decode(event.answer)
    if answer.decision is None:
        return _take_back(context, state, answer)
    decision = read_decision(context.case, answer.decision)
    token = Token(DECISION, answer.decision)
    if decision.verdict != RESOLVED:
        for record in answer.records:
            if record.name != VOIDED:
                raise _unproved("it carries a record that does not belong to its decision", event)
            read_settlement(context.case, record, state.hold)
        return finish(state, CALLED_OFF, (token, *answer.records))
    _check_named(state, decision, event)
    _check_records(context, state, decision, answer, event)
    return finish(state, DONE, (token, *answer.records, *_claim(context, state, decision.sealed)))


def take_settlement(context: Context, state: State, event: Settled, now: int) -> State:
    """Finish as the payment system says the hold ended; where that does not give us our item, go on as before."""
    settlement = read_settlement(context.case, event.record, state.hold)
    if event.record.name == VOIDED:
        return finish(state, CALLED_OFF, (event.record,))
    if context.role == Role.INITIATOR:
        return finish(state, DONE, (event.record,))
    if event.record.name == RELEASED and context.rules.keyed:
        return finish(state, DONE, (event.record, *_claim(context, state, settlement.sealed)))
    return state


def _take_back(context: Context, state: State, answer: Answer) -> State:
    """The hold was void before the trustee could release it: nobody gets anything."""
    if len(answer.records) != 1 or answer.records[0].name != VOIDED:
        raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: it decides nothing")
    read_settlement(context.case, answer.records[0], state.hold)
    return finish(state, CALLED_OFF, answer.records)


def _check_named(state: State, decision: Decision, event: Decided) -> None:
    """A resolution must name our own messages: an honest trustee can't resolve what we never agreed to."""
    ours = state.m1 is not None and decision.m1 == digest_of(state.m1)
    if not ours or (state.role == Role.RESPONDER and state.m2 is not None and decision.m2 != digest_of(state.m2)):
        raise _unproved("it resolves what we did not agree to", event)


def _check_records(context: Context, state: State, decision: Decision, answer: Answer, event: Decided) -> None:
    """A resolution comes with the released money, and with a substitute where the kind has one."""
    case, names = context.case, [record.name for record in answer.records]
    for record in answer.records:
        if record.name == SUBSTITUTE:
            check_substitute(case, record.data, decision.m1, decision.m2 or b"")
        elif record.name in (RELEASED, CAPTURED):
            read_settlement(case, record, state.hold)
        else:
            raise _unproved("it carries a record that does not belong to its decision", event)
    if names.count(RELEASED) + names.count(CAPTURED) != len(case.label.holds):
        raise _unproved("the held money is not shown to be released", event)
    if names.count(SUBSTITUTE) != context.rules.substitutes:
        raise _unproved("its substitute for the missing item is not there", event)


def _claim(context: Context, state: State, sealed: bytes) -> Gains:
    if context.role == Role.INITIATOR or not context.rules.keyed:
        return ()
    key = context.case.crypto.unseal(sealed, context.case.id)
    return context.rules.claim(context.case, state.progress, key)


def _unproved(why: str, event: Decided) -> PeerDeviated:
    return PeerDeviated("PEER_DEVIATED", f"cannot use the trustee's answer: {why}", evidence=event.answer)
