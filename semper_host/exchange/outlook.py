"""What a recovery screen must always be able to say: where is the money, who acts next, by when (DESIGN §10)."""

from __future__ import annotations

from typing import NamedTuple

from semper_host.exchange.items import Token
from semper_host.exchange.places import places
from semper_host.exchange.state import DONE, Context, Phase, Role, State
from semper_host.model.holds import VOIDED

OURS, HELD_FOR_PEER, PAID, PROMISED, RECEIVABLE, NO_MONEY = (
    "ours", "held for the peer", "paid", "promised to us", "receivable", "no money",
)  # fmt: skip
"""Where the exchange's money is, as this side may rely on it."""
WE, PEER, TRUSTEE, BANK, NOBODY = "we", "the peer", "the trustee", "the payment system", "nobody"
"""Who acts next."""


class Outlook(NamedTuple):
    """`money`: where it is; `next`: who acts; `by`: until when (seconds since 1970), None if there is no deadline."""

    money: str
    next: str
    by: int | None


def outlook(context: Context, state: State) -> Outlook:
    """Return where this side of the exchange stands."""
    actor, by = _next(context, state)
    if not context.case.label.holds:
        return Outlook(NO_MONEY, actor, by)
    first = context.role is Role.INITIATOR
    givers = {place.first for place in places(context.case.label) if place.hold is not None}
    ours, theirs = (state.m1, state.m2) if first else (state.m2, state.m1)
    pays, receives = _payers(state, ours), _payees(state, theirs)
    where = {(True,): pays, (False,): receives, (False, True): f"{pays}; {receives}"}
    return Outlook(where[tuple(sorted({giver is first for giver in givers}))], actor, by)


def _next(context: Context, state: State) -> tuple[str, int | None]:
    label = context.case.label
    match state.phase:
        case Phase.START:
            return (WE if context.role is Role.INITIATOR else PEER), label.t2
        case Phase.REVIEWING:
            return WE, label.t2
        case Phase.OFFERED | Phase.COMMITTED | Phase.RELEASED:
            return PEER, label.t2
        case Phase.FINALISING:
            return BANK, label.t2
        case Phase.RESOLVING:
            return TRUSTEE, label.t_resolve
        case Phase.ABORTING:
            return TRUSTEE, None
    first = context.role is Role.INITIATOR
    pays = any(place.hold is not None and place.first is first for place in places(label)) and _bound(state)
    if pays and state.outcome != DONE and not _has(state.gains, VOIDED):
        return BANK, label.holds[0].least_expiry
    return NOBODY, None


def _bound(state: State) -> bool:
    """An initiator's money was held before message 1; a responder may hold some as soon as it knows of the exchange."""
    return state.role is Role.RESPONDER or state.m1 is not None


def _payers(state: State, committed: bytes | None) -> str:
    if state.phase is Phase.FINISHED:
        return PAID if state.outcome == DONE else OURS
    return HELD_FOR_PEER if committed is not None else OURS


def _payees(state: State, committed: bytes | None) -> str:
    if state.phase is Phase.FINISHED:
        return RECEIVABLE if state.outcome == DONE else NO_MONEY
    return PROMISED if committed is not None else NO_MONEY


def _has(gains: tuple[Token, ...], name: str) -> bool:
    return any(token.name == name for token in gains)
