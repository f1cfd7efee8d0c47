"""From the signed bytes that began a deal to either side's plan; the same for the parties and for a stranger later.

Everything is checked as of the moment `at` when the deal began.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from hashlib import sha256

from semper_host.admission.admit import Admitted
from semper_host.admission.served_banks import check_served
from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.commerce import goods
from semper_host.commerce.agreement import AGREEMENT, HELLO, Agreement, Hello, deal_id
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.brought import NOTHING, Brought, check_brought, completed
from semper_host.commerce.goods import Basis
from semper_host.commerce.issued import check_issued
from semper_host.commerce.offers import Offer, OpenedOffer, ways_to_pay
from semper_host.commerce.plan import Payee, Plan, Stake, check_runnable
from semper_host.commerce.projection import project
from semper_host.commerce.service_terms import bound_terms
from semper_host.commerce.terms_model import ItemName
from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.kinds.fair_purchase import Goods
from semper_host.exchange.primitives import Crypto
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.edition import Edition
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

BUYER, SELLER = "buyer", "seller"
"""The two sides of a deal, also the roles under which its record names what each sent."""


@dataclass(frozen=True)
class Agreed:
    """What two parties agreed on, all of it checked; nothing in it is one side's secret or point of view."""

    deal: bytes  # D
    bound: BoundTerms
    hello: Hello
    agreement: Agreement
    bank: ServiceKeys
    bank_identity: Certified
    trustee: ServiceKeys
    trustee_identity: Certified
    goods: Goods
    documents: Mapping[ItemName, bytes]
    stakes: Mapping[str, Stake]
    handed: Mapping[str, ItemRef] = field(default_factory=dict)
    buyers_bank: ServiceKeys | None = None  # where the seller's money for the buyer is held; None: nowhere


def agree(
    opened: OpenedOffer, service: Admitted, offer: bytes, hello: bytes, agreement: bytes,
    roots: Sequence[TrustedRoot], at: int,
) -> Agreed:  # fmt: skip
    """Return what the signed `offer` (`opened`), `hello` and `agreement` amount to under the admitted `service`.

    Raises SemperError: SIG_INVALID, PEER_IDENTITY, CHAIN_*, OFFER_*, NO_COMMON_PAYMENT, ENCODING_INVALID.
    """
    greeted = read_hello(hello)
    answered = read_agreement(agreement, opened, roots, at)
    bound = goods.settle(bound_terms(opened.offer, service), answered.quoted.total, answered.priced or ())
    bound = bound.weaken(answered.weak or ())
    bank, bank_identity, account = _payment(opened.offer, answered.payment, roots, at)
    back = _back(opened.offer, greeted, answered, roots, at) if goods.pays_buyer(bound) else None
    trustee, trustee_identity = open_service_keys(opened.offer.trustee, "trustee", roots, at)
    for each in (bank, *(() if back is None else (back[0],))):
        check_served(trustee, each)
    pinned = {name: (edition.root, edition.ck_hash) for name, edition in editions(opened.offer).items()}
    wanted = goods.goods(opened.offer, greeted.basket, pinned) if goods.sells_content(bound) else Goods(())
    items = goods.statement_items(bound)
    documents = {item: goods.document(item.family, offer, greeted.basket, answered, item.name) for item in items}
    basis = Basis(
        documents={item: sha256(text).digest() for item, text in documents.items()},
        goods=sha256(encode(wanted)).digest(),
        payee=Payee(bank.signing, account),
        back=None if back is None else Payee(back[0].signing, back[1]),
        buyer=completed(_brought(greeted), answered.party.signing),
        seller=completed(_brought(answered, pinned=set(pinned.values())), greeted.party.signing),
    )
    for brought, taker in ((basis.buyer, answered.party), (basis.seller, greeted.party)):
        check_issued(bound, brought, taker.signing, greeted.basket, at)
    return Agreed(
        deal=deal_id(service.digest, offer, hello, agreement),
        bound=bound,
        hello=greeted,
        agreement=answered,
        bank=bank,
        bank_identity=bank_identity,
        trustee=trustee,
        trustee_identity=trustee_identity,
        goods=wanted,
        documents=documents,
        stakes=goods.stakes(bound, basis),
        handed=goods.handed(bound, basis),
        buyers_bank=None if back is None else back[0],
    )


