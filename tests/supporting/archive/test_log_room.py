"""Room in the write-ahead log: made while it grows, never mistaken for frames, never in the way of a commit."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from semper_host.supporting.archive import log_room
from semper_host.supporting.archive.archive import Archive

KEY = bytes(range(32))
DEAL = b"d" * 32


def append(archive: Archive, count: int, size: int = 10) -> None:
    for _ in range(count):
        archive.commit(lambda tx: archive.append_journal(tx, DEAL, bytes(size)))


def log_of(place: Path) -> Path:
    return place.with_name(place.name + "-wal")


def test_a_home_that_commits_little_gets_no_room(archive: Archive, place: Path) -> None:
    append(archive, log_room.EVERY - 2)
    assert log_of(place).stat().st_size < log_room.STEP


def test_a_log_that_grows_gets_room_until_it_is_full(archive: Archive, place: Path) -> None:
    append(archive, 2 * log_room.EVERY)
    once = log_of(place).stat().st_size
    assert log_room.STEP < once < 2 * log_room.STEP
    append(archive, 2 * log_room.EVERY)
    assert log_of(place).stat().st_size == once, "there is room left"
    append(archive, 4 * log_room.EVERY, 100_000)
    assert log_of(place).stat().st_size > 2 * log_room.STEP
    append(archive, 8 * log_room.EVERY, 200_000)
    assert log_of(place).stat().st_size < 2 * log_room.FULL


def test_after_a_crash_the_room_is_not_read_as_commits(archive: Archive, place: Path, tmp_path: Path) -> None:
    append(archive, 40)
    crashed = tmp_path / "crashed.db"
    for end in ("", "-wal"):  # without the index in shared memory, as after a crash: the log itself is read
        shutil.copyfile(f"{place}{end}", f"{crashed}{end}")
    assert log_of(crashed).read_bytes().endswith(bytes(log_room.STEP // 2))
    again = Archive.open(crashed, KEY)
    assert len(again.journal(DEAL)) == 40
    append(again, 40)
    again.store.check()
    assert len(again.journal(DEAL)) == 80
    again.close()


def test_a_disk_without_space_for_room_does_not_stop_commits(
    archive: Archive, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "pwrite", full)
    append(archive, 3 * log_room.EVERY)
    assert log_of(place).stat().st_size < log_room.STEP
    assert len(archive.journal(DEAL)) == 3 * log_room.EVERY
