"""A small world of publishers, authorities and merchants, made anew from fixed seeds: all tests see the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest

from semper_host.admission.admit import Admitted, admit
from semper_host.admission.build import build
from semper_host.admission.statements import Evaluation, Release, digest, sign_evaluation, sign_release
from semper_host.admission.trust import NOBODY, TrustPolicy, roots
from semper_host.commerce.offers import Offer, OfferArticle, OfferParameter, OfferPayment
from semper_host.host.policy_editing import add_authority
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import Money
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root
from tests.admission.logged_scene import Scene

NOW = 1_800_000_000
YEAR = 365 * 86_400
LEGAL = b"The seller delivers what was paid for.\n"

PAYMENT_MANIFEST = """\
schema: semper.manifest/1
id: {id}
kind: payment-system
version: {version}
publisher: "{publisher}"
api: 1
entry: {{payer: payer.py, bank: bank.py}}
files: [payer.py, bank.py]
requests:
{requests}
"""
ASK = "  - {capability: ask.bank, calls: 100, reason: talks to the bank}\n"
HOLD = '  - {capability: coins.hold, most: "100.00 EUR", reason: makes and spends coins}\n'
LEDGER = "  - {capability: bank.ledger, reason: keeps the books, optional: true}\n"


@dataclass(frozen=True)
class Authority:
    """A root and one leaf it certified."""

    root: CertifiedKey
    leaf: CertifiedKey


@dataclass(frozen=True)
class World:
    """All parties' keys, and short ways to make what the tests are about."""

    now: int
    publisher: SigningKey
    evaluator: Authority
    other: Authority
    registrar: Authority

    def files(
        self, requests: str = ASK + HOLD, *, id: str = "semper/ecash", version: str = "1.0.0", key: bytes | None = None
    ) -> dict[str, bytes]:
        publisher = (key or self.publisher.public).hex()
        text = PAYMENT_MANIFEST.format(id=id, version=version, publisher=publisher, requests=requests or "  []")
        files = {"payer.py": b"def traits():\n    return None\n", "bank.py": b"def answer(m, a):\n    return m\n"}
        return {"manifest.yaml": text.encode(), **files}

    def bundle(self, requests: str = ASK + HOLD, **of: str) -> bytes:
        return build(self.files(requests, **of))  # type: ignore[arg-type]

    def release(
        self, archive: bytes, *, id: str = "semper/ecash", version: str = "1.0.0", kind: str = "payment-system"
    ) -> bytes:
        return sign_release(Release(digest(archive), id, version, kind, self.now - 60), self.publisher)

    def evaluation(
        self,
        archive: bytes,
        *grants: Grant,
        by: CertifiedKey | None = None,
        begins: int = 0,
        ends: int = YEAR,
        subject: bytes | None = None,
    ) -> bytes:
        granted = grants or (Grant(Capability.ASK_BANK), Grant(Capability.COINS_HOLD))
        stated = Evaluation(
            subject=subject or digest(archive),
            policy="evaluation/1",
            grants=granted,
            conditions=("for courseware only",),
            not_before=self.now + begins - 60,
            not_after=self.now + ends,
            at=self.now - 60,
        )
        return sign_evaluation(stated, by or self.evaluator.leaf)

    def policy(
        self, *, grants: tuple[Capability, ...] = tuple(Capability), deny: tuple[Capability, ...] = ()
    ) -> TrustPolicy:
        policy, _ = add_authority(NOBODY, "Evaluators", self.evaluator.root.chain[0], [Purpose.EVALUATE], grants)
        policy, _ = add_authority(policy, "Others", self.other.root.chain[0], [Purpose.EVALUATE], grants)
        everybody = [p for p in Purpose if p is not Purpose.EVALUATE]
        policy, _ = add_authority(policy, "Registrar", self.registrar.root.chain[0], everybody)
        return TrustPolicy(authorities=policy.authorities, deny=deny)

    def roots(self, policy: TrustPolicy | None = None) -> tuple:  # type: ignore[type-arg]
        policy = policy or self.policy()
        known = {
            sha256(a.root.chain[0]).hexdigest(): a.root.chain[0] for a in (self.evaluator, self.other, self.registrar)
        }
        return roots(policy, {authority.root: known[authority.sha256] for authority in policy.authorities})

    def admit(
        self,
        archive: bytes,
        *evaluations: bytes,
        release: bytes | None = None,
        policy: TrustPolicy | None = None,
        **more: object,
    ) -> Admitted:
        policy = policy or self.policy()
        stated = self.release(archive) if release is None else release
        now = more.pop("now", self.now)
        more.setdefault("standings", None)  # what the log is asked, test_logged_admission.py tests
        return admit(archive, stated, evaluations, policy, self.roots(policy), now, **more)  # type: ignore[arg-type]

    def offer(self, **changes: object) -> Offer:
        fields: dict[str, object] = {
            "service_id": "eurocom/courseware",
            "service_version": "1.0.0",
            "service": bytes(32),
            "seller": "EUROCOM",
            "url": "http://127.0.0.1:1/",
            "articles": (OfferArticle("course", "A course", Money(1990, "EUR")),),
            "parameters": (OfferParameter("days", number=14),),
            "payments": (OfferPayment("semper/ecash", "eurocom", b"keys"),),
            "trustee": b"trustee",
            "arbiter": "ARBITER",
            "not_before": self.now - 60,
            "not_after": self.now + YEAR,
            "sealing": bytes(32),
        }
        return Offer(**{**fields, **changes})  # type: ignore[arg-type]


def authority(seed: bytes, name: str, leaf: str, purpose: Purpose, uri: str, *root: Purpose) -> Authority:
    """Return an authority whose root may certify for `root` and whose leaf is for `purpose`."""
    validity = Validity(NOW - YEAR, NOW + YEAR)
    issuer = issue_root(name, P256Key.from_seed(seed * 32), root or (purpose,), Validity(NOW - YEAR, NOW + 10 * YEAR))
    return Authority(issuer, leaf_of(issuer, seed + b"leaf" * 8, leaf, purpose, uri, validity))


def leaf_of(
    issuer: CertifiedKey, seed: bytes, name: str, purpose: Purpose, uri: str, validity: Validity
) -> CertifiedKey:
    """Return a key certified by `issuer`."""
    key = P256Key.from_seed(seed)
    return CertifiedKey(key, issue_leaf(Applicant(name, key.public, frozenset({purpose}), (uri,)), validity, issuer))


@pytest.fixture(scope="session")
def world() -> World:
    """Return the world."""
    everybody = [p for p in Purpose if p is not Purpose.EVALUATE]
    return World(
        now=NOW,
        publisher=SigningKey.from_seed(b"p" * 32),
        evaluator=authority(b"e", "Evaluators Root", "Evaluator One", Purpose.EVALUATE, "semper:evaluate/one"),
        other=authority(b"o", "Others Root", "Evaluator Two", Purpose.EVALUATE, "semper:evaluate/two"),
        registrar=authority(b"r", "Registrar Root", "EUROCOM", Purpose.MERCHANT, "semper:merchant/eurocom", *everybody),
    )


@pytest.fixture(scope="session")
def certify() -> Any:
    """Return the function that makes another certified leaf."""
    return leaf_of


@pytest.fixture
def scene(world: Any) -> Any:
    """Return one evaluated bundle in a witnessed log."""
    return Scene(world)
