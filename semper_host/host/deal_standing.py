"""Where a deal stands, in words: who acts next, what is to be done, by when, what became of each step, and why."""

from __future__ import annotations

from typing import Any, NamedTuple

from semper_host.commerce import deal_handing
from semper_host.commerce.deal import wakes_at
from semper_host.commerce.deal_exchange import without_trustee_from
from semper_host.commerce.deal_state import OVERRULED, DealState, Past, outcome
from semper_host.commerce.events import Confirm, Reclaim
from semper_host.commerce.exchange_run import run_of
from semper_host.commerce.moments import moment
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.step_messages import choices
from semper_host.commerce.terms_model import ItemName, Section
from semper_host.exchange.state import Phase
from semper_host.exchange.two_transfers import ITEM, RECEIPT_TOKEN, Swapped
from semper_host.host.business import SELLER, Business
from semper_host.host.live_deal import LiveDeal
from semper_host.host.step_effects import RECEIVED, place_of_step
from semper_host.model.outcome import Dissatisfied
from semper_host.model.security import Fairness
from semper_host.supporting.trusted_ui.display_text import escape
from semper_host.supporting.trusted_ui.screens import Acts

MOST_WHY = 300
"""Characters of the reason for which a deal ended, which may be another's words."""


class Next(NamedTuple):
    """Who acts next, that one's name ("" for us), by when (seconds since 1970, None: no deadline), and what it does."""

    acts: Acts
    actor: str = ""
    by: int | None = None
    doing: str = ""


def peer_name(business: Business) -> str:
    """Return what to call the other side: a merchant's certified name; a buyer is known by its deal key alone."""
    return "the buyer" if business.beginning.side == SELLER else business.opened.merchant.name


def next_act(live: LiveDeal) -> Next:
    """Return who acts next in a deal."""
    business, state = live.business, live.state
    plan = business.plan
    if live.over:
        return Next(Acts.NOBODY)
    if plan.automaton.is_end(state.place):
        return _afterwards(business, state)
    spec = plan.automaton.step(plan.automaton.enabled(state.place)[0])
    match spec.part:
        case Part.GIVE | Part.DECIDE:
            return _acting(business, state, spec)
        case Part.RECEIVE | Part.LEARN:
            doing = f"give {_titles(business, spec.gets)}" if spec.gets else f"decide {spec.step}"
            return Next(Acts.PEER, peer_name(business), deal_handing.waits_until(state, spec), doing)
    return _exchanging(live, spec)


def is_lull(live: LiveDeal) -> bool:
    """Say whether nothing is to be done here until the other side gives, decides, or answers: for days, perhaps."""
    plan, state = live.business.plan, live.state
    if plan.automaton.is_end(state.place) or live.todo:
        return False
    return plan.automaton.step(plan.automaton.enabled(state.place)[0]).form != "exchange"


def things(live: LiveDeal) -> tuple[str, ...]:
    """Return what became of each step so far, a line each: where things are, what was decided."""
    return (*(_thing(live, past) for past in live.state.past), *_given_first(live))


def ended_because(live: LiveDeal) -> tuple[str, ...]:
    """Say why a deal that is over did not bring what it should."""
    ended = outcome(live.business.plan, live.state)
    why = ended.why if isinstance(ended, Dissatisfied) else ""
    return (f"because: {escape(why, MOST_WHY)}",) if why else ()


def begun_swap(live: LiveDeal) -> StepSpec | None:
    """Return the step of two transfers that a deal is in, None where it is in none."""
    plan, state = live.business.plan, live.state
    if not isinstance(state.exchange, Swapped) or plan.automaton.is_end(state.place):
        return None
    return plan.automaton.step(plan.automaton.enabled(state.place)[0])


def gives_money(spec: StepSpec) -> bool:
    """Say whether our side gives money in a step."""
    return any(item.family is Section.MONEY for item in spec.gives)


def standing_lines(live: LiveDeal) -> tuple[str, ...]:
    """Return the same as lines of text: for a merchant, whose `semper up` carries its deals on."""
    following = next_act(live)
    if live.over:
        return (*things(live), *ended_because(live))
    who = "this side" if following.acts is Acts.YOU else following.actor
    by = "" if following.by is None else f", by {moment(following.by)}"
    trouble = (f"trouble: {live.trouble}",) if live.trouble else ()
    return (*things(live), f"next: {who}: {following.doing}{by}", *trouble)


def standing_plain(live: LiveDeal) -> dict[str, Any]:
    """Return the same as plain data for JSON; `by` in seconds since 1970."""
    following = next_act(live)
    return {
        "acts": following.acts.value,
        "actor": following.actor,
        "by": following.by,
        "doing": following.doing,
        "things": list(things(live)),
    }


