"""What the trusted user interface shows a buyer: the terms, the mandate, and where things stand."""

from __future__ import annotations

import re

from semper_host.admission.admit import Admitted
from semper_host.commerce.check import Checked
from semper_host.commerce.check_risk import Risk
from semper_host.commerce.deal import wakes_at
from semper_host.commerce.events import Confirm, Prepare, Reclaim
from semper_host.exchange.state import Phase
from semper_host.host.business import Business
from semper_host.host.live_deal import LiveDeal
from semper_host.model.holds import CAPTURED, RELEASED
from semper_host.model.money import Money
from semper_host.supporting.trusted_ui.screens import Acts, Approval, Recovery, TermsReview, Where


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


def approval_screen(business: Business, checked: Checked, total: Money) -> Approval:
    """Return the screen that asks for the mandate of one deal."""
    goods = ", ".join(part.name for part in business.goods.parts)
    return Approval(
        amount=total,
        payee=business.opened.merchant.name,
        fingerprint=business.opened.merchant.fingerprint,
        reason=f"{goods} under {business.service.manifest.name}",
        given_up=f"{total} held at {business.bank.name} until the goods' key is here",
        deadline=business.beginning.at + checked.longest,
        most_at_risk=_most(business.checked.risks_of(buyer_role(checked))),
        longest=checked.longest,
    )


def recovery_screen(live: LiveDeal) -> Recovery:
    """Return the screen that answers, at any moment: where is my money, who acts next, by when."""
    business = live.business
    where, holder = _money(live)
    acts, actor, by = _next(live)
    return Recovery(
        deal=business.deal,
        amount=business.agreement.quoted.total,
        where=where,
        holder=holder,
        acts=acts,
        actor=actor,
        by=by,
    )


def _money(live: LiveDeal) -> tuple[Where, str]:
    """Return where the money is, and who has it."""
    business, state, exchange = live.business, live.state, live.state.exchange
    bank, seller = business.bank.name, business.opened.merchant.name
    records = {token.name for token in (*state.proofs, *(gain for past in state.past for gain in past.gains))}
    if any(isinstance(each, Reclaim) for each in state.pending):
        return Where.RETURNING, bank
    if records & {CAPTURED, RELEASED}:
        return Where.PAYEE, seller
    if any(isinstance(each, Confirm) for each in state.pending):
        return Where.HELD, bank
    if exchange is None or state.label is None or not state.label.holds:
        return Where.PURSE, ""
    if exchange.phase in (Phase.COMMITTED, Phase.RESOLVING):
        return Where.HELD, bank
    tried = any(isinstance(owed.effect, Prepare) and owed.tries for owed in live.todo.values())
    return (Where.UNKNOWN, bank) if tried else (Where.PURSE, "")


def _next(live: LiveDeal) -> tuple[Acts, str, int | None]:
    """Return who acts next, that one's name, and by when."""
    business, state = live.business, live.state
    plan, seller = business.plan, business.opened.merchant.name
    if live.over:
        return Acts.NOBODY, "", None
    if plan.automaton.is_end(state.place):
        acts_of: dict[type, tuple[Acts, str, int | None]] = {
            Reclaim: (Acts.BANK, business.bank.name, None),
            Confirm: (Acts.PEER, seller, None),
        }
        return next((acts_of[type(each)] for each in state.pending if type(each) in acts_of), (Acts.YOU, "", None))
    if state.exchange is None or state.label is None:
        return Acts.PEER, seller, wakes_at(plan, state)
    match state.exchange.phase:
        case Phase.START | Phase.REVIEWING:
            return Acts.YOU, "", state.label.t2
        case Phase.RESOLVING | Phase.ABORTING:
            return Acts.TRUSTEE, business.trustee.name, state.label.t_resolve
    return Acts.PEER, seller, state.label.t2


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
