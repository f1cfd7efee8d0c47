"""Through a proxy, each deal asks each server as a user of its own: hello and mail, and the bank where it pays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from semper_host.api_v1 import Order
from semper_host.host.buying import Buyer
from semper_host.host.live_deal import LiveDeal
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.proxy import read_proxy
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.street import Person, Street, street_in
from tests.supporting.communication.socks_server import SocksServer, socks_server


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("hidden"), authorities, packs, market_mint, zygote) as made:
        yield made


def buy(street: Street, line: Client) -> LiveDeal:
    buyer = Buyer(street.customer, street.market.sandbox(street.customer), line, TrustedInterface(Person()))
    street.buyers.append(buyer)
    considered = buyer.consider(street.signed, [])
    buyer.review(considered)
    live = buyer.agree(considered, Order([]))
    street.run(live)
    assert street.sold(live)
    return live


def users(server: SocksServer, url: str) -> set[str]:
    """Who asked the server at `url`, as the proxy sees them."""
    return {each.user for each in server.asked if each.port == urlsplit(url).port}


def test_a_bank_cannot_join_two_deals_by_their_connections(street: Street) -> None:
    with socks_server() as server:
        with Client(proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}")) as line:
            seen = []
            for _ in range(2):
                buy(street, line)
                seen.append((users(server, street.bank.config.url), users(server, street.merchant.config.url)))
        (bank_first, shop_first), (bank_both, shop_both) = seen
        assert (len(bank_first), len(bank_both)) == (1, 2)  # nothing of a deal is asked on the home's common line
        assert len(shop_both - shop_first) == 1
        assert not bank_both & shop_both
        assert "" not in bank_both | shop_both