def _afterwards(business: Business, state: DealState) -> Next:
    """The flow is at its end: what is left is the bank's, the peer's, or our own."""
    for each in state.pending:
        if isinstance(each, Reclaim):
            return Next(Acts.BANK, business.bank.name, None, "give the money back")
        if isinstance(each, Confirm):
            return Next(Acts.PEER, peer_name(business), None, "collect the money")
    return Next(Acts.YOU, "", None, "finish what the deal brought")


def _acting(business: Business, state: DealState, spec: StepSpec) -> Next:
    """It is ours to give or decide, or we did and wait for the other side's word."""
    handing, peer = deal_handing.handing_of(state), peer_name(business)
    if not handing.said and not handing.over:
        decided = f"decide {spec.step}: {' or '.join(choices(spec))}"
        doing = f"give {_titles(business, spec.gives)}" if spec.part is Part.GIVE else decided
        return Next(Acts.YOU, "", deal_handing.acts_until(state, spec), doing)
    doing = f"say that step {spec.step} was done, or too late"
    return Next(Acts.PEER, peer, deal_handing.hears_until(state, spec), doing)


def _exchanging(live: LiveDeal, spec: StepSpec) -> Next:
    business, state = live.business, live.state
    peer, doing = peer_name(business), f"go on with step {spec.step}"
    phase = getattr(state.exchange, "phase", None)
    if phase is None:
        return Next(Acts.PEER, peer, wakes_at(business.plan, state), f"begin step {spec.step}")
    by = state.label.t2 if state.label is not None else wakes_at(business.plan, state)
    match phase:
        case Phase.START | Phase.REVIEWING:
            return Next(Acts.YOU, "", by, doing)
        case Phase.RESOLVING | Phase.ABORTING:
            t_resolve = state.label.t_resolve if state.label is not None else None
            return Next(Acts.TRUSTEE, business.trustee.name, t_resolve, _by_trustee(live, spec))
    return Next(Acts.PEER, peer, by, doing)


def _by_trustee(live: LiveDeal, spec: StepSpec) -> str:
    """Say what the trustee is to do, and what becomes of the step if it never does."""
    label, since = live.state.label, without_trustee_from(live.state)
    assert label is not None and since is not None, "whoever waits for the trustee has a label"
    ends = f"`semper deal give-up {live.id.hex()[:16]}` calls the step off"
    if len(label.holds) == 1 and gives_money(spec):
        ends = f"held money comes back, or {ends}"
    return f"decide step {spec.step}; if it has not by {moment(since)}, {ends}"


def _given_first(live: LiveDeal) -> tuple[str, ...]:
    """Say what was given in two transfers of which the second has not come, and what shows that it was."""
    spec, plan, state = begun_swap(live), live.business.plan, live.state
    if spec is None or not isinstance(state.exchange, Swapped) or state.exchange.phase is not Phase.OFFERED:
        return ()
    what = " and ".join(spoken(live.business, each) for each in spec.gives)
    gave = f"{spec.name}: {what} was given first, and nothing came for it yet"
    by = moment(run_of(plan, state, spec).context.t2)
    shows = f"after {by} it makes an affidavit for the arbiter" if spec.fair is Fairness.WEAK else "no receipt came"
    return (f"{gave}; this deal's evidence holds what we sent, and {shows}",)


def _thing(live: LiveDeal, past: Past) -> str:
    business, spec = live.business, live.business.plan.automaton.step(past.name)
    names = {token.name for token in past.gains}
    if spec.part is Part.RECEIVE and ITEM in names:
        folder = place_of_step(live, past.name)
        return f"{past.name}: {_titles(business, spec.gets)} came, kept in {RECEIVED}/{folder}"
    if spec.part is Part.GIVE and past.outcome == "ok":
        receipt = "; the receipt is here" if RECEIPT_TOKEN in names else ""
        return f"{past.name}: {_titles(business, spec.gives)} was given{receipt}"
    if spec.part in (Part.DECIDE, Part.LEARN):
        overruled = ", since our choice came too late for the other side" if OVERRULED in names else ""
        return f"{past.name}: decided {past.outcome}{overruled}"
    return f"{past.name}: {past.outcome}"


def spoken(business: Business, item: ItemName) -> str:
    """Return what to call an item for people: an amount of money, the title of anything else."""
    bound = business.plan.automaton.bound
    return str(bound.amount(item.name)) if item.family is Section.MONEY else bound.terms.item(item).title or item.name


def _titles(business: Business, items: tuple[ItemName, ...]) -> str:
    terms = business.plan.automaton.bound.terms
    return " and ".join(terms.item(item).title or item.name for item in items)
