"""A turn for a deal belongs to one process at a time, and ends with it, however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.archive.store import MEMORY, Store
from tests.supporting.archive.postgres_server import server

ONE, OTHER = b"1" * 32, b"2" * 32
HOLDER = """
import sys, time
from semper_host.supporting.archive.backends import open_store
store = open_store(sys.argv[1])
print(store.turns.take(bytes.fromhex(sys.argv[2])), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path_factory.mktemp("turns") / "archive.db")
        return
    with server() as running:
        yield running.database()


@pytest.fixture
def store(place: str) -> Iterator[Callable[[], Store]]:
    opened: list[Store] = []

    def another() -> Store:
        opened.append(open_store(place))
        return opened[-1]

    yield another
    for each in opened:
        each.close()


def test_one_has_the_turn_until_it_gives_it_back(store: Callable[[], Store]) -> None:
    mine, yours = store().turns, store().turns
    assert mine.take(ONE)
    assert not yours.take(ONE)
    assert yours.take(OTHER), "the turn for another deal is free"
    mine.give(ONE)
    assert yours.take(ONE)
    assert not mine.take(OTHER)


def test_a_store_that_is_closed_has_no_turns(store: Callable[[], Store]) -> None:
    mine, yours = store(), store()
    assert mine.turns.take(ONE)
    mine.close()
    assert yours.turns.take(ONE)


def test_a_process_that_is_killed_has_no_turns(store: Callable[[], Store], place: str) -> None:
    words = [sys.executable, "-c", HOLDER, place, ONE.hex()]
    root = Path(__file__).resolve().parents[3]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=root) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        mine = store().turns
        assert not mine.take(ONE)
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(20)
    for _ in range(100):  # the server has to notice
        if mine.take(ONE):
            return
        time.sleep(0.1)
    pytest.fail("the turn of a killed process never ended")


def test_what_no_other_process_sees_is_always_free() -> None:
    store = open_store(MEMORY)
    assert store.turns.take(ONE)
    assert store.turns.take(ONE)
    store.close()
