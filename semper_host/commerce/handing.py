"""How each item of an exchange is handed over, and so what kind of exchange it is and who begins.

The exchange manager decides that from the items' traits. Terms are proved with the traits that their sections say;
a host asks the item managers that it has admitted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from semper_host.api_v1.calls import Item, ItemTraits
from semper_host.commerce.terms_model import Exchange, ExchangeKind, ItemName, ItemSpec, Section, Side, Terms
from semper_host.exchange import manager
from semper_host.exchange.manager import TWO_TRANSFERS, Allowed, Offered
from semper_host.model.items import Family

Traits = Callable[[Item], ItemTraits]
Specs = Mapping[ItemName, ItemSpec]

INFORMATION, RECEIPT = "information", "receipt"
"""What an item manager is told of the kind of an info.*, and of a credential of this sort."""


def form_of(spec: ItemSpec, side: Side, kind: str) -> str:
    """Return how an exchange of this kind hands the item over: the name of its leg, or "" where the kind says all."""
    if spec.item in side.shown:
        return "presentation"
    if spec.sort == RECEIPT:
        return "" if kind == ExchangeKind.PAYMENT_RECEIPT else "document"
    if spec.item.family is Section.STATEMENT and kind == ExchangeKind.PAYMENT_RECEIPT:
        return ""
    return _FORMS[spec.item.family]


def family_of(spec: ItemSpec, kind: str) -> Family:
    """Return the family under which an exchange of this kind has the item.

    What proves a payment is a receipt, a credential; in any other exchange a receipt is a signed document.
    """
    if kind == ExchangeKind.PAYMENT_RECEIPT and spec.item.family is Section.STATEMENT:
        return Family.CREDENTIAL
    signed = spec.sort == RECEIPT and kind != ExchangeKind.PAYMENT_RECEIPT
    return Family.STATEMENT if signed else spec.item.family.family


def section_traits(item: Item) -> ItemTraits:
    """Return what the sections of terms promise: escrow for all but what a bundle says otherwise; DESIGN §6."""
    revocable = item.family == Family.MONEY or (item.family == Family.CREDENTIAL and item.kind != RECEIPT)
    return ItemTraits(generatable=True, revocable=revocable)


def arranged(
    step: Exchange, specs: Specs, traits: Traits = section_traits, *, arbiter: bool = True, t_resolve: int | None = None
) -> manager.Plan:
    """Return the manager's plan of `step`; its `first` is "left" or "right" as the terms name the sides.

    `t_resolve`: when the trustee decides for the last time (seconds since 1970), where that is known: what can be
    revoked until some moment only counts as revocable if that is later.
    Raises AdmissionRefused FAIRNESS_UNATTAINABLE; KeyError for an item that is not declared.
    """
    sides = {"left": step.left, "right": step.right}
    shows = bool(step.left.shown)  # whoever shows answers: a credential is bound to an exchange that has a name
    names = ("right", "left") if shows else ("left", "right")
    left, right = (_offered(step.kind, sides[name], specs, traits) for name in names)
    found = manager.plan(step.fair, left, right, Allowed(step.or_weak, arbiter, t_resolve))
    return found._replace(first=names[0] if found.first == "left" else names[1])


def weakened(terms: Terms, traits: Traits) -> tuple[str, ...]:
    """Return the steps that item managers with these `traits` can't run strongly, though the terms would allow it.

    The seller's agreement names them. Raises AdmissionRefused FAIRNESS_UNATTAINABLE for what is not even weakly fair.
    """
    specs = {spec.item: spec for spec in terms.items}
    either = (step for step in terms.steps if isinstance(step, Exchange) and step.or_weak)
    return tuple(step.name for step in either if arranged(step, specs, traits).protocol == TWO_TRANSFERS)


def _offered(kind: str, side: Side, specs: Specs, traits: Traits) -> tuple[Offered, ...]:
    found = []
    for name in side.items:
        spec = specs[name]
        item = Item(str(family_of(spec, kind)), _kind(spec, kind), title=spec.title)
        says = traits(item)
        if name in side.shown:  # it stays with its holder, so nothing can be taken back
            says = ItemTraits(generatable=says.generatable, revocable=False)
        found.append(Offered(item, says, form_of(spec, side, kind)))
    return tuple(found)


def _kind(spec: ItemSpec, kind: str) -> str:
    """Return an item's kind as its manager knows it."""
    if spec.item.family is Section.INFO:
        return INFORMATION
    if spec.item.family is Section.STATEMENT and kind == ExchangeKind.PAYMENT_RECEIPT:
        return RECEIPT
    return spec.sort or spec.item.name


_FORMS = {
    Section.MONEY: "held",
    Section.INFO: "information",
    Section.STATEMENT: "document",
    Section.CREDENTIAL: "access",
}
