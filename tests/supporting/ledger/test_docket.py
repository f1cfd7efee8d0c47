"""The trustee's docket: one row for a label whoever writes it, never changed; one worker for each order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.archive.store import Store, Transaction
from semper_host.supporting.ledger.docket import CaseNote, CaseRow, Docket

L, M = b"L" * 32, b"M" * 32


def case(label: bytes = L, verdict: str = "resolved", merchant: str = "shop", decided: int = 100) -> CaseRow:
    return CaseRow(label, verdict, decided, merchant, b"key", b"row " + verdict.encode())


@pytest.fixture
def store(place: Path | str) -> Iterator[Store]:
    opened = open_store(place)
    yield opened
    opened.close()


@pytest.fixture
def docket(store: Store) -> Docket:
    return Docket(store)


def test_the_first_row_stands(store: Store, docket: Docket) -> None:
    assert store.commit(lambda tx: docket.decide(tx, case())) is None
    assert store.commit(lambda tx: docket.decide(tx, case(verdict="aborted"))) == case()
    assert docket.case(L) == case() and docket.case(M) is None


def test_of_many_processes_one_decides(place: Path | str, docket: Docket) -> None:
    stores = [open_store(place) for _ in range(4)]
    start, standing = threading.Barrier(8, timeout=20), []

    def decide(store: Store, name: str) -> None:
        own = Docket(store)
        start.wait()
        standing.append((name, store.commit(lambda tx: own.decide(tx, case(verdict=name)))))

    threads = [threading.Thread(target=decide, args=(stores[n % 4], f"verdict {n}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    winners = [name for name, before in standing if before is None]
    assert len(standing) == 8 and len(winners) == 1
    assert {before.verdict for _, before in standing if before is not None} == set(winners)
    for store in stores:
        store.close()


@pytest.mark.parametrize("table", ["trustee_cases", "trustee_notes"])
@pytest.mark.parametrize("change", ["DELETE FROM {0}", "UPDATE {0} SET label = label"])
def test_what_was_decided_can_not_be_changed_or_deleted(
    store: Store, docket: Docket, table: str, change: str
) -> None:
    store.commit(lambda tx: docket.decide(tx, case()))
    store.commit(lambda tx: docket.note(tx, CaseNote(L, "ended", b"bank", 1, b"record")))
    with pytest.raises(IntegrityError, match="never changed"):
        store.commit(lambda tx: tx.execute(text(change.format(table))))
    assert docket.case(L) == case()


def test_the_first_note_of_a_kind_about_one_bank_stands(store: Store, docket: Docket) -> None:
    for about, data, new in ((b"b1", b"one", True), (b"b1", b"two", False), (b"b2", b"three", True)):
        note = CaseNote(L, "ended", about, 5, data)
        assert store.commit(partial(docket.note, note=note)) is new
    assert [(each.about, each.data) for each in docket.notes(L)] == [(b"b1", b"one"), (b"b2", b"three")]


def test_work_is_leased_to_one_and_comes_free_when_given_back_or_when_the_lease_ends(
    store: Store, docket: Docket
) -> None:
    store.commit(lambda tx: docket.owe(tx, L, due=10))
    store.commit(lambda tx: docket.owe(tx, L, due=99))  # it is owed once
    assert docket.first_due(0) == 10
    assert store.commit(lambda tx: docket.lease_next(tx, 9, 50, "ann")) is None
    assert store.commit(lambda tx: docket.lease_next(tx, 10, 50, "ann")) == (L, 1)
    assert docket.first_due(20) is None
    assert store.commit(lambda tx: docket.lease_next(tx, 49, 90, "ben")) is None
    assert not store.commit(lambda tx: docket.lease(tx, L, 49, 90, "ben"))
    assert store.commit(lambda tx: docket.lease_next(tx, 50, 90, "ben")) == (L, 2)
    store.commit(lambda tx: docket.again(tx, L, 60, "ann"))  # her lease is over: it is not hers to give back
    assert not store.commit(lambda tx: docket.lease(tx, L, 70, 99, "cy"))
    store.commit(lambda tx: docket.again(tx, L, 60, "ben"))
    assert store.commit(lambda tx: docket.lease(tx, L, 55, 99, "cy")), "who is asked need not wait until it is due"
    store.commit(lambda tx: docket.done(tx, L))
    assert docket.left() == [] and store.commit(lambda tx: docket.lease_next(tx, 999, 1999, "ann")) is None


def test_no_two_workers_of_several_processes_have_the_same_work(place: Path | str, docket: Docket) -> None:
    stores = [open_store(place) for _ in range(3)]
    labels = [bytes([n]) * 32 for n in range(30)]
    for label in labels:
        stores[0].commit(partial(docket.owe, label=label, due=1))
    taken: list[bytes] = []

    def work(store: Store, name: str) -> None:
        own = Docket(store)
        while (found := store.commit(lambda tx: own.lease_next(tx, 10, 10_000, name))) is not None:
            taken.append(found[0])

    threads = [threading.Thread(target=work, args=(stores[n % 3], f"w{n}")) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(taken) == labels
    for store in stores:
        store.close()


def test_cases_are_listed_latest_first(store: Store, docket: Docket) -> None:
    for number, (verdict, at) in enumerate([("aborted", 10), ("aborted", 20), ("resolved", 30)]):
        row = case(bytes([number]) * 32, verdict, "shop", at)
        store.commit(partial(docket.decide, case=row))
    store.commit(lambda tx: docket.decide(tx, case(M, merchant="other")))
    store.commit(lambda tx: docket.owe(tx, M, due=7))
    assert [line.decided for line in docket.lines(2)] == [100, 30]
    assert [(line.label, line.tries, line.due) for line in docket.lines(9, open_only=True)] == [(M, 0, 7)]


def test_cases_are_counted_alike_by_whoever_wrote_what_came_before(store: Store, place: Path | str) -> None:
    """What a writer remembers of a count must be what is there: after others wrote, after an undone work, a clock set
    back, and for another merchant or key in between."""
    other_store = open_store(place)
    dockets, kept = ((Docket(store), store), (Docket(other_store), other_store)), list[CaseRow]()
    steps = [(0, 100, "shop", 0), (0, 100, "shop", 1), (0, 105, "shop", 0), (1, 106, "shop", 2), (0, 107, "shop", 0),
             (0, 108, "bar", 0), (0, 103, "shop", 1), (0, 104, "shop", 0), (1, 111, "shop", 0), (1, 115, "shop", 1),
             (0, 116, "bar", 0), (0, 130, "shop", 0), (1, 131, "shop", 0)]  # fmt: skip
    for number, (who, at, merchant, key) in enumerate(steps):
        docket, written = dockets[who]
        verdict = "aborted" if number % 3 else "resolved"
        row = CaseRow(bytes([number]) * 32, verdict, at, merchant, b"key%d" % key, b"row")

        def counted(tx: Transaction, refuse: bool, docket: Docket = docket, row: CaseRow = row) -> tuple[int, ...]:
            assert docket.decide(tx, row) is None
            found = docket.used(tx, row, row.decided - 10, "resolved")
            if refuse:
                raise PeerDeviated("TRUSTEE_QUOTA", "cannot decide: it was one too many")
            return found

        if number % 2:
            with pytest.raises(PeerDeviated):
                written.commit(partial(counted, refuse=True))
        kept.append(row)
        recent = [each for each in kept if each.merchant == merchant and each.decided > at - 10]
        of_key = [each for each in kept if each.deal_key == row.deal_key]
        expected = tuple(
            count for some in (recent, of_key) for count in (len(some), sum(e.verdict != "resolved" for e in some))
        )
        assert written.commit(partial(counted, refuse=False)) == expected, number
    other_store.close()


def test_a_row_goes_with_the_work_that_wrote_it_and_not_with_others_of_the_same_commit(
    store: Store, docket: Docket
) -> None:
    def refused(tx: Transaction) -> None:
        docket.decide(tx, case())
        docket.owe(tx, L, due=1)
        raise PeerDeviated("TRUSTEE_QUOTA", "cannot: too many")

    async def together() -> list[object]:
        works = [lambda tx: docket.decide(tx, case(M)), refused, lambda tx: docket.decide(tx, case(b"N" * 32))]
        return await asyncio.gather(*(store.committed(work) for work in works), return_exceptions=True)

    first, second, third = asyncio.run(together())
    assert first is third is None and isinstance(second, PeerDeviated)
    assert docket.case(L) is None and docket.left() == []
    assert docket.case(M) is not None and docket.case(b"N" * 32) is not None
