"""What is served is mended from the database, and the database made anew from what is served."""

from __future__ import annotations

import shutil

import pytest

from semper_host.admission.log_evidence import read_staple, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import Withdrawal, digest, sign
from semper_host.model.encoding import encode
from service_repo import fsck, layout
from service_repo.audit import audit
from service_repo.identity import private_folder
from service_repo.inventory import entries_of, stats
from service_repo.publish import Repository
from service_repo.rebuild import rebuild
from tests.service_repo.conftest import NOW, PUBLISHER, World, content, make, refused, series

MADE = series(4)


@pytest.fixture
def filled(world: World) -> World:
    """Return a repository with three versions, one of them withdrawn, each published at another time."""
    for each in MADE[:3]:
        world.clock.now += 10
        world.repository.publish(each.archive, each.release, each.evaluations)
    world.repository.say(sign(Withdrawal("semper/items", MADE[0].digest, "old", NOW), PUBLISHER))
    world.repository.sequencer.catch_up()
    return world


def test_a_sound_repository_is_whole(filled: World) -> None:
    assert fsck.check(filled.repository, mend=True).whole
    assert [entry.version for entry in entries_of(filled.repository.directory)] == ["1.0.0", "1.1.0", "1.2.0"]


@pytest.mark.parametrize("how", ["removed", "changed"])
@pytest.mark.parametrize(
    "pattern",
    ["packs/*", "index/*/*", "statements/*", "log/tile/0/*/11", "log/tile/entries/*/11"],
)
def test_a_spoiled_file_is_named_and_mended(filled: World, pattern: str, how: str) -> None:
    repository = filled.repository
    before = content(repository.directory)
    spoilt = sorted(repository.directory.glob(pattern))
    for file in spoilt:
        file.unlink() if how == "removed" else file.write_bytes(b"x" + file.read_bytes()[1:])
    names = {file.relative_to(repository.directory).as_posix() for file in spoilt}
    found = fsck.check(repository, mend=False)
    assert names and names <= set(found.wrong) and not found.lost
    fsck.check(repository, mend=True)
    assert fsck.check(repository, mend=True).whole
    assert audit(repository.folder, repository.policy).findings == ()
    after = content(repository.directory)
    assert {name: data for name, data in after.items() if name not in names} == {
        name: data for name, data in before.items() if name not in names
    } or pattern in ("packs/*", "index/*/*")  # a pack is proven anew, and its index entry names it


def test_everything_served_can_be_regenerated_from_the_database(filled: World) -> None:
    repository = filled.repository
    for folder in ("packs", "index", "statements", "log"):
        shutil.rmtree(repository.directory / folder)
    repository.sequencer.catch_up()
    assert audit(repository.folder, repository.policy).findings == ()
    assert fsck.check(repository, mend=False).whole


def test_a_spoiled_checkpoint_is_written_again(filled: World) -> None:
    note = filled.repository.folder.read(layout.CHECKPOINT)
    (filled.repository.directory / layout.CHECKPOINT).write_bytes(b"damaged")
    refused("STORAGE_CORRUPT", filled.repository.publish, MADE[3].archive, MADE[3].release)
    assert fsck.check(filled.repository, mend=True).wrong == (layout.CHECKPOINT,)
    assert filled.repository.folder.read(layout.CHECKPOINT) == note


def test_the_log_does_not_go_on_over_tiles_that_were_changed(filled: World) -> None:
    file = filled.repository.directory / "log/tile/0/000.p/11"
    file.write_bytes(bytes(11 * 32))
    again = Repository.open(filled.repository.directory, witnesses=filled.witnesses, clock=filled.clock)
    refused("STORAGE_CORRUPT", again.publish, MADE[3].archive, MADE[3].release)
    fsck.check(again, mend=True)
    assert again.publish(MADE[3].archive, MADE[3].release).version == "1.3.0"
    again.close()


def test_the_database_is_made_anew_and_the_log_goes_on(filled: World) -> None:
    directory = filled.repository.directory
    before = content(directory)
    times = {each: _logged_at(filled.repository, each.digest) for each in MADE[:3]}
    filled.repository.close()
    database = private_folder(directory) / "repository.db"
    database.write_bytes(b"damaged" * 1000)
    assert rebuild(directory) == 11
    assert database.with_name("repository.db.damaged").exists()
    again = Repository.open(directory, witnesses=filled.witnesses, clock=filled.clock)
    assert content(directory) == before and fsck.check(again, mend=False).whole
    assert again.publish(MADE[1].archive, MADE[1].release, MADE[1].evaluations).version == "1.1.0"
    again.publish(MADE[3].archive, MADE[3].release, MADE[3].evaluations)
    assert again.sequencer.published() == 14
    assert audit(again.folder, again.policy).findings == ()
    assert {each: _logged_at(again, each.digest) for each in MADE[:3]} == times
    again.close()


def _logged_at(repository: Repository, bundle: bytes) -> int:
    pack = read_pack(repository.folder.read(layout.pack_path(bundle)) or b"")
    return verify_staple(read_staple(pack.staple), repository.policy).times[digest(pack.release)]


@pytest.mark.parametrize("pattern", ["packs/*", "statements/*", "log/tile/entries/000.p/11", "log/checkpoint"])
def test_a_database_is_not_made_from_files_that_were_changed(filled: World, pattern: str) -> None:
    directory = filled.repository.directory
    filled.repository.close()
    file = sorted(directory.glob(pattern))[0]
    data = file.read_bytes()
    at = data.index(b"x = 1") if pattern == "packs/*" else len(data) - 1
    file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    code = {"packs/*": "ARCHIVE_DIGEST", "statements/*": "ARCHIVE_DIGEST"}.get(pattern, "LOG_INVALID")
    refused(code, rebuild, directory)


def test_a_database_that_was_changed_is_found_out(filled: World) -> None:
    with filled.repository.store._writing.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER log_entries_no_update")
        connection.exec_driver_sql("UPDATE log_entries SET hash = leaf WHERE number = 3")
    found = fsck.check(filled.repository, mend=False)
    assert any("entry 3" in each for each in found.lost) and not found.whole


def test_stats_count_what_is_there(filled: World) -> None:
    found = stats(filled.repository)
    assert (found.entries, found.waiting, found.versions, found.bundles, found.namespaces) == (11, 0, 3, 1, 1)
    assert found.kinds == {"evaluation": 6, "release": 3, "status": 1, "withdrawal": 1}
    assert found.file_count == len(content(filled.repository.directory)) and found.status_at == filled.clock.now


def test_a_damaged_index_is_left_out_and_one_that_claims_too_much_is_mended(filled: World) -> None:
    repository = filled.repository
    other = make(id="semper/others")
    repository.publish(other.archive, other.release, other.evaluations)
    path = layout.index_path("semper/others")
    whole = repository.folder.read(path) or b""
    repository.folder.write(path, b"damaged")
    assert {entry.id for entry in entries_of(repository.directory)} == {"semper/items"}
    index = layout.Index.decode(whole)
    invented = layout.Entry("semper/others", "9.9.9", bytes(32), bytes(32), (), bytes(32))
    entry = index.entries[0]
    unproven = layout.Entry(entry.id, entry.version, entry.bundle, entry.release, (), entry.pack)
    for wrong in ((*index.entries, invented), (), (unproven,)):
        repository.folder.write(path, encode(layout.Index(index.id, index.versions, wrong)))
        assert path in fsck.check(repository, mend=True).wrong
        mended = layout.Index.decode(repository.folder.read(path) or b"")
        assert mended.entry("9.9.9") is None and mended.entry("1.0.0") is not None
        assert fsck.check(repository, mend=False).whole
