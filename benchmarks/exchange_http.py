"""The durable exchange again, its mail over loopback HTTP in sealed envelopes, between two hosts in two processes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.measure import Bench, Row, Work, in_turn, per_second, rate
from benchmarks.parties import BUYER, SELLER, Agreed, Side
from benchmarks.posting import AGREED_PATH, ENDED_PATH, Posting
from benchmarks.process import program
from benchmarks.threads import at_once
from semper_host.exchange.state import Phase, Role
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.mail import MAIL_PATH, call_out

ALONE, AT_ONCE, EACH = 5, 8, 3


def rows(bench: Bench, signatures: Callable[[int], Work]) -> Iterator[Row]:
    """Yield the rows of exchanges over HTTP; `signatures(n)` is the limit of n exchanges."""
    place = bench.directory("exchange-http")
    buyers = Archive.open(place / "buyers.db", bytes(32))
    with _seller(place / "sellers.db") as url, Client() as client:

        def several(threads: int, each: int) -> float:
            deals = [Agreed.fresh() for _ in range(threads * each)]
            for agreed in deals:
                client.post(url + AGREED_PATH, agreed.write())
            works = [partial(_buy, client, url + MAIL_PATH, agreed, buyers) for agreed in deals]
            seconds = at_once([works[number::threads] for number in range(threads)])
            assert {client.post(url + ENDED_PATH, agreed.session) for agreed in deals} == {b"done"}
            return seconds

        timings = in_turn(bench.runs, lambda: several(1, ALONE), signatures(ALONE))
        yield rate("exchange.http_alone", "exchanges/s", ALONE, timings[0], per_second(ALONE, timings[1]), least=0.1)
        count = AT_ONCE * EACH
        timings = in_turn(bench.runs, lambda: several(AT_ONCE, EACH), signatures(count))
        yield rate("exchange.http_eight", "exchanges/s", count, timings[0], per_second(count, timings[1]), least=0.3)
    buyers.close()


@contextmanager
def _seller(archive: Path) -> Iterator[str]:
    """Run the seller's host while the block runs; gives its URL."""
    selling = program("selling_process", str(archive.resolve()))
    with subprocess.Popen(selling.command, cwd=selling.cwd, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().removeprefix("ready ").strip()
        finally:
            process.terminate()


def _buy(client: Client, url: str, agreed: Agreed, buyers: Archive) -> None:
    """Run one exchange: the buyer calls out until it is done and the seller has its last message."""
    buyer = Side(buyers, agreed, Role.RESPONDER, BUYER.crypto)
    box = Posting(buyer, BUYER, SELLER)
    while not buyer.finished or box.waiting:
        call_out(client, url, box, box.ends, box.handle)
        if buyer.state.phase is Phase.REVIEWING:
            buyer.consent()
