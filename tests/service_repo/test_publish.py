"""Publishing: all at once or not at all, the same again, and nothing that is not what it says."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.pack import Pack, read_pack
from semper_host.admission.statements import digest
from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable, UsageError
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import durable_file, layout
from service_repo.layout import Head
from service_repo.publish import Repository


def refused(code: str, call: Any, *arguments: Any) -> str:
    with pytest.raises(SemperError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


def content(directory: Path) -> dict[str, bytes]:
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file() and not file.name.startswith(".")
    }


def test_a_published_bundle_lies_where_the_layout_says(repository: Any, bundle: Any) -> None:
    entry = repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    files = content(repository.directory)
    assert files.pop("repository.txt")
    assert files[layout.bundle_path(bundle.digest)] == bundle.archive
    assert files[layout.release_path(bundle.digest)] == bundle.release
    assert files[layout.evaluation_path(bundle.digest, 1)] == bundle.evaluations[1]
    assert read_pack(files[layout.pack_path(bundle.digest)]) == Pack(bundle.archive, bundle.release, bundle.evaluations)
    assert Head.decode(files[layout.head_path("semper/items")]).versions == ("1.0.0",)
    assert repository.entry("semper/items", "1.0.0") == entry
    assert entry.bundle == bundle.digest
    assert entry.pack == digest(files[layout.pack_path(bundle.digest)])
    assert all(layout.limit(path) for path in files)


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
    for version in ("1.10.0", "1.9.0", "1.10.0-rc.1"):
        made = another(version)
        repository.publish(made.archive, made.release)
    assert repository.versions("semper/items") == ("1.9.0", "1.10.0-rc.1", "1.10.0")
    assert repository.versions("semper/unknown") == ()
    assert repository.entry("semper/items", "3.0.0") is None


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


@pytest.mark.parametrize("deadly", range(1, 40))
def test_a_process_killed_at_any_write_leaves_no_half_release(tmp_path: Any, bundle: Any, deadly: Any) -> Any:
    repository = Repository.init(tmp_path / "repository")
    child = os.fork()
    if child == 0:
        _die_at(deadly)
        try:
            repository.publish(bundle.archive, bundle.release, bundle.evaluations)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    entry = repository.entry("semper/items", "1.0.0")
    if entry is not None:
        files = content(repository.directory)
        assert digest(files[layout.bundle_path(bundle.digest)]) == entry.bundle
        assert digest(files[layout.release_path(bundle.digest)]) == entry.release
        assert digest(files[layout.pack_path(bundle.digest)]) == entry.pack
        assert len(entry.evaluations) == 2
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    whole = Repository.init(tmp_path / "whole")
    whole.publish(bundle.archive, bundle.release, bundle.evaluations)
    assert content(repository.directory) == content(whole.directory)


def _die_at(deadly: int) -> None:
    """Let this process kill itself, as kill -9 would, just before its `deadly`-th sync or rename."""
    count = 0

    def counted(call: Any) -> Any:
        def run(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == deadly:
                os.kill(os.getpid(), 9)
            return call(*arguments)

        return run

    durable_file.os.fsync = counted(os.fsync)  # type: ignore[attr-defined]
    durable_file.os.replace = counted(os.replace)  # type: ignore[attr-defined]


def test_several_writers_at_once_lose_nothing(repository: Any, another: Any) -> None:
    made = [another(f"1.{n}.0") for n in range(6)]
    failures = []

    def work(mine: Any) -> None:
        try:
            for one in mine.evaluations:
                repository.publish(mine.archive, mine.release, [one])
        except SemperError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    head = Head.decode((repository.directory / layout.head_path("semper/items")).read_bytes())
    assert head.versions == tuple(f"1.{n}.0" for n in range(6))
    assert all(len(repository.entry("semper/items", version).evaluations) == 2 for version in head.versions)


def test_a_damaged_evaluation_file_is_not_republished(repository: Any, bundle: Any) -> None:
    repository.publish(bundle.archive, bundle.release, bundle.evaluations[:1])
    (repository.directory / layout.evaluation_path(bundle.digest, 0)).write_bytes(b"damaged")
    entry = repository.publish(bundle.archive, bundle.release, bundle.evaluations[1:])
    assert entry.evaluations == (digest(bundle.evaluations[1]),)


def test_only_a_repository_is_opened_and_only_an_empty_directory_becomes_one(tmp_path: Any) -> None:
    refused("HOME_MISSING", Repository.open, tmp_path)
    (tmp_path / "letter.txt").write_text("private")
    with pytest.raises(UsageError):
        Repository.init(tmp_path)
    made = Repository.init(tmp_path / "new")
    assert Repository.init(tmp_path / "new") == made == Repository.open(tmp_path / "new")
    (tmp_path / "new" / "repository.txt").write_text("semper.repository/2\n")
    refused("VERSION_UNSUPPORTED", Repository.open, tmp_path / "new")


def test_a_directory_that_can_not_be_written_is_unavailable(repository: Any, bundle: Any) -> None:
    (repository.directory / "bundles").write_text("in the way")
    with pytest.raises(Unavailable) as caught:
        repository.publish(bundle.archive, bundle.release)
    assert caught.value.code == "STORAGE_FULL"


def test_published_files_may_be_read_by_a_web_server(repository: Any, bundle: Any) -> None:
    old = os.umask(0o022)
    try:
        repository.publish(bundle.archive, bundle.release)
    finally:
        os.umask(old)
    mode = (repository.directory / layout.bundle_path(bundle.digest)).stat().st_mode
    assert stat.S_IMODE(mode) == 0o644


def test_a_refusal_is_of_the_admission_family(repository: Any, bundle: Any) -> None:
    with pytest.raises(AdmissionRefused):
        repository.publish(bundle.archive, b"")
