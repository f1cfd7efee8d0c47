"""Area exchange: the durable four-message fair purchase against its own signatures and verifications."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from benchmarks import exchange_http
from benchmarks.fdatasync import DurableWrites
from benchmarks.measure import Bench, Row, Work, in_turn, per_second, rate
from benchmarks.parties import BANK, BUYER, SELLER, Agreed, Keys, exchange, exchange_in_task
from benchmarks.tasks import in_tasks
from benchmarks.threads import at_once
from semper_host.exchange.primitives import Crypto
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic.signing import verify

ALONE, AT_ONCE, EACH = 10, 8, 5
"""Exchanges of one run alone; how many go on at once, and how many follow each other in each of those."""
COMMITS = 6
"""Durable commits on the way of one exchange: message 1 out, in, 2 out, 2 in with 3 out, 3 in with 4 out, 4 in."""
UNIT = "exchanges/s"

T = TypeVar("T")


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    place = bench.directory("exchange")
    sellers, buyers = (Archive.open(place / f"{name}.db", bytes(32)) for name in ("sellers", "buyers"))
    bare = bare_operations()
    both: dict[str, Any] = {"sellers": sellers, "buyers": buyers, "seller": SELLER.crypto, "buyer": BUYER.crypto}

    def run(agreed: Agreed) -> None:
        exchange(agreed, **both)

    task = partial(exchange_in_task, **both)
    disk = DurableWrites(place / "bare")

    def signatures(count: int) -> Work:
        return lambda: _several(count, lambda _: [operation() for operation in bare])

    def one_by_one(number: int) -> None:
        for operation in bare:
            operation()
        disk.write(COMMITS)

    def with_disk() -> float:
        return _several(ALONE, one_by_one)

    def alone() -> float:
        deals = [Agreed.fresh() for _ in range(ALONE)]
        return _several(ALONE, lambda number: run(deals[number]))

    timings = in_turn(bench.runs, alone, signatures(ALONE), with_disk)
    limit = per_second(ALONE, timings[1])
    yield rate("exchange.durable_alone", UNIT, ALONE, timings[0], limit, least=0.2)
    yield rate("exchange.durable_alone_with_fdatasync", UNIT, ALONE, timings[0], per_second(ALONE, timings[2]))

    count = AT_ONCE * EACH
    together = in_turn(bench.runs, lambda: in_tasks(_fresh(task)), lambda: at_once(_fresh(run)), signatures(count))
    limit = per_second(count, together[2])
    yield rate("exchange.durable_eight", UNIT, count, together[0], limit, least=0.5)
    yield rate("exchange.durable_eight_threads", UNIT, count, together[1], limit)
    yield from exchange_http.rows(bench, signatures)
    for archive in (sellers, buyers):
        archive.close()
    disk.close()


def bare_operations() -> list[Callable[[], object]]:
    """Return the signature operations of one exchange: recorded in a real one, each as its bare primitive.

    A statement signed or opened becomes one Ed25519 signature or verification of the same payload, without COSE.
    """
    noted: list[Callable[[], object]] = []
    place = _Memory()
    exchange(Agreed.fresh(), place.archive(), place.archive(), _noting(SELLER, noted), _noting(BUYER, noted))
    place.close()
    return noted


def _noting(who: Keys, noted: list[Callable[[], object]]) -> Crypto:
    """Return the participant's crypto, which also notes what it signs and opens."""
    crypto, by_public = who.crypto, {keys.signing.public: keys.signing for keys in (SELLER, BUYER, BANK)}

    def sign(payload: bytes, kind: str) -> bytes:
        noted.append(partial(who.signing.sign, payload))
        return crypto.sign(payload, kind)

    def opened(signed: bytes, kind: str, public: bytes) -> bytes:
        payload = crypto.open(signed, kind, public)
        noted.append(partial(verify, public, by_public[public].sign(payload), payload))
        return payload

    return replace(crypto, sign=sign, open=opened)


class _Memory:
    """Archives that need no disk: only what is signed in them counts."""

    def __init__(self) -> None:
        self._opened: list[Archive] = []

    def archive(self) -> Archive:
        self._opened.append(Archive.open("sqlite://", bytes(32)))
        return self._opened[-1]

    def close(self) -> None:
        for archive in self._opened:
            archive.close()


def _several(count: int, act: Callable[[int], object]) -> float:
    started = time.perf_counter()
    for number in range(count):
        act(number)
    return time.perf_counter() - started


def _fresh(run: Callable[[Agreed], T]) -> list[list[Callable[[], T]]]:
    """Return AT_ONCE times EACH exchanges of new deals."""
    return [[partial(run, Agreed.fresh()) for _ in range(EACH)] for _ in range(AT_ONCE)]
