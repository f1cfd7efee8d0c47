"""What the measurements take place in: throwaway authorities, the first-party bundles, certified homes on loopback."""

from __future__ import annotations

import contextlib
import itertools
import sys
import time
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path

import msgspec

from benchmarks.logged import LoggedRepository
from semper_host.admission.archive_format import unpack
from semper_host.admission.build import publish_as
from semper_host.admission.manifest import MANIFEST, parse_manifest
from semper_host.admission.pack import Pack
from semper_host.admission.served_banks import write_served
from semper_host.admission.statements import Evaluation, Release, digest, sign_evaluation, sign_release
from semper_host.confinement.zygote import Zygote
from semper_host.host import data, identity, installed, minting, offers, trusting
from semper_host.host import home as homes
from semper_host.host.banking import Bank
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.payments import OpenPurse, Payments
from semper_host.host.sandbox import Sandbox
from semper_host.model.grants import Capability
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.cryptographic.certificate_request import read_request
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root

ROOT = Path(__file__).resolve().parent.parent
PASSPHRASE = "a throwaway passphrase"
PRICE = Money(1990, "EUR")
DAY = 86_400
SERVICES = [Purpose.MERCHANT, Purpose.BANK, Purpose.TRUSTEE]


def now() -> int:
    """Return the time: whole seconds since 1970 UTC."""
    return int(time.time())


class Authorities:
    """An evaluating authority, a registration authority and a publisher, made anew; and what they sign."""

    def __init__(self) -> None:
        self.validity = Validity(now() - DAY, now() + 30 * DAY)
        self.evaluating = issue_root("Evaluators", P256Key.from_seed(b"v" * 32), [Purpose.EVALUATE], self.validity)
        self.registering = issue_root("Registrars", P256Key.from_seed(b"g" * 32), SERVICES, self.validity)
        self.publisher = SigningKey.from_seed(b"p" * 32)
        key = P256Key.from_seed(b"w" * 32)
        applicant = Applicant("Evaluator", key.public, frozenset({Purpose.EVALUATE}), ("semper:evaluate/e",))
        self.evaluator = CertifiedKey(key, issue_leaf(applicant, self.validity, self.evaluating))

    def pack(self, archive: bytes) -> Pack:
        """Publish, release and evaluate a bundle with all that it asks for."""
        published = publish_as(archive, self.publisher.public)
        manifest = parse_manifest(unpack(published)[MANIFEST])
        subject = digest(published)
        release = Release(subject, manifest.id, manifest.version, manifest.kind, now())
        grants = tuple(asked.grant for asked in manifest.requests)
        evaluation = Evaluation(subject, "bench", grants, (), now() - 60, now() + 20 * DAY, now())
        return Pack(published, sign_release(release, self.publisher), (sign_evaluation(evaluation, self.evaluator),))

    def trust(self, home: Home) -> None:
        """Make `home` trust both authorities."""
        trusting.add(home.trust, "Evaluators", self.evaluating.chain[0], [Purpose.EVALUATE], list(Capability))
        trusting.add(home.trust, "Registrars", self.registering.chain[0], SERVICES, [])

    def certify(self, home: Home) -> None:
        """Certify `home` for its role."""
        asked = read_request(identity.request(home))
        role = home.config.role
        applicant = Applicant(asked.name, asked.public, frozenset({Purpose(role)}), (f"semper:{role}/{role}",))
        identity.accept(home, issue_leaf(applicant, self.validity, self.registering))


