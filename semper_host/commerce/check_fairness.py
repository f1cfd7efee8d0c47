"""Proof: the exchange is of a kind that its items allow, and the fairness asked for can be had (DESIGN §6).

Whoever releases first must be covered: strongly if the trustee can generate the other's item (escrowed information and
credentials, statements and receipts, which it signs itself, held money, which it releases); weakly if an arbiter is
named. The exchange manager says so, of the traits that the sections of terms promise.
"""

from __future__ import annotations

import msgspec

from semper_host.commerce.handing import RECEIPT, arranged
from semper_host.commerce.terms_model import (
    ARBITER,
    TRUSTEE,
    Exchange,
    ExchangeKind,
    Fairness,
    ItemName,
    Side,
    Terms,
    refuse_terms,
)
from semper_host.model.errors import AdmissionRefused

MONEY, INFO, STATEMENT, CREDENTIAL, SHOWN = "money", "info", "statement", "credential", "shown credential"
EXCHANGED: dict[ExchangeKind, tuple[frozenset[str], frozenset[str]]] = {
    ExchangeKind.CONTRACT: (frozenset({STATEMENT}), frozenset({STATEMENT})),
    ExchangeKind.FAIR_PURCHASE: (frozenset({INFO}), frozenset({MONEY})),
    ExchangeKind.PAYMENT_RECEIPT: (frozenset({STATEMENT, RECEIPT, CREDENTIAL}), frozenset({MONEY})),
    ExchangeKind.MONEY_MONEY: (frozenset({MONEY}), frozenset({MONEY})),
    ExchangeKind.ACCESS: (frozenset({CREDENTIAL}), frozenset({MONEY, SHOWN})),
    ExchangeKind.CREDENTIALS: (frozenset({CREDENTIAL}), frozenset({CREDENTIAL})),
    ExchangeKind.INFORMATION: (frozenset({INFO}), frozenset({INFO})),
}
"""What each kind of exchange exchanges: what the initiator gives, what the responder gives. A package: anything."""


def check_fairness(terms: Terms) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) for an exchange of unfit items, or a fairness that can't be had."""
    for step in terms.steps:
        if isinstance(step, Exchange):
            _check_sides(step)
            if step.kind is not ExchangeKind.PACKAGE:
                _check_kind(terms, step)
            if step.fair is Fairness.STRONG:
                _check_strong(terms, step)
            if step.fair is not Fairness.STRONG or step.or_weak:
                _check_two_transfers(terms, step)


def _check_sides(step: Exchange) -> None:
    if step.left.shown and step.right.shown:
        refuse_terms("both sides show a credential: only the one that answers can", step.name)
    for side in (step.left, step.right):
        if len(side.money) > 1:  # a payment system keeps one hold an exchange
            refuse_terms(f"{side.role} gives two amounts of money at once: make it one", step.name)


def _check_kind(terms: Terms, step: Exchange) -> None:
    sides = (step.right, step.left) if _pays(step.left) and not _pays(step.right) else (step.left, step.right)
    if any(len(side.items) > 1 for side in sides):
        refuse_terms(f"`{step.kind}` has one item a side: several are a package", step.name)
    found = [_word(terms, side, side.items[0]) for side in sides]
    orders = (found, found[::-1])
    if not any(all(word in fits for word, fits in zip(order, EXCHANGED[step.kind], strict=True)) for order in orders):
        wanted = " for ".join(" or ".join(sorted(words)) for words in EXCHANGED[step.kind])
        refuse_terms(f"`{step.kind}` exchanges {wanted}, not {found[0]} for {found[1]}", step.name)


def _pays(side: Side) -> bool:
    """Whether a side gives nothing but money."""
    return side.money == side.items


def _word(terms: Terms, side: Side, item: ItemName) -> str:
    if item in side.shown:
        return SHOWN
    return RECEIPT if terms.item(item).sort == RECEIPT else str(item.family)


def _check_strong(terms: Terms, step: Exchange) -> None:
    if terms.role_of(TRUSTEE) is None:
        refuse_terms("strong fairness needs a role of kind trustee", step.name)
    specs = {spec.item: spec for spec in terms.items}
    try:
        found = arranged(step, specs)
    except AdmissionRefused as error:
        refuse_terms(f"strong fairness can't be had: {error.message}", step.name)
    if found.kind != step.kind:
        refuse_terms(f"its items are exchanged fairly as `{found.kind}`, not as `{step.kind}`", step.name)


def _check_two_transfers(terms: Terms, step: Exchange) -> None:
    if step.fair is not Fairness.NONE and terms.role_of(ARBITER) is None:
        refuse_terms("weak fairness needs a role of kind arbiter", step.name)
    if step.kind is ExchangeKind.PACKAGE and _fairly(terms, step) != step.kind:
        refuse_terms(f"its items are exchanged as `{_fairly(terms, step)}`, not as `{step.kind}`", step.name)
    if step.left.shown or step.right.shown:
        refuse_terms("a credential can be shown for strong fairness only: there the exchange has a name", step.name)


def _fairly(terms: Terms, step: Exchange) -> str:
    """Return the kind of exchange that these items would be with strong fairness."""
    strong = msgspec.structs.replace(step, fair=Fairness.STRONG, or_weak=False)
    return arranged(strong, {spec.item: spec for spec in terms.items}).kind
