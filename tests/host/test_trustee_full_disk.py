"""A trustee's disk is full at each of its writes: it says so, decides once, and goes on when there is space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.confinement.zygote import Zygote
from semper_host.exchange.requests import RESOLVED, Answer
from semper_host.host.trustee_rows import Rows
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.communication.client import Client
from tests.host.courtroom import decision, until
from tests.host.full_disk import FillingStore, small_disk
from tests.host.marketplace import Keys, Marketplace
from tests.host.tribunal import PRICE, START, Tribunal, tribunal_in

COMMITS = 6
"""How many a trustee makes for one request and its orders, and some more."""


@pytest.fixture(scope="module")
def filling(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Zygote
) -> Iterator[tuple[Tribunal, FillingStore]]:
    root = tmp_path_factory.mktemp("full")
    with small_disk(root / "disk") as disk, Client(connect_seconds=2, read_seconds=10, whole_seconds=20) as client:
        market = Marketplace(root, authorities, packs, market_mint, zygote, client)
        market.places["trustee"] = disk or root
        with market.opened:
            court = tribunal_in(market)
            store = FillingStore(court.home.archive, disk)
            yield court, store
            store.leave()


@pytest.mark.parametrize("at", range(1, COMMITS + 1))
@pytest.mark.parametrize("what", ["resolve", "abort"])
def test_a_full_disk_at_a_write_loses_nothing(filling: tuple[Tribunal, FillingStore], what: str, at: int) -> None:
    court, store = filling
    before, made = court.money(), court.purchase()
    request = made.resolve() if what == "resolve" else made.abort()
    vouch = court.market.authorities.vouch(court.keys.signing, Keys.of("seller").party)
    service = TrusteeService(
        court.home, court.market.sandbox(court.home), court.market.client, waits=(0.05,), lease_ms=200
    )
    service.start()
    store.full_at(at)
    told = None
    try:
        told = Answer.decode(service.answer(request, vouch))
    except SemperError as error:
        assert isinstance(error, Unavailable) and error.code in ("STORAGE_FULL", "PEER_UNREACHABLE")
        assert error.message.startswith("cannot ")
    if at == 1:
        assert store.refused and Rows(court.home.archive).find(made.id) is None, "no decision without its row"
    if told is not None and what == "resolve":
        assert len(told.records) == 1
    until(lambda: store.long_full(0.2) or made.id not in service.rows.unended())
    store.free()
    until(lambda: made.id not in service.rows.unended())
    service.stop()
    verdict = court.finish(made, made.abort() if what == "resolve" else made.resolve(), told)
    if told is not None:
        assert verdict == decision(made, told).verdict
    after, paid = court.money(), PRICE if verdict == RESOLVED else 0
    assert after == {"buyer": before["buyer"] - paid, "seller": before["seller"] + paid, "held": 0}
    assert sum(after.values()) == START
