"""Area confinement: what the walls and the dialect cost, against the same work without them."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.measure import Bench, Row, clocked, duration, in_turn
from benchmarks.process import program
from semper_host.api_v1 import Article, OfferView, Order, OrderLine
from semper_host.confinement import dialect, frames, vdso, wall_types
from semper_host.confinement.broker import Broker, Quotas
from semper_host.confinement.bundle_process import Worker
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.wall_types import ENCODE
from semper_host.confinement.zygote import Zygote
from semper_host.host.replay import Journal
from semper_host.model.grants import Grants
from semper_host.model.money import Money
from semper_host.supporting.archive.archive import Archive

HERE = Path(__file__).parent
FORKS = 20
"""Forks of one run."""
ROUNDS = 500
"""Requests of one run: few, and runs many, since on which processors both sides are put changes most."""
REPLAYED = 10_000
"""Requests of the call that is replayed: as many as one deal may make."""
REPEATS = 40_000
"""How often the attribute-heavy bundle goes over its five articles in one run."""
LIMITS = Limits(cpu_seconds=60, wall_seconds=60)
OFFER = OfferView([Article(f"a{n}", f"Article {n}", Money(100 + n, "EUR")) for n in range(5)], [])


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area, but for memory."""
    zygote = bench.setting.zygote
    yield _fork_to_ready(bench, zygote)
    yield _fork_compile_call(bench, zygote)
    yield from _round_trips(bench, zygote)
    yield _replay(bench, zygote)
    yield _attribute_heavy(bench, zygote)


def source(name: str, kind: str, role: str) -> Source:
    """Return a bundle of bundles/ as what a worker compiles."""
    return Source(bytes(32), kind, {role: (HERE / "bundles" / f"{name}.py").read_bytes()})


def _fork_to_ready(bench: Bench, zygote: Zygote) -> Row:
    with Zygote.start([str(HERE / "bare_fork_server.py")]) as bare:
        timings = in_turn(bench.runs, lambda: _forks(zygote), lambda: _forks(bare))
    return duration("confinement.fork_to_ready", "µs", timings[0], timings[1], most=3)


def _forks(zygote: Zygote) -> float:
    """Return the mean seconds from ordering a worker to its word that it is ready. Each is gone before the next."""
    total = 0.0
    for _ in range(FORKS):
        started = time.perf_counter()
        channel, leash = zygote.spawn(LIMITS)
        worker = Worker(channel, leash, Source(b"", "", {}), LIMITS)
        worker.ready()
        total += time.perf_counter() - started
        channel.shutdown(socket.SHUT_RDWR)
        leash.recv(64)
        worker.close()
    return total / FORKS


def _fork_compile_call(bench: Bench, zygote: Zygote) -> Row:
    service = source("hundred_lines", "commerce-service", "buyer")
    wishes = Order([OrderLine("a3", 2)])

    def call() -> None:
        assert zygote.call(service, "buyer.compose", (OFFER, wishes), refuse, LIMITS) == wishes

    def compiling() -> None:
        dialect.load(service.modules["buyer"], "buyer.py")

    wall_types.prepare()
    dialect.prepare()
    timings = in_turn(4 * bench.runs, clocked(call), clocked(compiling))
    return duration("confinement.fork_compile_call", "ms", timings[0], timings[1], most=2)


def _round_trips(bench: Bench, zygote: Zygote) -> Iterator[Row]:
    yield _round_trip(bench, zygote, "confinement.request_round_trip", most=1.5)
    channel, leash = zygote.spawn(LIMITS)
    with Worker(channel, leash, Source(b"", "", {}), LIMITS) as worker:
        refused = worker.ready().walls.get("no-clock") == vdso.HIDDEN
    if refused:
        yield _round_trip(bench, zygote, "confinement.request_round_trip_both_without_clock", "no-clock")


