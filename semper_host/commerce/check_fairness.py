"""Proof: the fairness asked for can be had, given the exchange and the items (DESIGN §6).

Whoever releases first must be covered: strongly if the trustee can generate the other's item (escrowed information,
statements and receipts, which it signs itself, held money, which it releases); weakly if an arbiter is named.
"""

from __future__ import annotations

from semper_host.commerce.terms_model import (
    ARBITER,
    TRUSTEE,
    Exchange,
    ExchangeKind,
    Fairness,
    Section,
    Terms,
    refuse_terms,
)

EXCHANGED: dict[ExchangeKind, tuple[frozenset[Section], frozenset[Section]]] = {
    ExchangeKind.CONTRACT: (frozenset({Section.STATEMENT}), frozenset({Section.STATEMENT})),
    ExchangeKind.FAIR_PURCHASE: (frozenset({Section.INFO}), frozenset({Section.MONEY})),
    ExchangeKind.PAYMENT_RECEIPT: (frozenset({Section.STATEMENT, Section.CREDENTIAL}), frozenset({Section.MONEY})),
}
"""The families that each kind of exchange exchanges: what the initiator gives, what the responder gives."""


def check_fairness(terms: Terms) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) for an exchange of unfit items, or a fairness that can't be had."""
    for step in terms.steps:
        if isinstance(step, Exchange):
            _check_kind(step)
            if step.fair is Fairness.STRONG:
                _check_strong(terms, step)
            if step.fair is Fairness.WEAK and terms.role_of(ARBITER) is None:
                refuse_terms("weak fairness needs a role of kind arbiter", step.name)


def _check_kind(step: Exchange) -> None:
    sides = (step.initiator.item.family, step.responder.item.family)
    if any(family not in fits for family, fits in zip(sides, EXCHANGED[step.kind], strict=True)):
        wanted = " for ".join(" or ".join(sorted(families)) for families in EXCHANGED[step.kind])
        refuse_terms(f"a {step.kind} exchanges {wanted}, not {sides[0]} for {sides[1]}", step.name)


def _check_strong(terms: Terms, step: Exchange) -> None:
    if terms.role_of(TRUSTEE) is None:
        refuse_terms("strong fairness needs a role of kind trustee", step.name)
    for side in (step.left, step.right):
        spec = terms.item(side.item)
        if side.item.family is Section.CREDENTIAL and not spec.is_evidence:
            refuse_terms(f"strong fairness can't be had: no trustee can generate {side.item} ({spec.sort})", step.name)
