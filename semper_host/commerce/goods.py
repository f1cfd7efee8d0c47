"""What the exchanges and transfers of a deal are about: the documents and stakes that both sides compute alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple, TypeVar

from semper_host.commerce.agreement import Agreement, Basket
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.brought import NOTHING, Asked, Brought, Content, Issued, Parcelled, Priced
from semper_host.commerce.handing import family_of, form_of
from semper_host.commerce.offers import Offer
from semper_host.commerce.plan import Payee, Stake
from semper_host.commerce.terms_model import Exchange, ExchangeKind, ItemName, MoneySpec, Section, Side, Step, Transfer
from semper_host.exchange.items import ItemRef, Status
from semper_host.exchange.kinds.fair_purchase import Goods, Part
from semper_host.exchange.legs.presentation import asked_for
from semper_host.exchange.transfer import CONTAINER
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated
from semper_host.model.items import Family
from semper_host.model.money import Money
from semper_host.model.security import Fairness

PLAIN = (ExchangeKind.CONTRACT, ExchangeKind.FAIR_PURCHASE, ExchangeKind.PAYMENT_RECEIPT)
"""The kinds whose rules say how each item is handed over; in all others each item says it itself."""
SELLER = "seller"

N = TypeVar("N", Content, Issued, Asked, Parcelled)


class Basis(NamedTuple):
    """What both sides agreed on that stakes are made of.

    `documents`: SHA-256 of each statement's text; `goods`: of what the basket buys; `payee`: where the seller is paid,
    `back`: where the buyer is; `buyer` and `seller`: what each brings besides.
    """

    documents: Mapping[ItemName, bytes]
    goods: bytes
    payee: Payee
    back: Payee | None = None
    buyer: Brought = NOTHING
    seller: Brought = NOTHING


def document(kind: str, offer: bytes, basket: Basket, agreement: Agreement, item: str) -> bytes:
    """Return the text of a statement of this deal: the contract offered, the order, an invoice.

    Both sides get the same.
    """
    return encode(
        ["semper.statement/1", kind, item, sha256(offer).digest(), basket, agreement.quoted, agreement.payment]
    )


def goods(offer: Offer, basket: Basket, edition_of: Mapping[str, tuple[bytes, bytes]]) -> Goods:
    """Return what the basket buys, one part an article. `edition_of` gives each article's edition root and key hash."""
    parts = []
    for wish in basket.lines:
        if wish.article not in edition_of:
            raise PeerDeviated("OFFER_INVALID", f"cannot buy {wish.article[:64]!r}: the offer brings no content for it")
        parts.append(Part(wish.article, *edition_of[wish.article]))
    return Goods(tuple(parts))


def settle(bound: BoundTerms, total: Money, priced: Iterable[Priced] = ()) -> BoundTerms:
    """Return the terms with the amounts that the quote left open set to its total, but those that `priced` names.

    Only what the seller alone pays can be priced apart: what the buyer pays is what it was quoted, and approved.
    Raises AdmissionRefused OFFER_PARAMETERS.
    """
    left_open = [spec.item.name for spec in bound.terms.items if spec.money is not None and _is_open(spec.money)]
    apart = {each.item.removeprefix(f"{Section.MONEY}."): each.amount for each in priced}
    for name in apart:
        if name not in left_open or not _paid_by_seller(bound, ItemName(Section.MONEY, name)):
            cause = f"money.{name[:64]} is not the seller's to price apart from the quote"
            raise AdmissionRefused("OFFER_PARAMETERS", f"cannot deal: {cause}")
    return bound.settle({**dict.fromkeys(left_open, total), **apart})


def stakes(bound: BoundTerms, basis: Basis) -> dict[str, Stake]:
    """Return, for each exchange step, what it is about. Raises PeerDeviated, AdmissionRefused if that isn't said."""
    return {step.name: _stake(bound, step, basis) for step in bound.terms.steps if isinstance(step, Exchange)}


def handed(bound: BoundTerms, basis: Basis) -> dict[str, ItemRef]:
    """Return, for each transfer step, the item: with its digest where both sides know it, else with b""."""
    return {
        step.name: _transferred(bound, step.giver, step.item, basis)
        for step in bound.terms.steps
        if isinstance(step, Transfer)
    }


def statement_items(bound: BoundTerms) -> tuple[ItemName, ...]:
    """Return the documents that the steps of these terms hand over: statements, and receipts' invoices."""
    items: dict[ItemName, None] = {}
    for step in bound.terms.steps:
        items.update(dict.fromkeys(item for item in _items(step) if bound.terms.item(item).is_evidence))
    return tuple(items)


def sells_content(bound: BoundTerms) -> bool:
    """Say whether the seller gives information in some exchange: the content of the basket's articles."""
    gifts = (gift for step in bound.terms.steps if isinstance(step, Exchange) for gift in step.gifts)
    return any(item.family is Section.INFO and bound.terms.kind_of(giver) == SELLER for giver, _, item in gifts)


def pays_buyer(bound: BoundTerms) -> bool:
    """Say whether some exchange pays the buyer: a refund, say, or its own currency."""
    gifts = (gift for step in bound.terms.steps if isinstance(step, Exchange) for gift in step.gifts)
    return any(item.family is Section.MONEY and bound.terms.kind_of(to) != SELLER for _, to, item in gifts)


