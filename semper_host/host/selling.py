"""The merchant's side: answers hellos, carries deals on, serves offers, packs and encrypted editions as files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from semper_host.admission.admit import Admitted
from semper_host.admission.ceiling import runtime_grants
from semper_host.api_v1 import Article, Declined, OfferView, Order, Parameter, Quote
from semper_host.commerce.agreement import AGREEMENT, NONCE_BYTES, Agreement, Hello, Quoted, check_hello
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.brought import Brought
from semper_host.commerce.events import Effect, Event
from semper_host.commerce.forms import order_form
from semper_host.commerce.handing import weakened
from semper_host.commerce.offers import Offer, OpenedOffer, open_offer
from semper_host.host import identity, offers, trusting
from semper_host.host.beating import Beat, report
from semper_host.host.bringing import SOLD, About, bundles_of, of_seller
from semper_host.host.business import (
    HELLO_PATH,
    SELLER,
    Beginning,
    bound_terms,
    deal_keys,
    next_counter,
    open_business,
    read_hello,
    refuse_requests,
)
from semper_host.host.credentials.issuing import Issuer
from semper_host.host.credentials.keeping import StatusKeeper
from semper_host.host.deals import RETRY_SECONDS, Deals
from semper_host.host.enrolment import vouch_in
from semper_host.host.exchange_effects import ExchangeEffects
from semper_host.host.home import Home
from semper_host.host.issuer_line import ISSUER_PATH, answering
from semper_host.host.live_deal import LiveDeal
from semper_host.host.mail_desk import MailDesk
from semper_host.host.paying import chosen, paying_back
from semper_host.host.payments import Payments
from semper_host.host.plugins import check_exchanges, open_registry
from semper_host.host.sandbox import Sandbox
from semper_host.host.seller_bundles import SellerBundles
from semper_host.host.service_deputy import ServiceDeputy
from semper_host.host.watching import Watcher
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable
from semper_host.registry.bundles import Registry
from semper_host.supporting.communication import mail, sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.hurdle import Hurdle
from semper_host.supporting.communication.server import Handler
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed

MOST_HELLO = 32 * 1024
"""Bytes of a hello that are looked at."""
WORKERS = 4
STATUS_PATH = "/semper/v1/status/sold"
STATUS_RENEWED = 60
"""Seconds after which the status list is signed anew, if somebody asks."""
_HELLOS = "hellos"


class Seller:
    """One merchant's running host."""

    def __init__(
        self, home: Home, sandbox: Sandbox, client: Client, clock: Callable[[], int] = lambda: int(time.time())
    ) -> None:
        self.home, self.sandbox, self.clock = home, sandbox, clock
        self.payments = Payments(home, sandbox, client)
        self.bundles = SellerBundles(home, self.payments.heads)
        self.client = client
        deputy = ServiceDeputy(sandbox, refuse_requests)
        self.deals = Deals(home, self.perform, clock, deputy=deputy, managers=self._registry)
        self._effects = ExchangeEffects(home, self.payments, lambda _: client, Watcher(), clock, lambda *_: "")
        self.identity = identity.service(home, clock())
        self.keeper = StatusKeeper(home.archive, self.identity.signing)
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="semper-deal")
        self.desk, self._hurdle = MailDesk(self.deals, mail.LONG_POLL_SECONDS), Hurdle(fresh_seed())
        self._listed = (0, b"")
        self._pulse = Beat("semper-pulse", 0.2, self._look)

    def start(self) -> None:
        """Take up the deals that a stop or a crash left, and keep all deals moving."""
        self.deals.take_up()
        self._pulse.start()

    def stop(self) -> None:
        """Stop moving deals; what is committed goes on at the next start."""
        self._pulse.stop()
        self.desk.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def routes(self) -> Mapping[str, Handler]:
        """Return what this role answers by POST."""
        sealed = {HELLO_PATH: self.hello, ISSUER_PATH: answering(self.keeper, self.clock)}
        hurdles, sealing = {HELLO_PATH: self._hurdle}, self.identity.sealing
        served = {path: sealed_call.serve(sealing, path, each, hurdles.get(path)) for path, each in sealed.items()}
        return {**served, mail.MAIL_PATH: self.desk.answer}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what this role answers by GET."""
        return {"/semper/v1/keys": lambda: self.identity.statement, STATUS_PATH: self._status}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files."""
        return {"/public": self.home.public}

    def hello(self, signed: bytes) -> bytes:
        """Answer a buyer's signed hello with our signed agreement, and begin the deal.

        The same hello gets the same answer.
        """
        if len(signed) > MOST_HELLO:
            raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot answer the hello: it has over {MOST_HELLO} bytes")
        digest = sha256(signed).digest()
        known = self.home.archive.written(_HELLOS, digest)
        if known is not None:
            return known
        now = self.clock()
        hello = read_hello(signed)
        offer = offers.issued(self.home, hello.offer)
        opened = open_offer(offer, trusting.load(self.home.trust).roots, now)
        version, suite = check_hello(hello, offer, now)
        service = self.bundles.service(opened.offer, now)
        quote = self._quote(opened, hello.basket.order(), service)
        bound, payment = bound_terms(opened.offer, service), chosen(opened.offer, hello.payments)
        counter = next_counter(self.home)
        party = deal_keys(self.home, counter).party
        agreement = Agreement(
            version=version,
            suite=suite,
            at=now,
            hello=digest,
            party=party,
            nonce=fresh(NONCE_BYTES),
            quoted=Quoted.of(quote),
            payment=payment,
            vouch=vouch_in(opened.offer.trustee, self.home, party, now),
            brought=self._brought(bound, opened.offer, hello, digest, now),
            pays=paying_back(bound, opened.offer, hello.brought, payment),
            weak=weakened(bound.terms, lambda item: self._registry().item_traits(item)) or None,
        )
        answer = cose.sign1_certified(encode(agreement), AGREEMENT, identity.certified(self.home))
        decided = self.bundles.decide(opened.offer, bundles_of(bound, payment, agreement.pays), now)
        beginning = Beginning(SELLER, now, counter, offer, signed, answer, decided)
        managers = check_exchanges(self._registry(), open_business(self.home, beginning))
        live = self.deals.begin(
            beginning, lambda tx: _refuse_second(self.home.archive.write_once(tx, _HELLOS, digest, answer)), managers
        )
        self._soon(live)
        return answer

    def perform(self, live: LiveDeal, effect: Effect) -> Event | None:
        """Do one effect of a deal (see `commerce.events`)."""
        return self._effects.perform(live, effect)

    def _brought(self, bound: BoundTerms, offer: Offer, hello: Hello, digest: bytes, now: int) -> Brought | None:
        issuer = Issuer(self.home.archive, self.identity.signing)
        titles = {article.name: article.title for article in offer.articles}
        about = About(hello.basket, titles, hello.party.signing, now)
        return of_seller(bound, issuer, about, digest)

    def _registry(self) -> Registry:
        return open_registry(self.home, self.sandbox, self.clock(), self.bundles.heads)

    def _status(self) -> bytes:
        """Return the signed status list of what was sold, made anew when a minute has passed."""
        now, (made, signed) = self.clock(), self._listed
        if not 0 <= now - made < STATUS_RENEWED or not signed:
            signed = Issuer(self.home.archive, self.identity.signing).status_list(SOLD, now)
            self._listed = now, signed
        return signed

    def _quote(self, opened: OpenedOffer, order: Order, service: Admitted) -> Quote:
        """Have the service price the order and accept it, and check that its sums add up.

        Raises PeerDeviated where it declines.
        """
        offer = opened.offer
        form = order_form(offer.articles)
        form.check(order)
        view = OfferView(
            [Article(a.name, a.title, a.price) for a in offer.articles],
            [Parameter(p.name, p.value) for p in offer.parameters],
        )
        quote = self._decide(service, "seller.quote", (view, order))
        form.check_quote(order, quote)
        self._decide(service, "seller.accept", (view, order, quote))
        return quote

    def _decide(self, service: Admitted, entry: str, arguments: tuple[object, ...]) -> Quote:
        grants = runtime_grants(service.manifest.kind, service.grants)
        result = self.sandbox.run(service, grants, entry, arguments, refuse_requests)
        if isinstance(result, Declined):
            raise PeerDeviated("ORDER_DECLINED", f"cannot sell: {result.why}")
        return result  # type: ignore[no-any-return]  # typed at the wall by the entry point

    def _look(self) -> None:
        """Wake every deal that is due, and let go what is long over."""
        self.deals.let_go()
        for live in list(self.deals.live.values()):
            if not live.over and self.deals.due(live):
                self._soon(live)

    def _soon(self, live: LiveDeal) -> None:
        """Have a worker take the deal up, unless one is going to."""
        if not live.queued:
            live.queued = True
            self._pool.submit(self._work, live)

    def _work(self, live: LiveDeal) -> None:
        live.queued = False
        try:
            self.deals.work(live)
        except SemperError as error:  # the store is full or busy: the next beat tries again
            live.trouble = f"{error.code}: {error.message}"
        except Exception as error:  # a fault of ours: it is seen, and not tried again five times a second
            report("a deal", error)
            live.trouble = f"BACKEND_FAILED: cannot go on with the deal: {type(error).__name__}"
            for owed in live.todo.values():
                owed.at = max(owed.at, time.monotonic() + RETRY_SECONDS[-1])


def _refuse_second(standing: bytes | None) -> None:
    if standing is not None:
        raise Unavailable("BACKEND_FAILED", "cannot begin the deal twice: the same hello is being answered; ask again")
