"""kill -9 of several parties in one trade of each kind, in real processes, at the commits where most is at stake.

All commits of all parties: test_killed_at_every_commit.py, which takes half an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.host.conftest import authorities, dollar_mint, market_mint, packs, zygote
from tests.marketplace.mortal_homes import ALL
from tests.marketplace.mortal_market import Market, market_in
from tests.marketplace.mortal_party import WITHHELD
from tests.marketplace.mortal_store import BEFORE, DURABLE, WITHIN
from tests.marketplace.mortal_trades import Death, Spoilt, trade

__all__ = ["authorities", "dollar_mint", "market_mint", "packs", "zygote"]

DEATHS: dict[str, list[Death]] = {
    "access": [Death("buyer", 18, BEFORE), Death("merchant", 12, DURABLE), Death("bank", 2, DURABLE)],
    "shown": [Death("buyer", 12, DURABLE), Death("merchant", 9, DURABLE)],
    "credentials": [Death("buyer", 13, BEFORE), Death("merchant", 12, DURABLE)],
    "information": [Death("buyer", 10, DURABLE), Death("merchant", 8, BEFORE)],
    "money": [Death("buyer", 17, DURABLE), Death("merchant", 14, BEFORE), Death("dollars", 2, DURABLE)],
    "package": [Death("buyer", 16, DURABLE), Death("merchant", 12, DURABLE), Death("bank", 1, DURABLE)],
    "weak": [Death("buyer", 18, DURABLE), Death("merchant", 9, BEFORE)],
    "none": [Death("buyer", 19, BEFORE), Death("merchant", 8, WITHIN), Death("bank", 2, WITHIN)],
    "purchase": [Death("buyer", 18, DURABLE), Death("merchant", 10, DURABLE)],
    "survey": [Death("buyer", 8, DURABLE), Death("merchant", 14, BEFORE), Death("dollars", 2, DURABLE)],
    "weak-package": [Death("buyer", 20, DURABLE), Death("merchant", 9, BEFORE)],
    "advance-weak": [Death("buyer", 15, DURABLE), Death("merchant", 14, BEFORE)],
    "post": [Death("buyer", 31, WITHIN), Death("merchant", 12, BEFORE), Death("bank", 2, DURABLE)],
}
"""Money is held and nothing says so yet; the credential is issued, or final; the key is here; it is captured."""
DECIDED: dict[str, tuple[Spoilt, list[Death]]] = {
    "access": (Spoilt("seller", "trade", 3), [Death("trustee", 2, DURABLE), Death("bank", 2, DURABLE)]),
    "money": (Spoilt("buyer", "trade", 2), [Death("trustee", 1, DURABLE), Death("dollars", 2, BEFORE)]),
}
"""The trustee's row is durable, and nobody has heard of it."""


@pytest.fixture(scope="module")
def market(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Market]:  # fmt: skip
    root = tmp_path_factory.mktemp("killed")
    with market_in(root, authorities, packs, market_mint, dollar_mint, zygote, tuple(ALL)) as made:
        yield made


@pytest.mark.parametrize("name", list(ALL))
def test_parties_killed_in_a_trade_go_on_with_it(market: Market, name: str) -> None:
    died = trade(market, name, DEATHS[name])
    assert "merchant" in died
    assert len(died) == len(DEATHS[name])


@pytest.mark.parametrize("name", list(DECIDED))
def test_a_trustee_and_a_bank_killed_as_they_decide_go_on_with_it(market: Market, name: str) -> None:
    spoilt, deaths = DECIDED[name]
    assert "trustee" in trade(market, name, deaths, spoilt)


def test_who_gave_in_vain_and_is_killed_as_it_swears_to_it_has_the_record_of_it(market: Market) -> None:
    assert trade(market, "weak", [Death("merchant", 8, WITHIN)], Spoilt("buyer", "trade", WITHHELD)) == ["merchant"]
