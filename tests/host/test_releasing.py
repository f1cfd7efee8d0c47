"""What a publisher says of its bundles: a chain without gaps, kept durably, that a real repository takes in."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.admission.build import build
from semper_host.admission.statements import (
    ROTATION_DELAY,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Withdrawal,
    digest,
    open_by,
    open_release,
    sign,
)
from semper_host.host import publishing, releasing, revoking
from semper_host.host.home import Config, Home, create, open_home
from semper_host.host.publishing import Signed
from semper_host.host.releasing import HANDING
from semper_host.host.revoking import Target
from semper_host.model.errors import AdmissionRefused, UsageError
from service_repo.publish import Repository

NOW = 1_800_000_000
DAY = 86_400
ID = "acme/tea-shop"


def home(root: Path, name: str, role: str = "merchant") -> Home:
    create(root / name, Config(role=role, name=name), "passphrase")
    return open_home(root / name, "passphrase")


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    return home(tmp_path, "shop")


class Clock:
    now = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def repository(tmp_path: Path, clock: Clock) -> Iterator[Repository]:
    made = Repository.init(tmp_path / "repository", clock=lambda: clock.now)
    yield made
    made.close()


def archive(version: str, code: str = "x = 1\n", id: str = ID) -> bytes:
    manifest = f"""\
