"""A buyer's or a merchant's host dies at every commit of a deal, and comes back: both or neither, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from semper_host.host import offers
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import SemperError
from semper_host.model.money import Money
from tests.host.street import START, Killed, Mortal, Street, offer, street_in

PRICE = 7
BUYER_COMMITS, SELLER_COMMITS = 36, 12
"""How many there are in a purchase without trouble, give or take a few: exact change takes no exchange of coins."""


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        thing = offers.ForSale("course", "A course", Money(PRICE, "EUR"), made.content)
        made.signed = offer(made, "cheap", things=[thing])
        yield made
        with made.hurrying():
            made.quiet()
        money = made.money()
        assert sum(money.values()) == START
        assert money["held"] == 0


@contextmanager
def mortal(life: Mortal) -> Iterator[Mortal]:
    try:
        yield life
    finally:
        life.rise()
        life.bury()


@contextmanager
def one_sale(street: Street) -> Iterator[None]:
    """What happens inside comes to exactly one sale, and leaves nothing held or set aside."""
    before = street.money()
    street.arrive()
    yield
    after = street.money()
    assert after["merchant"] == before["merchant"] + PRICE
    assert after["buyer"] == before["buyer"] - PRICE
    assert street.purse.purse.reserved().minor == 0


def buy(street: Street) -> LiveDeal:
    """Begin a deal, or go on with what there is; to the end."""
    lives = street.buyer.take_up() or [street.agree()]
    assert len(lives) == 1
    street.run(lives[0])
    folders = street.buyer.deliver(lives[0])
    assert (folders[0] / "part-2.txt").read_bytes() == b"two"
    return lives[0]


def buyer_dies(street: Street, at: int, durable: bool) -> None:
    before = street.money()["merchant"]
    with one_sale(street), mortal(Mortal(street.customer.archive)) as life:
        life.die_at(at, durable=durable)
        try:
            buy(street)
        except Killed:
            life.rise()
            street.arrive()
            if street.buyer.take_up() or street.money()["merchant"] == before:  # else it died when all was done
                assert street.sold(buy(street))


def seller_dies(street: Street, at: int, durable: bool) -> None:
    with one_sale(street), mortal(Mortal(street.merchant.archive)) as life:
        life.die_at(at, durable=durable)
        live = None
        try:
            live = street.agree()
            street.buyer.run(live, lambda: life.dead)
        except SemperError as error:
            assert error.message.startswith("cannot")
        street.seller.stop()
        life.rise()
        street.reopen()
        live = live or street.agree()
        street.run(live)
        assert street.sold(live)
        street.buyer.deliver(live)


def some(count: int) -> list[Any]:
    """Every commit, most of them in the deep tests: in `make test` real processes die too (tests/marketplace)."""
    return [pytest.param(at, marks=() if at % 3 == 1 else pytest.mark.deep) for at in range(1, count + 1)]


def test_every_commit_has_its_crash(street: Street) -> None:
    """Fewer commits of either side than are tested here is the rule; the order of threads may add a few.

    It stands first: later the buyer has exact change, and exchanges no coins.
    """
    with one_sale(street), mortal(Mortal(street.customer.archive)) as life:
        buy(street)
        assert BUYER_COMMITS - 3 <= life.count <= BUYER_COMMITS + 3


@pytest.mark.parametrize("at", some(BUYER_COMMITS))
def test_a_buyer_that_dies_at_a_commit_goes_on_where_it_was(street: Street, at: int) -> None:
    buyer_dies(street, at, durable=bool(at % 2))


@pytest.mark.parametrize("at", some(SELLER_COMMITS))
def test_a_merchant_that_dies_at_a_commit_goes_on_where_it_was(street: Street, at: int) -> None:
    seller_dies(street, at, durable=bool(at % 2))


@pytest.mark.deep
@pytest.mark.parametrize("at", range(1, BUYER_COMMITS + 1))
def test_a_buyer_that_dies_on_the_other_side_of_a_commit_goes_on_too(street: Street, at: int) -> None:
    buyer_dies(street, at, durable=not at % 2)


@pytest.mark.deep
@pytest.mark.parametrize("at", range(1, SELLER_COMMITS + 1))
def test_a_merchant_that_dies_on_the_other_side_of_a_commit_goes_on_too(street: Street, at: int) -> None:
    seller_dies(street, at, durable=not at % 2)
