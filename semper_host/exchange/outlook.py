"""What a recovery screen must always be able to say: where is the money, who acts next, by when (DESIGN §10)."""

from __future__ import annotations

from typing import NamedTuple

from semper_host.exchange.items import Token
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
    payer = context.role is Role.RESPONDER
    return Outlook(_payers(state) if payer else _payees(state), actor, by)


def _next(context: Context, state: State) -> tuple[str, int | None]:
    label = context.case.label
    match state.phase:
        case Phase.START:
            return (WE if context.role is Role.INITIATOR else PEER), label.t2
        case Phase.REVIEWING:
            return WE, label.t2
        case Phase.OFFERED | Phase.COMMITTED | Phase.RELEASED:
            return PEER, label.t2
        case Phase.RESOLVING:
            return TRUSTEE, label.t_resolve
        case Phase.ABORTING:
            return TRUSTEE, None
    if label.holds and state.outcome != DONE and context.role is Role.RESPONDER and not _has(state.gains, VOIDED):
        return BANK, label.holds[0].least_expiry
    return NOBODY, None


def _payers(state: State) -> str:
    if state.phase is Phase.FINISHED:
        return PAID if state.outcome == DONE else OURS
    return HELD_FOR_PEER if state.m2 is not None else OURS


def _payees(state: State) -> str:
    if state.phase is Phase.FINISHED:
        return RECEIVABLE if state.outcome == DONE else NO_MONEY
    return PROMISED if state.m2 is not None else NO_MONEY


def _has(gains: tuple[Token, ...], name: str) -> bool:
    return any(token.name == name for token in gains)
