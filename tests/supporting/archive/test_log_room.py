"""Room in the write-ahead log: a process that keeps committing makes it once, and nothing of it counts."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from semper_host.supporting.archive import log_room
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.log_room import LENGTH
from semper_host.supporting.archive.writer import BUSY_AFTER
from tests.supporting.archive.conftest import KEY

ROOT = Path(__file__).resolve().parents[3]
DEAL = b"d" * 32


def size_of_log(place: Path) -> int:
    return Path(f"{place}-wal").stat().st_size


def append(archive: Archive, times: int, entry: bytes = b"entry") -> None:
    for _ in range(times):
        archive.commit(lambda tx: archive.append_journal(tx, DEAL, entry))


def test_a_process_that_commits_a_few_times_leaves_the_log_short(archive: Archive, place: Path) -> None:
    append(archive, 5)
    assert size_of_log(place) < 500_000


def test_a_process_that_keeps_committing_has_room_and_no_commit_makes_the_log_grow(
    archive: Archive, place: Path
) -> None:
    append(archive, BUSY_AFTER)
    room = size_of_log(place)
    assert LENGTH - 200_000 < room < LENGTH + 400_000
    append(archive, 60, bytes(100_000))  # more than the log takes: checkpoints come in between
    assert size_of_log(place) == room
    assert len(archive.journal(DEAL)) == BUSY_AFTER + 60


def test_what_fills_the_log_is_nowhere_to_be_seen(archive: Archive, place: Path) -> None:
    append(archive, BUSY_AFTER + 5)
    archive.store.check()
    other = sqlite3.connect(place)
    tables = {name for (name,) in other.execute("SELECT name FROM sqlite_master")}
    (pages,) = other.execute("PRAGMA page_count").fetchone()
    other.close()
    assert "log_room" not in tables and pages < 200
    append(archive, 1)
    assert len(archive.journal(DEAL)) == BUSY_AFTER + 6


def test_after_the_log_is_cut_off_what_was_committed_after_the_filling_is_there(archive: Archive, place: Path) -> None:
    """As after a loss of power: pages of the filling lie behind the last commit, and must not be taken for others."""
    append(archive, BUSY_AFTER + 10)
    copy = place.with_name("copy.db")
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{place}{suffix}").read_bytes())
        Path(f"{copy}{suffix}").chmod(0o600)
    again = Archive.open(copy, KEY)
    again.store.check()
    assert len(again.journal(DEAL)) == BUSY_AFTER + 10
    append(again, 3)
    assert len(again.journal(DEAL)) == BUSY_AFTER + 13
    again.close()


def test_another_process_that_writes_meanwhile_is_not_disturbed(archive: Archive, place: Path) -> None:
    other = Archive.open(place, KEY)
    for _ in range(BUSY_AFTER):
        append(archive, 1)
        append(other, 1)
    assert len(archive.journal(DEAL)) == 2 * BUSY_AFTER
    other.close()


SMALL_FILES = """
import resource, signal, sys
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.writer import BUSY_AFTER
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
archive = Archive.open(sys.argv[1], bytes(range(32)))
for number in range(BUSY_AFTER + 9):
    archive.commit(lambda tx: archive.append_journal(tx, b"d" * 32, b"entry"))
print(len(archive.journal(b"d" * 32)) - BUSY_AFTER)
"""


def test_where_the_disk_has_no_room_for_it_commits_go_on_without(place: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SMALL_FILES, str(place)], check=False, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["9"], done.stderr
    again = Archive.open(place, KEY)
    again.store.check()
    assert len(again.journal(DEAL)) == BUSY_AFTER + 9
    again.close()


def test_where_the_log_is_there_already_nothing_is_written(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[object] = []
    monkeypatch.setattr(log_room, "_fill", lambda cursor, size: filled.append(size))
    Path(f"{place}-wal").write_bytes(bytes(LENGTH))
    log_room.make_room(None, Path(f"{place}-wal"))
    log_room.make_room(None, place / "nowhere")
    assert filled == []


def test_a_process_that_is_writing_is_not_waited_for(archive: Archive, place: Path) -> None:
    append(archive, 1)
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    cursor = sqlite3.connect(place, isolation_level=None, timeout=3600).cursor()
    log_room.make_room(cursor, Path(f"{place}-wal"))
    assert size_of_log(place) < 500_000
    assert [cursor.execute(f"PRAGMA {name}").fetchone() for name in ("cache_size", "busy_timeout")] == [
        (-2000,),
        (3_600_000,),
    ]
    cursor.connection.close()
    other.close()
