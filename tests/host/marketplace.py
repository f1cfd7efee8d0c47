"""Throwaway authorities, published bundles and certified homes: what a party needs before it can serve or pay."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import msgspec

from semper_host.admission.archive_format import unpack
from semper_host.admission.build import publish_as
from semper_host.admission.manifest import MANIFEST, Manifest, parse_manifest
from semper_host.admission.pack import Pack
from semper_host.admission.service_keys import DealKey, sign_deal_key
from semper_host.admission.statements import Evaluation, Release, digest, sign_evaluation, sign_release
from semper_host.api_v1 import HoldOrder
from semper_host.confinement.zygote import Zygote
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.events import Begin, Consent, Received
from semper_host.exchange.fair_exchange import join, step
from semper_host.exchange.items import HoldTerms, ItemRef, Party
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import Label, label_of, make_label
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import abort_request, resolve_request
from semper_host.exchange.state import Context, Role
from semper_host.host import bundling, data, identity, installed, minting, trusting
from semper_host.host import home as homes
from semper_host.host.enrolment import QUOTA, Enrolments, context_of
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.payments import OpenPurse, Payments, proof_of
from semper_host.host.sandbox import Sandbox
from semper_host.host.serving import Role as Serving
from semper_host.host.serving import service_of
from semper_host.model.encoding import encode
from semper_host.model.grants import Capability
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.cryptographic.certificate_request import read_request
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root
from tests.admission.log_world import LogWorld
from tests.host.anchored import YEARS, AnchoredLog

PASSPHRASE = "a throwaway passphrase"
DAY = 86_400
CONTENT_KEY = b"\x0c" * 32
GOODS = fair_purchase.Goods((fair_purchase.Part("course", b"\x0e" * 32, sha256(CONTENT_KEY).digest()),))


def now() -> int:
    return int(time.time())


class Authorities:
    """An evaluating authority, a registration authority and a publisher, made anew; and what they sign."""

    def __init__(self) -> None:
        self.validity = Validity(now() - DAY, now() + 30 * DAY)
        self.evaluating = issue_root("Evaluators", P256Key.from_seed(b"v" * 32), [Purpose.EVALUATE], self.validity)
        self.services = [Purpose.MERCHANT, Purpose.BANK, Purpose.TRUSTEE]
        self.registering = issue_root("Registrars", P256Key.from_seed(b"g" * 32), self.services, self.validity)
        self.publisher = SigningKey.from_seed(b"p" * 32)
        key = P256Key.from_seed(b"w" * 32)
        applicant = Applicant("Evaluator", key.public, frozenset({Purpose.EVALUATE}), ("semper:evaluate/e",))
        self.evaluator = CertifiedKey(key, issue_leaf(applicant, self.validity, self.evaluating))
        self.log = AnchoredLog(LogWorld(now() - 60))
        self.repository_url, self.freshness = "", YEARS

    def pack(self, archive: bytes) -> Pack:
        """Release and evaluate a bundle with all that it asks for, and publish that in the log."""
        published = publish_as(archive, self.publisher.public)
        manifest: Manifest = parse_manifest(unpack(published)[MANIFEST])
        subject = digest(published)
        release = Release(subject, manifest.id, manifest.version, manifest.kind, now())
        grants = tuple(asked.grant for asked in manifest.requests)
        evaluation = Evaluation(subject, "tests", grants, (), now() - 60, now() + 20 * DAY, now())
        vouched = (sign_evaluation(evaluation, self.evaluator),)
        return self.log.pack(Pack(published, sign_release(release, self.publisher), vouched), now())

    def trust(self, home: Home) -> None:
        """Make `home` trust both authorities and the repository."""
        trusting.add(home.trust, "Evaluators", self.evaluating.chain[0], [Purpose.EVALUATE], list(Capability))
        trusting.add(home.trust, "Registrars", self.registering.chain[0], self.services, [])
        self.log.trust(home, self.repository_url, self.freshness)

    def vouch(self, trustee: bytes, keys: Party, name: str = "shop", at: int = 0) -> bytes:
        """The word of the certified merchant `name`, to the trustee with this key, that a deal's keys are its own."""
        key = P256Key.from_seed(sha256(name.encode()).digest())
        applicant = Applicant(name, key.public, frozenset({Purpose.MERCHANT}), (f"semper:merchant/{name}",))
        certified = CertifiedKey(key, issue_leaf(applicant, self.validity, self.registering))
        made = DealKey("merchant", keys.signing, keys.sealing, context_of(trustee), at or now())
        return sign_deal_key(made, certified)

    @property
    def registrars(self) -> TrustedRoot:
        return TrustedRoot("Registrars", self.registering.chain[0], frozenset(self.services))

    def enrol_all(self, trustee: Home) -> None:
        """Have a trustee serve every merchant that is certified."""
        Enrolments(trustee).enrol(self.registrars, "", QUOTA, now())

    def certify(self, home: Home) -> None:
        """Certify `home` for its role."""
        asked = read_request(identity.request(home))
        role = home.config.role
        applicant = Applicant(asked.name, asked.public, frozenset({Purpose(role)}), (f"semper:{role}/{role}",))
        identity.accept(home, issue_leaf(applicant, self.validity, self.registering))


