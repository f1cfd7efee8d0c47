"""The buyer's side: from an offer's address to the goods, with the person asked before anything binds.

1. The offer is fetched and its merchant verified. 2. Its terms are obtained, admitted and shown. 3. The service
completes the order, the seller quotes. 4. The person approves a mandate. 5. The deal runs within it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from semper_host.admission.admit import Admitted
from semper_host.admission.ceiling import runtime_grants
from semper_host.admission.pack import open_pack
from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.api_v1 import Article, Declined, OfferView, Order, Parameter
from semper_host.commerce.agreement import HELLO, NONCE_BYTES, SUITES, VERSIONS, Basket, Hello, Quoted, check_agreement
from semper_host.commerce.check import Checked, check
from semper_host.commerce.check_record import check_record
from semper_host.commerce.forms import order_form
from semper_host.commerce.offers import OpenedOffer, open_offer
from semper_host.exchange.goods import Goods
from semper_host.host import installed, trusting
from semper_host.host.bringing import About, bundles_of, of_buyer
from semper_host.host.business import (
    BUYER,
    HELLO_PATH,
    Beginning,
    Business,
    bound_terms,
    deal_keys,
    next_counter,
    open_business,
    read_agreement,
    refuse_requests,
)  # fmt: skip
from semper_host.host.buyer_effects import MANDATES, BuyerEffects
from semper_host.host.buyer_mail import exchange_mail, linger, unheard
from semper_host.host.buyer_screens import approval_screen, pays, review_screen, warn
from semper_host.host.deal_mail import DealMail
from semper_host.host.deal_pulse import Pulse
from semper_host.host.deals import Deals
from semper_host.host.decided_bundles import bundle_of
from semper_host.host.delivering import deliver, undelivered
from semper_host.host.enrolment import check_vouch
from semper_host.host.heads import Heads, ProveFrom
from semper_host.host.home import Home
from semper_host.host.issuers import check_credentials
from semper_host.host.live_deal import LiveDeal
from semper_host.host.managed_items import described
from semper_host.host.paying import accounts, check_most, payable
from semper_host.host.payments import OpenPurse, Payments
from semper_host.host.plugins import Managers, check_exchanges, open_registry
from semper_host.host.revocation import check_not_revoked
from semper_host.host.sandbox import Sandbox
from semper_host.host.watching import Watcher
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, UsageError
from semper_host.model.money import Money
from semper_host.registry.bundles import Registry
from semper_host.supporting.archive.calls import Refusal
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.preferences.preferences import Preferences
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.mandate import KIND, Mandate

_PAUSE = 0.2
NO_GOODS: Mapping[str, Goods] = MappingProxyType({})


@dataclass(frozen=True)
class Considered:
    """An offer whose merchant and terms were verified: ready to be shown."""

    signed: bytes
    opened: OpenedOffer
    service: Admitted
    checked: Checked
    banks: tuple[ServiceKeys, ...]


@dataclass
class Buyer:
    """The buying host. `watcher` is told how far things are; `interface` asks the person."""

    home: Home
    sandbox: Sandbox
    client: Client
    interface: TrustedInterface
    preferences: Preferences = field(default_factory=Preferences)
    watcher: Watcher = field(default_factory=Watcher)
    clock: Callable[[], int] = lambda: int(time.time())
    prove: ProveFrom | None = None

    def __post_init__(self) -> None:
        self.payments = Payments(self.home, self.sandbox, self.client)
        self.heads = Heads(self.home, self.client, self.prove)
        effects = BuyerEffects(self.home, self.payments, self.client, self.watcher, self.clock)
        self.deals = Deals(self.home, effects.perform, self.clock, managers=self._registry)

    def consider(self, signed: bytes, sources: Sequence[installed.Fetch]) -> Considered:
        """Verify an offer and obtain its terms, stapled or from `sources`; decide on their rights.

        Raises AdmissionRefused, which is archived, or Unavailable.
        """
        try:
            return self._considered(signed, sources)
        except AdmissionRefused as error:
            refusal = Refusal(self.clock(), b"", b"", "admission", f"{error.code}: {error.message}")
            self.home.archive.commit(lambda tx: self.home.archive.append_refusal(tx, refusal))
            raise

    def _considered(self, signed: bytes, sources: Sequence[installed.Fetch]) -> Considered:
        now = self.clock()
        roots = trusting.load(self.home.trust).roots
        opened = open_offer(signed, roots, now)
        self.watcher.step("offer", f"{opened.merchant.name}, certified by {opened.merchant.root}")
        banks = [open_service_keys(each.service_keys, "bank", roots, now) for each in opened.offer.payments]
        _, trustee = open_service_keys(opened.offer.trustee, "trustee", roots, now)
        stapled = [self._stapled(opened.offer.pack_url)] if opened.offer.pack_url else []
        service = installed.obtain(self.home, opened.offer.service, stapled, now, self.heads, sources)
        check_not_revoked(self.home, now, opened.merchant, trustee, *(identity for _, identity in banks))
        vouched = ", ".join(each.by.name for each in service.vouched) or "nobody"
        self.watcher.step("terms", f"{service.manifest.name}, evaluated by {vouched}")
        if service.grounds.logged is not None:
            self.watcher.step("log", f"{service.grounds.repository} shows it to everybody alike, as witnesses confirm")
        bound = bound_terms(opened.offer, service)
        check_record(bound.terms)
        checked = check(bound)
        return Considered(signed, opened, service, checked, tuple(keys for keys, _ in banks))

    def review(self, considered: Considered) -> None:
        """Show the terms: who vouches, the flow, the most at risk, how long. Raises UserDeclined."""
        warn(self.home, self.interface, self.clock())
        self.interface.approve(review_screen(considered.service, considered.checked))

    def agree(self, considered: Considered, wishes: Order, gives: Mapping[str, Goods] = NO_GOODS) -> LiveDeal:
        """Complete the order, greet the seller, take its quote, have the person approve, and begin the deal.

        `gives`: the information, sealed in this home, that the terms have the buyer give, by item ("info.survey").
        Nothing binds before the approval. Raises UserDeclined, PeerDeviated, Unavailable, CapabilityRefused.
        """
        now = self.clock()
        view = view_of(considered)
        form = order_form(considered.opened.offer.articles)
        order = self._decide(considered, "buyer.compose", (view, wishes))
        form.check(order)
        beginning, quoted = self._greet(considered, order, gives, now)
        quote = quoted.quote()
        form.check_quote(order, quote)
        check_most(self.preferences, quote.total)
        self._decide(considered, "buyer.accept", (view, order, quote))
        mandate, signed, managers = self._approve(considered, beginning, quote.total)
        live = self.deals.begin(
            beginning, lambda tx: self.home.archive.keep(tx, MANDATES, mandate.deal.hex(), signed), managers
        )
        self.watcher.step("agreed", f"{quote.total} to {considered.opened.merchant.name}")
        return live

    def run(self, live: LiveDeal, give_up: Callable[[], bool] = lambda: False) -> None:
        """Carry the deal on until it is over, `give_up()`, or the person has to act; whoever is away is waited for.

        A merchant that is slow to answer keeps nothing else waiting: deadlines and banks have a thread of their own.
        """
        with Pulse(self.deals, live) as pulse:
            while not live.over and not give_up() and not self._awaits_person(live):
                new = self._mail(live)
                self.deals.work(live, wait=True)
                pulse.check()
                if not new:
                    self.deals.wait(_PAUSE, lambda: live.over or give_up())
        linger(self.deals, live, lambda: self._mail(live), give_up)

    def _awaits_person(self, live: LiveDeal) -> bool:
        """Say whether nothing goes on before the person decides, or hands something in."""
        return live.awaits_person and not DealMail(self.deals, live).waiting()

    def take_up(self) -> list[LiveDeal]:
        """Take up all deals that are not over, not delivered yet, or whose end the merchant never heard."""
        taken, refused = self.deals.take_up()
        for error in refused.values():
            self.watcher.trouble(error)
        lives = {live.id: live for live in taken}
        for deal in undelivered(self.home):
            if deal not in refused:
                lives.setdefault(deal, self.deals.find(deal))
        return list({**{live.id: live for live in unheard(self.deals)}, **lives}.values())

    def deliver(self, live: LiveDeal, target: Path | None = None) -> list[Path]:
        """Download and open what the deal bought; returns the folders. Does nothing where nothing was bought."""
        return deliver(self.home, self._line(live.business.beginning.counter), self.watcher, live, target)

    def _line(self, counter: int) -> Client:
        """Return the line of one deal, which nothing else uses where there is a proxy."""
        return self.client.isolated(f"deal {counter}")

    def _stapled(self, url: str) -> installed.Fetch:
        return lambda subject: open_pack(self.client.get(url), subject)

    def _greet(
        self, considered: Considered, order: Order, gives: Mapping[str, Goods], now: int
    ) -> tuple[Beginning, Quoted]:
        """Exchange hello and agreement; return the deal's beginning and what the seller quotes."""
        offer = considered.opened.offer
        counter = next_counter(self.home)
        keys = deal_keys(self.home, counter)
        purses = self.payments.purses(now)
        systems = self._systems(considered, purses)
        basket, bound = Basket.of(order), bound_terms(offer, considered.service)
        about = About(basket, {each.name: each.title for each in offer.articles}, b"", now)
        brought = of_buyer(bound, accounts(offer, purses), gives, about, keys.party.signing)
        digest, nonce = sha256(considered.signed).digest(), fresh(NONCE_BYTES)
        hello = Hello(VERSIONS, SUITES, now, digest, keys.party, nonce, basket, systems, brought)
        signed = cose.sign1(encode(hello), HELLO, keys.signing)
        line = self._line(counter)
        answer = sealed_call.call(line, offer.url + HELLO_PATH, offer.sealing, signed, fresh_seed())
        agreement = read_agreement(answer, considered.opened, trusting.load(self.home.trust).roots, now)
        check_agreement(hello, signed, agreement, now)
        check_vouch(agreement.vouch, offer.trustee, agreement.party, trusting.load(self.home.trust).roots, now)
        more = [bundle_of(self.home, (), each, now, self.heads) for each in bundles_of(bound)]
        decided = installed.decided(self.home, [considered.service, *(purse.bundle for purse in purses), *more], now)
        return Beginning(BUYER, now, counter, considered.signed, signed, answer, decided), agreement.quoted

    def _registry(self) -> Registry:
        """Return the bundles that this home has and admits now."""
        return open_registry(self.home, self.sandbox, self.clock(), self.heads)

    def _systems(self, considered: Considered, purses: Sequence[OpenPurse]) -> tuple[str, ...]:
        """Return the offer's ways to pay that these `purses` allow. Raises UsageError NO_COMMON_PAYMENT."""
        registry, currencies = self._registry(), {purse.keyset.currency for purse in purses}
        able = {each.provided.id for currency in currencies for each in registry.payers(currency, strong=True)}
        return payable(considered.opened.offer, purses, frozenset(able), self.preferences.payment_systems)

    def _check_funds(self, business: Business, total: Money) -> None:
        """Refuse what the purse can't pay before anything binds. Raises UsageError FUNDS_INSUFFICIENT."""
        has = self.payments.purse_at(business.bank.signing, self.clock(), business.beginning.decided).purse.balance()
        if has.currency != total.currency or has < total:
            raise UsageError(
                "FUNDS_INSUFFICIENT", f"cannot buy for {total}: the purse has {has}; `semper purse withdraw` fills it"
            )

    def _approve(self, considered: Considered, beginning: Beginning, total: Money) -> tuple[Mandate, bytes, Managers]:
        """Have the person approve a mandate; return it, signed too, and the items' managers. Raises UserDeclined."""
        business = open_business(self.home, beginning)
        registry = self._registry()
        managers = check_exchanges(registry, business)
        for line in described(registry, business):
            self.watcher.step("item", line)
        check_credentials(self.home, self.sandbox, self._line(beginning.counter), business, self.clock())
        total = total if pays(business) else Money(0, total.currency)
        if total.minor:
            self._check_funds(business, total)
        rendered = self.interface.approve(approval_screen(business, considered.checked, total))
        steps = tuple(spec.name for spec in business.plan.automaton.specs.values())
        expiry = beginning.at + business.checked.longest
        mandate = Mandate(business.deal, steps, total, business.offer.seller, expiry, rendered.digest)
        return mandate, cose.sign1(encode(mandate), KIND, deal_keys(self.home, beginning.counter).signing), managers

    def _decide(self, considered: Considered, entry: str, arguments: tuple[object, ...]) -> Any:
        """Have the service decide; a refusal of its is the end of it.

        Raises PeerDeviated ORDER_DECLINED, CapabilityRefused.
        """
        service = considered.service
        grants = runtime_grants(service.manifest.kind, service.grants)
        result = self.sandbox.run(service, grants, entry, arguments, refuse_requests)
        if isinstance(result, Declined):
            raise PeerDeviated("ORDER_DECLINED", f"cannot buy: {result.why}")
        return result

    def _mail(self, live: LiveDeal) -> int:
        return exchange_mail(self.deals, live, self._line(live.business.beginning.counter), self.watcher)


def view_of(considered: Considered) -> OfferView:
    """Return the offer as a commerce service sees it."""
    offer = considered.opened.offer
    articles = [Article(each.name, each.title, each.price) for each in offer.articles]
    return OfferView(articles, [Parameter(each.name, each.value) for each in offer.parameters])
