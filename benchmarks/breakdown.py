"""Where the time of one durable exchange goes: its parts measured each alone (docs/explanation/performance.md).

python -m benchmarks.breakdown
"""

from __future__ import annotations

import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from benchmarks.exchange import AT_ONCE, COMMITS, bare_operations
from benchmarks.fdatasync import DurableWrites
from benchmarks.measure import clocked, in_turn
from benchmarks.parties import BUYER, SELLER, Agreed, exchange, exchange_in_task
from benchmarks.process import ROOT
from benchmarks.tasks import in_tasks
from benchmarks.threads import at_once
from semper_host.exchange.primitives import Crypto
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.pending import Pending, Row, Target
from semper_host.supporting.archive.store import Store
from semper_host.supporting.archive.writer import BUSY_AFTER
from semper_host.supporting.cryptographic.secret import Box

EXCHANGES, RUNS = 40, 9
"""Exchanges of one timing, and timings behind each median."""

Written = list[tuple[int, list[tuple[Target, tuple[Row, ...]]]]]
"""What was written, commit for commit: in which of the two archives, and rows by their target."""


def main() -> int:
    """Measure and print; milliseconds of one exchange."""
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=ROOT / "benchmarks") as scratch:
        place = Path(scratch)
        disk = DurableWrites(place / "bare")
        works: dict[str, Callable[[], object]] = {
            "signatures and verifications": _all(bare_operations()),
            "HPKE, key derivation, wrapping": _all(_other_operations()),
            "encryption of journal and mail": _all([partial(Box(bytes(32)).encrypt, bytes(700), bytes(90))] * 10),
            "six bare durable writes": lambda: disk.write(COMMITS),
        }
        timed = [clocked(partial(_several, act)) for act in works.values()]
        written = _written()
        timed += [partial(_replayed, written, None), partial(_replayed, written, place)]
        timed += [partial(_whole, None), partial(_whole, place)]
        found = [1e3 * statistics.median(each) / EXCHANGES for each in in_turn(RUNS, *timed)]
        disk.close()
    names = [*works, "its rows, bare, in memory", "its rows, bare, on disk", "the exchange in memory", "on disk"]
    for name, value in zip(names, found, strict=True):
        print(f"{value:8.3f} ms  {name}")
    signatures, hpke, sealing, _, in_memory, on_disk, exchanged, durable = found
    python = exchanged - signatures - hpke - sealing - in_memory
    floor = signatures + hpke + sealing
    print(f"{python:8.3f} ms  the interpreter: the exchange in memory without the parts above")
    print(f"{signatures / durable:8.3f}     ratio, one after the other")
    print(f"{signatures / (floor + on_disk):8.3f}     the same if the interpreter took no time")
    print(f"{signatures / exchanged:8.3f}     the most at eight at once: nothing waits for the disk")
    print(f"{signatures / (floor + in_memory):8.3f}     the same if the interpreter took no time")
    with tempfile.TemporaryDirectory(prefix=".scratch-", dir=ROOT / "benchmarks") as scratch:
        for name, way in (("tasks", in_tasks), ("threads", at_once)):
            _print_together(name, [_together(Path(scratch), way) for _ in range(RUNS)])
    return 0


class Together(NamedTuple):
    """What one exchange took where eight went on at once: milliseconds, and counts."""

    clock: float
    processor: float
    commits: float
    switches: float


def _print_together(name: str, found: Sequence[Together]) -> None:
    clock, processor, commits, switches = map(statistics.median, zip(*found, strict=True))
    print(
        f"{clock:8.3f} ms  eight at once, as {name}:"
        f" {processor:.3f} ms of processor time, {commits:.2f} commits, {switches:.1f} switches of threads"
    )