def _items(step: Step) -> tuple[ItemName, ...]:
    if isinstance(step, Exchange):
        return (*step.initiator.given, *step.responder.given)
    return (step.item,) if isinstance(step, Transfer) else ()


def _paid_by_seller(bound: BoundTerms, item: ItemName) -> bool:
    givers = [
        gift[0] for step in bound.terms.steps if isinstance(step, Exchange) for gift in step.gifts if gift[2] == item
    ]
    givers += [step.giver for step in bound.terms.steps if isinstance(step, Transfer) and step.item == item]
    return all(bound.terms.kind_of(giver) == SELLER for giver in givers)


def _stake(bound: BoundTerms, step: Exchange, basis: Basis) -> Stake:
    sides = ((step.initiator, step.responder), (step.responder, step.initiator))
    strong = bound.fairness(step.name) is Fairness.STRONG
    left, right = (
        tuple(
            _exchanged(bound, step, side, other.role, item, basis)
            if strong
            else _transferred(bound, side.role, item, basis)
            for item in side.items
        )
        for side, other in sides
    )
    if len(set(left)) != len(left) or len(set(right)) != len(right):
        cause = f"a side of step {step.name} gives the same thing twice"
        raise PeerDeviated("OFFER_INVALID", f"cannot deal: {cause}")
    payees = tuple(_payee(bound, other.role, basis) for side, other in sides for _ in side.money)
    if len({payee.system for payee in payees}) != len(payees):
        cause = f"step {step.name} holds two amounts at one payment system, which keeps one hold an exchange"
        raise PeerDeviated("NO_COMMON_PAYMENT", f"cannot deal: {cause}")
    return Stake(left, right, payees)


def _exchanged(bound: BoundTerms, step: Exchange, side: Side, taker: str, item: ItemName, basis: Basis) -> ItemRef:
    """Return an item as the label of a strongly fair exchange names it."""
    spec = bound.terms.item(item)
    family = family_of(spec, step.kind)
    form = None if step.kind in PLAIN else form_of(spec, side, step.kind)
    if family == Family.MONEY:
        return ItemRef(str(family), item.name, amount=_amount(bound, item), form=form)
    if item.family is Section.INFO:
        return ItemRef(str(family), item.name, _content(bound, side.role, item, basis), form=form)
    if spec.is_evidence and item not in side.shown:
        return ItemRef(str(family), item.name, basis.documents[item], form=form)
    if item in side.shown:
        asked = _said(_brings(bound, taker, basis).asked, item)
        return ItemRef(str(family), item.name, asked_for(asked.kind), form=form, status=Status(asked.issuer))
    issued = _said(_brings(bound, side.role, basis).issued, item)
    status = Status(issued.issuer, None if side == step.initiator else issued.index)
    return ItemRef(str(family), item.name, sha256(issued.description).digest(), form=form, status=status)


def _transferred(bound: BoundTerms, giver: str, item: ItemName, basis: Basis) -> ItemRef:
    """Return an item as a transfer from the role `giver` names it."""
    spec = bound.terms.item(item)
    named = _named(_brings(bound, giver, basis).parcels, item)
    family = str(item.family.family)
    if item.family is Section.MONEY:
        return ItemRef(family, item.name, amount=_amount(bound, item))
    if named is not None and named.container:
        return ItemRef(str(Family.STATEMENT), CONTAINER, named.digest)
    if named is not None:
        return ItemRef(family, item.name, named.digest)
    return ItemRef(family, item.name, basis.documents[item] if spec.is_evidence else b"")


def _content(bound: BoundTerms, role: str, item: ItemName, basis: Basis) -> bytes:
    """The seller's information is what the basket buys, unless it says what else; the buyer says what it brings."""
    found = _brings(bound, role, basis).contents
    if bound.terms.kind_of(role) == SELLER and _named(found, item) is None:
        return basis.goods
    return sha256(encode(_said(found, item).goods)).digest()


def _brings(bound: BoundTerms, role: str, basis: Basis) -> Brought:
    return basis.seller if bound.terms.kind_of(role) == SELLER else basis.buyer


def _payee(bound: BoundTerms, role: str, basis: Basis) -> Payee:
    if bound.terms.kind_of(role) == SELLER:
        return basis.payee
    if basis.back is None:
        cause = "the terms can pay the buyer, and its hello names no account at the seller's payment system"
        raise PeerDeviated("NO_COMMON_PAYMENT", f"cannot deal: {cause}")
    return basis.back


def _amount(bound: BoundTerms, item: ItemName) -> Money:
    amount = bound.amount(item.name)
    if amount is None:
        raise AdmissionRefused("OFFER_PARAMETERS", f"cannot deal: nothing settles what {item} amounts to")
    return amount


def _named(said: tuple[N, ...], item: ItemName) -> N | None:
    return next((each for each in said if each.item == str(item)), None)


def _said(said: tuple[N, ...], item: ItemName) -> N:
    found = _named(said, item)
    if found is None:
        raise PeerDeviated("OFFER_INVALID", f"cannot deal: neither side says which {item} is meant")
    return found


def _is_open(spec: MoneySpec) -> bool:
    return spec.fixed is None and not spec.parameter
