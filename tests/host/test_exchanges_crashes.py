"""Either host dies at the commits of a trade, and comes back: both or neither, and nothing twice.

In one process, by an exception; what dies in `make test` are real processes: tests/marketplace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import SemperError
from tests.host.street import START, Killed, Mortal
from tests.host.test_exchanges import tickets, traded
from tests.host.trades import DOLLARS, FLOAT, FLOWS, PRICE, Trading, trading_street

pytestmark = pytest.mark.deep
NAMES = ("access", "money")
COMMITS = {("access", "buyer"): 40, ("access", "seller"): 14, ("money", "buyer"): 40, ("money", "seller"): 34}
"""How many there are at most in a trade without trouble; the order of threads may spare a few."""


@pytest.fixture(scope="module")
def trading(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Trading]:  # fmt: skip
    root = tmp_path_factory.mktemp("crashing")
    with trading_street(root, authorities, packs, market_mint, dollar_mint, zygote, NAMES) as made:
        yield made
        with made.street.hurrying():
            made.street.quiet()
        assert sum(made.street.money().values()) == START and sum(made.dollars().values()) == FLOAT


@contextmanager
def mortal(life: Mortal) -> Iterator[Mortal]:
    try:
        yield life
    finally:
        life.rise()
        life.bury()


@contextmanager
def one_trade(trading: Trading, name: str) -> Iterator[None]:
    """What happens inside comes to exactly one trade, and leaves nothing held or set aside."""
    street = trading.street
    euros, dollars, had = street.money(), trading.dollars(), len(tickets(street.customer, trading))
    street.arrive()
    yield
    after, abroad = street.money(), trading.dollars()
    assert (after["merchant"], after["held"]) == (euros["merchant"] + PRICE.minor, 0)
    assert after["buyer"] == euros["buyer"] - PRICE.minor
    bought = DOLLARS.minor if name == "money" else 0
    assert (abroad["buyer"], abroad["held"]) == (dollars["buyer"] + bought, 0)
    assert len(tickets(street.customer, trading)) == had + (name == "access")
    assert street.purse.purse.reserved().minor == 0


def carry(trading: Trading, name: str) -> LiveDeal:
    """Begin a trade, or go on with what there is; to the end of both sides."""
    street = trading.street
    lives = street.buyer.take_up() or [trading.agree(name, buyer=street.buyer)]
    assert len(lives) == 1
    street.run(lives[0])
    assert lives[0].over, (lives[0].state.place, lives[0].trouble)
    street.quiet()
    return lives[0]


def buyer_dies(trading: Trading, name: str, at: int, durable: bool) -> None:
    street, before = trading.street, trading.street.money()["merchant"]
    with one_trade(trading, name), mortal(Mortal(street.customer.archive)) as life:
        life.die_at(at, durable=durable)
        try:
            carry(trading, name)
        except Killed:
            life.rise()
            street.arrive()
            if street.buyer.take_up() or street.money()["merchant"] == before:  # else it died when all was done
                assert traded(trading, carry(trading, name))


def seller_dies(trading: Trading, name: str, at: int, durable: bool) -> None:
    street = trading.street
    with one_trade(trading, name), mortal(Mortal(street.merchant.archive)) as life:
        life.die_at(at, durable=durable)
        live = None
        try:
            live = trading.agree(name, buyer=street.buyer)
            street.buyer.run(live, lambda: life.dead)
        except SemperError as error:
            assert error.message.startswith("cannot")
        street.seller.stop()
        life.rise()
        street.reopen()
        live = live or trading.agree(name, buyer=street.buyer)
        street.run(live)
        street.quiet()
        assert traded(trading, live)


@pytest.mark.parametrize("name", NAMES)
def test_every_commit_of_a_trade_has_its_crash(trading: Trading, name: str) -> None:
    """It stands first: later the buyer has exact change, and exchanges no coins."""
    street = trading.street
    buyer, seller = Mortal(street.customer.archive), Mortal(street.merchant.archive)
    with one_trade(trading, name), mortal(buyer), mortal(seller):
        carry(trading, name)
    counts = {side: life.count for life, side in ((buyer, "buyer"), (seller, "seller"))}
    most = {side: COMMITS[name, side] for side in counts}
    assert all(most[side] - 10 <= count <= most[side] + 2 for side, count in counts.items()), counts


def crashes() -> list[Any]:
    """Every commit of either side, once."""
    return [(name, side, at) for (name, side), count in COMMITS.items() for at in range(1, count + 1)]


@pytest.mark.parametrize(("name", "side", "at"), crashes())
def test_a_host_that_dies_at_a_commit_goes_on_where_it_was(trading: Trading, name: str, side: str, at: int) -> None:
    die = buyer_dies if side == "buyer" else seller_dies
    die(trading, name, at, bool((at // 12 + at) % 2))


assert set(NAMES) <= set(FLOWS)
