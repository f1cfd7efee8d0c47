"""One deal of this home with everything that it rests on, rebuilt from what was journalled at its beginning.

All that came from outside is checked again as of the moment the deal began: a certificate that expires later, a
revocation, or a trust that is withdrawn changes no deal under way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semper_host.admission.admit import Admitted
from semper_host.admission.service_keys import ServiceKeys
from semper_host.commerce.agreement import Agreement, Hello
from semper_host.commerce.check import Checked, check
from semper_host.commerce.offers import Offer, OpenedOffer, open_offer
from semper_host.commerce.plan import Plan
from semper_host.commerce.planning import BUYER, SELLER, Agreed, agree, editions, plan_of, read_agreement, read_hello
from semper_host.commerce.service_terms import bound_terms
from semper_host.commerce.terms_model import ItemName
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.items import Party
from semper_host.exchange.kinds.fair_purchase import Goods
from semper_host.host import installed
from semper_host.host.home import Home
from semper_host.host.installed import Decided
from semper_host.model.encoding import Record
from semper_host.model.errors import AdmissionRefused, PeerDeviated, UsageError
from semper_host.model.requests import Request
from semper_host.supporting.communication.session import Ends, session_between
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey

__all__ = [
    "BUYER", "HELLO_PATH", "SELLER", "Beginning", "Business", "DealKeys", "bound_terms", "deal_keys", "editions",
    "next_counter", "open_business", "read_agreement", "read_hello", "refuse_requests",
]  # fmt: skip

HELLO_PATH = "/semper/v1/hello"
"""Where a merchant's host takes what begins a deal."""


class Beginning(Record, frozen=True):
    """The first entry of a deal's journal: the exact bytes that the deal rests on, and which deal keys are ours."""

    side: str  # BUYER or SELLER
    at: int  # seconds since 1970
    counter: int  # which deal keys of the keyring
    offer: bytes  # signed
    hello: bytes  # signed
    agreement: bytes  # signed
    decided: tuple[Decided, ...] = ()  # on the bundles that the deal runs; (): it began before this was kept


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
    buyers_bank: ServiceKeys | None = None  # where the seller pays the buyer, if the terms ever do

    def bank_at(self, system: bytes) -> ServiceKeys:
        """Return the bank of this deal that signs with the key `system`. Raises UsageError NO_COMMON_PAYMENT."""
        for bank in (self.bank, self.buyers_bank):
            if bank is not None and bank.signing == system:
                return bank
        raise UsageError("NO_COMMON_PAYMENT", "cannot find the bank: it is none that this deal uses")

    @property
    def offer(self) -> Offer:
        """The offer that the deal is under."""
        return self.opened.offer


def _check_ordered(agreed: Agreed) -> None:
    """Require that the seller gives the content that was ordered and no other of its offer. Raises PeerDeviated."""
    contents = agreed.agreement.brought.contents if agreed.agreement.brought is not None else ()
    for each in contents:
        if each.goods != agreed.goods:
            message = f"cannot deal: for {each.item[:64]} the seller would give something else than was ordered"
            raise PeerDeviated("OFFER_INVALID", message)


def deal_keys(home: Home, counter: int) -> DealKeys:
    """Return the `counter`-th deal keys of this home, from its seed."""
    derive = home.keyring.derive
    return DealKeys(
        SigningKey.from_seed(derive("deal.signing", counter)), SealingKey.from_seed(derive("deal.sealing", counter))
    )


def next_counter(home: Home) -> int:
    """Return a deal-key counter that was never used before."""
    return home.archive.commit(lambda tx: home.archive.take_counters(tx, "deal-keys", 0, 1))


def open_business(home: Home, beginning: Beginning) -> Business:
    """Return the deal that `beginning` began, all of it checked as of then. Raises SemperError."""
    roots = installed.trust_of(home, beginning.decided).roots
    opened = open_offer(beginning.offer, roots, beginning.at)
    service = installed.as_decided(home, opened.offer.service, beginning.decided, beginning.at)
    agreed = agree(opened, service, beginning.offer, beginning.hello, beginning.agreement, roots, beginning.at)
    if beginning.side == BUYER:
        _check_ordered(agreed)
    keys = deal_keys(home, beginning.counter)
    plan = plan_of(agreed, beginning.side, crypto_for(keys.signing, keys.sealing))
    session = session_between(plan.deal, plan.me.signing, plan.peer.signing)
    ends = Ends(session, keys.signing, keys.sealing, plan.peer.signing, plan.peer.sealing)
    return Business(
        deal=plan.deal,
        beginning=beginning,
        opened=opened,
        service=service,
        checked=check(agreed.bound),
        hello=agreed.hello,
        agreement=agreed.agreement,
        plan=plan,
        ends=ends,
        bank=agreed.bank,
        trustee=agreed.trustee,
        goods=agreed.goods,
        documents=agreed.documents,
        buyers_bank=agreed.buyers_bank,
    )


def refuse_requests(request: Request) -> None:
    """Answer a commerce service's request beyond the baseline: there is nothing it may ask of this host."""
    raise AdmissionRefused(
        "CAPABILITY_REFUSED", f"cannot answer {type(request).__name__}: a commerce service decides and asks for nothing"
    )
