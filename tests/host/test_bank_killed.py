"""kill -9 at every commit of a mint: no coin is spent twice, no held money is lost, and all money is still there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from semper_host.api_v1 import Refused
from semper_host.confinement.zygote import Zygote
from semper_host.model.requests import Coin
from semper_host.supporting.archive.purses import CoinState
from semper_host.supporting.communication.client import Client
from semper_host.supporting.ledger.ledger import Ledger
from tests.host.bank_desk import PRICE, START, Course, Desk, desk_in
from tests.host.marketplace import Marketplace
from tests.host.mortals import mortal
from tests.supporting.archive.postgres_server import server

COMMITS = 6
"""The postings of one course: withdraw, exchange for exact change, hold, capture; hold again, and give it back."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any,
    market_mint: Any, zygote: Zygote,
) -> Iterator[Desk]:  # fmt: skip
    with Client(connect_seconds=1, read_seconds=10, whole_seconds=15) as client:
        market = Marketplace(tmp_path_factory.mktemp("desk"), authorities, packs, market_mint, zygote, client)
        with market.opened:
            if request.param == "postgresql":
                market.databases["bank"] = market.opened.enter_context(server()).database()
            yield desk_in(market)


def dies(desk: Desk, at: int, when: str) -> None:
    before = desk.money()
    course = Course(desk)
    with mortal(desk.home.path, at, when) as running:
        course.run(running)
        assert running.killed
    known = dict(course.held)
    with mortal(desk.home.path):
        course.run()
    ledger = Ledger(desk.home.archive.store)
    for label, held in known.items():
        row = ledger.hold(None, label)
        assert row is not None and len(row.details) == 2, "what the bank said it holds, it held"
        assert course.held[label] == held
    after = desk.money()
    assert after == {
        "buyer": before["buyer"] - PRICE, "reserved": 0, "seller": before["seller"] + PRICE, "held": 0,
    }  # fmt: skip
    assert sum(after.values()) == START


def test_every_commit_of_a_mint_has_its_crash(desk: Desk) -> None:
    course = Course(desk)
    with mortal(desk.home.path) as running:
        course.run()
        assert COMMITS - 1 <= running.commits() <= COMMITS + 1
    assert sum(desk.money().values()) == START


@pytest.mark.parametrize("at", range(1, COMMITS))
def test_a_mint_killed_at_a_commit_loses_no_money(desk: Desk, at: int) -> None:
    dies(desk, at, "after" if at % 2 else "before")


@pytest.mark.deep
@pytest.mark.parametrize("at", range(1, COMMITS))
def test_a_mint_killed_on_the_other_side_of_a_commit_loses_none_either(desk: Desk, at: int) -> None:
    dies(desk, at, "before" if at % 2 else "after")


def test_coins_whose_spending_was_never_answered_are_spent_once(desk: Desk) -> None:
    """The mint dies once the hold is durable; who then offers the same coins elsewhere is shown where they went."""
    course, ledger = Course(desk), Ledger(desk.home.archive.store)
    at = 1
    while ledger.hold(None, course.sold.id) is None:
        with mortal(desk.home.path, at, "after") as running:
            course.run(running)
            assert running.killed
        at = 2  # the first commit of the next process repeats what the one before was asked
    held = ledger.hold(None, course.sold.id)
    assert held is not None and held.state == "held" and course.sold.id not in course.held
    coins = [
        msgspec.msgpack.decode(row.coin, type=Coin)
        for row in desk.payments.home.archive.coins(desk.purse.record.name, CoinState.RESERVED)
    ]
    assert sum(coin.value for coin in coins) == PRICE
    with mortal(desk.home.path):
        said = desk.payments.party(desk.purse.bundle, desk.purse.keys, "payee", "deposit", (coins,))
        assert isinstance(said, Refused) and said.code == "DOUBLE_SPENT"
        course.run()
    assert sum(desk.money().values()) == START
