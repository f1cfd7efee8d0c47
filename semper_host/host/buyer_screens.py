"""What the trusted user interface shows a buyer: the terms, the mandate, and where things stand."""

from __future__ import annotations

import re

from semper_host.admission.admit import Admitted
from semper_host.commerce.check import Checked
from semper_host.commerce.check_risk import Risk
from semper_host.commerce.events import Choose, Confirm, Prepare, Reclaim
from semper_host.commerce.exchange_run import is_swap
from semper_host.commerce.terms_model import Exchange, ItemName, Section
from semper_host.exchange.manager import TWO_TRANSFERS
from semper_host.exchange.state import DONE, Phase
from semper_host.exchange.two_transfers import Swapped
from semper_host.host import hearing, trusting
from semper_host.host.business import BUYER, Business
from semper_host.host.deal_standing import begun_swap, ended_because, gives_money, next_act, peer_name, spoken, things
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.model.holds import CAPTURED, RELEASED
from semper_host.model.money import Money
from semper_host.supporting.trusted_ui.display_text import escape
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.screens import Approval, Decision, Notice, Recovery, TermsReview, Where

MOST_WARNING = 400
"""The most characters of a warning on a screen."""
MOST_THINGS = 20
"""Of how many steps the recovery screen tells, the last ones: a screen has an end."""


def review_screen(service: Admitted, checked: Checked) -> TermsReview:
    """Return the screen that shows terms before anything is run under them."""
    return TermsReview(
        service=service.manifest.id,
        version=service.manifest.version,
        vouched=tuple(each.by.name for each in service.vouched),
        flow=_flow(checked.lines),
        most_at_risk=_most(checked.risks_of(buyer_role(checked))),
        longest=checked.longest,
        grants=service.grants.items,
    )


def warn(home: Home, interface: TrustedInterface, now: int) -> None:
    """Show what of a home's knowledge of revocations gets too old to count, where any does."""
    warnings = hearing.warnings_in(home, trusting.load(home.trust).policy, now)
    if warnings:  # they may hold words of others, and none of those keeps a deal from going on
        lines = tuple(escape(each, MOST_WARNING) for each in warnings)
        interface.show(Notice(title="Getting out of date", lines=lines))


def approval_screen(business: Business, checked: Checked, total: Money) -> Approval:
    """Return the screen that asks for the mandate of one deal."""
    goods = ", ".join(line.article for line in business.hello.basket.lines)
    return Approval(
        amount=total if total.minor else None,
        payee=business.opened.merchant.name,
        fingerprint=business.opened.merchant.fingerprint,
        reason=f"{goods} under {business.service.manifest.name}",
        given_up=f"{_given_up(business, total)} until {_returned(business)} is here" + _besides(business),
        deadline=business.beginning.at + checked.longest,
        most_at_risk=_most(business.checked.risks_of(buyer_role(checked))),
        longest=checked.longest,
    )


def _given_up(business: Business, total: Money) -> str:
    """Say what the buyer gives: money, which is held, information and credentials."""
    held = [f"{total} held at {business.bank.name}"] if total.minor else []
    return " and ".join((*held, *_given(business))) or "nothing but a signature"


def _given(business: Business) -> list[str]:
    """Return the titles of the information and credentials that the buyer gives in exchanges."""
    terms = business.plan.automaton.bound.terms
    gifts = [gift for step in terms.steps if isinstance(step, Exchange) for gift in step.gifts]
    specs = [terms.item(item) for giver, _, item in gifts if terms.kind_of(giver) == BUYER]
    worth = (spec for spec in specs if not spec.is_evidence and spec.item.family is not Section.MONEY)
    return list(dict.fromkeys(spec.title or spec.item.name for spec in worth))


def pays(business: Business) -> bool:
    """Say whether the buyer pays anything in any exchange."""
    terms = business.plan.automaton.bound.terms
    gifts = (gift for step in terms.steps if isinstance(step, Exchange) for gift in step.gifts)
    return any(item.family is Section.MONEY and terms.kind_of(giver) == BUYER for giver, _, item in gifts)


def _returned(business: Business) -> str:
    """Say what the buyer gets for its money, from the titles that the terms give."""
    terms = business.plan.automaton.bound.terms
    gifts = [gift for step in terms.steps if isinstance(step, Exchange) for gift in step.gifts]
    got = [terms.item(item) for _, to, item in gifts if terms.kind_of(to) == BUYER]
    worth = [spec for spec in got if not spec.is_evidence and spec.item.family is not Section.MONEY]
    money = _money_got(business, gifts)
    if any(spec.item.family is Section.INFO for spec in worth):
        return " and ".join(("the goods' key", *money))
    return " and ".join((*(spec.title or spec.item.name for spec in worth), *money)) or "the other side's part"


def _money_got(business: Business, gifts: list[tuple[str, str, ItemName]]) -> list[str]:
    """Return the amounts that the buyer gets beside what it paid and may get back."""
    bound = business.plan.automaton.bound
    paid = {item for giver, _, item in gifts if bound.terms.kind_of(giver) == BUYER}
    got = [item for _, to, item in gifts if bound.terms.kind_of(to) == BUYER and item.family is Section.MONEY]
    amounts = (bound.amount(item.name) for item in dict.fromkeys(got) if item not in paid)
    return [str(amount) for amount in amounts if amount is not None]


