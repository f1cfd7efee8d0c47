"""Witnesses come and go: readers who know those of today can verify all that was published under earlier ones."""

from __future__ import annotations

from pathlib import Path

from semper_host.admission.log_evidence import LogPolicy, read_staple, verify_checkpoint, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import digest
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import identity, layout
from service_repo.audit import audit
from service_repo.durable_file import Folder
from service_repo.identity import Settings
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository
from service_repo.renewing import renew_if_needed
from tests.service_repo.conftest import Published, World, refused, series

MADE = series(4)


def with_witness(world: World, name: str, seed: bytes) -> Repository:
    """Return the repository as it is after its operator chose one other witness."""
    directory, key = world.repository.directory, SigningKey.from_seed(seed * 32)
    named = identity.Witness(name, key.public.hex(), "http://127.0.0.1:1")
    identity.save(directory, Settings(world.repository.policy.origin, (named,), 1))
    watched = {world.repository.policy.origin: WatchedLog(world.repository.policy.key, Folder(directory))}
    witness = Witness(name, key, directory.with_name(name), watched, world.clock)
    return Repository.open(directory, witnesses=[witness], clock=world.clock)


def logged_at(repository: Repository, made: Published, policy: LogPolicy | None = None) -> int:
    pack = read_pack(repository.folder.read(layout.pack_path(made.digest)) or b"")
    return verify_staple(read_staple(pack.staple), policy or repository.policy).times[digest(made.release)]


def test_new_witnesses_cosign_the_log_and_every_pack_is_proven_under_them(world: World) -> None:
    for each in MADE[:2]:
        world.repository.publish(each.archive, each.release, each.evaluations)
    changed = with_witness(world, "four.example", b"4")
    refused("LOG_QUORUM", verify_checkpoint, changed.folder.read(layout.CHECKPOINT) or b"", changed.policy)
    world.clock.now += 100
    assert renew_if_needed(changed) and not renew_if_needed(changed)
    assert verify_checkpoint(changed.folder.read(layout.CHECKPOINT) or b"", changed.policy).at == world.clock.now
    assert [logged_at(changed, each) for each in MADE[:2]] == [world.clock.now] * 2
    assert audit(changed.folder, changed.policy).findings == ()
    changed.close()


def test_what_is_published_between_two_changes_keeps_the_time_that_todays_witnesses_know(world: World) -> None:
    for each in MADE[:2]:
        world.repository.publish(each.archive, each.release, each.evaluations)
    changed = with_witness(world, "four.example", b"4")
    renew_if_needed(changed)
    world.clock.now += 50
    changed.publish(MADE[2].archive, MADE[2].release)
    published = world.clock.now
    world.clock.now += 50
    changed.say(MADE[2].evaluations[0])
    assert logged_at(changed, MADE[2]) == published
    changed.close()


def test_while_the_new_witnesses_do_not_answer_the_old_state_stays_and_is_renewed_later(
    world: World, tmp_path: Path
) -> None:
    made = MADE[0]
    world.repository.publish(made.archive, made.release, made.evaluations)
    old = world.repository.policy
    changed = with_witness(world, "four.example", b"4")
    dead = Repository.open(changed.directory, witnesses=[], clock=world.clock)
    refused("LOG_QUORUM", renew_if_needed, dead)
    assert logged_at(dead, made, old) == world.clock.now
    assert renew_if_needed(changed)
    assert logged_at(changed, made) == world.clock.now
    dead.close()
    changed.close()


def test_a_log_without_witnesses_needs_no_renewal(repository: Repository) -> None:
    made = MADE[0]
    repository.publish(made.archive, made.release)
    assert not renew_if_needed(repository)


def test_packs_that_were_not_reached_are_proven_by_the_next_run(world: World) -> None:
    made = MADE[0]
    world.repository.publish(made.archive, made.release, made.evaluations)
    before = (world.repository.directory / layout.pack_path(made.digest)).read_bytes()
    index = (world.repository.directory / layout.index_path("semper/items")).read_bytes()
    changed = with_witness(world, "four.example", b"4")
    renew_if_needed(changed)
    (changed.directory / layout.pack_path(made.digest)).write_bytes(before)  # as if killed before the packs
    (changed.directory / layout.index_path("semper/items")).write_bytes(index)
    (changed.directory.with_name("repository.private") / "restaple").touch()
    assert renew_if_needed(changed)
    assert logged_at(changed, made) == world.clock.now
    changed.close()
