"""A publisher's bundles with their releases and evaluations, witnesses, and a repository to publish in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.build import build
from semper_host.admission.statements import (
    Evaluation,
    Release,
    digest,
    sign_evaluation,
    sign_release,
)
from semper_host.model.errors import SemperError
from semper_host.model.grants import Capability, Grant
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root
from service_repo import identity
from service_repo.durable_file import Folder
from service_repo.identity import Settings
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository

NOW = 1_800_000_000
PUBLISHER = SigningKey.from_seed(b"p" * 32)
NAMES = ("one.example", "two.example", "three.example")


@dataclass(frozen=True)
class Published:
    """What a publisher hands in."""

    archive: bytes
    release: bytes
    evaluations: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        return digest(self.archive)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@dataclass
class World:
    """A repository with three witnesses, of which two must cosign."""

    repository: Repository
    witnesses: list[Witness]
    clock: Clock


def evaluator() -> CertifiedKey:
    """Return a certified evaluator's key."""
    validity = Validity(NOW - 60, NOW + 60)
    root = issue_root("Root", P256Key.from_seed(b"r" * 32), [Purpose.EVALUATE], validity)
    key = P256Key.from_seed(b"e" * 32)
    applicant = Applicant("Evaluator", key.public, frozenset({Purpose.EVALUATE}), ("semper:evaluate/e",))
    return CertifiedKey(key, issue_leaf(applicant, validity, root))


EVALUATOR = evaluator()


def make(
    version: str = "1.0.0", body: bytes = b"x = 1\n", *, key: SigningKey = PUBLISHER, at: int = NOW,
    after: Published | None = None, sequence: int = 0, id: str = "semper/items", named: SigningKey | None = None,
) -> Published:  # fmt: skip
    """Return a released and twice evaluated bundle. `after` is the release before it, with number `sequence` - 1."""
    text = f"""\
schema: semper.manifest/1
id: {id}
kind: item-manager
version: {version}
publisher: "{(named or PUBLISHER).public.hex()}"
api: 1
entry: {{manager: manager.py}}
files: [manager.py]
"""
    archive = build({"manifest.yaml": text.encode(), "manager.py": body})
    previous = digest(after.release) if after else b""
    said = Release(digest(archive), id, version, "item-manager", at, sequence, previous)
    release = sign_release(said, key)
    return Published(archive, release, tuple(evaluation(archive, each) for each in ("first", "second")))


def evaluation(archive: bytes, policy: str) -> bytes:
    """Return the evaluator's word on an archive."""
    said = Evaluation(digest(archive), policy, (Grant(Capability.ASK_BANK),), (), NOW, NOW + 1, NOW)
    return sign_evaluation(said, EVALUATOR)


def series(count: int, **options: Any) -> list[Published]:
    """Return `count` versions of one bundle, each released after the one before."""
    made: list[Published] = []
    for number in range(count):
        made.append(make(f"1.{number}.0", after=made[-1] if made else None, sequence=number, **options))
    return made


def world_at(
    folder: Path, *, quorum: int = 2, database: str = "", durable: bool = True, names: Sequence[str] = NAMES
) -> World:
    """Return a repository in `folder`/repository with witnesses in this process."""
    directory, clock = folder / "repository", Clock()
    keys = [SigningKey.from_seed(bytes([number]) * 32) for number in range(1, len(names) + 1)]
    named = tuple(
        identity.Witness(name, key.public.hex(), "http://127.0.0.1:1") for name, key in zip(names, keys, strict=True)
    )
    Repository.init(directory, Settings("log.example/test", named, quorum, database)).close()
    log = identity.load(directory).keys.log.public
    watched = {"log.example/test": WatchedLog(log, Folder(directory))}
    witnesses = [
        Witness(name, key, folder / name, watched, clock, durable=durable)
        for name, key in zip(names, keys, strict=True)
    ]
    return World(Repository.open(directory, witnesses=witnesses, clock=clock, durable=durable), witnesses, clock)


def refused(code: str, call: Callable[..., object], *arguments: Any, **named: Any) -> str:
    """Return the message of the refusal that `call` must end with."""
    with pytest.raises(SemperError) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


def content(directory: Path) -> dict[str, bytes]:
    """Return every file that is served, by path."""
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }


@pytest.fixture(scope="session")
def bundle() -> Published:
    """Return the bundle."""
    return make()


@pytest.fixture(scope="session")
def another() -> Any:
    """Return the function that makes other bundles."""
    return make


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """Return an empty repository without witnesses."""
    made = Repository.init(tmp_path / "repository", clock=Clock())
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return an empty repository with three witnesses, two of which must cosign."""
    made = world_at(tmp_path)
    yield made
    made.repository.close()
