"""What the exchanges of a deal are about: the documents and stakes that both sides compute from the agreement."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from semper_host.admission.offers import Offer
from semper_host.commerce.agreement import Agreement, Basket
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.plan import Stake
from semper_host.commerce.terms_model import Exchange, ExchangeKind, ItemName, MoneySpec, Section
from semper_host.exchange.items import ItemRef
from semper_host.exchange.kinds.fair_purchase import Goods, Part
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated
from semper_host.model.items import Family
from semper_host.model.money import Money


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


def settle(bound: BoundTerms, total: Money) -> BoundTerms:
    """Return the terms with the amounts that the quote left open set to its total.

    Raises AdmissionRefused OFFER_PARAMETERS.
    """
    left_open = [spec.item.name for spec in bound.terms.items if spec.money is not None and _is_open(spec.money)]
    return bound.settle(dict.fromkeys(left_open, total))


def stakes(
    bound: BoundTerms, statements: Mapping[ItemName, bytes], goods_digest: bytes, system: bytes, account: str
) -> dict[str, Stake]:
    """Return, for each exchange step, what it is about; `statements` are the documents' digests by item."""
    found = {}
    for step in bound.terms.steps:
        if isinstance(step, Exchange):
            left, right = (
                _item(bound, side.item, statements, goods_digest) for side in (step.initiator, step.responder)
            )
            paid = right.family == "money"
            found[step.name] = Stake(left, right, system if paid else b"", account if paid else "")
    return found


def _item(bound: BoundTerms, item: ItemName, statements: Mapping[ItemName, bytes], goods_digest: bytes) -> ItemRef:
    if item.family is Section.MONEY:
        amount = bound.amount(item.name)
        if amount is None:
            raise AdmissionRefused("OFFER_PARAMETERS", f"cannot deal: nothing settles what {item} amounts to")
        return ItemRef(str(Family.MONEY), item.name, amount=amount)
    if item.family is Section.INFO:
        return ItemRef(str(Family.STATEMENT), item.name, goods_digest)
    return ItemRef(str(item.family.family), item.name, statements[item])


def statement_items(bound: BoundTerms) -> tuple[ItemName, ...]:
    """Return the documents that the exchanges of these terms hand over: statements, and receipts' invoices."""
    items: dict[ItemName, None] = {}
    for step in bound.terms.steps:
        if isinstance(step, Exchange) and step.kind in (ExchangeKind.CONTRACT, ExchangeKind.PAYMENT_RECEIPT):
            items.update(
                dict.fromkeys(side.item for side in (step.left, step.right) if side.item.family is not Section.MONEY)
            )
    return tuple(items)


def _is_open(spec: MoneySpec) -> bool:
    return spec.fixed is None and not spec.parameter
