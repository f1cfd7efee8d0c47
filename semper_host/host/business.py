"""One deal of this home with everything that it rests on, rebuilt from what was journalled at its beginning.

All that came from outside is checked again as of the moment the deal began: a certificate that expires later, or a
trust that is withdrawn, changes no deal under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from semper_host.admission.admit import Admitted, Examined
from semper_host.admission.offers import Offer, OpenedOffer, open_offer
from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.commerce import goods
from semper_host.commerce.agreement import AGREEMENT, HELLO, Agreement, Hello, deal_id
from semper_host.commerce.binding import BoundTerms, bind
from semper_host.commerce.check import Checked, check
from semper_host.commerce.plan import Plan, check_runnable
from semper_host.commerce.projection import project
from semper_host.commerce.terms_model import ItemName
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.items import Party
from semper_host.exchange.kinds.fair_purchase import Goods
from semper_host.host import installed, trusting
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication.session import Ends, session_between
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.edition import Edition
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

BUYER, SELLER = "buyer", "seller"


class Beginning(Record, frozen=True):
    """The first entry of a deal's journal: the exact bytes that the deal rests on, and which deal keys are ours."""

    side: str  # BUYER or SELLER
    at: int  # seconds since 1970
    counter: int  # which deal keys of the keyring
    offer: bytes  # signed
    hello: bytes  # signed
    agreement: bytes  # signed


@dataclass(frozen=True)
class DealKeys:
    """The keys that this home made for one deal."""

    signing: SigningKey
    sealing: SealingKey

    @property
    def party(self) -> Party:
        """The public halves."""
        return Party(self.signing.public, self.sealing.public)


@dataclass(frozen=True)
class Business:
    """One deal, ready to be advanced."""

    deal: bytes
    beginning: Beginning
    opened: OpenedOffer
    service: Admitted
    checked: Checked
    hello: Hello
    agreement: Agreement
    plan: Plan
    ends: Ends
    bank: ServiceKeys
    trustee: ServiceKeys
    goods: Goods
    documents: Mapping[ItemName, bytes]

    @property
    def offer(self) -> Offer:
        """The offer that the deal is under."""
        return self.opened.offer


def deal_keys(home: Home, counter: int) -> DealKeys:
    """Return the `counter`-th deal keys of this home, from its seed."""
    derive = home.keyring.derive
    return DealKeys(SigningKey.from_seed(derive("deal.signing", counter)), SealingKey.from_seed(derive("deal.sealing", counter)))


def next_counter(home: Home) -> int:
    """Return a deal-key counter that was never used before."""
    return home.archive.commit(lambda tx: home.archive.take_counters(tx, "deal-keys", 0, 1))


def bound_terms(offer: Offer, service: Admitted | Examined) -> BoundTerms:
    """Return the service's terms under the offer's parameters. Raises AdmissionRefused OFFER_PARAMETERS, OFFER_INVALID."""
    if (offer.service_id, offer.service) != (service.manifest.id, service.digest):
        raise PeerDeviated("OFFER_INVALID", "cannot deal: the offer names other terms than the bundle it brings")
    return bind(installed.terms_of(service), {each.name: each.value for each in offer.parameters})


def editions(offer: Offer) -> dict[str, Edition]:
    """Return the editions that the offer's articles bring, by article. Raises MalformedEncoding."""
    return {article.name: Edition.decode(article.edition) for article in offer.articles if article.edition}


def open_business(home: Home, beginning: Beginning) -> Business:
    """Return the deal that `beginning` began, all of it checked as of then. Raises SemperError."""
    roots = trusting.load(home.trust).roots
    opened = open_offer(beginning.offer, roots, beginning.at)
    service = installed.admit_pack(home, installed.pack_of(home, opened.offer.service), beginning.at)
    hello = read_hello(beginning.hello)
    agreement = read_agreement(beginning.agreement, opened, roots, beginning.at)
    bound = goods.settle(bound_terms(opened.offer, service), agreement.quoted.total)
    automaton = project(bound, beginning.side)
    check_runnable(automaton)
    bank, account = _payment(opened.offer, agreement.payment, roots, beginning.at)
    trustee, _ = open_service_keys(opened.offer.trustee, "trustee", roots, beginning.at)
    wanted = goods.goods(opened.offer, hello.basket, {n: (e.root, e.ck_hash) for n, e in editions(opened.offer).items()})
    documents = {item: goods.document(item.family, beginning.offer, hello.basket, agreement, item.name) for item in goods.statement_items(bound)}
    digests = {item: sha256(text).digest() for item, text in documents.items()}
    deal = deal_id(service.digest, beginning.offer, beginning.hello, beginning.agreement)
    keys = deal_keys(home, beginning.counter)
    ours, theirs = (hello, agreement) if beginning.side == BUYER else (agreement, hello)
    plan = Plan(
        automaton=automaton,
        deal=deal,
        me=ours.party,
        peer=theirs.party,
        trustee=Party(trustee.signing, trustee.sealing),
        crypto=crypto_for(keys.signing, keys.sealing),
        stakes=goods.stakes(bound, digests, sha256(encode(wanted)).digest(), bank.signing, account),
        my_nonce=ours.nonce,
        peer_nonce=theirs.nonce,
    )
    session = session_between(deal, ours.party.signing, theirs.party.signing)
    ends = Ends(session, keys.signing, keys.sealing, theirs.party.signing, theirs.party.sealing)
    return Business(
        deal, beginning, opened, service, check(bound), hello, agreement, plan, ends, bank, trustee, wanted, documents
    )


def read_hello(signed: bytes) -> Hello:
    """Return a hello, signed with the deal key that it names. Raises PeerDeviated, MalformedEncoding."""
    hello = Hello.decode(cose.open1(signed, HELLO, cose.signer_of(signed)))
    if cose.signer_of(signed) != hello.party.signing:
        raise PeerDeviated("SIG_INVALID", "cannot answer the hello: another key than its own signed it", evidence=signed)
    return hello


def read_agreement(signed: bytes, opened: OpenedOffer, roots: tuple[TrustedRoot, ...], at: int) -> Agreement:
    """Return the agreement that the offer's own merchant signed. Raises PeerDeviated PEER_IDENTITY, AdmissionRefused CHAIN_*."""
    certified = cose.open1_certified(signed, AGREEMENT, Purpose.MERCHANT, roots, at)
    if (certified.uri, certified.root) != (opened.merchant.uri, opened.merchant.root):
        raise PeerDeviated("PEER_IDENTITY", "cannot go on: somebody other than the offer's merchant answered", evidence=signed)
    return Agreement.decode(certified.payload)


def _payment(offer: Offer, system: str, roots: tuple[TrustedRoot, ...], at: int) -> tuple[ServiceKeys, str]:
    """Return the bank's keys and the seller's account for the payment system agreed on."""
    for payment in offer.payments:
        if payment.system == system:
            keys, _ = open_service_keys(payment.service_keys, "bank", roots, at)
            return keys, payment.account
    raise PeerDeviated("NO_COMMON_PAYMENT", f"cannot go on: the offer does not take {system[:64]!r}")