def _together(place: Path, way: Callable[[Any], float]) -> Together:
    """Make exchanges eight at once in archives that have been in use for a while."""
    sellers, buyers = _opened(place)
    both: dict[str, Any] = {"sellers": sellers, "buyers": buyers, "seller": SELLER.crypto, "buyer": BUYER.crypto}
    for _ in range(BUSY_AFTER // 3 + 1):
        exchange(Agreed.fresh(), **both)
    commits = [0]
    for archive in (sellers, buyers):
        archive.store._writer.commit = partial(_counted, archive.store._writer.commit, commits)  # type: ignore[method-assign]
    run = exchange_in_task if way is in_tasks else exchange
    jobs = [[partial(run, Agreed.fresh(), **both) for _ in range(EXCHANGES // AT_ONCE)] for _ in range(AT_ONCE)]
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    clock = way(jobs)
    processor, after = time.process_time() - started, resource.getrusage(resource.RUSAGE_SELF)
    for archive in (sellers, buyers):
        archive.close()
    switches = after.ru_nvcsw - before.ru_nvcsw + after.ru_nivcsw - before.ru_nivcsw
    return Together(1e3 * clock / EXCHANGES, 1e3 * processor / EXCHANGES, commits[0] / EXCHANGES, switches / EXCHANGES)


def _counted(commit: Callable[[], None], commits: list[int]) -> None:
    commits[0] += 1
    commit()


def _several(act: Callable[[], object]) -> None:
    for _ in range(EXCHANGES):
        act()


def _all(operations: Sequence[Callable[[], object]]) -> Callable[[], object]:
    return lambda: [operation() for operation in operations]


def _other_operations() -> list[Callable[[], object]]:
    """Return what else an exchange asks of cryptography, with the arguments of a real one."""
    noted: list[Callable[[], object]] = []

    def noting(crypto: Crypto) -> Crypto:
        def wrapped(function: Callable[..., bytes]) -> Callable[..., bytes]:
            def call(*arguments: bytes) -> bytes:
                noted.append(partial(function, *arguments))
                return function(*arguments)

            return call

        return replace(
            crypto, seal=wrapped(crypto.seal), unseal=wrapped(crypto.unseal), wrap=wrapped(crypto.wrap),
            unwrap=wrapped(crypto.unwrap), derive=wrapped(crypto.derive),
        )  # fmt: skip

    sellers, buyers = _opened(None)
    exchange(Agreed.fresh(), sellers, buyers, noting(SELLER.crypto), noting(BUYER.crypto))
    return noted


def _opened(place: Path | None) -> tuple[Archive, Archive]:
    """Return two fresh archives: in memory, or in files below `place`."""
    one, other = ("sqlite://" if place is None else place / f"{os.urandom(4).hex()}.db" for _ in range(2))
    return Archive.open(one, bytes(32)), Archive.open(other, bytes(32))


def _whole(place: Path | None) -> float:
    """Time EXCHANGES exchanges; return seconds."""
    sellers, buyers = _opened(place)
    deals = [Agreed.fresh() for _ in range(EXCHANGES + 1)]
    exchange(deals.pop(), sellers, buyers, SELLER.crypto, BUYER.crypto)
    started = time.perf_counter()
    for agreed in deals:
        exchange(agreed, sellers, buyers, SELLER.crypto, BUYER.crypto)
    seconds = time.perf_counter() - started
    sellers.close()
    buyers.close()
    return seconds


def _written() -> Written:
    """Return what EXCHANGES exchanges write, commit for commit."""
    written: Written = []
    sellers, buyers = _opened(None)
    for number, archive in enumerate((sellers, buyers)):
        archive.store.pending.finish = partial(_noted, written, number, archive.store.pending)  # type: ignore[method-assign]
    for _ in range(EXCHANGES):
        exchange(Agreed.fresh(), sellers, buyers, SELLER.crypto, BUYER.crypto)
    return written


def _noted(written: Written, number: int, pending: Pending) -> None:
    """Note what `pending` is about to write, then write it."""
    rows = sorted(pending.waiting(), key=lambda each: each[0].rank)
    written.append((number, rows))
    Pending.finish(pending)


def _replayed(written: Written, place: Path | None) -> float:
    """Time the bare writing of what was `written`, in as many commits; return seconds."""
    archives = _opened(place)
    stores: list[Store] = [archive.store for archive in archives]
    started = time.perf_counter()
    for number, statements in written:
        stores[number].commit(partial(_write, statements))
    seconds = time.perf_counter() - started
    for archive in archives:
        archive.close()
    return seconds


def _write(statements: list[tuple[Target, tuple[Row, ...]]], tx: Connection) -> None:
    for target, rows in statements:
        target.write(tx, rows)


if __name__ == "__main__":
    sys.exit(main())
