"""Area repo: publishing and fetching at 100,000 releases, beside the same work through python-tuf."""

from __future__ import annotations

import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.fetched import Fetched, served
from benchmarks.large_log import LargeLog
from benchmarks.measure import Bench, Goal, Row, Work, duration, in_turn
from benchmarks.tuf_bins import TufRepository
from semper_host.admission.log_evidence import LogPolicy, read_staple, verify_checkpoint, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.standing import open_status
from semper_host.admission.statements import digest
from semper_host.supporting.anchor import client
from semper_host.supporting.anchor.files import from_files
from semper_host.supporting.anchor.state import AnchorState, Head
from semper_host.supporting.cryptographic.merkle import leaf_hash, verify_inclusion
from service_repo import layout
from service_repo.log import tree
from service_repo.log.tiles import Tiles

RELEASES = 100_000
SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
EACH = 8
"""Publishes behind one timing."""


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    ours = LargeLog(bench.directory("repo_ours"), RELEASES)
    theirs = TufRepository(bench.directory("repo_tuf"), RELEASES)
    yield from _publishing(bench, ours, theirs)
    yield from _fetching(bench, ours, theirs)
    ours.close()
    yield from _growth(bench)


def _publishing(bench: Bench, ours: LargeLog, theirs: TufRepository) -> Iterator[Row]:
    bare = LargeLog(bench.directory("repo_bare"), RELEASES, witnesses=0)
    tuf = _each(lambda bundle: theirs.publish(f"{bundle.id}-1.0.0.smp".replace("/", "-"), bundle.archive), bare)
    works = _each(bare.publish, bare), _each(ours.publish, ours), tuf, _together(bare)
    timings = in_turn(bench.runs, *works)
    yield duration("repo.publish", "ms", timings[0], timings[2], most=0.2)
    yield duration("repo.publish_witnessed", "ms", timings[1], timings[2])
    yield duration("repo.publish_sixteen_together", "ms", timings[3], timings[2], most=0.2)
    bare.close()
    synced = LargeLog(bench.directory("repo_synced"), RELEASES, witnesses=0, durable=True)
    tuf_synced = TufRepository(bench.directory("repo_tuf_synced"), RELEASES, durable=True)
    slow = _each(lambda bundle: tuf_synced.publish(f"{bundle.id}-1.0.0.smp".replace("/", "-"), bundle.archive), synced)
    timings = in_turn(bench.runs, _each(synced.publish, synced), slow)
    yield duration("repo.publish_with_fsync", "ms", timings[0], timings[1])
    synced.close()


def _fetching(bench: Bench, ours: LargeLog, theirs: TufRepository) -> Iterator[Row]:
    bundles = [ours.bundle() for _ in range(3)]
    for each in bundles:
        ours.publish(each)
        theirs.publish(each.id.replace("/", "-"), each.archive)
    wanted, name = bundles[0], bundles[0].id.replace("/", "-")
    with served(ours.repository.directory) as at, served(theirs.directory) as tuf_at:
        scratch = Path(mkdtemp(dir=bench.scratch))
        counted: dict[str, list[int]] = {"ours": [], "theirs": [], "ours_after": [], "theirs_after": []}
        requests: dict[str, list[int]] = {"ours": [], "theirs": []}
        numbers = itertools.count()
        trusted = client.begin(ours.root, ours.fingerprint)

        def cold() -> float:
            return _timed(at, counted["ours"], lambda fetched: _cold(fetched, trusted, wanted.digest), requests["ours"])

        def tuf_cold() -> float:
            client_of = partial(theirs.client, scratch / str(next(numbers)))
            return _timed(
                tuf_at, counted["theirs"], lambda fetched: _looked_up(client_of(fetched), name), requests["theirs"]
            )

        timings = in_turn(bench.runs, cold, tuf_cold)
        asked = requests["theirs"][-1]
        yield Row("repo.cold_requests", requests["ours"][-1], "requests", asked, Goal("value", most=1))
        yield Row("repo.cold_bytes", counted["ours"][-1], "bytes", counted["theirs"][-1], Goal("ratio", most=0.16))
        yield duration("repo.cold_time", "ms", timings[0], timings[1], most=1)
        state, kept = _state(ours), scratch / "kept"
        with_root = Fetched(tuf_at)
        _looked_up(theirs.client(kept, with_root), name)

        def after() -> float:
            ours.publish(ours.bundle())
            return _timed(at, counted["ours_after"], lambda fetched: _again(fetched, ours, state))

        def tuf_after() -> float:
            theirs.publish(f"another{next(numbers)}", b"another")
            counts = counted["theirs_after"]
            return _timed(tuf_at, counts, lambda fetched: _looked_up(theirs.client(kept, fetched), name))

        timings = in_turn(bench.runs, after, tuf_after)
        median = statistics.median(counted["theirs_after"])
        goal = Goal("ratio", most=0.13)
        yield Row("repo.after_publish_bytes", statistics.median(counted["ours_after"]), "bytes", median, goal)
        yield duration("repo.after_publish_time", "ms", timings[0], timings[1])