schema: semper.manifest/1
id: {id}
kind: item-manager
version: {version}
api: 1
entry: {{manager: manager.py}}
files: [manager.py]
"""
    return build({"manifest.yaml": manifest.encode(), "manager.py": code.encode()})


def signed(shop: Home, version: str, code: str = "x = 1\n", at: int = NOW, *, replace: bool = False) -> Signed:
    return publishing.sign(shop, archive(version, code), at, replace=replace)


def release_of(made: Signed) -> Release:
    return open_release(made.release, made.manifest.publisher_key)


def test_each_release_names_the_one_before_it(shop: Home) -> None:
    first, second = signed(shop, "1.0.0"), signed(shop, "1.1.0")
    assert (release_of(first).sequence, release_of(first).previous) == (0, b"")
    assert (release_of(second).sequence, release_of(second).previous) == (1, digest(first.release))


def test_signing_again_gives_the_same_release_also_after_a_restart(shop: Home) -> None:
    first = signed(shop, "1.0.0")
    signed(shop, "1.1.0")
    again = publishing.sign(open_home(shop.path, "passphrase"), first.archive, NOW + 5)
    assert (again.archive, again.release) == (first.archive, first.release)


def test_a_version_is_signed_once_unless_nobody_was_given_it(shop: Home) -> None:
    signed(shop, "1.0.0")
    with pytest.raises(AdmissionRefused, match="say --replace") as caught:
        signed(shop, "1.0.0", "x = 2\n")
    assert caught.value.code == "RELEASE_CONFLICT"
    second = signed(shop, "1.0.0", "x = 2\n", replace=True)
    assert release_of(second).sequence == 0
    third = signed(shop, "1.1.0")
    assert release_of(third).previous == digest(second.release)
    with pytest.raises(AdmissionRefused, match=r"raise the version$"):
        signed(shop, "1.0.0", "x = 3\n")
    with pytest.raises(AdmissionRefused, match=r"raise the version$"):
        signed(shop, "1.0.0", "x = 3\n", replace=True)
    assert releasing.chain(shop, ID).releases[-1].version == "1.1.0", "a refused replacement replaces nothing"


def test_each_id_has_a_chain_of_its_own(shop: Home) -> None:
    signed(shop, "1.0.0")
    other = publishing.sign(shop, archive("1.0.0", id="acme/tea-room"), NOW)
    assert release_of(other).sequence == 0


def test_two_processes_do_not_follow_the_same_release(shop: Home) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=sign_some, args=(shop.path, part)) for part in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    rows = releasing.chain(shop, ID).releases
    key = publishing.publisher(shop).public
    said = [open_release(row.statement, key) for row in rows]
    assert [each.sequence for each in said] == list(range(6))
    assert [each.previous for each in said] == [b"", *(digest(row.statement) for row in rows[:-1])]


def sign_some(path: Path, part: int) -> None:
    shop = open_home(path, "passphrase")
    for number in range(2):
        signed(shop, f"1.{part}.{number}")


def test_a_repository_takes_what_was_signed_in_order(shop: Home, repository: Repository) -> None:
    for made in (signed(shop, "1.0.0"), signed(shop, "1.1.0")):
        repository.publish(made.archive, made.release)
    said = releasing.withdraw(shop, ID, "1.0.0", "Superseded by 1.1.0.", NOW + 1)
    repository.say(said)
    index = repository.index(ID)
    assert index is not None and index.versions == ("1.1.0",)
    key = publishing.publisher(shop).public
    assert open_by(said, Withdrawal, key).subject == digest(signed(shop, "1.0.0").archive)


def test_a_repository_refuses_a_chain_with_a_gap(shop: Home, repository: Repository) -> None:
    signed(shop, "1.0.0")
    second = signed(shop, "1.1.0")
    with pytest.raises(AdmissionRefused) as caught:
        repository.publish(second.archive, second.release)
    assert caught.value.code == "LOG_CHAIN"


@pytest.mark.parametrize(
    ("version", "reason"), [("9.0.0", "why"), ("1.0.0", " "), ("1.0.0", "a\nb"), ("1.0.0", "x" * 201)]
)
def test_what_was_never_released_or_has_no_reason_is_not_withdrawn(shop: Home, version: str, reason: str) -> None:
    signed(shop, "1.0.0")
    with pytest.raises(UsageError, match=r"^cannot withdraw"):
        releasing.withdraw(shop, ID, version, reason, NOW)
    assert releasing.chain(shop, ID).offered == ("1.0.0",)


def test_a_rotation_takes_effect_after_the_delay_for_home_and_repository_alike(
    shop: Home, repository: Repository, clock: Clock
) -> None:
    first = signed(shop, "1.0.0")
    repository.publish(first.archive, first.release)
    rotated = releasing.rotate(shop, "acme", None, NOW)
    said = open_by(rotated.statement, Rotation, publishing.publisher(shop).public)
    assert (said.new, said.effective) == (rotated.key, NOW + ROTATION_DELAY + HANDING)
    clock.now = NOW + HANDING
    repository.say(rotated.statement)
    before, after = rotated.effective - 1, rotated.effective
    for at, version, key in ((before, "1.1.0", said.old), (after, "1.2.0", said.new)):
        clock.now = at
        made = signed(shop, version, at=at)
        assert made.manifest.publisher_key == key
        repository.publish(made.archive, made.release)


def test_a_rotation_that_was_approved_takes_effect_at_once(
    shop: Home, repository: Repository, clock: Clock, tmp_path: Path
) -> None:
    safe = home(tmp_path, "safe", "buyer")
    first = signed(shop, "1.0.0")
    repository.publish(first.archive, first.release)
    named = releasing.rotate(shop, "acme", releasing.publisher(safe).public, NOW, keep=True)
    repository.say(named.statement)
    clock.now = NOW + ROTATION_DELAY + 2 * HANDING
    rotated = releasing.rotate(shop, "acme", None, clock.now)
    repository.say(rotated.statement)
    approval = releasing.approve(safe, rotated.statement, clock.now)
    assert open_by(approval, RotationApproval, releasing.publisher(safe).public).rotation == digest(rotated.statement)
    repository.say(approval)
    clock.now += ROTATION_DELAY + 2 * HANDING
    assert releasing.use_key(shop, "acme", clock.now) == rotated.key
    made = signed(shop, "1.1.0", at=clock.now)
    assert made.manifest.publisher_key == rotated.key
    repository.publish(made.archive, made.release)


def test_one_rotation_at_a_time(shop: Home) -> None:
    releasing.rotate(shop, "acme", None, NOW)
    with pytest.raises(UsageError, match="has not taken effect yet"):
        releasing.rotate(shop, "acme", None, NOW + 1)
    assert releasing.publisher(shop, "other", NOW + 400 * DAY).public == publishing.publisher(shop).public


def test_what_is_no_rotation_of_its_signer_is_not_approved(shop: Home, tmp_path: Path) -> None:
    other = home(tmp_path, "other")
    stolen = sign(Rotation("acme", b"k" * 32, b"n" * 32, None, NOW, NOW), releasing.publisher(other))
    for data in (b"junk", stolen, signed(shop, "1.0.0").release):
        with pytest.raises(Exception, match=r"^cannot accept"):
            releasing.rotation_of(data)


def test_a_publisher_takes_back_its_bundle_and_its_key(shop: Home, repository: Repository) -> None:
    made = signed(shop, "1.0.0")
    repository.publish(made.archive, made.release)
    key = publishing.publisher(shop).public
    for target in (Target("bundle", digest(made.archive)), Target("key", key)):
        said = releasing.revoke(shop, "acme", revoking.revocation(target, "compromise", NOW, NOW), NOW)
        assert open_by(said, Revocation, key).target == target.kind
        repository.say(said)
