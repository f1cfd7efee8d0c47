"""What others say: evaluations, withdrawals, revocations, rotations. Who may, and what becomes of it."""

from __future__ import annotations

from typing import Any

from semper_host.admission.log_evidence import read_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import (
    ROTATION_DELAY,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Status,
    Withdrawal,
    digest,
    open_by,
    sign,
)
from semper_host.supporting.cryptographic.certificate_file import write_pem
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity, issue_root
from service_repo import layout
from service_repo.layout import Index
from service_repo.publish import Repository
from tests.service_repo.conftest import EVALUATOR, NOW, PUBLISHER, World, evaluation, make, refused, series

THIEF, NEW, RECOVERY = (SigningKey.from_seed(letter * 32) for letter in (b"t", b"n", b"r"))


def publish(world: World, made: Any) -> None:
    world.repository.publish(made.archive, made.release, made.evaluations)


def status(world: World) -> Status:
    return open_by(world.repository.folder.read(layout.STATUS) or b"", Status, world.repository.policy.status_key)


def test_an_evaluation_comes_into_the_pack_and_its_index(world: World, bundle: Any) -> None:
    world.repository.publish(bundle.archive, bundle.release)
    taken = world.repository.say(bundle.evaluations[0])
    assert taken.statement == digest(bundle.evaluations[0]) and taken.size == 2
    entry = world.repository.entry("semper/items", "1.0.0")
    assert entry is not None and entry.evaluations == (digest(bundle.evaluations[0]),)
    assert world.repository.say(bundle.evaluations[0]) == taken
    assert world.repository.sequencer.published() == 2


def test_what_is_about_a_bundle_that_is_not_published_is_refused(world: World, bundle: Any) -> None:
    refused("EVAL_INVALID", world.repository.say, bundle.evaluations[0])
    revoked = sign(Revocation("bundle", bundle.digest, NOW, "compromise", NOW), PUBLISHER)
    refused("EVAL_INVALID", world.repository.say, revoked)
    assert world.repository.sequencer.published() == 0


def test_what_is_no_statement_or_does_not_hold_is_refused(world: World, bundle: Any) -> None:
    publish(world, bundle)
    said = sign(Withdrawal("semper/items", bundle.digest, "x", NOW), PUBLISHER)
    changed = said[:-1] + bytes([said[-1] ^ 1])
    for wrong in (b"", b"noise", changed, bundle.release + b"x"):
        refused("SIG_INVALID", world.repository.say, wrong)
    loose = sign(Release(bytes(32), "semper/items", "9.0.0", "item-manager", NOW, 1, digest(bundle.release)), PUBLISHER)
    assert "with its bundle" in refused("SIG_INVALID", world.repository.say, loose)
    forged = sign(Status(0, bytes(32), NOW, ()), THIEF)
    refused("SIG_INVALID", world.repository.say, forged)


def test_a_withdrawn_version_is_no_longer_listed_and_stands_in_the_status(world: World) -> None:
    first, second = series(2)
    publish(world, first)
    publish(world, second)
    said = sign(Withdrawal("semper/items", first.digest, "superseded", NOW), PUBLISHER)
    refused("NAMESPACE_OWNER", world.repository.say, sign(Withdrawal("semper/items", first.digest, "x", NOW), THIEF))
    world.clock.now += 60
    world.repository.say(said)
    listed = Index.decode(world.repository.folder.read(layout.index_path("semper/items")) or b"")
    assert listed.versions == ("1.1.0",)
    assert (status(world).statements, status(world).times) == ((said,), (NOW + 60,))
    assert world.repository.entry("semper/items", "1.0.0") is not None  # running deals finish


def test_every_negative_statement_stands_in_the_status_in_the_order_of_the_log(world: World, bundle: Any) -> None:
    publish(world, bundle)
    said = [
        sign(Revocation("evaluation", digest(bundle.evaluations[0]), NOW, "mistake", NOW), EVALUATOR),
        sign(Revocation("key", PUBLISHER.public, NOW, "compromise", NOW), PUBLISHER),
        sign(Revocation("bundle", bundle.digest, NOW, "compromise", NOW), PUBLISHER),
    ]
    for each in said:
        world.repository.say(each)
    assert status(world).statements == tuple(said)
    assert status(world).size == world.repository.sequencer.published()
    refused("SIG_INVALID", world.repository.say, sign(Revocation("nothing", bytes(32), NOW, "x", NOW), PUBLISHER))
    refused("SIG_INVALID", world.repository.say, sign(Revocation("key", b"short", NOW, "x", NOW), PUBLISHER))


