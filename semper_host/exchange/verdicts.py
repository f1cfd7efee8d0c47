"""What a party concludes from the trustee's answer, or from a payment system's or issuer's own word."""

from __future__ import annotations

from typing import NamedTuple

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


class Ruling(NamedTuple):
    """What an answer of the trustee proves to anybody: how the exchange ends for the side of `context`, the proof.

    `decision`: None where the trustee only shows that the money had gone back. `m2`: the responder's message, relayed.
    """

    outcome: str
    decision: Decision | None
    proofs: tuple[Token, ...]
    ends: tuple[End, ...]
    m2: Opened | None = None


def take_answer(context: Context, state: State, event: Decided, now: int) -> State:
    """Finish as the trustee decided, if its answer proves what it says. Raises PeerDeviated otherwise."""
    ruling = read_answer(context, state, event.answer)
    gains = () if ruling.outcome == CALLED_OFF or ruling.decision is None else _claim(context, state, ruling)
    return finish(state, ruling.outcome, (*ruling.proofs, *gains))


def read_answer(context: Context, state: State, data: bytes) -> Ruling:
    """Return what the encoded answer says, checked with nobody's private key. Raises PeerDeviated.

    Of `state` only the messages and the hold count.
    """
    answer = Answer.decode(data)
    if answer.decision is None:
        return _take_back(context, state, answer)
    decision = read_decision(context.case, answer.decision)
    proofs = (Token(DECISION, answer.decision), *answer.records)
    if decision.verdict != RESOLVED:
        back = []
        for record in answer.records:
            if record.name not in BACK:
                raise _unproved("it carries a record that does not belong to its decision", data)
            back.append(read_end(context.case, record, state.hold))
        return Ruling(CALLED_OFF, decision, proofs, tuple(back))
    _check_named(state, decision, data)
    ends = _check_records(context, state, decision, answer, data)
    lost = any(not end.given and _incoming(context, end.keeper) for end in ends.values())
    m2 = _relayed_in(context, decision, answer, data)
    if context.role is Role.INITIATOR and context.rules.keyed_back and not lost and (m2 is None or not decision.back):
        raise _unproved("the responder's message and key are not there", data)
    return Ruling(CALLED_OFF if lost else DONE, decision, proofs, tuple(ends.values()), m2)


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


def _take_back(context: Context, state: State, answer: Answer) -> Ruling:
    """All that the responder paid was void before the trustee could release it: nobody gets anything more."""
    ends = [read_end(context.case, record, state.hold) for record in answer.records]
    holds = {keeper for keeper in keepers_of(context.case.label) if keeper.hold is not None}
    paid = {end.keeper for end in ends if end.given} - {keeper for keeper in holds if keeper.first}
    if paid or not any(not keeper.first for keeper in holds) or {end.keeper for end in ends} != holds:
        raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: it decides nothing")
    return Ruling(CALLED_OFF, None, answer.records, tuple(ends))


def _incoming(context: Context, keeper: Keeper) -> bool:
    return keeper.first == (context.role is Role.RESPONDER)


def _check_named(state: State, decision: Decision, data: bytes) -> None:
    """A resolution must name our own messages: an honest trustee can't resolve what we never agreed to."""
    ours = state.m1 is not None and decision.m1 == digest_of(state.m1)
    if not ours or (state.role == Role.RESPONDER and state.m2 is not None and decision.m2 != digest_of(state.m2)):
        raise _unproved("it resolves what we did not agree to", data)


def _check_records(
    context: Context, state: State, decision: Decision, answer: Answer, data: bytes
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
        elif record.name != KINDS[2] or not context.rules.keyed_back:
            raise _unproved("it carries a record that does not belong to its decision", data)
    holds = [keeper for keeper in keepers_of(case.label) if keeper.hold is not None]
    paying = [keeper for keeper in holds if not keeper.first]
    if set(ends) != set(holds) or (paying and not any(ends[keeper].given for keeper in paying)):
        raise _unproved("the held money is not shown to be released", data)
    if names.count(SUBSTITUTE) != context.rules.substitutes:
        raise _unproved("its substitute for the missing item is not there", data)
    if len(names) != len(ends) + names.count(SUBSTITUTE) + (KINDS[2] in names):
        raise _unproved("it carries a record twice", data)
    return ends


def _claim(context: Context, state: State, ruling: Ruling) -> Gains:
    """Return what the keys that came with the decision open, to whoever they are sealed."""
    decision, case, rules = ruling.decision, context.case, context.rules
    if decision is not None and context.role is Role.RESPONDER:
        return _keys(context, state, decision.sealed) if rules.keyed else ()
    if decision is None or ruling.m2 is None or not rules.keyed_back:
        return ()
    return rules.claim_back(case, state.progress, ruling.m2, case.crypto.unseal(decision.back or b"", case.id))


def _relayed_in(context: Context, decision: Decision, answer: Answer, data: bytes) -> Opened | None:
    """Return message 2 as the trustee relays it, its goods elided; it must be the one that the decision names."""
    sent = next((record for record in answer.records if record.name == KINDS[2]), None)
    if sent is None:
        return None
    case = context.case
    m2 = read(case.crypto, sent.data, 2, case.id, case.label.responder.signing, previous=decision.m1, elided=True)
    if m2.digest != decision.m2:
        raise _unproved("it carries another message of the responder", data)
    return m2


def _keys(context: Context, state: State, sealed: bytes) -> Gains:
    key = context.case.crypto.unseal(sealed, context.case.id)
    return context.rules.claim(context.case, state.progress, key)


def _unproved(why: str, data: bytes) -> PeerDeviated:
    return PeerDeviated("PEER_DEVIATED", f"cannot use the trustee's answer: {why}", evidence=data)
