"""Two hosts of one merchant on one database, as two `semper up` are, work the same deals: everything happens once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from semper_host.host.selling import Seller
from semper_host.supporting.communication.server import Handler
from tests.host.courtroom import until
from tests.host.street import START, Line
from tests.host.test_exchanges import gives, tickets, traded
from tests.host.trade_evidence import check_evidence
from tests.host.trades import DOLLARS, FLOAT, FLOWS, PRICE, Trading, trading_street
from tests.supporting.archive.postgres_server import server

QUICK, OTHERS = ("access", "money"), ("credentials", "information", "package")


@pytest.fixture(scope="module")
def trading(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Trading]:  # fmt: skip
    root = tmp_path_factory.mktemp("twice")
    with server() as running:
        at = {"merchant": running.database()}
        with trading_street(root, authorities, packs, market_mint, dollar_mint, zygote, QUICK + OTHERS, at) as made:
            yield made


@contextmanager
def two_hosts(trading: Trading) -> Iterator[tuple[Seller, Seller]]:
    """Both answer, in turns, and each takes up every deal there is."""
    street, ending = trading.street, threading.Event()
    home = replace(street.market.open(street.merchant.path), config=street.merchant.config)
    first, second = street.seller, Seller(home, street.market.sandbox(home), Line(), street.clock)
    second.start()
    routes = [dict(each.routes()) for each in (first, second)]
    turns = itertools.count()

    def take_up() -> None:
        while not ending.wait(0.01):
            for seller in (first, second):
                seller.deals.take_up()

    def either(path: str) -> Handler:
        def answer(body: bytes) -> bytes | Awaitable[bytes]:
            return routes[next(turns) % 2][path](body)

        return answer

    thread = threading.Thread(target=take_up, daemon=True)
    thread.start()
    first.routes = lambda: {path: either(path) for path in routes[0]}  # type: ignore[method-assign]  # two hosts, one address
    try:
        yield first, second
    finally:
        del first.routes
        ending.set()
        thread.join()
        second.stop()


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.deep) for name in OTHERS)])
def test_two_hosts_of_one_merchant_double_nothing(trading: Trading, name: str) -> None:
    street = trading.street
    euros, dollars, had = street.money(), trading.dollars(), len(tickets(street.customer, trading))
    with two_hosts(trading) as hosts:
        live = trading.agree(name, gives(trading, name))
        street.run(live)
        assert live.over, (live.state.place, live.trouble, [each.deals.find(live.id).trouble for each in hosts])
        until(lambda: all(row.state == "over" for row in street.merchant.archive.deals()))
    street.reopen()  # as it stands in the record: a host learns of the other's part when it has something to do
    assert traded(trading, live)
    check_evidence([(street.customer, live), (street.merchant, trading.sale(live))])
    after, abroad = street.money(), trading.dollars()
    paid = PRICE.minor * ("money.price" in FLOWS[name])
    assert (after["merchant"], after["held"], sum(after.values())) == (euros["merchant"] + paid, 0, START)
    bought = DOLLARS.minor * (name == "money")
    assert (abroad["buyer"], abroad["held"], sum(abroad.values())) == (dollars["buyer"] + bought, 0, FLOAT)
    assert len(tickets(street.customer, trading)) == had + ("credential.ticket" in FLOWS[name])
    assert street.purse.purse.reserved().minor == 0
    till = trading._purse(street.merchant).purse
    assert till.reserved().minor == 0
