"""A publisher's bundle, its release and two evaluations, and a repository to publish them in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.build import build
from semper_host.admission.statements import Evaluation, Release, digest, sign_evaluation, sign_release
from semper_host.model.grants import Capability, Grant
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root
from service_repo.publish import Repository

NOW = 1_800_000_000
PUBLISHER = SigningKey.from_seed(b"p" * 32)


@dataclass(frozen=True)
class Published:
    """What a publisher hands in."""

    archive: bytes
    release: bytes
    evaluations: tuple[bytes, bytes]

    @property
    def digest(self) -> bytes:
        return digest(self.archive)


def evaluator() -> CertifiedKey:
    """Return a certified evaluator's key."""
    validity = Validity(NOW - 60, NOW + 60)
    root = issue_root("Root", P256Key.from_seed(b"r" * 32), [Purpose.EVALUATE], validity)
    key = P256Key.from_seed(b"e" * 32)
    applicant = Applicant("Evaluator", key.public, frozenset({Purpose.EVALUATE}), ("semper:evaluate/e",))
    return CertifiedKey(key, issue_leaf(applicant, validity, root))


def make(version: str = "1.0.0", body: bytes = b"x = 1\n", *, key: SigningKey = PUBLISHER, at: int = NOW) -> Published:
    """Return a released and twice evaluated bundle."""
    text = f"""\
schema: semper.manifest/1
id: semper/items
kind: item-manager
version: {version}
publisher: "{PUBLISHER.public.hex()}"
api: 1
entry: {{manager: manager.py}}
files: [manager.py]
"""
    archive = build({"manifest.yaml": text.encode(), "manager.py": body})
    release = sign_release(Release(digest(archive), "semper/items", version, "item-manager", at), key)
    signer = evaluator()
    one, two = (
        sign_evaluation(
            Evaluation(digest(archive), policy, (Grant(Capability.ASK_BANK),), (), NOW, NOW + 1, NOW), signer
        )
        for policy in ("first", "second")
    )
    return Published(archive, release, (one, two))


@pytest.fixture(scope="session")
def bundle() -> Published:
    """Return the bundle."""
    return make()


@pytest.fixture(scope="session")
def another() -> Any:
    """Return the function that makes other bundles."""
    return make


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return an empty repository."""
    return Repository.init(tmp_path / "repository")
