"""Publishing: all at once or not at all, the same again, and nothing that is not what it says."""

from __future__ import annotations

import os
import stat
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.log_evidence import read_staple, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import EVALUATION, RELEASE, digest
from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import layout
from service_repo.layout import Index
from service_repo.log.statement_pages import page_path, split
from service_repo.publish import Repository
from tests.service_repo.conftest import content, make, refused, series


def test_a_published_bundle_lies_where_the_layout_says(repository: Any, bundle: Any) -> None:
    entry = repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    files = content(repository.directory)
    assert files.pop("repository.txt")
    assert split(files[page_path(0)]) == [bundle.release, *bundle.evaluations]
    pack = read_pack(files[layout.pack_path(bundle.digest)])
    assert (pack.archive, pack.release, pack.evaluations) == (bundle.archive, bundle.release, bundle.evaluations)
    assert Index.decode(files[layout.index_path("semper/items")]) == Index("semper/items", ("1.0.0",), (entry,))
    assert repository.entry("semper/items", "1.0.0") == entry
    assert entry.pack == digest(files[layout.pack_path(bundle.digest)])
    assert all(layout.limit(path) for path in files)


def test_a_pack_proves_that_all_of_it_was_logged_before_witnesses(world: Any, bundle: Any) -> None:
    repository = world.repository
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    staple = read_staple(read_pack(repository.folder.read(layout.pack_path(bundle.digest))).staple)
    logged = verify_staple(staple, repository.policy)
    assert logged.statements.keys() == {digest(each) for each in (bundle.release, *bundle.evaluations)}
    assert {entry.id for entry in logged.statements.values()} == {"semper/items"}
    assert logged.at == world.clock.now and staple.head == b""


def test_an_evaluation_that_comes_later_keeps_the_time_at_which_the_release_was_seen(world: Any, bundle: Any) -> None:
    repository, began = world.repository, world.clock.now
    repository.publish(bundle.archive, bundle.release)
    world.clock.now += 100
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    staple = read_staple(read_pack(repository.folder.read(layout.pack_path(bundle.digest))).staple)
    logged = verify_staple(staple, repository.policy)
    assert logged.times[digest(bundle.release)] == began
    assert logged.times[digest(bundle.evaluations[0])] == began + 100


def test_publishing_again_changes_nothing(repository: Any, bundle: Any) -> None:
    first = repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    before = content(repository.directory)
    assert repository.publish(bundle.archive, bundle.release, bundle.evaluations) == first
    assert repository.publish(bundle.archive, bundle.release) == first
    assert content(repository.directory) == before


def test_evaluations_may_come_later_and_none_gets_lost(repository: Any, bundle: Any) -> None:
    repository.publish(bundle.archive, bundle.release)
    repository.publish(bundle.archive, bundle.release, bundle.evaluations[1:])
    entry = repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    assert entry.evaluations == (digest(bundle.evaluations[1]), digest(bundle.evaluations[0]))


def test_the_first_release_of_a_bundle_stays(repository: Any, bundle: Any, another: Any) -> None:
    first = repository.publish(bundle.archive, bundle.release)
    again = another(at=1_800_000_001)
    assert again.archive == bundle.archive
    assert repository.publish(again.archive, again.release) == first


def test_another_bundle_under_the_same_version_is_refused(repository: Any, bundle: Any, another: Any) -> None:
    repository.publish(bundle.archive, bundle.release)
    before = content(repository.directory)
    changed = another(body=b"x = 2\n")
    assert "1.0.0" in refused("RELEASE_CONFLICT", repository.publish, changed.archive, changed.release)
    assert content(repository.directory) == before


def test_versions_are_listed_by_their_order_not_their_letters(repository: Any, another: Any) -> None:
    before = None
    for number, version in enumerate(("1.10.0", "1.9.0", "1.10.0-rc.1")):
        before = another(version, after=before, sequence=number)
        repository.publish(before.archive, before.release)
    assert repository.versions("semper/items") == ("1.9.0", "1.10.0-rc.1", "1.10.0")
    assert Index.decode(repository.folder.read(layout.index_path("semper/items"))).versions[0] == "1.9.0"
    assert repository.versions("semper/unknown") == ()
    assert repository.entry("semper/items", "3.0.0") is None


def test_a_release_that_skips_its_predecessor_is_refused(repository: Any) -> None:
    first, second, third = series(3)
    repository.publish(first.archive, first.release)
    assert "number 1 is due" in refused("LOG_CHAIN", repository.publish, third.archive, third.release)
    repository.publish(second.archive, second.release)
    repository.publish(third.archive, third.release)
    forked = make("9.0.0", after=second, sequence=2)
    refused("LOG_CHAIN", repository.publish, forked.archive, forked.release)


def test_a_namespace_belongs_to_the_key_of_its_first_release(repository: Any, bundle: Any) -> None:
    repository.publish(bundle.archive, bundle.release)
    thief = SigningKey.from_seed(b"t" * 32)
    for id in ("semper/other", "semper/items"):
        stolen = make("2.0.0", key=thief, named=thief, id=id)
        refused("NAMESPACE_OWNER", repository.publish, stolen.archive, stolen.release)
    alike = make(key=thief, named=thief, id="sernper/items")
    assert "looks like" in refused("NAMESPACE_OWNER", repository.publish, alike.archive, alike.release)
    other = make(key=thief, named=thief, id="elsewhere/items")
    assert repository.publish(other.archive, other.release).id == "elsewhere/items"


