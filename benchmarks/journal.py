"""Area journal: appends to the effect journal, each durable before it returns, against the bare fdatasync."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from benchmarks.fdatasync import SIZE, DurableWrites
from benchmarks.measure import Bench, Row, clocked, in_turn, per_second, rate
from benchmarks.tasks import in_tasks
from benchmarks.threads import at_once
from semper_host.supporting.archive.archive import Archive

SERIAL, WRITERS, EACH = 20, 128, 8
"""Appends of one serial turn; writers of a concurrent one, and the appends that each of them makes."""
TURNS = 10
"""Serial turns are short, and so many times the runs: journal and bare writes then see the same moments of the disk."""
UNIT = "appends/s"


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    place = bench.directory("journal")
    archive, disk = Archive.open(place / "archive.db", bytes(32)), DurableWrites(place / "bare")
    payload, deal = os.urandom(SIZE), os.urandom(32)

    def append(to: bytes) -> None:
        archive.commit(lambda tx: archive.append_journal(tx, to, payload))

    async def append_in_task(to: bytes) -> None:
        await archive.committed(lambda tx: archive.append_journal(tx, to, payload))

    def serial() -> None:
        for _ in range(SERIAL):
            append(deal)

    timings = in_turn(TURNS * bench.runs, clocked(serial), clocked(lambda: disk.write(SERIAL)))
    yield rate("journal.serial_append", UNIT, SERIAL, timings[0], per_second(SERIAL, timings[1]), least=0.7)

    deals = [os.urandom(32) for _ in range(WRITERS)]
    tasks = [[partial(append_in_task, to)] * EACH for to in deals]
    threads = [[partial(append, to)] * EACH for to in deals]
    timings = in_turn(
        bench.runs, lambda: in_tasks(tasks), lambda: at_once(threads), clocked(lambda: disk.write(SERIAL))
    )
    limit = per_second(SERIAL, timings[2])
    yield rate("journal.append_by_128", UNIT, WRITERS * EACH, timings[0], limit, least=4)
    yield rate("journal.append_by_128_threads", UNIT, WRITERS * EACH, timings[1], limit)
    archive.close()
    disk.close()
