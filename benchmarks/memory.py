"""Area confinement, the memory of idle workers: what each of them costs (PSS), alone and among many."""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.confinement import LIMITS, OFFER, refuse, source
from benchmarks.measure import Bench, Goal, Row
from semper_host.api_v1 import Order, OrderLine
from semper_host.confinement.bundle_process import Worker
from semper_host.confinement.zygote import Zygote

MANY = (20, 200)
"""Idle workers at once."""
SERVICE, WISHES = source("hundred_lines", "commerce-service", "buyer"), Order([OrderLine("a3", 2)])
"""What each is called with in the end."""


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows; none where the kernel does not let us read the memory of a process that is not dumpable."""
    zygote = bench.setting.zygote
    try:
        alone = [size for _ in range(bench.runs) for size in idle_sizes(zygote, 1)]
        many = {count: [statistics.median(idle_sizes(zygote, count)) for _ in range(bench.runs)] for count in MANY}
    except PermissionError:
        print("confinement: no row on memory, which only root can read of a locked worker", file=sys.stderr)
        return
    yield Row("confinement.idle_worker_pss", statistics.median(alone), "MB", goal=Goal("value", most=5))
    for count, sizes in many.items():
        yield Row(f"confinement.idle_worker_pss_of_{count}", statistics.median(sizes), "MB", goal=Goal("value", most=5))


def idle_sizes(zygote: Zygote, count: int) -> list[float]:
    """Return the PSS of each of `count` idle, locked workers at once, in megabytes; then each must answer a call."""
    workers = []
    try:
        before = _descendants(zygote.pid)
        for _ in range(count):
            channel, leash = zygote.spawn(LIMITS)
            workers.append(Worker(channel, leash, SERVICE, LIMITS))
            workers[-1].ready()
        found = _descendants(zygote.pid) - before
        sizes = [_pss(process) / 1e6 for process in found]
        assert len(sizes) == count
        for worker in workers:
            assert worker.call("buyer.compose", (OFFER, WISHES), refuse) == WISHES
        return sizes
    finally:
        for worker in workers:
            worker.close()


def _descendants(process: int) -> set[int]:
    """Return the processes below `process`."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue  # it ended meanwhile
            parents[int(entry)] = int(stat.rpartition(")")[2].split()[1])
    found, size = {process}, 0
    while len(found) != size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found - {process}


def _pss(process: int) -> int:
    """Return the proportional set size of a process, in bytes (proc(5), smaps_rollup)."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise PermissionError
