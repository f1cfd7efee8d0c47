"""What a party concludes from the trustee's answer, or from a payment system's or issuer's own word."""

from __future__ import annotations

from semper_host.exchange.case import Gains
from semper_host.exchange.events import Decided, Settled
from semper_host.exchange.held_money import read_settlement
from semper_host.exchange.items import Token
from semper_host.exchange.keepers import BACK, GIVEN, End, Keeper, keepers_of, read_end
from semper_host.exchange.messages import KINDS, Opened, digest_of, read
from semper_host.exchange.requests import RESOLVED, SUBSTITUTE, Answer, check_substitute, read_decision
from semper_host.exchange.state import CALLED_OFF, DONE, Context, Role, State, finish
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import DECISION, RELEASED, VOIDED, Decision


def take_answer(context: Context, state: State, event: Decided, now: int) -> State:
    """Finish as the trustee decided, if its answer proves what it says. Raises PeerDeviated otherwise."""
    answer = Answer.decode(event.answer)
    if answer.decision is None:
        return _take_back(context, state, answer)
    decision = read_decision(context.case, answer.decision)
    token = Token(DECISION, answer.decision)
    if decision.verdict != RESOLVED:
        for record in answer.records:
            if record.name not in BACK:
                raise _unproved("it carries a record that does not belong to its decision", event)
            read_end(context.case, record, state.hold)
        return finish(state, CALLED_OFF, (token, *answer.records))
    _check_named(state, decision, event)
    ends = _check_records(context, state, decision, answer, event)
    if any(not end.given and _incoming(context, end.keeper) for end in ends.values()):
        return finish(state, CALLED_OFF, (token, *answer.records))
    return finish(state, DONE, (token, *answer.records, *_claim(context, state, decision, answer, event)))


def take_settlement(context: Context, state: State, event: Settled, now: int) -> State:
    """Finish as the payment system says the hold ended; where that does not give us our item, go on as before."""
    if not context.rules.settles:
        read_end(context.case, event.record, state.hold)
        return state
    settlement = read_settlement(context.case, event.record, state.hold)
    if event.record.name == VOIDED:
        return finish(state, CALLED_OFF, (event.record,))
    if context.role == Role.INITIATOR:
        return finish(state, DONE, (event.record,))
    if event.record.name == RELEASED and context.rules.keyed and not context.rules.substitutes:
        return finish(state, DONE, (event.record, *_keys(context, state, settlement.sealed)))
    return state


def _take_back(context: Context, state: State, answer: Answer) -> State:
    """All that the responder paid was void before the trustee could release it: nobody gets anything more."""
    ends = [read_end(context.case, record, state.hold) for record in answer.records]
    holds = {keeper for keeper in keepers_of(context.case.label) if keeper.hold is not None}
    paid = {end.keeper for end in ends if end.given} - {keeper for keeper in holds if keeper.first}
    if paid or not any(not keeper.first for keeper in holds) or {end.keeper for end in ends} != holds:
        raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: it decides nothing")
    return finish(state, CALLED_OFF, answer.records)


def _incoming(context: Context, keeper: Keeper) -> bool:
    return keeper.first == (context.role is Role.RESPONDER)


def _check_named(state: State, decision: Decision, event: Decided) -> None:
    """A resolution must name our own messages: an honest trustee can't resolve what we never agreed to."""
    ours = state.m1 is not None and decision.m1 == digest_of(state.m1)
    if not ours or (state.role == Role.RESPONDER and state.m2 is not None and decision.m2 != digest_of(state.m2)):
        raise _unproved("it resolves what we did not agree to", event)


def _check_records(
    context: Context, state: State, decision: Decision, answer: Answer, event: Decided
) -> dict[Keeper, End]:
    """A resolution comes with how each hold ended, and with a substitute where the kind has one."""
    case, names = context.case, [record.name for record in answer.records]
    ends: dict[Keeper, End] = {}
    for record in answer.records:
        if record.name == SUBSTITUTE:
            check_substitute(case, record.data, decision.m1, decision.m2 or b"")
        elif record.name in (*GIVEN, VOIDED):
            end = read_end(case, record, state.hold)
            ends[end.keeper] = end
        elif record.name == KINDS[2] and context.rules.keyed_back:
            _relayed(context, record, decision, event)
        else:
            raise _unproved("it carries a record that does not belong to its decision", event)
    holds = [keeper for keeper in keepers_of(case.label) if keeper.hold is not None]
    paying = [keeper for keeper in holds if not keeper.first]
    if set(ends) != set(holds) or (paying and not any(ends[keeper].given for keeper in paying)):
        raise _unproved("the held money is not shown to be released", event)
    if names.count(SUBSTITUTE) != context.rules.substitutes:
        raise _unproved("its substitute for the missing item is not there", event)
    if len(names) != len(ends) + names.count(SUBSTITUTE) + (KINDS[2] in names):
        raise _unproved("it carries a record twice", event)
    return ends


def _claim(context: Context, state: State, decision: Decision, answer: Answer, event: Decided) -> Gains:
    """Return what the keys that came with the decision open, to whoever they are sealed."""
    if context.role is Role.RESPONDER:
        return _keys(context, state, decision.sealed) if context.rules.keyed else ()
    if not context.rules.keyed_back:
        return ()
    case, rules = context.case, context.rules
    sent = next((record for record in answer.records if record.name == KINDS[2]), None)
    if sent is None or decision.back is None:
        raise _unproved("the responder's message and key are not there", event)
    m2 = _relayed(context, sent, decision, event)
    return rules.claim_back(case, state.progress, m2, case.crypto.unseal(decision.back, case.id))


def _relayed(context: Context, sent: Token, decision: Decision, event: Decided) -> Opened:
    """Return message 2 as the trustee relays it, its goods elided; it must be the one that the decision names."""
    case = context.case
    m2 = read(case.crypto, sent.data, 2, case.id, case.label.responder.signing, previous=decision.m1, elided=True)
    if m2.digest != decision.m2:
        raise _unproved("it carries another message of the responder", event)
    return m2


def _keys(context: Context, state: State, sealed: bytes) -> Gains:
    key = context.case.crypto.unseal(sealed, context.case.id)
    return context.rules.claim(context.case, state.progress, key)


def _unproved(why: str, event: Decided) -> PeerDeviated:
    return PeerDeviated("PEER_DEVIATED", f"cannot use the trustee's answer: {why}", evidence=event.answer)
