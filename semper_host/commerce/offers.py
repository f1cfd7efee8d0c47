"""The offer: what a merchant signs and hands to anybody, and cannot deny or show differently to different buyers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from semper_host.admission.statements import digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot

OFFER = "offer"
MAX_OFFER = 256 * 1024
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
DIGEST_BYTES = 32


class OfferArticle(Record, frozen=True):
    """One thing for sale: `edition` is the encoded Edition of its content (b"": none), `edition_url` where it lies."""

    name: str
    title: str
    price: Money
    edition: bytes = b""
    edition_url: str = ""


class OfferParameter(Record, frozen=True):
    """One parameter that the terms leave open: exactly one of text, number, money is given."""

    name: str
    text: str | None = None
    number: int | None = None
    money: Money | None = None

    @property
    def value(self) -> str | int | Money:
        """The value given. `open_offer` has checked that there is exactly one."""
        given = [value for value in (self.text, self.number, self.money) if value is not None]
        return given[0]


class OfferPayment(Record, frozen=True):
    """A way to pay: the payment system's bundle id, the seller's account, the bank's signed service-keys statement."""

    system: str
    account: str
    service_keys: bytes


class Offer(Record, frozen=True):
    """An offer of `seller` under the terms of one bundle. Times in seconds since 1970; `not_after` is excluded."""

    service_id: str
    service_version: str
    service: bytes  # SHA-256 of the terms' archive
    seller: str  # the certified name
    url: str
    articles: tuple[OfferArticle, ...]
    parameters: tuple[OfferParameter, ...]
    payments: tuple[OfferPayment, ...]
    trustee: bytes  # the trustee's signed service-keys statement
    arbiter: str
    not_before: int
    not_after: int
    sealing: bytes  # the seller's X25519 key that hellos are sealed to, 32 bytes
    pack_url: str = ""


class OpenedOffer(NamedTuple):
    """An offer whose signature holds: the merchant as certified, and the SHA-256 of the signed bytes."""

    offer: Offer
    merchant: Certified
    digest: bytes


def sign_offer(offer: Offer, key: CertifiedKey) -> bytes:
    """Return the offer signed by the merchant. Raises AdmissionRefused OFFER_INVALID where nobody would accept it."""
    _check(offer)
    return cose.sign1_certified(encode(offer), OFFER, key)


def open_offer(data: bytes, roots: Sequence[TrustedRoot], at: int) -> OpenedOffer:
    """Return the offer in `data`, signed by a certified merchant and valid at the time `at`.

    Raises AdmissionRefused: OFFER_INVALID (signature, form, another seller's name), OFFER_EXPIRED, CHAIN_*.
    """
    if len(data) > MAX_OFFER:
        raise _invalid(f"it is larger than {MAX_OFFER} bytes")
    try:
        certified = cose.open1_certified(data, OFFER, Purpose.MERCHANT, roots, at)
        offer = Offer.decode(certified.payload)
    except AdmissionRefused:
        raise
    except SemperError as error:
        raise _invalid(error.message, data) from None
    _check(offer)
    if offer.seller not in (certified.name, certified.uri):
        raise _invalid(f"it speaks for {offer.seller[:80]!r}, but {certified.name!r} signed it", data)
    if at >= offer.not_after:
        raise AdmissionRefused("OFFER_EXPIRED", "cannot accept the offer: it has expired")
    if at < offer.not_before:
        raise AdmissionRefused("OFFER_EXPIRED", "cannot accept the offer: it is not valid yet; check your clock")
    return OpenedOffer(offer, certified, digest(data))


def ways_to_pay(offer: Offer) -> dict[str, OfferPayment]:
    """Return the offer's ways to pay by name: a payment system's id; a second bank of the same system is "id#2"."""
    found: dict[str, OfferPayment] = {}
    for payment in offer.payments:
        count = sum(each.system == payment.system for each in found.values())
        found[f"{payment.system}#{count + 1}" if count else payment.system] = payment
    return found


def _check(offer: Offer) -> None:
    """Refuse an offer that no terms could make sense of."""
    if len(offer.service) != DIGEST_BYTES:
        raise _invalid("the digest of its terms is not 32 bytes")
    if len(offer.sealing) != DIGEST_BYTES:
        raise _invalid("the seller's sealing key is not 32 bytes")
    if not offer.articles:
        raise _invalid("it offers no article")
    if not offer.payments and any(article.price for article in offer.articles):
        raise _invalid("it has a price and no way to pay")
    for things in (offer.articles, offer.parameters):
        if len({thing.name for thing in things}) != len(things):
            raise _invalid("two articles or parameters have the same name")
    if not all(_NAME.fullmatch(article.name) for article in offer.articles):
        raise _invalid("an article's name is not 1 to 64 letters, digits, '_' and '-'")  # it names a folder of goods
    if any(article.price.minor < 0 for article in offer.articles):
        raise _invalid("a price is negative")
    if len({article.price.currency for article in offer.articles}) != 1:
        raise _invalid("its prices are in several currencies")
    if any([p.text, p.number, p.money].count(None) != 2 for p in offer.parameters):
        raise _invalid("a parameter must have exactly one value")
    if offer.not_before >= offer.not_after:
        raise _invalid("its validity ends before it begins")


def _invalid(cause: str, evidence: bytes = b"") -> AdmissionRefused:
    return AdmissionRefused("OFFER_INVALID", f"cannot accept the offer: {cause}", evidence=evidence)