def test_a_status_is_renewed_every_hour_and_logged_only_when_it_says_something_new(world: World, bundle: Any) -> None:
    from service_repo.writing import tick

    publish(world, bundle)
    told: list[bytes] = []
    world.repository.statuses.told = told.append
    for _ in range(3):
        tick(world.repository)
    assert len(told) == 1 and status(world).at == NOW
    world.clock.now += 3600
    tick(world.repository)
    assert len(told) == 2 and status(world).at == NOW + 3600
    before = world.repository.sequencer.published()
    world.repository.say(sign(Withdrawal("semper/items", bundle.digest, "x", NOW), PUBLISHER))
    tick(world.repository)
    assert len(told) == 3 and world.repository.sequencer.published() == before + 2


def test_a_release_must_follow_the_newest(world: World) -> None:
    first, second, third = series(3)
    publish(world, first)
    for wrong in (third, make("1.5.0"), make("1.5.0", after=third, sequence=1)):
        refused("LOG_CHAIN", world.repository.publish, wrong.archive, wrong.release)
    stolen = make("1.5.0", key=THIEF, named=THIEF, after=first, sequence=1)
    refused("NAMESPACE_OWNER", world.repository.publish, stolen.archive, stolen.release)
    world.repository.publish(second.archive, second.release)
    size = world.repository.sequencer.published()
    world.repository.publish(first.archive, first.release)  # said before: nothing changes
    assert world.repository.sequencer.published() == size


def rotation(old: SigningKey, new: SigningKey, now: int, recovery: SigningKey | None = None, delay: int = 0) -> bytes:
    named = recovery.public if recovery else None
    return sign(Rotation("semper", old.public, new.public, named, now, now + delay), old)


def test_a_rotation_hands_the_namespace_over_after_its_delay(world: World) -> None:
    first = make()
    publish(world, first)
    refused("NAMESPACE_OWNER", world.repository.say, rotation(THIEF, NEW, NOW))
    world.repository.say(rotation(PUBLISHER, NEW, NOW, delay=ROTATION_DELAY))
    later = make("2.0.0", key=NEW, named=NEW, after=first, sequence=1)
    refused("NAMESPACE_OWNER", world.repository.publish, later.archive, later.release)
    world.clock.now += ROTATION_DELAY
    world.repository.publish(later.archive, later.release)
    old = make("3.0.0", after=later, sequence=2)
    refused("NAMESPACE_OWNER", world.repository.publish, old.archive, old.release)
    world.repository.publish(first.archive, first.release, first.evaluations)
    pack = read_pack(world.repository.folder.read(layout.pack_path(first.digest)) or b"")
    assert read_staple(pack.staple).head == b""  # the other key's release is no head of what the first one signed


def test_a_rotation_that_the_recovery_key_approves_takes_effect_at_once(world: World) -> None:
    first = make()
    publish(world, first)
    world.repository.say(rotation(PUBLISHER, PUBLISHER, NOW, RECOVERY, delay=ROTATION_DELAY))
    world.clock.now += ROTATION_DELAY
    moved = rotation(PUBLISHER, NEW, world.clock.now)
    world.repository.say(moved)
    later = make("2.0.0", key=NEW, named=NEW, after=first, sequence=1)
    refused("NAMESPACE_OWNER", world.repository.publish, later.archive, later.release)
    unknown = sign(RotationApproval(bytes(32), world.clock.now), RECOVERY)
    refused("SIG_INVALID", world.repository.say, unknown)
    world.repository.say(sign(RotationApproval(digest(moved), world.clock.now), RECOVERY))
    world.repository.publish(later.archive, later.release)


def test_with_authorities_named_only_theirs_are_taken(world: World, bundle: Any) -> None:
    folder = world.repository.directory.with_name("repository.private") / "authorities"
    folder.mkdir()
    validity = Validity(NOW - 60, NOW + 60)
    other = issue_root("Other", P256Key.from_seed(b"o" * 32), [Purpose.EVALUATE], validity)
    (folder / "other.crt").write_bytes(write_pem(other.chain))
    strict = Repository.open(world.repository.directory, witnesses=world.witnesses, clock=world.clock)
    strict.publish(bundle.archive, bundle.release)
    refused("CHAIN_UNTRUSTED", strict.say, bundle.evaluations[0])
    refused("CHAIN_UNTRUSTED", strict.publish, bundle.archive, bundle.release, bundle.evaluations)
    ours = issue_root("Root", P256Key.from_seed(b"r" * 32), [Purpose.EVALUATE], validity)
    (folder / "ours.crt").write_bytes(write_pem(ours.chain))
    taught = Repository.open(world.repository.directory, witnesses=world.witnesses, clock=world.clock)
    taught.say(bundle.evaluations[0])
    forged = bundle.evaluations[1][:-1] + bytes([bundle.evaluations[1][-1] ^ 1])
    refused("SIG_INVALID", taught.say, forged)
    strict.close()
    taught.close()


def test_no_more_evaluations_are_taken_than_a_pack_holds(world: World, bundle: Any) -> None:
    world.repository.publish(bundle.archive, bundle.release)
    for number in range(16):
        world.repository.say(evaluation(bundle.archive, f"policy {number}"))
    refused("EVAL_INVALID", world.repository.say, evaluation(bundle.archive, "one too many"))
