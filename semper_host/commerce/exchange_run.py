"""One exchange of a deal under way: which strategy runs it, with what both sides agreed on. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from semper_host.commerce.deal_state import DealState
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.swap_money import check_payment, place_of_money
from semper_host.exchange import fair_exchange
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.manager import OPTIMISTIC, TWO_TRANSFERS
from semper_host.exchange.messages import parse
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import Context, Role, State
from semper_host.exchange.strategy import STRATEGIES, Strategy
from semper_host.exchange.two_transfers import Handed, Swapped
from semper_host.model.errors import PeerDeviated
from semper_host.model.security import Fairness


@dataclass(frozen=True, slots=True)
class Run:
    """How a step's exchange is run. `label` names it for the trustee, None where no trustee takes part; `name` is L."""

    strategy: Strategy
    context: Any
    label: Label | None = None
    name: bytes = b""


def is_swap(spec: StepSpec) -> bool:
    """Say whether the step's exchange is two transfers, without a trustee."""
    return spec.protocol == TWO_TRANSFERS


def run_of(plan: Plan, state: DealState, spec: StepSpec) -> Run:
    """Return how the exchange that `state` is in is run."""
    role = plan.role_in(spec)
    if not is_swap(spec):
        assert state.label is not None, "an exchange has its label from its first message on"
        return _optimistic(state.label, role, plan.crypto)
    firsts, seconds = plan.swap(spec)
    strategy, fairness = STRATEGIES[TWO_TRANSFERS], spec.fair or Fairness.NONE
    # who answers gives last, so it waits as long as its terms let the other side take to begin
    t2 = state.entered + (spec.within if role is Role.INITIATOR else spec.patience)
    context, _ = strategy.join(firsts, seconds, role, plan.crypto, t2, fairness)
    return Run(strategy, context)


def opened(plan: Plan, state: DealState, spec: StepSpec, now: int, indices: tuple[int | None, ...]) -> DealState:
    """Return the state in which we open the exchange at `now`; `indices` as `Plan.label` has them."""
    if is_swap(spec):
        return replace(state, exchange=Swapped())
    label = plan.opening_label(spec, now, indices)
    _optimistic(label, Role.INITIATOR, plan.crypto)
    return replace(state, label=label, exchange=State(Role.INITIATOR))


def accepted(plan: Plan, state: DealState, spec: StepSpec, message: bytes, now: int) -> DealState:
    """Return the state in which we join the exchange that the peer's `message` opens. Raises PeerDeviated."""
    if is_swap(spec):
        return replace(state, exchange=Swapped())
    preimage = parse(message).label
    if preimage is None:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot begin step {spec.name}: message 1 is due", evidence=message)
    label = plan.accept_label(spec, Label.decode(preimage), now)
    _optimistic(label, Role.RESPONDER, plan.crypto)
    return replace(state, label=label, exchange=State(Role.RESPONDER))


def is_opening(spec: StepSpec, message: bytes) -> bool:
    """Say whether `message` can open the step's exchange. Raises SemperError for what is no message of it."""
    return bool(Handed.decode(message).parcels) if is_swap(spec) else parse(message).number == 1


def check_handed(plan: Plan, spec: StepSpec, message: bytes, now: int) -> None:
    """Require that money which a message of two transfers hands over is there. Raises PeerDeviated."""
    parcels = Handed.decode(message).parcels if is_swap(spec) else ()
    giver = Role.RESPONDER if plan.role_in(spec) is Role.INITIATOR else Role.INITIATOR
    at = place_of_money(plan, spec, giver) if parcels else None
    if at is not None and at < len(parcels):  # a parcel too few is refused when they are taken
        check_payment(plan, spec, parcels[at], now)


@lru_cache(maxsize=64)
def _optimistic(label: Label, role: Role, crypto: Crypto) -> Run:
    """Return the run of a label that is acceptable; it is checked once, not at every event. Raises PeerDeviated."""
    context: Context
    context, _ = fair_exchange.join(label, role, crypto)
    return Run(STRATEGIES[OPTIMISTIC], context, label, label_of(label))
