"""The exchange over HTTP that is measured is one between two processes, and each ends as it should."""

from __future__ import annotations

from pathlib import Path

from benchmarks import exchange_http
from benchmarks.measure import Bench


def test_exchanges_between_two_hosts_all_come_to_their_end(tmp_path: Path) -> None:
    """`rows` itself asks the seller's process how each ended."""
    rows = list(exchange_http.rows(Bench(1, tmp_path), lambda count: lambda: 0.001 * count))
    assert [row.name for row in rows] == ["exchange.http_alone", "exchange.http_eight"]
    assert all(row.value > 0 for row in rows)
