"""What the operator of a repository is told: all that is published, and each file that is not what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service_repo import inventory, layout
from service_repo.publish import Repository


@pytest.fixture
def published(repository: Repository, bundle: Any) -> Repository:
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    return repository


def test_an_empty_repository_holds_nothing_and_is_whole(repository: Repository) -> None:
    assert inventory.entries(repository.directory) == []
    assert inventory.damaged(repository.directory) == []


def test_versions_are_listed_oldest_first(published: Repository, another: Any) -> None:
    for version in ("1.10.0", "1.2.0"):
        more = another(version)
        published.publish(more.archive, more.release)
    assert [each.version for each in inventory.entries(published.directory)] == ["1.0.0", "1.2.0", "1.10.0"]
    assert inventory.damaged(published.directory) == []


def files_of(repository: Repository) -> list[str]:
    (entry,) = inventory.entries(repository.directory)
    return [
        layout.bundle_path(entry.bundle),
        layout.release_path(entry.bundle),
        layout.evaluation_path(entry.bundle, 0),
        layout.evaluation_path(entry.bundle, 1),
        layout.pack_path(entry.bundle),
    ]


@pytest.mark.parametrize("which", range(5))
def test_each_changed_or_missing_file_is_named(published: Repository, which: int) -> None:
    path = files_of(published)[which]
    file = published.directory / path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert inventory.damaged(published.directory) == [path]
    file.unlink()
    assert inventory.damaged(published.directory) == [path]


def test_publishing_again_mends_a_changed_bundle(published: Repository, bundle: Any) -> None:
    (published.directory / files_of(published)[0]).write_bytes(b"")
    published.publish(bundle.archive, bundle.release, bundle.evaluations)
    assert inventory.damaged(published.directory) == []


@pytest.mark.parametrize("content", [b"", b"\xff", b"\xa0"])
def test_a_head_that_cannot_be_read_is_named(published: Repository, content: bytes) -> None:
    path = layout.head_path("semper/items")
    (published.directory / path).write_bytes(content)
    assert inventory.damaged(published.directory) == [path]


def test_an_index_entry_that_cannot_be_read_is_named_and_left_out(published: Repository) -> None:
    path = layout.entry_path("semper/items", "1.0.0")
    (published.directory / path).write_bytes(b"\xff")
    assert inventory.entries(published.directory) == []
    assert inventory.damaged(published.directory) == [path]


@pytest.mark.parametrize("place", ["semper/items/2.0.0.cbor", "semper/others/1.0.0.cbor", "semper/items/latest.cbor"])
def test_an_index_entry_in_anothers_place_is_named(published: Repository, place: str) -> None:
    entry: Path = published.directory / layout.entry_path("semper/items", "1.0.0")
    copy = published.directory / "index" / place
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(entry.read_bytes())
    assert inventory.damaged(published.directory) == [f"index/{place}"]
    assert len(inventory.entries(published.directory)) == 1
