"""Group commit for tasks of an event loop: the same guarantees, while the loop goes on."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Store
from tests.supporting.archive.test_group_commit import Recorded, queue_behind

DEAL = b"d" * 32


class Undo(Exception):
    """What a work raises to be undone."""


@pytest.fixture
def store(place: Path) -> Any:
    opened = Store.open(place)
    opened.commit(lambda tx: tx.exec_driver_sql("CREATE TABLE n (who INTEGER, seq INTEGER)"))
    commit = opened._writer.commit
    yield opened
    opened._writer.commit = commit  # type: ignore[method-assign]  # closing may commit once more, and nobody lets it go
    opened.close()


def put(who: int, seq: int = 0, *, failing: bool = False) -> Any:
    def work(tx: Connection) -> tuple[int, int]:
        tx.exec_driver_sql("INSERT INTO n VALUES (?, ?)", (who, seq))
        if failing:
            raise Undo(who, seq)
        return who, seq

    return work


def count(store: Store) -> int:
    return int(store.read(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM n").scalar_one()))


class Held:
    """A store whose commits wait, one by one, until they are let go."""

    def __init__(self, store: Store) -> None:
        self.begun, self.may_go = threading.Semaphore(0), threading.Semaphore(0)
        self.commits = 0
        self._commit = store._writer.commit
        store._writer.commit = self  # type: ignore[method-assign]

    def __call__(self) -> None:
        self.commits += 1
        self.begun.release()
        assert self.may_go.acquire(timeout=60)
        self._commit()

    async def reached(self) -> None:
        """Wait until a commit waits."""
        assert await asyncio.to_thread(self.begun.acquire, timeout=60)


def test_tasks_that_are_ready_together_share_one_commit_and_get_their_own_answers(store: Store) -> None:
    held = Held(store)
    held.may_go.release()

    async def all_of_them() -> list[Any]:
        works = [put(who, failing=who == 3) for who in range(20)]
        return await asyncio.gather(*(store.committed(work) for work in works), return_exceptions=True)

    answers = asyncio.run(all_of_them())
    assert held.commits == 1
    assert isinstance(answers[3], Undo)
    assert [each for each in answers if not isinstance(each, Undo)] == [(who, 0) for who in range(20) if who != 3]
    assert count(store) == 19


def test_the_loop_goes_on_while_a_commit_waits_for_the_disk_and_nobody_is_answered_before_it(store: Store) -> None:
    held = Held(store)

    async def run() -> tuple[bool, int]:
        waiting = asyncio.create_task(store.committed(put(1)))
        await held.reached()
        assert not waiting.done() and count(store) == 0
        held.may_go.release()
        await waiting
        return waiting.done(), count(store)

    assert asyncio.run(run()) == (True, 1)


def test_a_cancelled_task_is_cancelled_once_its_work_is_durable_and_the_work_is_done_once(store: Store) -> None:
    held = Held(store)

    async def run() -> None:
        queued = asyncio.create_task(store.committed(put(1)))
        await asyncio.sleep(0)
        queued.cancel()  # before anybody leads
        under_way = asyncio.create_task(store.committed(put(2)))
        await held.reached()
        under_way.cancel()
        await asyncio.sleep(0.01)
        under_way.cancel()
        await asyncio.sleep(0)
        assert not queued.done() and not under_way.done()
        held.may_go.release()
        for task in (queued, under_way):
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())
    assert held.commits == 1 and count(store) == 2


def test_a_cancelled_task_whose_work_fails_is_cancelled_and_keeps_the_cause(store: Store) -> None:
    async def run() -> None:
        task = asyncio.create_task(store.committed(put(1, failing=True)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert isinstance(caught.value.__cause__, Undo)

    asyncio.run(run())
    assert count(store) == 0


def test_a_task_that_is_given_no_time_finds_its_work_whole(store: Store) -> None:
    async def run() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await store.committed(put(1))
        await store.committed(put(2))

    asyncio.run(run())
    assert count(store) == 2


def test_a_full_disk_fails_every_task_of_the_commit_and_the_next_goes_on(place: Path, archive: Archive) -> None:
    def limited(tx: Connection) -> None:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.exec_driver_sql(f"PRAGMA max_page_count={pages + 3}")

    async def run(size: int) -> list[Any]:
        works = [lambda tx, to=to: archive.append_journal(tx, bytes([to]) * 32, bytes(size)) for to in range(8)]
        return await asyncio.gather(*map(archive.committed, works), return_exceptions=True)

    archive.commit(limited)
    failed = asyncio.run(run(20_000))
    assert [error.code for error in failed] == ["STORAGE_FULL"] * 8
    assert len({id(error) for error in failed}) == 8
    assert asyncio.run(run(10)) == [1] * 8
    assert [len(archive.journal(bytes([to]) * 32)) for to in range(8)] == [1] * 8


def test_threads_and_tasks_of_two_loops_lose_nothing_and_get_their_own_answers(store: Store) -> None:
    def outcome(who: int, seq: int) -> Any:
        return put(who, seq, failing=seq % 5 == 4)

    def thread(who: int) -> list[Any]:
        answers: list[Any] = []
        for seq in range(20):
            try:
                answers.append(store.commit(outcome(who, seq)))
            except Undo as error:
                answers.append(error.args)
        return answers

    async def task(who: int) -> list[Any]:
        answers: list[Any] = []
        for seq in range(20):
            try:
                answers.append(await store.committed(outcome(who, seq)))
            except Undo as error:
                answers.append(error.args)
        return answers

    def loop(first: int) -> list[list[Any]]:
        async def tasks() -> list[list[Any]]:
            return await asyncio.gather(*(task(who) for who in range(first, first + 12)))

        return asyncio.run(tasks())

    with ThreadPoolExecutor(14) as pool:
        loops = [pool.submit(loop, first) for first in (0, 12)]
        threads = list(pool.map(thread, range(24, 36)))
        results = [*loops[0].result(60), *loops[1].result(60), *threads]
    assert results == [[(who, seq) for seq in range(20)] for who in range(36)]
    assert count(store) == 36 * 16


def test_a_loop_that_ends_before_its_answer_stops_nobody_else(store: Store) -> None:
    held = Held(store)
    abandoned = asyncio.new_event_loop()
    task = abandoned.create_task(store.committed(put(1)))
    abandoned.run_until_complete(asyncio.sleep(0.01))
    assert held.begun.acquire(timeout=60)
    abandoned.close()
    held.may_go.release(10)

    async def run() -> Any:
        return await store.committed(put(2))

    assert asyncio.run(run()) == (2, 0)
    assert store.commit(put(3)) == (3, 0)
    assert count(store) == 3 and not task.done()
    task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_a_loop_that_ends_before_it_begins_leaves_its_work_to_whoever_comes_next(store: Store) -> None:
    abandoned = asyncio.new_event_loop()
    task = abandoned.create_task(store.committed(put(1)))
    abandoned.call_soon(abandoned.stop)
    abandoned.run_forever()
    abandoned.close()
    assert store.commit(put(2)) == (2, 0)

    async def run() -> Any:
        return await store.committed(put(3))

    assert asyncio.run(run()) == (3, 0)
    assert count(store) == 3
    task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_closing_answers_every_task_that_waits_and_refuses_later_ones(place: Path, store: Store) -> None:
    async def run() -> None:
        waiting = [asyncio.create_task(store.committed(put(who, failing=who == 3))) for who in range(10)]
        await asyncio.sleep(0)
        store.close()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert [each for each in answers if not isinstance(each, Undo)] == [(who, 0) for who in range(10) if who != 3]
        with pytest.raises(Unavailable) as refused:
            await store.committed(put(11))
        assert refused.value.message.startswith("cannot ")

    asyncio.run(run())
    again = Store.open(place)
    assert count(again) == 9
    again.close()


def test_closing_ends_the_thread(place: Path) -> None:
    before = threading.active_count()
    archive = Archive.open(place, bytes(32))

    async def run() -> int:
        return await archive.committed(lambda tx: archive.append_journal(tx, DEAL, b"entry"))

    assert asyncio.run(run()) == 1
    assert threading.active_count() == before + 1
    archive.close()
    assert threading.active_count() == before


def test_a_task_that_queues_behind_threads_is_led_by_one_of_them_or_by_the_committer() -> None:
    transaction = Recorded()
    ran: list[int] = []

    def note(log: list[str]) -> int:
        ran.append(threading.get_ident())
        return len(ran)

    async def run() -> int:
        turns, futures, pool = queue_behind(transaction, [note])
        answer = await turns.committed(note)
        assert [future.result(10) for future in futures] == [None, 1]
        pool.shutdown()
        turns.close()
        return answer

    assert asyncio.run(run()) == 2
    assert len(ran) == 2 and threading.get_ident() not in ran
