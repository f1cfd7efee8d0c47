"""Whole deals between two real homes, recorded by the real deal engine; the test is bank, trustee and postman."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from semper_host.admission.build import build
from semper_host.admission.pack import Pack
from semper_host.admission.served_banks import write_served
from semper_host.commerce.agreement import (
    AGREEMENT,
    HELLO,
    SUITES,
    VERSIONS,
    Agreement,
    Basket,
    Hello,
    Quoted,
    QuotedLine,
    Wish,
)
from semper_host.commerce.events import (
    AskTrustee,
    Capture,
    Confirm,
    Declined,
    Effect,
    Event,
    Followed,
    Prepare,
    Prepared,
    Reclaim,
    Ruled,
    Unlock,
)
from semper_host.commerce.evidence_file import Verified, read, verify, write
from semper_host.commerce.offers import Offer, OfferArticle, OfferParameter, OfferPayment, sign_offer
from semper_host.exchange.items import Token
from semper_host.exchange.kinds import fair_purchase, open_case
from semper_host.host import bundling, data, evidence, installed, trusting
from semper_host.host import home as homes
from semper_host.host.business import BUYER, SELLER, Beginning, deal_keys, next_counter
from semper_host.host.deal_mail import DealMail
from semper_host.host.deals import Deals
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.model.encoding import encode
from semper_host.model.errors import Unavailable
from semper_host.model.holds import CAPTURED
from semper_host.model.money import Money
from semper_host.supporting.archive.evidence import EMPTY, Exhibit, link_hash, linked, message_digest
from semper_host.supporting.archive.evidence import EvidenceHead as Head
from semper_host.supporting.communication.mail import incoming, outgoing
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.edition import FORMAT, Edition, EditionFile
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, issue_leaf
from tests.commerce.evidence_services import Bank, Clock, Keys, TrusteeDesk
from tests.host.marketplace import PASSPHRASE, Authorities

CONTENT_KEY = b"\x0c" * 32
PRICE = Money(199, "EUR")
ACCOUNT = "customer:eurocom"


@dataclass
class Party:
    """One home and its deals."""

    home: Home
    deals: Deals
    live: LiveDeal | None = None

    @property
    def deal(self) -> LiveDeal:
        assert self.live is not None
        return self.live


Lost = Callable[[str, int], bool]
"""Whether the post loses what this side sends, as its so-manieth batch."""


def courseware() -> bytes:
    """The archive of the shipped terms."""
    checkout = data.checkout()
    assert checkout is not None
    return build(bundling.read_source(checkout / "plugins/commerce/courseware"))


class Fair:
    """A marketplace for a few deals: authorities, terms, bank, trustee, a buyer's and a merchant's home."""

    def __init__(self, root: Path, service: Callable[[Authorities], Pack] | None = None) -> None:
        self.clock = Clock()
        self.authorities = Authorities()
        self.pack = service(self.authorities) if service else self.authorities.pack(courseware())
        self.bank = Bank(Keys.of("bank"), self.clock)
        self.trustee = TrusteeDesk(Keys.of("trustee"), self.bank, self.clock)
        key = P256Key.from_seed(b"m" * 32)
        applicant = Applicant("EUROCOM", key.public, frozenset({Purpose.MERCHANT}), ("semper:merchant/eurocom",))
        chain = issue_leaf(applicant, self.authorities.validity, self.authorities.registering)
        self.merchant = CertifiedKey(key, chain)
        self.homes = {side: self._home(root / side, side) for side in (BUYER, SELLER)}
        self.trust = trusting.load(self.homes[BUYER].trust)
        self.content_key = CONTENT_KEY
        self.declines: set[str] = set()

    def _home(self, path: Path, side: str) -> Home:
        homes.create(path, homes.Config(role="merchant" if side == SELLER else side, name=side), PASSPHRASE)
        home = homes.open_home(path, PASSPHRASE)
        self.authorities.trust(home)
        installed.install(home, self.pack, self.clock())
        return home

    def offer(self, title: str = "A course") -> bytes:
        now, service = self.clock(), installed.admit_pack(self.homes[BUYER], self.pack, self.clock())
        files = (EditionFile("a.txt", 1, b"a" * 32),)
        edition = Edition(FORMAT, files, b"\x0e" * 32, b"\x0f" * 32, sha256(CONTENT_KEY).digest())
        bank = self.bank.keys.service("bank", self.authorities, now, "semper/ecash")
        served = write_served((self.bank.keys.signing.public,))
        return sign_offer(
            Offer(
                service_id=service.manifest.id,
                service_version=service.manifest.version,
                service=service.digest,
                seller="EUROCOM",
                url="http://127.0.0.1:1",
                articles=(OfferArticle("course", title, PRICE, encode(edition)),),
                parameters=(
                    OfferParameter("answer_within", text="PT1M"),
                    OfferParameter("resolve_within", text="PT1M"),
                    OfferParameter("price_ceiling", money=Money(3000, "EUR")),
                ),
                payments=(OfferPayment("semper/ecash", ACCOUNT, bank),),
                trustee=self.trustee.keys.service("trustee", self.authorities, now, keyset=served),
                arbiter="",
                not_before=now - 3600,
                not_after=now + 3600,
                sealing=SealingKey.from_seed(b"s" * 32).public,
            ),
            self.merchant,
        )

    def begin(self, title: str = "A course") -> tuple[Party, Party]:
        """Exchange hello and agreement, and begin the deal at both sides."""
        offer, now = self.offer(title), self.clock()
        counters = {side: next_counter(home) for side, home in self.homes.items()}
        keys = {side: deal_keys(home, counters[side]) for side, home in self.homes.items()}
        hello = Hello(
            VERSIONS, SUITES, now, sha256(offer).digest(), keys[BUYER].party, b"b" * 32,
            Basket((Wish("course", 1),)), ("semper/ecash",),
        )  # fmt: skip
        signed = cose.sign1(encode(hello), HELLO, keys[BUYER].signing)
        quoted = Quoted((QuotedLine("A course", PRICE),), PRICE)
        agreement = Agreement(
            VERSIONS[0], SUITES[0], now, sha256(signed).digest(), keys[SELLER].party, b"s" * 32, quoted, "semper/ecash"
        )
        answer = cose.sign1_certified(encode(agreement), AGREEMENT, self.merchant)
        parties = []
        for side, home in self.homes.items():
            party = Party(home, Deals(home, self.perform, self.clock))
            party.live = party.deals.begin(Beginning(side, now, counters[side], offer, signed, answer))
            parties.append(party)
        return parties[0], parties[1]

    def deal(
        self, lost: Lost = lambda side, batch: False, title: str = "A course", most: int = 40
    ) -> tuple[Party, Party]:
        """Run a whole deal; where the post loses everything, time goes on."""
        buyer, seller = self.begin(title)
        self.carry_on(buyer, seller, lost, most)
        return buyer, seller

    def carry_on(
        self, buyer: Party, seller: Party, lost: Lost = lambda side, batch: False, most: int = 40
    ) -> None:
        """Carry a deal on until it is over at both sides."""
        sent: dict[str, itertools.count[int]] = {BUYER: itertools.count(1), SELLER: itertools.count(1)}
        for turn in range(most):
            for side, one, other in ((SELLER, seller, buyer), (BUYER, buyer, seller)):
                one.deals.work(one.deal)
                if one.home.archive.outbox(one.deal.business.ends.session) and not lost(side, next(sent[side])):
                    self.post(one, other)
            if buyer.deal.over and seller.deal.over:
                break
            if turn > 8:
                self.clock.now += 30
                for party in (buyer, seller):
                    for owed in party.deal.todo.values():
                        owed.at = 0

    def post(self, one: Party, other: Party) -> None:
        """Carry what waits at `one` to `other`."""
        envelopes = outgoing(DealMail(one.deals, one.deal), one.deal.business.ends)
        box = DealMail(other.deals, other.deal)
        incoming(box, other.deal.business.ends, envelopes, box.receive)
        archive, session = one.home.archive, one.deal.business.ends.session
        received = other.home.archive.session_state(session).received
        archive.commit(lambda tx: archive.acknowledge(tx, session, received))

    def perform(self, live: LiveDeal, effect: Effect) -> Event:
        business, now = live.business, self.clock()
        match effect:
            case Prepare():
                return self._prepare(live, effect)
            case AskTrustee():
                return Ruled(now, effect.step, self.trustee.ask(effect.request))
            case Capture():
                return Followed(now, effect.step, "Capture", CAPTURED, self.bank.end(effect.label, CAPTURED).data)
            case Confirm() | Reclaim():
                ended = self.bank.ended.get(effect.label)
                if ended is None and effect.label in self.bank.holds:
                    raise Unavailable("PAYMENT_UNKNOWN", "cannot confirm: it is still held")
                found = ended or Token("", b"")
                return Followed(now, effect.step, type(effect).__name__, found.name, found.data)
            case Unlock():
                return Followed(now, effect.step, "Unlock")
        raise AssertionError(effect, business)

    def _prepare(self, live: LiveDeal, effect: Prepare) -> Event:
        business, now = live.business, self.clock()
        if f"{business.beginning.side}:{effect.step}" in self.declines:
            return Declined(now, effect.step, "no")
        spec = business.plan.automaton.step(effect.step)
        assert effect.label is not None, "courseware knows no two transfers"
        if business.beginning.side == BUYER and effect.label.holds:
            return Prepared(now, effect.step, (self.bank.hold(effect.label),))
        if effect.label.holds and effect.label.kind == fair_purchase.RULES.kind:
            case, _ = open_case(effect.label, business.plan.crypto)
            keys = (self.content_key,)
            attachments, secret = fair_purchase.prepare(case, business.goods, keys, b"\x01" * 32, b"\x02" * 32)
            return Prepared(now, effect.step, attachments, secret)
        return Prepared(now, effect.step, tuple(business.documents[item] for item in spec.gives))

    def export(self, party: Party) -> bytes:
        return evidence.export(party.home, party.deal.id)

    def verify(self, exported: bytes) -> Verified:
        return verify(exported, self.trust.policy, self.trust.roots, self.clock())

    def resealed(self, exported: bytes, party: Party, *, key: SigningKey | None = None, **changes: object) -> bytes:
        """Return the file with other contents, sealed anew by the exporter itself (or another key)."""
        file, _ = read(exported)
        fields = {name: getattr(file, name) for name in file.__struct_fields__}
        signing = key or deal_keys(party.home, party.deal.business.beginning.counter).signing
        return write(type(file)(**{**fields, **changes}), lambda payload, kind: cose.sign1(payload, kind, signing))


def chained(exhibits: list[Exhibit]) -> tuple[Exhibit, ...]:
    """Return exhibits with their links made anew, as a side that rewrites its record can."""
    head, found = EMPTY, []
    for each in exhibits:
        old, message, salt = each.evidence, each.message or b"", each.salt or bytes(16)
        link = linked(head, old.deal, old.label, old.role, old.step, message_digest(salt, message), old.signature)
        head = Head(link.seq, link_hash(link))
        found.append(Exhibit(link, message, salt))
    return tuple(found)
