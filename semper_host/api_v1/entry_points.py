"""The functions that the host calls in a bundle: their exact parameter and result types, by kind and role.

An entry point is a function in the module that the manifest names for the role; it is a plain function,
or a generator that yields requests. Arguments and results are checked against these types at the wall.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from semper_host.api_v1.calls import (
    Accepted,
    Coin,
    Declined,
    HoldOrder,
    HoldStatus,
    Item,
    ItemTraits,
    OfferView,
    Order,
    Paid,
    PaymentTraits,
    Quote,
    Unknown,
    Wanted,
)
from semper_host.model.credentials import Described
from semper_host.model.money import Money


class EntryPoint(NamedTuple):
    """The types of one entry point's positional parameters, and of its result."""

    parameters: tuple[Any, ...]
    result: Any


PAYMENT_SYSTEM: dict[str, EntryPoint] = {
    "payer.traits": EntryPoint((), PaymentTraits),
    "payer.withdraw": EntryPoint((Money, list[int]), Paid),  # amount, values of the coins wanted
    "payer.refresh": EntryPoint((list[Coin], list[int]), Paid),  # coins handed over, values wanted
    "payer.hold": EntryPoint((HoldOrder, list[Coin], list[int]), Paid),  # refund values wanted if voided
    "payer.status": EntryPoint((bytes,), HoldStatus | Unknown),  # label
    "payer.reclaim": EntryPoint((bytes,), Paid),  # label of a voided hold: unblind the refund
    "payer.restore": EntryPoint((int, int, int), int | Unknown),  # value, first counter, count -> coins found
    "payee.capture": EntryPoint((bytes, bytes), Paid),  # label, the payer's signed capture right
    "payee.renounce": EntryPoint((bytes, bytes), Paid),  # label, the payee's signed refusal
    "payee.deposit": EntryPoint((list[Coin],), Paid),
    "payee.status": EntryPoint((bytes,), HoldStatus | Unknown),
    "trustee.status": EntryPoint((bytes,), HoldStatus | Unknown),
    "trustee.release": EntryPoint((bytes, bytes), Paid),  # label, the trustee's signed decision
    "trustee.void": EntryPoint((bytes, bytes), Paid),
    "bank.answer": EntryPoint((bytes, str), bytes),  # a message; the account that signed it, or ""
}

ITEM_MANAGER: dict[str, EntryPoint] = {
    "manager.families": EntryPoint((), list[str]),  # the item families it manages
    "manager.traits": EntryPoint((Item,), ItemTraits),
    "manager.describe": EntryPoint((Item,), list[str]),  # lines for people
    "manager.fits": EntryPoint((Item, Item), Accepted | Declined),  # what is offered, what was agreed
    "manager.commit": EntryPoint((Item, bytes), Item | Declined),  # the item that its body makes: fixed by its digest
    "manager.verify": EntryPoint((Item, bytes), Accepted | Declined),  # what was agreed, the body that came
    "manager.release": EntryPoint((Item, bytes), bytes),  # what is handed over for an item with this body
    "issuer.issue": EntryPoint((Described, bytes, bytes), bytes | Declined),  # idempotency key, label or b""
    "issuer.revoke": EntryPoint((bytes, bytes), Accepted | Declined),  # a signed credential, the issuer's key
    "issuer.sign_tokens": EntryPoint((str, list[bytes], bytes), list[bytes] | Declined),
    "holder.present": EntryPoint((bytes, bytes, bytes), bytes | Declined),  # credential, verifier's key, challenge
    "holder.want_tokens": EntryPoint((str, int), list[bytes]),
    "holder.take_tokens": EntryPoint((str, list[bytes], list[bytes]), int | Declined),  # blinded, signatures
    "verifier.check": EntryPoint((bytes, Wanted, bytes, bytes), Accepted | Declined),  # own key, challenge
    "verifier.redeem": EntryPoint((bytes, Wanted, bytes, bytes), Accepted | Declined),
    "verifier.redeem_token": EntryPoint((bytes, str, bytes), Accepted | Declined),  # token, kind, what it is used for
}

COMMERCE_SERVICE: dict[str, EntryPoint] = {
    "seller.quote": EntryPoint((OfferView, Order), Quote | Declined),
    "seller.accept": EntryPoint((OfferView, Order, Quote), Accepted | Declined),
    # both optional: without them, and for "" or b"", people decide and give
    "seller.decide": EntryPoint((OfferView, Order, Quote, str, list[str]), str),  # step, choices -> one of them
    "seller.give": EntryPoint((OfferView, Order, Quote, str, str), bytes | Declined),  # step, item -> its bytes
    "buyer.compose": EntryPoint((OfferView, Order), Order | Declined),  # completes the buyer's wishes into an order
    "buyer.accept": EntryPoint((OfferView, Order, Quote), Accepted | Declined),
}

ENTRY_POINTS: dict[str, dict[str, EntryPoint]] = {
    "payment-system": PAYMENT_SYSTEM,
    "item-manager": ITEM_MANAGER,
    "commerce-service": COMMERCE_SERVICE,
}
"""Every entry point, by bundle kind; a bundle implements those of the roles its manifest names."""
