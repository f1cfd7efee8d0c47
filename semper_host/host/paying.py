"""Which of an offer's ways to pay two hosts can use: the banks at which both have a purse, in the right currency."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from semper_host.admission.service_keys import ServiceKeys
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.brought import NOTHING, Account, Brought
from semper_host.commerce.offers import Offer, OfferPayment, ways_to_pay
from semper_host.commerce.planning import SELLER
from semper_host.commerce.terms_model import Exchange, Section
from semper_host.host.handlers.keyset import read_keyset
from semper_host.host.payments import OpenPurse
from semper_host.model.errors import PeerDeviated, UsageError, UserDeclined
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.preferences.preferences import Preferences


def payable(offer: Offer, purses: Sequence[OpenPurse], able: frozenset[str], ranked: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the ways to pay that these `purses` of a buyer allow, the person's dearest systems first.

    `able`: the payment systems that can hold money. Raises UsageError NO_COMMON_PAYMENT where there is no purse.
    """
    held = {purse.keys.signing for purse in purses}
    ways = [(name, way) for name, way in ways_to_pay(offer).items() if _pays(offer, way)]
    found = [(name, way.system) for name, way in ways if bank_of(way).signing in held]
    if not found:
        where = " or ".join(bank_of(way).url for _, way in ways)
        message = f"cannot buy: no purse at the seller's bank; `semper purse open {where}` makes one"
        raise UsageError("NO_COMMON_PAYMENT", message)
    usable = [(name, system) for name, system in found if system in able]
    rank = {system: place for place, system in enumerate(ranked)}
    return tuple(name for name, system in sorted(usable, key=lambda each: rank.get(each[1], len(rank))))


def check_most(preferences: Preferences, total: Money) -> None:
    """Refuse what costs more than the person's preferences allow any deal to cost. Raises UserDeclined."""
    for most in preferences.most_per_deal:
        if most.currency == total.currency and total > most:
            raise UserDeclined(
                "USER_DECLINED", f"cannot agree to {total}: your preferences allow at most {most} a deal"
            )


def chosen(offer: Offer, wanted: Iterable[str]) -> str:
    """Return the first of the buyer's ways that the offer takes. Raises PeerDeviated NO_COMMON_PAYMENT."""
    ways = ways_to_pay(offer)
    for name in wanted:
        if name in ways and _pays(offer, ways[name]):
            return name
    raise PeerDeviated(
        "NO_COMMON_PAYMENT", "cannot sell: the buyer has none of the payment systems that this offer takes"
    )


def accounts(offer: Offer, purses: Sequence[OpenPurse]) -> tuple[Account, ...]:
    """Return where a buyer with these purses can be paid, by the offer's ways to pay."""
    owned = {purse.keys.signing: purse.account_name for purse in purses}
    banks = {name: bank_of(way).signing for name, way in ways_to_pay(offer).items()}
    return tuple(Account(name, owned[bank]) for name, bank in banks.items() if bank in owned)


def paying_back(bound: BoundTerms, offer: Offer, buyer: Brought | None, payment: str) -> str | None:
    """Return by which way the seller pays the buyer; None: as the buyer pays, or never.

    It is the first at which the buyer has an account in the currency of what the seller gives.
    """
    for amount in _given_by_seller(bound):
        if amount.currency == currency_of(ways_to_pay(offer)[payment]):
            continue
        for each in (buyer or NOTHING).accounts:
            way = ways_to_pay(offer).get(each.system)
            if way is not None and currency_of(way) == amount.currency:
                return each.system
    return None


def bank_of(way: OfferPayment) -> ServiceKeys:
    """Return the keys that a way's bank states; who it is was checked where the offer was."""
    return ServiceKeys.decode(cose.peek(way.service_keys).payload)


def currency_of(way: OfferPayment) -> str:
    """Return the currency of a way to pay."""
    return _currency(way.service_keys)


def _pays(offer: Offer, way: OfferPayment) -> bool:
    return currency_of(way) == offer.articles[0].price.currency  # all its prices are in one


@lru_cache(maxsize=64)
def _currency(statement: bytes) -> str:
    return read_keyset(ServiceKeys.decode(cose.peek(statement).payload).keyset).currency


def _given_by_seller(bound: BoundTerms) -> list[Money]:
    exchanges = (step for step in bound.terms.steps if isinstance(step, Exchange))
    gifts = (gift for step in exchanges for gift in step.gifts)
    money = [item for giver, _, item in gifts if item.family is Section.MONEY and bound.terms.kind_of(giver) == SELLER]
    return [amount for item in money if (amount := bound.amount(item.name)) is not None]
