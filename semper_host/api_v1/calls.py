"""The values that cross between the host and a bundle's entry points."""

from __future__ import annotations

import msgspec

from semper_host.model.credentials import Claim
from semper_host.model.money import Money
from semper_host.model.requests import Coin, Output


class Parameter(msgspec.Struct, frozen=True):
    """One named parameter of an offer; its kind and range are declared in terms.yaml."""

    name: str
    value: int | str | Money


class Article(msgspec.Struct, frozen=True):
    """One thing that an offer sells."""

    name: str
    title: str
    price: Money


class OrderLine(msgspec.Struct, frozen=True):
    """One line of an order: an article's name and how many."""

    article: str
    count: int


class Order(msgspec.Struct, frozen=True, tag=True):
    """What the buyer orders."""

    lines: list[OrderLine]
    note: str = ""


class Line(msgspec.Struct, frozen=True):
    """One line of a quote: text for people, and an amount."""

    text: str
    amount: Money


class Quote(msgspec.Struct, frozen=True, tag=True):
    """The seller's answer to an order, before anything binds: lines that add up to `total`."""

    lines: list[Line]
    total: Money


class OfferView(msgspec.Struct, frozen=True):
    """What a commerce service sees of an offer."""

    articles: list[Article]
    parameters: list[Parameter]


class Wanted(msgspec.Struct, frozen=True):
    """What a verifier wants to be shown: a credential of `kind` by one of `issuers` (keys) that says these `claims`."""

    kind: str
    issuers: list[bytes]
    claims: list[Claim] = []


class Accepted(msgspec.Struct, frozen=True, tag=True):
    """Yes."""


class Declined(msgspec.Struct, frozen=True, tag=True):
    """No, and why, for people."""

    why: str


class Settled(msgspec.Struct, frozen=True, tag=True):
    """A payment operation is done; `proof` is the bank's signed record, empty where there is none."""

    proof: bytes = b""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The bank said no: nothing moved. `code` is one of the host's error codes, `proof` an earlier record if any."""

    code: str
    why: str
    proof: bytes = b""


class Unknown(msgspec.Struct, frozen=True, tag=True):
    """No answer came: only asking for the status tells what happened; never pay again."""

    why: str


Paid = Settled | Refused | Unknown


class PaymentTraits(msgspec.Struct, frozen=True):
    """What a payment system can do (DESIGN §8)."""

    system: str
    model: str  # "account", "cash" or "stored-value"
    currencies: list[str]
    holds: bool  # can hold, release and void under an exchange's label: takes part in strong fairness
    anonymous: bool  # the bank does not learn who pays
    refreshes: bool  # exact amounts are made by exchanging coins


class HoldOrder(msgspec.Struct, frozen=True):
    """What to hold: see model.holds.Held for each field."""

    label: bytes
    payee: str
    amount: Money
    expiry: int
    payer: bytes
    payee_key: bytes
    trustee: bytes
    system: bytes


class HoldStatus(msgspec.Struct, frozen=True, tag=True):
    """The bank's word on a hold: "none", "held", "captured", "voided" or "released", with its signed records."""

    state: str
    records: list[bytes]


class Item(msgspec.Struct, frozen=True, tag=True):
    """A business item: `family` is money, credential or statement; `kind` refines it (price, offer, information)."""

    family: str
    kind: str
    digest: bytes = b""
    amount: Money | None = None
    title: str = ""


class ItemTraits(msgspec.Struct, frozen=True):
    """Whether the trustee can generate the item, and whether it can be revoked after release (DESIGN §6).

    `until`: until when (seconds since 1970) it stays revocable; None: until it is made final.
    """

    generatable: bool
    revocable: bool
    until: int | None = None


__all__ = [
    "Accepted", "Article", "Coin", "Declined", "HoldOrder", "HoldStatus", "Item", "ItemTraits", "Line", "OfferView",
    "Order", "OrderLine", "Output", "Paid", "Parameter", "PaymentTraits", "Quote", "Refused", "Settled", "Unknown",
    "Wanted",
]  # fmt: skip