def test_what_is_not_released_by_its_publisher_is_not_taken(repository: Any, bundle: Any, another: Any) -> None:
    thief = another(key=SigningKey.from_seed(b"t" * 32))
    refused("RELEASE_INVALID", repository.publish, thief.archive, thief.release)
    refused("RELEASE_MISSING", repository.publish, bundle.archive, b"")
    refused("RELEASE_INVALID", repository.publish, another("2.0.0").archive, bundle.release)
    refused("ARCHIVE_INVALID", repository.publish, bundle.archive + b"\0", bundle.release)
    assert set(content(repository.directory)) == {"repository.txt"}


def test_an_evaluation_of_another_bundle_or_none_at_all_is_not_taken(
    repository: Any, bundle: Any, another: Any
) -> None:
    for wrong in (another("2.0.0").evaluations[0], bundle.release, b"", b"noise", bundle.evaluations[0] + b"\0"):
        refused("EVAL_INVALID", repository.publish, bundle.archive, bundle.release, [wrong])
    assert repository.entry("semper/items", "1.0.0") is None


def test_more_evaluations_than_a_pack_may_hold_are_refused(repository: Any, bundle: Any) -> None:
    one = bundle.evaluations[0]
    many = [one[:-1] + bytes([n]) for n in range(17)]  # who signed it is not the repository's to judge
    refused("EVAL_INVALID", repository.publish, bundle.archive, bundle.release, many)
    repository.publish(bundle.archive, bundle.release, many[:16])
    refused("EVAL_INVALID", repository.publish, bundle.archive, bundle.release, many[16:])


def test_a_pack_made_after_a_later_release_shows_that_one_as_its_head(world: Any) -> None:
    """An evaluation that comes late has the pack of the first version made anew: it then says what came after it."""
    repository, (first, second, third) = world.repository, series(3)
    for made in (first, second):
        repository.publish(made.archive, made.release)

    def staple(of: Any) -> Any:
        return read_staple(read_pack(repository.folder.read(layout.pack_path(of.digest))).staple)

    assert (staple(first).head, staple(second).head) == (b"", b"")
    repository.publish(first.archive, first.release, first.evaluations)
    shown = staple(first)
    assert shown.head == second.release
    proven = verify_staple(shown, repository.policy).statements
    assert proven.keys() == {digest(each) for each in (first.release, *first.evaluations, second.release)}
    repository.publish(third.archive, third.release)
    repository.publish(second.archive, second.release, second.evaluations)
    assert (staple(second).head, staple(third).head) == (third.release, b"")


def test_a_refused_evaluation_takes_its_release_back_with_it(repository: Any, bundle: Any) -> None:
    other = make("2.0.0").evaluations
    refused("EVAL_INVALID", repository.publish, bundle.archive, bundle.release, other)
    assert repository.sequencer.published() == 0
    assert repository.publish(bundle.archive, bundle.release).version == "1.0.0"


def test_entries_are_chained_per_id(repository: Any) -> None:
    from service_repo.log import replay

    for made in series(3):
        repository.publish(made.archive, made.release, made.evaluations)
    size = repository.sequencer.published()
    leaves = dict(replay.leaves(0, size, lambda name: repository.folder.read("log/" + name)))
    opened = [replay.opened(number, leaf) for number, leaf in leaves.items()]
    assert [entry.sequence for entry in opened] == list(range(9))
    assert [entry.kind for entry in opened] == [RELEASE, EVALUATION, EVALUATION] * 3
    assert all(new.previous == old.leaf_hash for old, new in pairwise(opened))


def test_only_a_repository_is_opened_and_only_an_empty_directory_becomes_one(tmp_path: Path) -> None:
    refused("HOME_MISSING", Repository.open, tmp_path)
    (tmp_path / "letter.txt").write_text("private")
    with pytest.raises(UsageError):
        Repository.init(tmp_path)
    made = Repository.init(tmp_path / "new")
    assert Repository.init(tmp_path / "new").policy == made.policy == Repository.open(tmp_path / "new").policy
    (tmp_path / "new" / "repository.txt").write_text("semper.repository/2\n")
    refused("VERSION_UNSUPPORTED", Repository.open, tmp_path / "new")


def test_a_directory_that_can_not_be_written_is_unavailable_and_later_completed(repository: Any, bundle: Any) -> None:
    (repository.directory / "packs").write_text("in the way")
    refused("STORAGE_FULL", repository.publish, bundle.archive, bundle.release)
    assert repository.entry("semper/items", "1.0.0") is None and repository.sequencer.published() == 0
    (repository.directory / "packs").unlink()
    assert repository.publish(bundle.archive, bundle.release).version == "1.0.0"
    assert repository.sequencer.published() == 1


def test_published_files_may_be_read_by_a_web_server_and_keys_by_nobody_else(repository: Any, bundle: Any) -> None:
    old = os.umask(0o022)
    try:
        repository.publish(bundle.archive, bundle.release)
    finally:
        os.umask(old)
    mode = (repository.directory / layout.pack_path(bundle.digest)).stat().st_mode
    assert stat.S_IMODE(mode) == 0o644
    private = repository.directory.with_name("repository.private")
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert stat.S_IMODE((private / "log.seed").stat().st_mode) == 0o600


def test_a_refusal_is_of_the_admission_family(repository: Any, bundle: Any) -> None:
    with pytest.raises(AdmissionRefused):
        repository.publish(bundle.archive, b"")
