"""The merchant's side: answers hellos, carries deals on, serves offers, packs and encrypted editions as files."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from semper_host.admission.admit import Admitted
from semper_host.admission.ceiling import runtime_grants
from semper_host.admission.offers import OpenedOffer, open_offer
from semper_host.api_v1 import Article, Declined, OfferView, Order, Parameter, Quote, Refused
from semper_host.commerce.agreement import AGREEMENT, NONCE_BYTES, Agreement, Hello, Quoted, check_hello
from semper_host.commerce.events import AskTrustee, Capture, Confirm, Effect, Event, Followed, Prepare, Prepared, Ruled
from semper_host.commerce.forms import order_form
from semper_host.exchange.kinds import fair_purchase, open_case
from semper_host.exchange.labels import Label
from semper_host.host import identity, offers, trusting
from semper_host.host.business import (
    SELLER,
    Beginning,
    Business,
    bound_terms,
    deal_keys,
    next_counter,
    open_business,
    read_hello,
)
from semper_host.host.deal_mail import DealMail
from semper_host.host.deals import Deals
from semper_host.host.enrolment import vouch_in
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import Payments, proof_of
from semper_host.host.plugins import check_exchanges, open_registry
from semper_host.host.sandbox import Sandbox
from semper_host.host.seller_bundles import SellerBundles
from semper_host.host.settling import settlement_kind
from semper_host.host.trustee_receipts import ask
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, SemperError, Unavailable
from semper_host.model.holds import VOIDED
from semper_host.model.requests import Request
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.mail import MAIL_PATH, incoming, outgoing
from semper_host.supporting.communication.session import MOST_ENVELOPES, Batch
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed

HELLO_PATH = "/semper/v1/hello"
LONG_POLL_SECONDS = 8
MOST_WAITING = 32
"""Deals whose buyers may wait for mail at the same time, each in a thread."""
MOST_HELLO = 32 * 1024
"""Bytes of a hello that are looked at."""
WORKERS = 4
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
        self.deals = Deals(home, self.perform, clock)
        self.identity = identity.service(home, clock())
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="semper-deal")
        self._stopping = threading.Event()
        self._turns, self._waiting = threading.Lock(), set[bytes]()
        self._pulse = threading.Thread(target=self._beat, name="semper-pulse", daemon=True)

    def start(self) -> None:
        """Take up the deals that a stop or a crash left, and keep all deals moving."""
        self.deals.take_up()
        self._pulse.start()

    def stop(self) -> None:
        """Stop moving deals; what is committed goes on at the next start."""
        self._stopping.set()
        with self.deals.changed:
            self.deals.changed.notify_all()
        self._pulse.join(10)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def routes(self) -> Mapping[str, Callable[[bytes], bytes]]:
        """Return what this role answers by POST."""
        return {HELLO_PATH: sealed_call.serve(self.identity.sealing, HELLO_PATH, self.hello), MAIL_PATH: self.mail}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what this role answers by GET."""
        return {"/semper/v1/keys": lambda: self.identity.statement}

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
        quote = self._quote(opened, hello.basket.order(), now)
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
            payment=_payment(opened, hello),
            vouch=vouch_in(opened.offer.trustee, self.home, party, now),
        )
        answer = cose.sign1_certified(encode(agreement), AGREEMENT, identity.certified(self.home))
        decided = self.bundles.decide(opened.offer, agreement.payment, now)
        beginning = Beginning(SELLER, now, counter, offer, signed, answer, decided)
        registry = open_registry(self.home, self.sandbox, now, self.bundles.heads)
        check_exchanges(registry, open_business(self.home, beginning).plan)
        live = self.deals.begin(
            beginning, lambda tx: _refuse_second(self.home.archive.write_once(tx, _HELLOS, digest, answer))
        )
        self._soon(live)
        return answer

    def mail(self, data: bytes) -> bytes:
        """Take a batch of envelopes of one deal, and answer with what waits for the buyer, soon or after a while."""
        batch = Batch.decode(data)
        sessions = {envelope.session for envelope in batch.envelopes}
        if len(batch.envelopes) > MOST_ENVELOPES or len(sessions) != 1:
            raise PeerDeviated(
                "MESSAGE_UNEXPECTED",
                f"cannot take the mail: it is not for one deal, or over {MOST_ENVELOPES} envelopes",
            )
        live = self.deals.sessions.get(sessions.pop())
        if live is None:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the mail: its deal is unknown here or over")
        box = DealMail(self.deals, live)
        incoming(box, live.business.ends, batch.envelopes, box.receive)
        self.deals.work(live)
        self._linger(live, box, min(max(batch.wait, 0), LONG_POLL_SECONDS))
        return encode(Batch(outgoing(box, live.business.ends)))

    def _linger(self, live: LiveDeal, box: DealMail, seconds: float) -> None:
        """Wait for news of the deal: one waiter a deal, and never all threads, whoever replays old mail."""
        with self._turns:
            if live.id in self._waiting or len(self._waiting) >= MOST_WAITING:
                return
            self._waiting.add(live.id)
        before = live.standing
        try:
            self.deals.wait(
                seconds,
                lambda: self._stopping.is_set() or live.over or live.standing is not before or box.waiting(),
            )
        finally:
            with self._turns:
                self._waiting.discard(live.id)

    def perform(self, live: LiveDeal, effect: Effect) -> Event | None:
        """Do one effect of a deal (see `commerce.events`)."""
        business = live.business
        match effect:
            case Prepare():
                return self._prepare(business, effect)
            case AskTrustee():
                return Ruled(self.clock(), effect.step, self._ask_trustee(business, effect.request))
            case Capture():
                return self._capture(business, effect)
            case Confirm():
                return self._confirm(business, effect)
        raise Unavailable("BACKEND_FAILED", f"cannot do a {type(effect).__name__} as a seller")

    def _ask_trustee(self, business: Business, request: bytes) -> bytes:
        return ask(self.home, self.client, business.trustee, request, business.agreement.vouch)

    def _prepare(self, business: Business, effect: Prepare) -> Event:
        """Make message 1: the contract or invoice, or the goods' wrapped keys."""
        spec = business.plan.automaton.step(effect.step)
        label: Label = effect.label
        if spec.kind == fair_purchase.RULES.kind:
            case, _ = open_case(label, business.plan.crypto)
            keys = tuple(offers.content_key(self.home, part.root) for part in business.goods.parts)
            attachments, secret = fair_purchase.prepare(case, business.goods, keys, fresh_seed(), fresh_seed())
            return Prepared(self.clock(), effect.step, attachments, secret)
        assert spec.gives is not None
        return Prepared(self.clock(), effect.step, (business.documents[spec.gives],))

    def _capture(self, business: Business, effect: Capture) -> Event:
        bundle = self.bundles.payment_system(business, self.clock())
        arguments = (effect.label, effect.right)
        paid = self.payments.party(bundle, business.bank, "payee", "capture", arguments, business.deal)
        if isinstance(paid, Refused) and paid.proof and settlement_kind(business, effect.label, paid.proof) == VOIDED:
            return Followed(self.clock(), effect.step, Capture.__name__, VOIDED, paid.proof)  # it had expired before
        proof = proof_of(paid, "collect the payment")
        return Followed(
            self.clock(), effect.step, Capture.__name__, settlement_kind(business, effect.label, proof), proof
        )

    def _confirm(self, business: Business, effect: Confirm) -> Event:
        status = self.payments.party(
            self.bundles.payment_system(business, self.clock()), business.bank, "payee", "status", (effect.label,)
        )
        records = getattr(status, "records", None)
        if records and status.state != "held":
            kind = settlement_kind(business, effect.label, records[-1])
            return Followed(self.clock(), effect.step, Confirm.__name__, kind, records[-1])
        raise Unavailable("PAYMENT_UNKNOWN", "cannot confirm the payment yet: the bank still says it is held")

    def _quote(self, opened: OpenedOffer, order: Order, now: int) -> Quote:
        """Have the service price the order and accept it, and check that its sums add up.

        Raises PeerDeviated where it declines.
        """
        offer = opened.offer
        form = order_form(offer.articles)
        form.check(order)
        service = self.bundles.service(offer, now)
        bound_terms(offer, service)
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

    def _beat(self) -> None:
        """Wake every deal that is due, until stopped."""
        while not self._stopping.wait(0.2):
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


def refuse_requests(request: Request) -> None:
    """Answer a commerce service's request beyond the baseline: there is nothing it may ask of this host."""
    raise AdmissionRefused(
        "CAPABILITY_REFUSED", f"cannot answer {type(request).__name__}: a commerce service decides and asks for nothing"
    )


def _payment(opened: OpenedOffer, hello: Hello) -> str:
    taken = [payment.system for payment in opened.offer.payments]
    for wanted in hello.payments:
        if wanted in taken:
            return wanted
    raise PeerDeviated(
        "NO_COMMON_PAYMENT", "cannot sell: the buyer has none of the payment systems that this offer takes"
    )


def _refuse_second(standing: bytes | None) -> None:
    if standing is not None:
        raise Unavailable("BACKEND_FAILED", "cannot begin the deal twice: the same hello is being answered; ask again")
