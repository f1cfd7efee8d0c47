"""How an exchange ends whose trustee does not answer and has no time left: by the payment system's own signed word, or
since a person gives it up.

Money that nobody took comes back when its hold expires, whoever is gone, and the bank's record of that is evidence.
Where none was paid no bank can tell: the other side may have got the trustee's word before. So a person decides.
"""

from __future__ import annotations

from collections.abc import Callable

from semper_host.commerce import deal as engine
from semper_host.commerce.deal_exchange import without_trustee_from
from semper_host.commerce.events import Abandoned, AskTrustee, Confirm, Event, Finalised
from semper_host.exchange.labels import label_of
from semper_host.exchange.state import Phase
from semper_host.host.deals import Deals
from semper_host.host.exchange_money import ExchangeMoney
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import SemperError, UsageError


def settled(live: LiveDeal, effect: AskTrustee, money: ExchangeMoney, now: int) -> Event | None:
    """Return how the one payment of an exchange ended it, None where that decides nothing yet. `now` is in seconds.

    What our side had held is taken back for that where its time is over.
    """
    state, label = live.state, live.state.label
    if label is None or len(label.holds) != 1 or now <= label.t_resolve:
        return None
    try:
        kind, proof = money.ended(live.business, Confirm(effect.step, label_of(label)))
    except SemperError:
        return None  # the bank is away as well, or still holds it: both are asked again
    event: Event = Finalised(now, effect.step, kind, proof)
    if not kind:
        if state.exchange is None or state.exchange.phase is not Phase.ABORTING:
            return None
        event = Abandoned(now, effect.step, _why(live, "nothing was ever paid"))
    return event if _ends(live, event) else None


def give_up(deals: Deals, live: LiveDeal, clock: Callable[[], int]) -> None:
    """Wait no longer for the trustee of the step that `live` is in: it counts as called off, and what our side had
    held for it is taken back. Raises UsageError DEAL_UNFINISHED where it does not wait for one, or not long enough.
    """
    plan, state = live.business.plan, live.state
    if plan.automaton.is_end(state.place) or without_trustee_from(state) is None:
        message = f"cannot give up the deal {live.id.hex()[:16]}: it does not wait for its trustee"
        raise UsageError("DEAL_UNFINISHED", message)
    step = plan.automaton.enabled(state.place)[0]
    deals.post(live, Abandoned(clock(), plan.automaton.step(step).name, _why(live, "this side gave it up")))


def _why(live: LiveDeal, besides: str) -> str:
    trustee, step = live.business.trustee.name, live.state.place
    return f"the trustee {trustee} did not decide step {step} in its time, and {besides}"


def _ends(live: LiveDeal, event: Event) -> bool:
    """Say whether the deal's engine ends the step by `event`: what changes nothing is not told to it."""
    try:
        after, _ = engine.advance(live.business.plan, live.state, event)
    except SemperError:
        return False
    return after.place != live.state.place or len(after.past) > len(live.state.past)
