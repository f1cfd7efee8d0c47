"""The store: durable, all or nothing, clear when the disk fails."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Store

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def store(place: Path) -> Store:
    opened = Store.open(place)
    opened.commit(lambda tx: tx.exec_driver_sql("CREATE TABLE kept (value TEXT)"))
    return opened


def put(value: str) -> Callable[[Connection], object]:
    return lambda tx: tx.execute(text("INSERT INTO kept VALUES (:v)"), {"v": value})


def values(tx: Connection) -> list[str]:
    return list(tx.execute(text("SELECT value FROM kept ORDER BY value")).scalars())


def test_what_was_committed_is_there_after_opening_again(store: Store, place: Path) -> None:
    store.commit(put("one"))
    store.close()
    assert Store.open(place).read(values) == ["one"]


def test_an_exception_undoes_all_of_its_work_and_reaches_the_caller(store: Store) -> None:
    def work(tx: Connection) -> None:
        put("one")(tx)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.commit(work)
    store.commit(put("two"))
    assert store.read(values) == ["two"]


def test_sqlite_runs_with_write_ahead_log_full_sync_and_foreign_keys(store: Store) -> None:
    def pragmas(tx: Connection) -> list[object]:
        return [tx.exec_driver_sql(f"PRAGMA {n}").scalar() for n in ("journal_mode", "synchronous", "foreign_keys")]

    assert store.commit(pragmas) == ["wal", 2, 1]


def test_the_files_are_for_the_owner_alone(store: Store, place: Path) -> None:
    store.commit(put("one"))
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.parent.iterdir()}
    assert found == {"archive.db": 0o600, "archive.db-wal": 0o600, "archive.db-shm": 0o600}


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable, match="read-only"):
        store.read(put("one"))
    assert store.read(values) == []


def test_a_read_sees_one_state_while_others_commit(store: Store) -> None:
    def twice(tx: Connection) -> tuple[list[str], list[str]]:
        before = values(tx)
        store.commit(put("between"))
        return before, values(tx)

    assert store.read(twice) == ([], [])
    assert store.read(values) == ["between"]


def test_a_file_that_is_no_database_is_named_corrupt(place: Path) -> None:
    place.write_bytes(b"this is not a database, and long enough to be sure" * 100)
    with pytest.raises(Unavailable) as error:
        Store.open(place)
    assert error.value.code == "STORAGE_CORRUPT"


def test_a_damaged_page_is_named_corrupt(store: Store, place: Path) -> None:
    store.commit(lambda tx: [put("x" * 3000)(tx) for _ in range(50)])
    store.close()
    with place.open("r+b") as file:
        file.seek(4096 + 10)
        file.write(os.urandom(20000))
    with pytest.raises(Unavailable) as error:
        again = Store.open(place)
        again.check()
    assert error.value.code == "STORAGE_CORRUPT"


def test_check_passes_on_a_sound_file(store: Store) -> None:
    store.commit(put("one"))
    store.check()


def test_a_full_database_refuses_and_leaves_nothing_half_written(store: Store) -> None:
    def limited(tx: Connection) -> None:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")

    store.commit(limited)
    store.commit(put("before"))

    def large(tx: Connection) -> None:
        put("small")(tx)
        put("x" * 100_000)(tx)

    with pytest.raises(Unavailable) as error:
        store.commit(large)
    assert error.value.code == "STORAGE_FULL"
    assert error.value.retryable
    store.commit(put("after"))
    assert store.read(values) == ["after", "before"]


def test_when_the_disk_fills_under_many_writers_each_is_told_truly(store: Store) -> None:
    def limited(tx: Connection) -> None:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 40}")

    store.commit(limited)

    def write(number: int) -> str | None:
        try:
            store.commit(put(f"{number:03}" + "x" * 2000))
        except Unavailable as error:
            assert error.code == "STORAGE_FULL"
            return None
        return f"{number:03}"

    with ThreadPoolExecutor(16) as pool:
        told = [answer for answer in pool.map(write, range(200)) if answer]
    assert 40 <= len(told) < 200
    assert [value[:3] for value in store.read(values)] == told


FILE_SIZE_LIMITED = """
import resource, signal, sys
from sqlalchemy import text
from semper_host.model.errors import SemperError
from semper_host.supporting.archive.store import Store
store = Store.open(sys.argv[1])
store.commit(lambda tx: tx.exec_driver_sql("CREATE TABLE kept (value TEXT)"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
count = 0
try:
    while True:
        store.commit(lambda tx: tx.execute(text("INSERT INTO kept VALUES (:v)"), {"v": "x" * 10_000}))
        count += 1
except SemperError as error:
    print(error.code, count, store.read(lambda tx: tx.execute(text("SELECT count(*) FROM kept")).scalar()))
"""


def test_a_disk_that_stops_taking_data_is_reported_and_the_committed_stays(place: Path) -> None:
    command = [sys.executable, "-c", FILE_SIZE_LIMITED, str(place)]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}, timeout=60
    )
    code, committed, seen = done.stdout.split()
    assert (code, committed) == ("STORAGE_FULL", seen), done.stderr
    again = Store.open(place)
    again.check()
    assert len(again.read(values)) == int(committed) > 0


def test_a_directory_that_is_not_there_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as error:
        Store.open(tmp_path / "missing" / "archive.db")
    assert error.value.code == "STORAGE_FULL"
    assert error.value.message.startswith("cannot ")


def test_another_process_that_keeps_writing_makes_the_home_busy(store: Store, place: Path) -> None:
    other = Store.open(place, busy_seconds=0)

    def work(tx: Connection) -> None:
        with pytest.raises(Unavailable) as error:
            other.commit(put("other"))
        assert error.value.code == "HOME_BUSY"

    store.commit(work)
    other.commit(put("other"))
    assert store.read(values) == ["other"]


def test_many_processes_can_open_a_new_home_at_once(place: Path) -> None:
    code = (
        "import sys; from semper_host.supporting.archive.archive import Archive; Archive.open(sys.argv[1], bytes(32))"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    opening = [
        subprocess.Popen([sys.executable, "-c", code, str(place)], env=env, stderr=subprocess.PIPE) for _ in range(5)
    ]
    said = [each.communicate(timeout=60)[1] for each in opening]
    assert [(each.returncode, err) for each, err in zip(opening, said, strict=True)] == [(0, b"")] * 5


@pytest.mark.parametrize(("kind", "count"), [("threads", 1), ("threads", 6), ("tasks", 6)])
def test_after_kill_9_everything_that_was_answered_is_there(place: Path, kind: str, count: int) -> None:
    script = Path(__file__).with_name("appending_process.py")
    command = [sys.executable, str(script), str(place), kind, str(count)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    answered: dict[int, int] = {}
    for _ in range(200):
        number, seq = map(int, process.stdout.readline().split())
        answered[number] = seq
    process.kill()
    for line in process.stdout.read().splitlines():
        if line.count(" ") == 1 and line.split()[1]:
            number, seq = map(int, line.split())
            answered[number] = max(answered.get(number, 0), seq)
    process.wait(10)
    archive = Archive.open(place, bytes(range(32)))
    archive.store.check()
    for number, seq in answered.items():
        deal = bytes([number]) * 32
        assert len(archive.journal(deal)) >= seq
        assert archive.verify_evidence(deal).seq == len(archive.journal(deal))
