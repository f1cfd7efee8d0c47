"""The store on PostgreSQL: durable, serializable whoever writes, and clear about what is wrong with the server."""

from __future__ import annotations

import asyncio
import builtins
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from semper_host.model.errors import SemperError
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.archive.postgresql import PostgresStore
from tests.supporting.archive.postgres_server import Server, server

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as started:
        yield started


@pytest.fixture
def url(running: Server) -> str:
    return running.database()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    opened = PostgresStore.at(url)
    opened.commit(lambda tx: tx.execute(text("CREATE TABLE t (k text PRIMARY KEY, n bigint)")))
    opened.commit(lambda tx: tx.execute(text("INSERT INTO t VALUES ('a', 0)")))
    yield opened
    opened.close()


def refused(code: str, call: Any, *arguments: Any) -> SemperError:
    with pytest.raises(SemperError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value
    assert caught.value.message.startswith("cannot ")
    return caught.value


def value(store: PostgresStore) -> int:
    return int(store.read(lambda tx: tx.execute(text("SELECT n FROM t WHERE k = 'a'")).scalar_one()))


def add_one(tx: Any) -> None:
    before = tx.execute(text("SELECT n FROM t WHERE k = 'a'")).scalar_one()
    tx.execute(text("UPDATE t SET n = :n WHERE k = 'a'"), {"n": before + 1})


def test_every_part_of_the_archive_works_on_postgresql(url: str) -> None:
    archive = Archive(open_store(url), KEY)
    deal = b"D" * 32

    def work(tx: Any) -> None:
        assert archive.append_journal(tx, deal, b"payload") == 1
        archive.append_evidence(tx, deal, b"", "B", "pay", b"message")
        assert archive.enqueue(tx, b"S" * 32, b"mail") == 1
        assert archive.write_once(tx, "scope", b"key", b"value") is None
        archive.put_deal(tx, deal, "buyer", "running", 1, {"place": "pay"})
        archive.keep(tx, b"scope", "name", b"kept")
        assert archive.add_coin(tx, "purse", b"serial", 4, b"coin")
        assert archive.take_counters(tx, "purse", 4, 2) == 0
        archive.record_call(tx, b"call", 1, b"request", b"answer")
        archive.put_document(tx, b"content")

    archive.commit(work)
    archive.close()
    again = Archive(open_store(url), KEY)
    assert again.journal(deal) == [b"payload"]
    assert again.verify_evidence(deal).seq == 1
    assert again.outbox(b"S" * 32) == again.letters(b"S" * 32)[1] == [(1, b"mail")]
    assert again.written("scope", b"key") == b"value"
    assert [row.summary for row in again.deals()] == [{"place": "pay"}]
    assert again.recall(b"scope", "name") == b"kept" and again.purse_total("purse") == 4
    assert again.next_counter("purse", 4) == 2 and again.calls(b"call")[0].answer == b"answer"
    again.close()


def test_nothing_is_lost_between_two_processes_that_write_the_same_row(store: PostgresStore, url: str) -> None:
    other = PostgresStore.at(url)
    threads = [
        threading.Thread(target=lambda s=s: [s.commit(add_one) for _ in range(40)]) for s in (store, other) * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert value(store) == 240
    other.close()


def test_tasks_share_commits_and_are_run_again_where_another_process_is_in_their_way(
    store: PostgresStore, url: str
) -> None:
    other = PostgresStore.at(url)

    def fails(tx: Any) -> None:
        add_one(tx)
        raise LookupError

    async def add(to: PostgresStore) -> list[Any]:
        works = [fails if number % 10 == 9 else add_one for number in range(40)]
        return await asyncio.gather(*map(to.committed, works), return_exceptions=True)

    with ThreadPoolExecutor(2) as pool:
        answers = [answer for found in pool.map(lambda to: asyncio.run(add(to)), (store, other)) for answer in found]
    assert value(store) == 72
    assert [type(answer) for answer in answers] == ([type(None)] * 9 + [LookupError]) * 8
    other.close()


def test_two_that_read_what_the_other_writes_do_not_both_go_through_unseen(store: PostgresStore, url: str) -> None:
    """Write skew: each inserts a row only while it sees none; beside each other both would."""
    other, together = PostgresStore.at(url), threading.Barrier(2, timeout=30)
    ran: list[str] = []

    def claim(name: str) -> Any:
        def work(tx: Any) -> None:
            free = tx.execute(text("SELECT count(*) FROM t WHERE n = 7")).scalar_one() == 0
            ran.append(name)
            if len(ran) <= 2:
                together.wait()
            if free:
                tx.execute(text("INSERT INTO t VALUES (:k, 7)"), {"k": name})

        return work

    threads = [threading.Thread(target=s.commit, args=(claim(n),)) for s, n in ((store, "x"), (other, "y"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert store.read(lambda tx: tx.execute(text("SELECT count(*) FROM t WHERE n = 7")).scalar_one()) == 1
    assert len(ran) == 3, "one was run again, alone"
    other.close()


def test_a_work_that_fails_undoes_itself_alone(store: PostgresStore) -> None:
    errors: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            store.commit(work)
        except DBAPIError as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(add_one,)) for _ in range(20)]
    threads += [
        threading.Thread(target=run, args=(lambda tx: tx.execute(text("SELECT 1/0")),)) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert value(store) == 20 and len(errors) == 5


def test_reading_cannot_write(store: PostgresStore) -> None:
    refused("STORAGE_FULL", store.read, lambda tx: tx.execute(text("DELETE FROM t")))


def test_what_was_committed_survives_a_crash_of_the_server_and_the_store_goes_on() -> None:
    with server() as mortal:
        store = PostgresStore.at(mortal.database())
        store.commit(lambda tx: tx.execute(text("CREATE TABLE t (k text, n bigint)")))
        store.commit(lambda tx: tx.execute(text("INSERT INTO t VALUES ('a', 0)")))
        store.commit(add_one)
        mortal.stop(signal.SIGQUIT)
        refused("STORAGE_UNREACHABLE", store.commit, add_one)
        refused("STORAGE_UNREACHABLE", store.read, lambda tx: None)
        mortal.start()
        store.commit(add_one)
        assert value(store) == 2
        store.close()


def test_a_server_that_may_lose_commits_is_refused(running: Server) -> None:
    with server() as careless:
        url = careless.database()
        careless.stop()
        careless.settings["fsync"] = "off"
        careless.start()
        assert "fsync" in refused("CONFIG_INVALID", PostgresStore.at, url).message


def test_what_is_wrong_with_the_address_is_said(running: Server) -> None:
    refused("CONFIG_INVALID", open_store, "mysql://host/name")
    refused("CONFIG_INVALID", open_store, "://nowhere")
    refused("STORAGE_UNREACHABLE", open_store, running.url("nobody_made_it"))
    refused("STORAGE_UNREACHABLE", open_store, "postgresql://semper@127.0.0.1:1/home")


def test_without_the_driver_the_refusal_says_what_to_install(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest)

    for name in [each for each in sys.modules if each.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    assert "semper-host[postgresql]" in refused("STORAGE_DRIVER", open_store, url).message


def test_a_session_that_asks_too_long_for_its_turn_is_told_so(store: PostgresStore, url: str) -> None:
    impatient = PostgresStore.at(url, busy_seconds=1)
    begun, ending = threading.Event(), threading.Event()

    def hold(tx: Any) -> None:
        tx.execute(text("LOCK TABLE semper_turn IN ACCESS EXCLUSIVE MODE"))
        begun.set()
        ending.wait(60)

    holder = threading.Thread(target=store.commit, args=(hold,))
    holder.start()
    assert begun.wait(30)
    refused("HOME_BUSY", impatient.commit, lambda tx: None)
    ending.set()
    holder.join(20)
    impatient.close()