@dataclass
class Marketplace:
    """Homes below one directory, one zygote for all of them."""

    root: Path
    authorities: Authorities
    packs: Mapping[str, Pack]
    mint: MintKeys
    zygote: Zygote
    client: Client
    opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    databases: dict[str, str] = field(default_factory=dict)  # by role, where it is not a file in the home
    places: dict[str, Path] = field(default_factory=dict)  # by role, where its home is not below `root`
    restart: dict[str, Callable[[], None]] = field(default_factory=dict)  # by role: what runs ends, and begins anew

    def home(self, role: str, name: str = "", url: str = "http://127.0.0.1:1") -> Home:
        """Make a home that trusts the authorities; a service is certified, a bank has mint and payment system."""
        path = self.places.get(role, self.root) / (name or role)
        config = homes.Config(role=role, name=name or role, url=url, database=self.databases.get(role, ""))
        homes.create(path, config, PASSPHRASE)
        home = self.open(path)
        self.authorities.trust(home)
        if role in ("bank", "trustee", "merchant"):
            self.authorities.certify(home)
        if role == "trustee":
            self.authorities.enrol_all(home)
        if role == "bank":
            home.keyring.store(minting.MINT, self.mint.encode())
            installed.install(home, self.packs["payment-ecash"], now())
        return home

    def open(self, path: Path) -> Home:
        """Open a home; it is closed with the marketplace."""
        home = homes.open_home(path, PASSPHRASE)
        self.opened.callback(home.close)
        return home

    def sandbox(self, home: Home) -> Sandbox:
        return Sandbox(home.archive, self.zygote)

    def payments(self, home: Home) -> Payments:
        return Payments(home, self.sandbox(home), self.client)

    def up(self, home: Home, make: Callable[[Home], Serving]) -> tuple[Home, Serving, contextlib.ExitStack]:
        """Serve a role on loopback in this process: the home with its real address, the role, and how to end it."""
        served: list[Service] = []
        ending = contextlib.ExitStack()
        paths = service_of(home, make(home))
        handlers = {path: _later(served, "handlers", path) for path in paths.handlers}
        pages = {path: _later(served, "pages", path) for path in paths.pages}
        url = ending.enter_context(running(application(Service(handlers, pages))))
        there = replace(home, config=msgspec.structs.replace(home.config, url=url))
        role = make(there)
        served.append(service_of(there, role))
        self.opened.callback(there.close)  # a copy of the home opens the archive for itself
        self.opened.callback(ending.close)
        running_now = [role]

        def restart() -> None:
            running_now[0].stop()
            running_now[0] = make(there)
            served[0] = service_of(there, running_now[0])
            running_now[0].start()
            self.opened.callback(running_now[0].stop)

        self.restart[home.config.role] = restart
        return there, role, ending


def _later(served: list[Service], kind: str, path: str) -> Callable[..., bytes]:
    """A handler of a role that is made only after its server has an address."""

    def call(*arguments: bytes) -> bytes:
        answer: bytes = getattr(served[0], kind)[path](*arguments)
        return answer

    return call