def _shown(business: Business) -> str:
    """Say which credentials the seller gets to see."""
    terms = business.plan.automaton.bound.terms
    sides = [side for step in terms.steps if isinstance(step, Exchange) for side in (step.left, step.right)]
    shown = [terms.item(item) for side in sides if terms.kind_of(side.role) == BUYER for item in side.shown]
    return "".join(f"; {spec.title or spec.item.name} is shown" for spec in shown)


def _besides(business: Business) -> str:
    return _shown(business) + _unguarded(business)


def _unguarded(business: Business) -> str:
    """Say in which steps no trustee sees to it that the buyer gets its own, and what it can lose there, whoever chose
    so.
    """
    lost = dict[str, list[str]]()
    for spec in business.plan.automaton.specs.values():
        items = [item for item in spec.gives if item.family is not Section.STATEMENT]
        if spec.protocol == TWO_TRANSFERS and items:
            lost[spec.step] = [spoken(business, item) for item in items]
    what = " and ".join(dict.fromkeys(each for items in lost.values() for each in items))
    return f"; no trustee guards {' and '.join(lost)}: {what} can be lost" if lost else ""


def recovery_screen(live: LiveDeal) -> Recovery:
    """Return the screen that answers, at any moment: where is my money, who acts next, by when."""
    business = live.business
    where, holder = _money(live)
    following = next_act(live)
    return Recovery(
        deal=business.deal,
        amount=business.agreement.quoted.total,
        where=where,
        holder=holder,
        acts=following.acts,
        actor=following.actor,
        by=following.by,
        doing=following.doing,
        things=(*things(live), *ended_because(live))[-MOST_THINGS:],
    )


def money_plain(live: LiveDeal) -> dict[str, str]:
    """Return what the same screen says of the money, for JSON: where it is, and who has it."""
    where, holder = _money(live)
    return {"where": where.value, "holder": holder}


def decision_screen(live: LiveDeal, wanted: Choose, choice: str) -> Decision:
    """Return the screen that asks whether the person decides so."""
    return Decision(
        deal=live.id,
        peer=peer_name(live.business),
        step=wanted.step,
        choice=choice,
        others=tuple(other for other in wanted.choices if other != choice),
        by=wanted.until,
    )


def _money(live: LiveDeal) -> tuple[Where, str]:
    """Return where the money is, and who has it."""
    business, state, exchange = live.business, live.state, live.state.exchange
    bank, seller = business.bank.name, business.opened.merchant.name
    records = {token.name for token in (*state.proofs, *(gain for past in state.past for gain in past.gains))}
    if any(isinstance(each, Reclaim) for each in state.pending):
        return Where.RETURNING, bank
    begun = begun_swap(live)
    if begun is not None and gives_money(begun):
        return _swapped(live)
    if _last_paid(live) is False:
        return Where.PURSE, ""
    if records & {CAPTURED, RELEASED}:
        return Where.PAYEE, seller
    steps = [business.plan.automaton.step(each.step) for each in state.pending if isinstance(each, Confirm)]
    if steps:  # without a trustee nobody can keep it from the seller any more
        return (Where.PAYEE, seller) if all(map(is_swap, steps)) else (Where.HELD, bank)
    if exchange is None or state.label is None or not state.label.holds:
        return Where.PURSE, ""
    return (Where.HELD, bank) if exchange.phase in (Phase.COMMITTED, Phase.RESOLVING) else _unpaid(live)


def _swapped(live: LiveDeal) -> tuple[Where, str]:
    """Return where money is that we give by a transfer: handed over, it is the seller's to collect, come what may."""
    given = isinstance(live.state.exchange, Swapped) and live.state.exchange.given
    return (Where.PAYEE, live.business.opened.merchant.name) if given else _unpaid(live)


def _unpaid(live: LiveDeal) -> tuple[Where, str]:
    tried = any(isinstance(owed.effect, Prepare) and owed.tries for owed in live.todo.values())
    return (Where.UNKNOWN, live.business.bank.name) if tried else (Where.PURSE, "")


def _last_paid(live: LiveDeal) -> bool | None:
    """Say whether the last payment that was made was ours to make, or came to us; None where there was none."""
    specs = live.business.plan.automaton.specs
    for past in reversed(live.state.past):
        spec = specs[past.name]
        if past.outcome == DONE and any(item.family is Section.MONEY for item in (*spec.gives, *spec.gets)):
            return gives_money(spec)
    return None


def _flow(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the flow with one line a step, its outcomes behind it; the screen numbers lines itself."""
    found: list[str] = []
    for line in lines:
        if line.startswith(" ") and found:
            found[-1] += f"; {line.strip()}"
        else:
            found.append(re.sub(r"^\d+\. ", "", line))
    return tuple(found)


def buyer_role(checked: Checked) -> str:
    """Return the letter that the terms give the buyer."""
    return checked.terms.role_of("buyer") or ""


def _most(risks: tuple[Risk, ...]) -> Money | None:
    amounts = [money for risk in risks for money in risk.most]
    return max(amounts, key=lambda money: money.minor, default=None)