def plan_of(agreed: Agreed, side: str, crypto: Crypto) -> Plan:
    """Return the plan of `side` (BUYER or SELLER); `crypto` is what the planner can do. Raises AdmissionRefused."""
    automaton = project(agreed.bound, side)
    check_runnable(automaton)
    both: tuple[Hello | Agreement, Hello | Agreement] = (agreed.hello, agreed.agreement)
    ours, theirs = both if side == BUYER else both[::-1]
    return Plan(
        automaton=automaton,
        deal=agreed.deal,
        me=ours.party,
        peer=theirs.party,
        trustee=Party(agreed.trustee.signing, agreed.trustee.sealing),
        crypto=crypto,
        stakes=agreed.stakes,
        my_nonce=ours.nonce,
        peer_nonce=theirs.nonce,
        handed=agreed.handed,
    )


def editions(offer: Offer) -> dict[str, Edition]:
    """Return the editions that the offer's articles bring, by article. Raises MalformedEncoding."""
    return {article.name: Edition.decode(article.edition) for article in offer.articles if article.edition}


def read_hello(signed: bytes) -> Hello:
    """Return a hello, signed with the deal key that it names. Raises PeerDeviated, MalformedEncoding."""
    hello = Hello.decode(cose.open1(signed, HELLO, cose.signer_of(signed)))
    if cose.signer_of(signed) != hello.party.signing:
        message = "cannot answer the hello: another key than its own signed it"
        raise PeerDeviated("SIG_INVALID", message, evidence=signed)
    return hello


def read_agreement(signed: bytes, opened: OpenedOffer, roots: Sequence[TrustedRoot], at: int) -> Agreement:
    """Return the agreement that the offer's own merchant signed.

    Raises PeerDeviated PEER_IDENTITY, SIG_INVALID, AdmissionRefused CHAIN_*.
    """
    certified = cose.open1_certified(signed, AGREEMENT, Purpose.MERCHANT, roots, at)
    if (certified.uri, certified.root) != (opened.merchant.uri, opened.merchant.root):
        message = "cannot go on: somebody other than the offer's merchant answered"
        raise PeerDeviated("PEER_IDENTITY", message, evidence=signed)
    return Agreement.decode(certified.payload)


def _payment(offer: Offer, system: str, roots: Sequence[TrustedRoot], at: int) -> tuple[ServiceKeys, Certified, str]:
    """Return the bank's keys, who it is, and the seller's account for the way to pay agreed on."""
    payment = ways_to_pay(offer).get(system)
    if payment is not None:
        keys, identity = open_service_keys(payment.service_keys, "bank", roots, at)
        return keys, identity, payment.account
    raise PeerDeviated("NO_COMMON_PAYMENT", f"cannot go on: the offer does not take {system[:64]!r}")


def _back(
    offer: Offer, hello: Hello, agreement: Agreement, roots: Sequence[TrustedRoot], at: int
) -> tuple[ServiceKeys, str]:
    """Return where the seller pays the buyer: the bank's keys, and the buyer's account there."""
    system = agreement.pays or agreement.payment
    keys, _, _ = _payment(offer, system, roots, at)
    for each in (hello.brought or NOTHING).accounts:
        if each.system == system:
            return keys, each.account
    cause = f"the terms can pay the buyer, and its hello names no account at {system[:64]!r}"
    raise PeerDeviated("NO_COMMON_PAYMENT", f"cannot deal: {cause}")


def _brought(side: Hello | Agreement, pinned: Set[tuple[bytes, bytes]] | None = None) -> Brought:
    """Return what one side brings. What a seller gives instead of the basket must be among what its offer pins."""
    brought = side.brought or NOTHING
    check_brought(brought)
    parts = {(part.root, part.key_hash) for content in brought.contents for part in content.goods.parts}
    if pinned is not None and parts - pinned:
        raise PeerDeviated("OFFER_INVALID", "cannot deal: the seller brings content that its offer does not")
    return brought
