"""Bank, trustee, merchant and buyer with their archives in PostgreSQL: deals are the same, also after a crash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.model.errors import SemperError
from tests.host.street import Killed, Mortal, Street, street_in
from tests.supporting.archive.postgres_server import server


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with server() as running:
        databases = {role: running.database() for role in ("bank", "trustee", "merchant", "buyer")}
        root = tmp_path_factory.mktemp("street")
        with street_in(root, authorities, packs, market_mint, zygote, databases) as made:
            yield made
        assert not list(root.rglob("archive.db")), "nobody kept anything in a file"


def test_a_deal_goes_through_and_a_second_process_of_the_merchant_sees_it(street: Street) -> None:
    live = street.agree()
    street.run(live, 30)
    assert street.sold(live)
    street.buyer.deliver(live)
    street.check_money(sales=1)
    again = street.market.open(street.merchant.path)
    assert again.archive.verify_evidence(live.id) == street.merchant.archive.verify_evidence(live.id)
    assert [row.state for row in again.archive.deals()] == ["over"]


@pytest.mark.parametrize("at", [3, 9, 15])
def test_a_buyer_that_dies_at_a_commit_goes_on(street: Street, at: int) -> None:
    before = street.money()
    street.arrive()
    life = Mortal(street.customer.archive)
    life.die_at(at, durable=bool(at % 2))
    try:
        with pytest.raises((Killed, SemperError)):
            street.run(street.agree(), 30)
        life.rise()
        street.arrive()
        lives = street.buyer.take_up() or [street.agree()]
        street.run(lives[0], 30)
        assert street.sold(lives[0])
        street.buyer.deliver(lives[0])
    finally:
        life.rise()
        life.bury()
    after = street.money()
    assert sum(after.values()) == sum(before.values()) and after["held"] == 0
    assert after["merchant"] == before["merchant"] + 199
