"""The one disk that everybody's home lies on is full at each write of the buyer, then of the merchant; then it is not.

Both or neither, nothing twice, and the deal goes on as soon as there is space.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from semper_host.host import offers
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import SemperError
from semper_host.model.money import Money
from semper_host.supporting.archive.archive import Archive
from tests.host.full_disk import FillingStore, small_disk
from tests.host.street import START, Street, offer, street_in

PRICE = 7
BUYER_COMMITS, SELLER_COMMITS = 28, 11
"""How many there are in a purchase; see `test_deals_crashes`."""


def each(most: int) -> list[Any]:
    """Every commit; a third of them in the daily run."""
    return [pytest.param(at, marks=() if at % 3 == 1 else pytest.mark.deep) for at in range(1, most + 1)]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path | None]:
    with small_disk(tmp_path_factory.mktemp("full") / "disk", "96m") as mounted:
        yield mounted


@pytest.fixture(scope="module")
def street(
    disk: Path | None, tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any,
    zygote: Any,
) -> Iterator[Street]:  # fmt: skip
    root = disk or tmp_path_factory.mktemp("street")
    with street_in(root, authorities, packs, market_mint, zygote) as made:
        thing = offers.ForSale("course", "A course", Money(PRICE, "EUR"), made.content)
        made.signed = offer(made, "cheap", things=[thing])
        yield made
        money = made.money()
        assert sum(money.values()) == START and money["held"] == 0


@contextmanager
def full_at(archive: Archive, disk: Path | None, at: int) -> Iterator[FillingStore]:
    store = FillingStore(archive, disk)
    store.full_at(at)
    try:
        yield store
    finally:
        store.leave()


def begun(street: Street, before: int) -> LiveDeal | None:
    """Go on with what there is, or begin; None where all was done."""
    lives = street.buyer.take_up()
    assert len(lives) <= 1
    if lives:
        return lives[0]
    return None if street.money()["merchant"] > before else street.agree()


def buys(street: Street, store: FillingStore, before: int) -> None:
    """Buy until the disk is full."""
    live = begun(street, before)
    assert live is not None
    street.buyer.run(live, lambda: bool(store.refused) or store.long_full(1))
    if live.over:
        street.buyer.deliver(live)


def goes_through(street: Street, archive: Archive, disk: Path | None, at: int) -> None:
    before = street.money()
    street.arrive()
    with full_at(archive, disk, at) as store:
        try:
            buys(street, store, before["merchant"])
        except SemperError as error:
            assert error.message.startswith("cannot") and error.retryable, error
        store.free()
        street.arrive()
        live = begun(street, before["merchant"])
        if live is not None:
            street.run(live, 20)
            assert street.sold(live)
            folders = street.buyer.deliver(live)
            assert (folders[0] / "part-2.txt").read_bytes() == b"two"
    after = street.money()
    assert after == {"buyer": before["buyer"] - PRICE, "merchant": before["merchant"] + PRICE, "held": 0}
    assert street.purse.purse.reserved().minor == 0


@pytest.mark.parametrize("at", each(BUYER_COMMITS))
def test_a_full_disk_at_a_write_of_the_buyer_is_waited_for(street: Street, disk: Path | None, at: int) -> None:
    goes_through(street, street.customer.archive, disk, at)


@pytest.mark.parametrize("at", each(SELLER_COMMITS))
def test_a_full_disk_at_a_write_of_the_merchant_is_waited_for(street: Street, disk: Path | None, at: int) -> None:
    goes_through(street, street.merchant.archive, disk, at)
