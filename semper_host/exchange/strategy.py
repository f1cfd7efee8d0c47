"""The two ways to exchange behind one interface: contexts differ, events, effects and the rules of a host do not.

strategy = STRATEGIES[plan.protocol]
state, effects = strategy.step(context, state, event, now)      the state durable first, then the effects
strategy.owed(context, state)                                   after a crash: what to do again
strategy.wakes_at(context, state)                               when to bring a Tick
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from semper_host.exchange import fair_exchange, joint_contract, two_transfers
from semper_host.exchange.events import Effect
from semper_host.exchange.manager import OPTIMISTIC, TWO_TRANSFERS

JOINT = "joint"
"""The optimistic strategy among three and more, which a label with `others` asks for."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """The functions of one strategy; each takes the context that its own `join` returns."""

    name: str
    join: Callable[..., tuple[Any, Any]]
    step: Callable[..., tuple[Any, tuple[Effect, ...]]]
    owed: Callable[..., tuple[Effect, ...]]
    wakes_at: Callable[..., int | None]


STRATEGIES: dict[str, Strategy] = {
    name: Strategy(name, module.join, module.step, module.owed, module.wakes_at)
    for name, module in ((OPTIMISTIC, fair_exchange), (TWO_TRANSFERS, two_transfers), (JOINT, joint_contract))
}
"""Every strategy by the name that a plan gives it; the optimistic one is the default."""
