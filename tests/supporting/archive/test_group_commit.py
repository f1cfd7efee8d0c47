"""Group commit: many callers, one commit, each its own answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.callers import BlockedCaller
from semper_host.supporting.archive.group_commit import GroupCommit
from semper_host.supporting.archive.store import Store


class Recorded:
    """A transaction that keeps a log instead of a file, and can be told to fail."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.failing: Exception | None = None
        self.first_commit_waits = threading.Event()
        self.committing = threading.Event()

    def begin(self) -> list[str]:
        self.log.append("begin")
        return self.log

    def commit(self) -> None:
        self.committing.set()
        self.first_commit_waits.wait(10)
        if self.failing is not None:
            raise self.failing
        self.log.append("commit")

    def rollback(self) -> None:
        self.log.append("rollback")

    def savepoint(self) -> None:
        self.log.append("savepoint")

    def keep(self) -> None:
        self.log.append("keep")

    def undo(self) -> None:
        self.log.append("undo")


def queue_behind(
    transaction: Recorded, works: list[Callable[[list[str]], Any]]
) -> tuple[GroupCommit[list[str]], list[Future[Any]], ThreadPoolExecutor]:
    """Start a commit that waits, queue `works` behind it in order, let it go."""
    turns = GroupCommit(transaction)
    pool = ThreadPoolExecutor(len(works) + 1)
    first = pool.submit(turns.commit, lambda log: log.append("first"))
    assert transaction.committing.wait(10)
    futures: list[Future[Any]] = [first]
    for count, work in enumerate(works, 1):
        futures.append(pool.submit(turns.commit, work))
        while len(turns._queue) < count:
            pass
    transaction.first_commit_waits.set()
    return turns, futures, pool


def test_an_uncontended_work_runs_on_the_callers_own_thread_without_a_savepoint() -> None:
    transaction = Recorded()
    transaction.first_commit_waits.set()
    thread = GroupCommit(transaction).commit(lambda log: threading.get_ident())
    assert thread == threading.get_ident()
    assert transaction.log == ["begin", "commit"]


def test_waiting_works_share_one_commit_and_a_failing_one_is_undone_alone() -> None:
    def fails(log: list[str]) -> None:
        raise ValueError("mine")

    transaction = Recorded()
    _, (first, second, third, fourth), pool = queue_behind(transaction, [lambda log: 2, fails, lambda log: 4])
    assert (first.result(10), second.result(10), fourth.result(10)) == (None, 2, 4)
    with pytest.raises(ValueError, match="mine"):
        third.result(10)
    one_commit = ["begin", "savepoint", "keep", "savepoint", "undo", "savepoint", "keep", "commit"]
    assert transaction.log == ["begin", "first", "commit", *one_commit]
    pool.shutdown()


def test_a_failing_commit_fails_everybody_in_it_and_the_next_goes_on() -> None:
    transaction = Recorded()
    turns = GroupCommit(transaction)

    def second(log: list[str]) -> str:
        transaction.failing = Unavailable("STORAGE_FULL", "cannot write")
        return "never told"

    _, futures, pool = queue_behind(transaction, [second, lambda log: "nor this"])
    errors = [future.exception(10) for future in futures[1:]]
    assert [error.code for error in errors if isinstance(error, Unavailable)] == ["STORAGE_FULL", "STORAGE_FULL"]
    assert errors[0] is not errors[1]
    transaction.failing = None
    assert turns.commit(lambda log: "again") == "again"
    pool.shutdown()


def test_an_interrupted_caller_waits_for_its_work_and_then_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    transaction = Recorded()
    turns = GroupCommit(transaction)
    caller = BlockedCaller[list[str]](lambda log: "done")

    class Interrupting:
        """A lock whose first acquisition is interrupted, as Ctrl-C does."""

        def __init__(self) -> None:
            self.times = 0

        def acquire(self) -> None:
            self.times += 1
            if self.times == 1:
                raise KeyboardInterrupt
            caller.leads = True
            caller.wake()

        def release(self) -> None:
            pass

    monkeypatch.setattr(caller, "_turn", Interrupting())
    turns._queue.append(caller)
    transaction.first_commit_waits.set()
    with pytest.raises(KeyboardInterrupt):
        turns._wait(caller)
    assert transaction.log == ["begin", "savepoint", "keep", "commit"]
    assert turns.commit(lambda log: "next") == "next"


def test_a_commit_inside_a_commit_is_refused_instead_of_waiting_for_ever(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a.db")
    with pytest.raises(RuntimeError, match="cannot commit inside"):
        store.commit(lambda tx: store.commit(lambda inner: None))
    assert store.commit(lambda tx: 1) == 1


def test_many_threads_lose_nothing_and_get_their_own_answers(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a.db")
    store.commit(lambda tx: tx.exec_driver_sql("CREATE TABLE n (who INTEGER, seq INTEGER)"))

    def run(who: int) -> list[object]:
        answers: list[object] = []
        for seq in range(25):

            def work(tx: Connection, seq: int = seq) -> tuple[int, int]:
                tx.exec_driver_sql("INSERT INTO n VALUES (?, ?)", (who, seq))
                if seq % 5 == 4:
                    raise LookupError((who, seq))
                return who, seq

            try:
                answers.append(store.commit(work))
            except LookupError as error:
                answers.append(error.args[0])
        return answers

    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(run, range(32)))
    assert results == [[(who, seq) for seq in range(25)] for who in range(32)]
    assert store.read(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM n").scalar()) == 32 * 20
