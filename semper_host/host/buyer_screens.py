"""What the trusted user interface shows a buyer: the terms, the mandate, and where things stand."""

from __future__ import annotations

import re

from semper_host.admission.admit import Admitted
from semper_host.commerce.check import Checked
from semper_host.commerce.check_risk import Risk
from semper_host.exchange.state import Phase
from semper_host.host.business import Business
from semper_host.host.deals import LiveDeal
from semper_host.model.holds import VOIDED
from semper_host.model.money import Money
from semper_host.supporting.trusted_ui.screens import Acts, Approval, Recovery, TermsReview, Where


def review_screen(service: Admitted, checked: Checked) -> TermsReview:
    """Return the screen that shows terms before anything is run under them."""
    return TermsReview(
        service=service.manifest.id,
        version=service.manifest.version,
        vouched=tuple(each.by.name for each in service.vouched),
        flow=tuple(_flow_line(line) for line in checked.lines),
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
    business, state = live.business, live.state
    total = business.agreement.quoted.total
    where, holder, acts, actor = _standing(live)
    by = None
    if state.label is not None and state.exchange is not None and state.exchange.phase is not Phase.FINISHED:
        by = state.label.t2 if acts is Acts.PEER else state.label.t_resolve
    return Recovery(deal=business.deal, amount=total, where=where, holder=holder, acts=acts, actor=actor, by=by)


def _standing(live: LiveDeal) -> tuple[Where, str, Acts, str]:
    """Return where the money is, who has it, who acts next, and that one's name."""
    business, state = live.business, live.state
    bank, seller, trustee = business.bank.name, business.opened.merchant.name, business.trustee.name
    owing = {name for name, _ in live.todo}
    if "Reclaim" in owing:
        return Where.RETURNING, bank, Acts.BANK, bank
    if any(proof.name == VOIDED for proof in state.proofs):
        return Where.PURSE, "", Acts.NOBODY, ""
    if state.proofs:
        return Where.PAYEE, seller, Acts.NOBODY, ""
    exchange = state.exchange
    if exchange is None or not (state.label and state.label.holds):
        done = business.plan.automaton.is_end(state.place)
        return Where.PURSE, "", Acts.NOBODY if done and not live.todo else Acts.PEER, "" if done else seller
    match exchange.phase:
        case Phase.START | Phase.REVIEWING:
            return Where.PURSE, "", Acts.YOU, ""
        case Phase.COMMITTED:
            return Where.HELD, bank, Acts.PEER, seller
        case Phase.RESOLVING:
            return Where.HELD, bank, Acts.TRUSTEE, trustee
    return Where.HELD, bank, Acts.BANK, bank


def _flow_line(line: str) -> str:
    """Return a line of the flow without its own number and indent: the screen numbers lines itself."""
    return f"- {line.strip()}" if line.startswith(" ") else re.sub(r"^\d+\. ", "", line)


def buyer_role(checked: Checked) -> str:
    """Return the letter that the terms give the buyer."""
    return checked.terms.role_of("buyer") or ""


def _most(risks: tuple[Risk, ...]) -> Money | None:
    amounts = [money for risk in risks for money in risk.most]
    return max(amounts, key=lambda money: money.minor, default=None)
