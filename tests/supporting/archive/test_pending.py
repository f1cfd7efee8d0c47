"""Rows that wait for the commit: seen by whoever should see them, undone with their work, never half kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.records import APPEND, JOURNAL
from semper_host.supporting.archive.records import place as place_of
from semper_host.supporting.archive.storage_errors import STORAGE_FAULTS

KEY = bytes(range(32))
DEAL, OTHER, SESSION = b"d" * 32, b"o" * 32, b"s" * 32

Work = Callable[[Connection], Any]


class Undo(Exception):
    """What a work raises to be undone."""


def in_one_commit(archive: Archive, *works: Work) -> list[Future[Any]]:
    """Run `works` in this order, all in the batch that follows a commit which is held back."""
    begun, go_on = threading.Event(), threading.Event()

    def holding(tx: Connection) -> None:
        begun.set()
        assert go_on.wait(10)

    pool = ThreadPoolExecutor(len(works) + 1)
    first = pool.submit(archive.commit, holding)
    assert begun.wait(10)
    futures = []
    for count, work in enumerate(works, 1):
        futures.append(pool.submit(archive.commit, work))
        while len(archive.store._turns._queue) < count:
            pass
    go_on.set()
    first.result(10)
    pool.shutdown()
    return futures


def append(archive: Archive, deal: bytes, payload: bytes) -> Work:
    return lambda tx: archive.append_journal(tx, deal, payload)


def test_a_transaction_reads_what_it_appended(archive: Archive) -> None:
    def work(tx: Connection) -> tuple[list[bytes], int, int, int]:
        archive.append_journal(tx, DEAL, b"one")
        archive.append_evidence(tx, DEAL, b"", "buyer", "pay", b"message")
        archive.enqueue(tx, SESSION, b"mail")
        archive.put_deal(tx, DEAL, "buyer", "running", 1, {})
        row = archive.deal(DEAL, tx)
        assert row is not None and archive.deals(tx) == [row]
        seqs = archive.evidence_head(DEAL, tx).seq, archive.session_state(SESSION, tx).sent
        return archive.journal(DEAL, tx), *seqs, len(archive.outbox(SESSION, tx=tx))

    assert archive.commit(work) == ([b"one"], 1, 1, 1)


def test_nobody_else_reads_it_before_the_commit(archive: Archive) -> None:
    def work(tx: Connection) -> tuple[list[bytes], int, int]:
        archive.append_journal(tx, DEAL, b"one")
        archive.append_evidence(tx, DEAL, b"", "buyer", "pay", b"message")
        archive.enqueue(tx, SESSION, b"mail")
        return archive.journal(DEAL), archive.evidence_head(DEAL).seq, archive.session_state(SESSION).sent

    assert archive.commit(work) == ([], 0, 0)


def test_a_work_that_fails_takes_its_own_rows_back_and_no_others(archive: Archive) -> None:
    def fails(tx: Connection) -> None:
        archive.append_journal(tx, DEAL, b"undone")
        archive.append_journal(tx, OTHER, b"undone")
        raise Undo

    works = append(archive, DEAL, b"one"), fails, append(archive, DEAL, b"two"), append(archive, OTHER, b"other")
    one, failed, two, other = in_one_commit(archive, *works)
    assert (one.result(), two.result(), other.result()) == (1, 2, 1)
    assert isinstance(failed.exception(), Undo)
    assert (archive.journal(DEAL), archive.journal(OTHER)) == ([b"one", b"two"], [b"other"])


def test_a_work_that_fails_after_its_rows_were_written_takes_them_back(archive: Archive) -> None:
    def fails(tx: Connection) -> None:
        archive.append_journal(tx, DEAL, b"undone")
        assert archive.journal(DEAL, tx) == [b"one", b"undone"]  # writes them, and those of the work before
        archive.keep(tx, DEAL, "name", b"undone")
        raise Undo

    one, failed, two = in_one_commit(archive, append(archive, DEAL, b"one"), fails, append(archive, DEAL, b"two"))
    assert (one.result(), two.result()) == (1, 2)
    assert isinstance(failed.exception(), Undo)
    assert archive.journal(DEAL) == [b"one", b"two"]
    assert archive.recall(DEAL, "name") is None


def test_where_rows_of_an_earlier_work_cannot_be_written_all_of_the_commit_fails(archive: Archive) -> None:
    full = text("CREATE TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'cannot'); END")
    archive.commit(lambda tx: tx.execute(full))

    def looks(tx: Connection) -> None:
        with pytest.raises(Exception, match="cannot"):
            archive.journal(DEAL, tx)

    one, other = in_one_commit(archive, append(archive, DEAL, b"one"), looks)
    assert one.exception() is not None and other.exception() is not None
    archive.commit(lambda tx: tx.execute(text("DROP TRIGGER full")))
    assert archive.commit(append(archive, DEAL, b"one")) == 1
    assert archive.journal(DEAL) == [b"one"]


def test_after_a_failed_commit_numbers_go_on_from_what_is_durable(archive: Archive) -> None:
    def work(tx: Connection) -> None:
        archive.append_journal(tx, DEAL, b"lost")
        archive.enqueue(tx, SESSION, b"lost")
        archive.accept(tx, SESSION, 1)
        raise Undo

    with pytest.raises(Undo):
        archive.commit(work)
    assert archive.commit(append(archive, DEAL, b"one")) == 1
    assert archive.commit(lambda tx: archive.enqueue(tx, SESSION, b"mail")) == 1
    assert archive.commit(lambda tx: archive.accept(tx, SESSION, 1))


def test_what_another_process_wrote_is_seen_by_the_next_commit(archive: Archive, place: Path) -> None:
    other = Archive.open(place, KEY)
    for number in range(1, 5):
        mine = archive if number % 2 else other

        def step(tx: Connection, mine: Archive = mine) -> tuple[int, int, int]:
            link = mine.append_evidence(tx, DEAL, b"", "buyer", "pay", b"message")
            return mine.append_journal(tx, DEAL, b"entry"), link.seq, mine.enqueue(tx, SESSION, b"mail")

        assert mine.commit(step) == (number, number, number)
        mine.commit(append(mine, bytes([number]) * 32, b"a deal of its own"))
    assert archive.verify_evidence(DEAL).seq == 4
    assert [archive.journal(bytes([n]) * 32) for n in range(1, 5)] == [[b"a deal of its own"]] * 4
    other.close()


def test_many_appends_of_one_commit_all_arrive(archive: Archive) -> None:
    def work(tx: Connection) -> None:
        for number in range(200):
            archive.append_journal(tx, DEAL, b"%d" % number)

    archive.commit(work)
    assert archive.journal(DEAL) == [b"%d" % number for number in range(200)]


def test_mail_that_is_acknowledged_in_the_commit_that_sent_it_does_not_wait(archive: Archive) -> None:
    def work(tx: Connection) -> None:
        for _ in range(3):
            archive.enqueue(tx, SESSION, b"mail")
        archive.acknowledge(tx, SESSION, 2)

    archive.commit(work)
    assert [seq for seq, _ in archive.outbox(SESSION)] == [3]


def test_a_work_that_goes_on_after_its_rows_could_not_be_written_is_undone(archive: Archive) -> None:
    archive.commit(append(archive, DEAL, b"one"))

    def careless(tx: Connection) -> None:
        archive.append_journal(tx, OTHER, b"lost")
        archive.store.pending.put(APPEND, (place_of(1, JOURNAL, 1), b"taken", None, None, None))
        with suppress(*STORAGE_FAULTS):
            tx.execute(text("SELECT 1"))

    for alone in (True, False):
        with pytest.raises(STORAGE_FAULTS):
            if alone:
                archive.commit(careless)
            else:
                in_one_commit(archive, careless)[0].result()
        assert archive.journal(OTHER) == []
    archive.commit(append(archive, OTHER, b"first"))
    assert (archive.journal(DEAL), archive.journal(OTHER)) == ([b"one"], [b"first"])