def _growth(bench: Bench) -> Iterator[Row]:
    """Yield what a fresh proof costs from tile files, beside what it costs at 10,000 releases times the logarithms."""
    logs = [
        LargeLog(bench.directory(f"repo_{name}"), size, witnesses=0, database=False) for name, size in SIZES.items()
    ]
    timings = in_turn(bench.runs, *(partial(_proofs, log) for log in logs))
    for (name, size), found in zip(SIZES.items(), timings, strict=True):
        factor = math.log2(size) / math.log2(SIZES["10k"])
        limit = [each * factor for each in timings[0]]
        yield duration(f"repo.fetch_proof_{name}", "ms", found, limit, most=None if name == "10k" else 1.5)
    proofs = [statistics.mean(_proof_bytes(log, index) for index in _spread(log)) for log in logs]
    for (name, size), found_bytes in zip(SIZES.items(), proofs, strict=True):
        limit_bytes = proofs[0] * math.log2(size) / math.log2(SIZES["10k"])
        goal = None if name == "10k" else Goal("ratio", most=1.1)
        yield Row(f"repo.fetch_proof_bytes_{name}", found_bytes, "bytes", limit_bytes, goal)
    for log in logs:
        log.close()


def _cold(fetched: Fetched, trusted: AnchorState, wanted: bytes) -> None:
    """Do what a buyer's host does with a stapled pack that it sees first: one message, and no question to anybody."""
    data = fetched.get(layout.pack_path(wanted))
    pack = read_pack(data or b"")
    fetched.bytes -= len(pack.archive)
    staple = read_staple(pack.staple)
    files = from_files((each.name, each.data) for each in staple.anchor)
    anchor = client.update(trusted, files, int(time.time())).require()
    policy = LogPolicy.decode(anchor.log)
    open_status(anchor.status, policy, int(time.time()))
    logged = verify_staple(staple, policy)
    assert digest(pack.archive) == wanted and digest(pack.release) in logged.statements


def _again(fetched: Fetched, ours: LargeLog, state: AnchorState) -> None:
    """Do what a host does that has seen the repository before: take its head, the same for everybody."""
    head = Head.decode(fetched.get("anchor/head.cbor") or b"")
    files = from_files((each.name, each.data) for each in head.files)
    anchor = client.update(state, files, int(time.time())).require()
    verify_checkpoint(fetched.get(layout.CHECKPOINT) or b"", LogPolicy.decode(anchor.log))


def _state(ours: LargeLog) -> AnchorState:
    head = Head.decode((ours.repository.directory / "anchor" / "head.cbor").read_bytes())
    files = from_files((each.name, each.data) for each in head.files)
    return client.update(client.begin(ours.root, ours.fingerprint), files, int(time.time())).state


def _looked_up(updater: object, name: str) -> None:
    assert updater.get_targetinfo(name) is not None  # type: ignore[attr-defined]


def _timed(url: str, counted: list[int], work: Callable[[Fetched], None], requests: list[int] | None = None) -> float:
    fetched = Fetched(url)
    started = time.perf_counter()
    work(fetched)
    seconds = time.perf_counter() - started
    fetched.close()
    counted.append(fetched.bytes)
    if requests is not None:
        requests.append(fetched.requests)
    return seconds


def _each(publish: Callable[..., object], log: LargeLog) -> Work:
    def work() -> float:
        bundles = [log.bundle() for _ in range(EACH)]
        started = time.perf_counter()
        for bundle in bundles:
            publish(bundle)
        return (time.perf_counter() - started) / EACH

    return work


def _together(log: LargeLog) -> Work:
    def work() -> float:
        bundles = [log.bundle() for _ in range(16)]
        started = time.perf_counter()
        log.publish_together(bundles)
        return (time.perf_counter() - started) / len(bundles)

    return work


def _proofs(log: LargeLog) -> float:
    """Read and verify proofs of entries all over the log from its files, nothing remembered between them."""
    indices = _spread(log)
    started = time.perf_counter()
    for index in indices:
        nodes = Tiles(log.size, log.read).node
        proof = tree.inclusion(index, log.size, nodes)
        assert verify_inclusion(leaf_hash(log.leaf(index)), index, log.size, proof, log.top)
    return (time.perf_counter() - started) / len(indices)


def _proof_bytes(log: LargeLog, index: int) -> int:
    """Return how many bytes a staple spends on proving an entry: its leaf and its hashes."""
    return len(log.leaf(index)) + sum(map(len, tree.inclusion(index, log.size, Tiles(log.size, log.read).node)))


def _spread(log: LargeLog) -> list[int]:
    """Return numbers of entries all over the log."""
    return [log.size * part // 23 for part in range(1, 23)]
