"""kill -9 of each party at every commit of every kind of trade, in real processes; takes an hour, so it is `deep`.

A first trade counts each party's commits; then each is killed at each of them, in turn before it and once it is
durable, and comes back from its home. What must be so afterwards says `mortal_trades`.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from tests.host.conftest import authorities, dollar_mint, market_mint, packs, zygote
from tests.marketplace.mortal_homes import ALL
from tests.marketplace.mortal_market import PARTIES, Market, market_in
from tests.marketplace.mortal_trades import Death, Spoilt, trade

__all__ = ["authorities", "dollar_mint", "market_mint", "packs", "zygote"]

pytestmark = pytest.mark.deep
STRONG = ("access", "shown", "credentials", "information", "money", "package", "purchase", "post")
"""Trades whose second step the trustee decides where a message is spoilt."""
CHANGE = 14
"""So many commits fewer it takes a buyer to pay who has exact change."""


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Market]:  # fmt: skip
    root = tmp_path_factory.mktemp("killed")
    with market_in(root, authorities, packs, market_mint, dollar_mint, zygote, tuple(ALL)) as made:
        yield made


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("name", list(ALL))
def test_a_party_killed_at_any_commit_of_a_trade_goes_on(
    market: Market, name: str, party: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_all(market, name, None, party, capsys)


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("number", [2, 3, 4])
@pytest.mark.parametrize("name", STRONG)
def test_a_party_killed_at_any_commit_of_a_trade_that_the_trustee_decides_goes_on(
    market: Market, name: str, number: int, party: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kill_all(market, name, spoilt_in(name, number), party, capsys)


def spoilt_in(name: str, number: int) -> Spoilt:
    first, second = ("buyer", "seller") if name == "package" else ("seller", "buyer")
    return Spoilt(first if number % 2 else second, "pay" if name == "post" else "trade", number)


def kill_all(market: Market, name: str, spoilt: Spoilt | None, party: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Kill a party at each of its commits, before it and once it is durable; nothing may be wrong after any.

    Where a message is spoilt, at those that follow it, and on one side of each: the others are as where none is.
    """
    market.at_spoilt.clear()
    trade(market, name, (), spoilt)
    last = market.parties[party].ask("count")
    first = max(1, market.at_spoilt.get(party, 0) - CHANGE)
    wrong, killed = [], 0
    for at in range(first, last + 1):
        for durable in (False, True) if spoilt is None else (at % 2 == 0,):
            death = Death(party, at, durable)
            try:
                killed += len(trade(market, name, [death], spoilt))
            except AssertionError:
                wrong.append(f"{name} {spoilt} {death}: {traceback.format_exc()[-2000:]}")
                say(capsys, wrong[-1])
    what = name if spoilt is None else f"{name}, message {spoilt.number} spoilt"
    say(capsys, f"{what}: {party} killed {killed} times at commits {first} to {last}")
    assert not wrong
    assert killed >= (0.3 if spoilt else 1.0) * (last + 1 - first), "fewer commits than there were at first"


def say(capsys: pytest.CaptureFixture[str], words: str) -> None:
    with capsys.disabled():
        print(f"\n{words}", end="", flush=True)