@dataclass(frozen=True)
class Keys:
    """Deal keys of one side."""

    signing: SigningKey
    sealing: SealingKey

    @classmethod
    def of(cls, name: str) -> Keys:
        seeds = (sha256(f"{kind} {name}".encode()).digest() for kind in ("signing", "sealing"))
        return cls(SigningKey.from_seed(next(seeds)), SealingKey.from_seed(next(seeds)))

    @property
    def party(self) -> Party:
        return Party(self.signing.public, self.sealing.public)

    @property
    def crypto(self) -> Crypto:
        return crypto_for(self.signing, self.sealing)


@dataclass
class Purchase:
    """A fair purchase of `price` up to messages 1 and 2, with real money held under its label."""

    label: Label
    purse: OpenPurse
    payments: Payments
    seller: Keys = field(default_factory=lambda: Keys.of("seller"))
    buyer: Keys = field(default_factory=lambda: Keys.of("buyer"))
    m1: bytes = b""
    m2: bytes = b""
    first: bytes = b"\x01" * 32

    @property
    def id(self) -> bytes:
        return label_of(self.label)

    def offer(self) -> Context:
        """The seller makes message 1."""
        context, state = join(self.label, Role.INITIATOR, self.seller.crypto)
        attachments, secret = fair_purchase.prepare(context.case, GOODS, (CONTENT_KEY,), self.first, b"\x02" * 32)
        state, _ = step(context, state, Begin(attachments, secret), now())
        assert state.m1 is not None
        self.m1 = state.m1
        return context

    def hold(self) -> bytes:
        """The buyer has the price held and makes message 2."""
        terms = self.label.holds[0]
        order = HoldOrder(
            self.id, terms.payee, terms.amount, terms.least_expiry, self.buyer.signing.public,
            self.seller.signing.public, self.label.trustee.signing, terms.system,
        )  # fmt: skip
        held = proof_of(self.payments.hold(self.purse, order), "hold")
        context, state = join(self.label, Role.RESPONDER, self.buyer.crypto)
        state, _ = step(context, state, Received(self.m1), self.label.t2 - 1)
        state, _ = step(context, state, Consent((held,)), self.label.t2 - 1)
        assert state.m2 is not None
        self.m2 = state.m2
        return held

    def abort(self) -> bytes:
        return abort_request(join(self.label, Role.INITIATOR, self.seller.crypto)[0].case, self.m1)

    def resolve(self) -> bytes:
        return resolve_request(join(self.label, Role.RESPONDER, self.buyer.crypto)[0].rules, self.m1, self.m2)


def purchase(
    purse: OpenPurse, payments: Payments, trustee: Party, payee: str, price: Money, *, t2: int = 60, number: int = 0
) -> Purchase:
    """Return a purchase from `payee`'s account's holder, with message 1 made; `t2` seconds from now."""
    seller, buyer = Keys.of("seller"), Keys.of("buyer")
    at, left = now(), ItemRef("statement", "information", sha256(encode(GOODS)).digest())
    label = make_label(
        deal=sha256(b"deal %d" % number).digest(), step="buy", kind="fair-purchase", initiator=seller.party,
        responder=buyer.party, trustee=trustee, left=left,
        right=ItemRef("money", "price", amount=price),
        holds=(HoldTerms(purse.keys.signing, payee, price, at + t2 + 600),),
        t2=at + t2, t_resolve=at + t2 + 60, nonce_a=b"a" * 16, nonce_b=b"b" * 16,
    )  # fmt: skip
    made = Purchase(label, purse, payments)
    made.offer()
    return made


@contextlib.contextmanager
def process(home: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `semper up` for `home` in a process of its own; gives it and the URL that it printed."""
    program = Path(__file__).with_name("serving_process.py")
    running_one = subprocess.Popen(
        [sys.executable, str(program), str(home), PASSPHRASE], stdout=subprocess.PIPE, text=True, cwd=data.checkout()
    )
    try:
        assert running_one.stdout is not None
        line = running_one.stdout.readline()
        assert line.startswith("ready "), line
        yield running_one, line.split()[1]
    finally:
        if running_one.poll() is None:
            running_one.kill()
        running_one.wait(20)
        assert running_one.stdout is not None
        running_one.stdout.close()


def first_party_packs(authorities: Authorities) -> dict[str, Pack]:
    """Return the first-party bundles, published by the throwaway publisher."""
    root = data.checkout()
    assert root is not None
    return {name: authorities.pack(archive) for name, archive in bundling.build_all(root / "plugins").items()}
