"""kill -9 of each party at every commit of every kind of trade, in real processes; takes half an hour, so it is `deep`.

A first trade counts each party's commits; then each is killed at each of them: before it or within it (its rows are
written, and not committed), and once it is durable; it comes back from its home. What must be so afterwards says
`mortal_trades`. Several markets are at it side by side (`mortal_pass`).
"""

from __future__ import annotations

import itertools
import queue
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from typing import Any

import pytest

from tests.host.conftest import authorities, dollar_mint, market_mint, packs, zygote
from tests.marketplace.mortal_homes import ALL
from tests.marketplace.mortal_market import PARTIES, Market, market_in
from tests.marketplace.mortal_party import WITHHELD
from tests.marketplace.mortal_pass import Pass, Piece
from tests.marketplace.mortal_trades import Spoilt

__all__ = ["authorities", "dollar_mint", "market_mint", "packs", "zygote"]

pytestmark = pytest.mark.deep
STRONG = ("access", "shown", "credentials", "information", "money", "package", "purchase", "post", "survey")
"""Trades whose second step the trustee decides where a message is spoilt."""


def spoilt_in(name: str, number: int, step: str) -> Spoilt:
    first, second = ("buyer", "seller") if name in ("package", "survey") else ("seller", "buyer")
    return Spoilt(first if number % 2 else second, step, number)


TRADES = [Piece(name, None, party) for name in ALL for party in PARTIES]
DECIDED = [
    Piece(name, spoilt_in(name, number, "pay" if name == "post" else "trade"), party)
    for name in STRONG
    for number in (2, 3, 4)
    for party in PARTIES
    if (name, number, party) != ("survey", 2, "merchant")  # its first look has many commits more than any other
]
CONTRACTS = [Piece("shown", spoilt_in("shown", number, "agree"), party) for number in (2, 3, 4) for party in PARTIES]
"""The contract that precedes each trade is signed by an exchange too."""
DISPUTED = [
    Piece(name, Spoilt("buyer", "trade", WITHHELD), party)
    for name in ("weak", "weak-package")
    for party in ("buyer", "merchant")
]
"""Without a trustee: the seller gives first, the buyer nothing for it, and the seller's record is what is left."""
ALL_PIECES = [*TRADES, *DECIDED, *CONTRACTS, *DISPUTED]


@pytest.fixture(scope="module")
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any,
    market_mint: Any, dollar_mint: Any, zygote: Any,
) -> Iterator[Pass]:  # fmt: skip
    """Everything that this run asks of this file, under way."""
    numbers = itertools.count()

    def make() -> AbstractContextManager[Market]:
        root = tmp_path_factory.mktemp(f"killed{next(numbers)}-")
        return market_in(root, authorities, packs, market_mint, dollar_mint, zygote, tuple(ALL))

    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    asked = {item.callspec.id for item in items}
    made = Pass(make, [piece for piece in ALL_PIECES if str(piece) in asked])
    try:
        yield made
    finally:
        say(request, made.totals())
        made.close()


@pytest.mark.parametrize("piece", ALL_PIECES, ids=str)
def test_a_party_killed_at_any_commit_of_a_trade_goes_on(
    request: pytest.FixtureRequest, whole: Pass, piece: Piece
) -> None:
    future = whole.found[piece]
    while not (future.done() and whole.news.empty()):
        with suppress(queue.Empty):
            say(request, whole.news.get(timeout=1))
    found = future.result()
    assert not found.wrong, found.wrong
    assert found.enough, "fewer commits than there were at first"


def say(request: pytest.FixtureRequest, words: str) -> None:
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{words}", end="", flush=True)