@dataclass
class Setting:
    """Homes below one directory, made as they are needed; `close` ends all that was started."""

    root: Path
    opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def close(self) -> None:
        """Close homes, servers and the zygote."""
        self.opened.close()

    @cached_property
    def authorities(self) -> Authorities:
        """The throwaway authorities."""
        return Authorities()

    @cached_property
    def packs(self) -> dict[str, Pack]:
        """The first-party bundles, published and evaluated, by name ("payment-ecash")."""
        return {name: self.pack(archive) for name, archive in data.archives().items()}

    @cached_property
    def repository(self) -> LoggedRepository:
        """The repository whose log everybody trusts."""
        made = LoggedRepository(self.root)
        self.opened.callback(made.close)
        return made

    def pack(self, archive: bytes) -> Pack:
        """Return the bundle published and evaluated with all that it asks for, stapled."""
        return self.repository.publish(self.authorities.pack(archive))

    @cached_property
    def zygote(self) -> Zygote:
        """One fork server for everybody."""
        return self.opened.enter_context(Zygote.start())

    @cached_property
    def client(self) -> Client:
        """One HTTP client for everybody."""
        return self.opened.enter_context(Client())

    def home(self, role: str, url: str = "") -> Home:
        """Make and open a home that trusts the authorities; a service's is certified."""
        path = self.root / f"{role}-{next(self._numbers)}"
        homes.create(path, homes.Config(role=role, name=role, url=url), PASSPHRASE)
        home = homes.open_home(path, PASSPHRASE)
        self.opened.callback(home.close)
        self.authorities.trust(home)
        self.repository.trust(home)
        if role != "buyer":
            self.authorities.certify(home)
        return home

    def sandbox(self, home: Home) -> Sandbox:
        """Return the home's door to bundles, with everybody's zygote."""
        return Sandbox(home.archive, self.zygote)

    def payments(self, home: Home) -> Payments:
        """Return the home's payment manager."""
        return Payments(home, self.sandbox(home), self.client)

    @cached_property
    def mint(self) -> MintKeys:
        """The bank's coins: 1, 2, 4 up to 1024 cents."""
        return MintKeys.generate("EUR", now() + minting.MINT_SECONDS, [2**power for power in range(11)])

    @cached_property
    def bank(self) -> tuple[Bank, str]:
        """A bank on loopback, and its address."""
        home = self.home("bank")
        home.keyring.store(minting.MINT, self.mint.encode())
        installed.install(home, self.packs["payment-ecash"], now())
        made: list[Bank] = []
        unserved = Bank(home, self.sandbox(home))
        handlers = {path: partial(_routed, made, path) for path in unserved.routes()}
        pages = {path: partial(_paged, made, path) for path in unserved.pages()}
        url = self.opened.enter_context(running(application(Service(handlers, pages))))
        there = at(home, url)
        made.append(Bank(there, self.sandbox(there)))
        return made[0], url

    def purse(self, home: Home) -> tuple[Payments, OpenPurse]:
        """Open a purse at the bank for `home`, whose account there has 1,000.00 EUR."""
        bank, url = self.bank
        payments = self.payments(home)
        purse = payments.open(url, now())
        bank.accounts.open(purse.account_name, "A customer")
        bank.accounts.credit(purse.account_name, Money(100_000, "EUR"))
        return payments, purse

    @cached_property
    def offer_url(self) -> str:
        """The address of a merchant's signed offer of one course, its terms stapled, all of it on loopback."""
        home = self.home("merchant")
        url = self.opened.enter_context(running(application(Service(files={"/public": home.public}))))
        merchant = at(home, url)
        course = self.root / "course"
        course.mkdir()
        (course / "lecture.txt").write_bytes(b"lecture " * 4096)
        served = write_served((self.bank[0].keys.identity.signing.public,))
        trustee = identity.service(self.home("trustee", "http://127.0.0.1:1"), now(), keyset=served).statement
        things = [offers.ForSale("course", "A course", PRICE, course)]
        terms = {"answer_within": "PT10M", "resolve_within": "PT10M", "price_ceiling": "30.00 EUR"}
        validity = (now() - 60, now() + 20 * DAY)
        purses = [self.purse(merchant)[1]]
        pack = self.packs["commerce-courseware"]
        offers.make(merchant, "course", pack, things, terms, purses, trustee, validity, now())
        return f"{url}/public/offers/course.offer"


def at(home: Home, url: str) -> Home:
    """Return `home` with its address."""
    there = replace(home, config=msgspec.structs.replace(home.config, url=url))
    homes.write_config(home.path, there.config)
    return there


def drivers() -> None:
    """Make the first-party drivers importable, where they are not installed."""
    for name in ("terminal", "scripted"):
        path = str(ROOT / "plugins" / "trusted_io" / name)
        if path not in sys.path:
            sys.path.append(path)


def _routed(made: list[Bank], path: str, body: bytes) -> bytes:
    """Have the bank, made once its address was known, answer a POST."""
    return made[0].routes()[path](body)


def _paged(made: list[Bank], path: str) -> bytes:
    return made[0].pages()[path]()
