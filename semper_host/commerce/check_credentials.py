"""Proof: whoever gives a credential in a fair exchange can issue it, and again as often as the terms let it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from semper_host.commerce.flow import Flow
from semper_host.commerce.terms_model import Exchange, Fairness, ItemName, Section, Terms, Transfer, refuse_terms


def check_credentials(flow: Flow) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) for a credential that its giver got from others, or can give once only.

    It is bound to its taker's key, so nobody can pass it on. And where the side that answers gives it, its place in the
    status list was agreed on before the deal: called off the second time, the exchange would revoke the first one.
    """
    visits = Counter(place.step.name for place in flow.places)
    for step, giver, item in _given(flow.terms):
        others = sorted(_givers(flow.terms, item) - {giver})
        if others:
            cause = f"{giver} can't give {item}, which {others[0]} gives too: it can't be passed on"
            refuse_terms(cause, step.name)
        if giver == step.responder.role and visits[step.name] > 1:
            refuse_terms(f"{giver} answers, and can give {item} once only", step.name)


def _given(terms: Terms) -> Iterator[tuple[Exchange, str, ItemName]]:
    """Yield the credentials that strongly fair exchanges give, receipts aside: those are signed anew."""
    for step in terms.steps:
        if isinstance(step, Exchange) and step.fair is Fairness.STRONG:
            for giver, _, item in step.gifts:
                if item.family is Section.CREDENTIAL and not terms.item(item).is_evidence:
                    yield step, giver, item


def _givers(terms: Terms, item: ItemName) -> set[str]:
    exchanges = (step for step in terms.steps if isinstance(step, Exchange))
    exchanged = {giver for step in exchanges for giver, _, given in step.gifts if given == item}
    return exchanged | {step.giver for step in terms.steps if isinstance(step, Transfer) and step.item == item}