def _round_trip(bench: Bench, zygote: Zygote, name: str, *limits: str, most: float | None = None) -> Row:
    quotas = Quotas(requests=1_000_000, request_bytes=1_000_000_000)
    broker = Broker(Grants(()), lambda request: 1_800_000_000, lambda request, why: None, quotas)
    with _echo(ROUNDS, *limits) as ours, zygote.worker(source("rounds", "payment-system", "payer"), LIMITS) as worker:

        def asking() -> float:
            started = time.perf_counter()
            assert worker.call("payer.restore", (1, 0, ROUNDS), broker) == ROUNDS
            return (time.perf_counter() - started) / ROUNDS

        timings = in_turn(4 * bench.runs, asking, lambda: _echoed(ours, ROUNDS) / ROUNDS)
    return duration(name, "µs", timings[0], timings[1], most=most)


def _replay(bench: Bench, zygote: Zygote) -> Row:
    """Go on with a call of 10,000 requests in a fresh worker, from a journal on a real disk: every answer is there."""
    rounds = source("rounds", "payment-system", "payer")
    with closing(Archive.open(bench.directory("replay") / "archive.db", bytes(32))) as archive, _echo(REPLAYED) as ours:

        def call(answer: Callable[[object], object]) -> float:
            started = time.perf_counter()
            journal = Journal(archive, b"call", rounds.bundle, answer)
            with zygote.worker(rounds, LIMITS) as worker:
                assert worker.call("payer.restore", (1, 0, REPLAYED), journal, journal.known) == REPLAYED
            journal.end()
            seconds = time.perf_counter() - started
            archive.commit(journal.keep)
            return seconds

        call(lambda request: 1_800_000_000)
        timings = in_turn(bench.runs, lambda: call(refuse), lambda: _echoed(ours, REPLAYED))
    return duration("confinement.replay_of_10000", "ms", timings[0], timings[1], most=1.5)


@contextmanager
def _echo(rounds: int, *more: str) -> Iterator[socket.socket]:
    """A process at the other end of a bare socketpair that asks `rounds` times whenever it is called."""
    ours, theirs = socket.socketpair()
    echoing = program("echo_process", str(theirs.fileno()), str(rounds), *more)
    with theirs:
        echo = subprocess.Popen(echoing.command, cwd=echoing.cwd, pass_fds=[theirs.fileno()])
    with ours:
        yield ours
    echo.wait(10)


def _echoed(channel: socket.socket, rounds: int) -> float:
    """Answer `rounds` requests over the bare socketpair; return the seconds."""
    buffer = bytearray()
    started = time.perf_counter()
    channel.sendall(frames.pack(frames.Tag.CALL, 0, b""))
    for _ in range(rounds):
        frame = None
        while frame is None:
            buffer += channel.recv(frames.MAX_FRAME)
            frame = frames.split(buffer)
        wall_types.REQUESTS.decode(frame.payload)
        channel.sendall(frames.pack(frames.Tag.ANSWER, frame.number, ENCODE(1_800_000_000)))
    return time.perf_counter() - started


def _attribute_heavy(bench: Bench, zygote: Zygote) -> Row:
    service = source("attributes", "commerce-service", "buyer")
    wishes = Order([OrderLine("a1", REPEATS)], "none")
    plain: dict[str, Any] = {}
    exec(compile(service.modules["buyer"], "attributes.py", "exec"), plain)
    with zygote.worker(service, LIMITS) as worker:

        def confined() -> object:
            return worker.call("buyer.compose", (OFFER, wishes), refuse)

        assert confined() == plain["compose"](OFFER, wishes)
        timings = in_turn(bench.runs, clocked(confined), clocked(lambda: plain["compose"](OFFER, wishes)))
    return duration("confinement.attribute_heavy", "ms", timings[0], timings[1], most=3)


def refuse(request: object) -> None:
    """Answer a request that must not come."""
    raise AssertionError(f"{request} was not expected")
