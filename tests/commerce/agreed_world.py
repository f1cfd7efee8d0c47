"""Both sides' plans of a deal under any terms, all items named as hello and agreement would name them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from semper_host.commerce.binding import BoundTerms, Value, bind
from semper_host.commerce.brought import Asked, Brought, Content, Issued, Priced
from semper_host.commerce.goods import Basis, handed, settle, stakes, statement_items
from semper_host.commerce.plan import Payee, Plan
from semper_host.commerce.projection import project
from semper_host.commerce.terms import Section, Terms
from semper_host.exchange.goods import Goods, Part
from semper_host.model.credentials import Described
from semper_host.model.encoding import encode
from semper_host.model.money import Money
from tests.protocol.world import BANK, BUYER, ISSUER, MINT, SELLER, START, TRUSTEE, Keys

TOTAL, DOLLARS = Money(1990, "EUR"), Money(2100, "USD")
DEAL = b"D" * 32
DOCUMENT = b"the text of %s"
INDEX = 7


def described(title: str, holder: Keys) -> Described:
    """What a credential says that the issuer gives to `holder`."""
    issuer = ISSUER.signing.public
    return Described(1, issuer, "access", title, (), holder.signing.public, "main", START - 60, START + 10**7, False)


def goods_of(item: str) -> Goods:
    """The information that is given for an item."""
    digest = sha256(item.encode()).digest()
    return Goods((Part(item.replace(".", "-"), digest, sha256(digest).digest()),))


def brought(terms: Terms, holder: Keys) -> Brought:
    """One side brings whatever the terms could want of it; what it gives is for `holder`."""
    infos = [spec.item for spec in terms.items if spec.item.family is Section.INFO]
    tokens = [spec for spec in terms.items if spec.item.family is Section.CREDENTIAL]
    issuer = ISSUER.signing.public
    return Brought(
        contents=tuple(Content(str(item), goods_of(str(item))) for item in infos),
        issued=tuple(
            Issued(str(spec.item), issuer, encode(described(spec.title, holder)), INDEX) for spec in tokens
        ),
        asked=tuple(Asked(str(spec.item), issuer, "membership") for spec in tokens),
    )  # fmt: skip


def basis_of(bound: BoundTerms) -> Basis:
    """All that stakes are made of; the buyer is paid in a payment system of its own."""
    documents = {item: sha256(DOCUMENT % item.name.encode()).digest() for item in statement_items(bound)}
    return Basis(
        documents=documents,
        goods=sha256(encode(goods_of("basket"))).digest(),
        payee=Payee(MINT.signing.public, "eurocom"),
        back=Payee(BANK.signing.public, "buyer"),
        buyer=brought(bound.terms, SELLER),
        seller=brought(bound.terms, BUYER),
    )


def settled(terms: Terms, parameters: Mapping[str, Value], *, weak: tuple[str, ...] = ()) -> BoundTerms:
    """The terms as both sides settled them; money.dollars, where it is quoted, is priced apart."""
    quoted = {spec.item.name for spec in terms.items if spec.money is not None and spec.money.ceiling}
    apart = [Priced("money.dollars", DOLLARS)] if "dollars" in quoted else []
    return settle(bind(terms, parameters), TOTAL, apart).weaken(weak)


def plan_of(bound: BoundTerms, role: str, me: Keys, peer: Keys, basis: Basis) -> Plan:
    """One side's plan."""
    fields: dict[str, Any] = {
        "automaton": project(bound, role), "deal": DEAL, "me": me.party, "peer": peer.party,
        "trustee": TRUSTEE.party, "crypto": me.crypto, "stakes": stakes(bound, basis), "handed": handed(bound, basis),
        "my_nonce": sha256(me.signing.public).digest(), "peer_nonce": sha256(peer.signing.public).digest(),
    }  # fmt: skip
    return Plan(**fields)


def plans(bound: BoundTerms) -> tuple[Plan, Plan]:
    """The buyer's plan, and the seller's."""
    basis = basis_of(bound)
    return plan_of(bound, "buyer", BUYER, SELLER, basis), plan_of(bound, "seller", SELLER, BUYER, basis)
