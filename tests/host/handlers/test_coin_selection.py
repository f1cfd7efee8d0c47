"""Paying exactly: the fewest coins, one broken where none fits, never more than one message takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.host.coin_selection import MOST_COINS, Change, Ready, change_values, next_step, split
from semper_host.model.errors import UsageError
from semper_host.model.requests import Coin

VALUES = [2**power for power in range(17)]
purses = st.lists(st.sampled_from(VALUES), max_size=40)


def coins(values: list[int]) -> list[Coin]:
    return [Coin(value, number.to_bytes(4, "big"), b"") for number, value in enumerate(values)]


@given(st.integers(0, 10**6))
def test_a_split_adds_up_and_repeats_only_the_greatest_value(amount: int) -> None:
    values = split(amount, VALUES)
    small = [value for value in values if value < VALUES[-1]]
    assert sum(values) == amount
    assert len(set(small)) == len(small)
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("amount, values", [(-1, VALUES), (3, [2]), (1, [])])
def test_what_no_coins_add_up_to_cannot_be_split(amount: int, values: list[int]) -> None:
    with pytest.raises(ValueError):
        split(amount, values)


@given(purses, st.data())
def test_an_exact_payment_is_found_whenever_there_is_one(values: list[int], data: st.DataObject) -> None:
    chosen = [value for value in values if data.draw(st.booleans())]
    step = next_step(coins(values), sum(chosen), VALUES)
    assert isinstance(step, Ready)
    assert sum(coin.value for coin in step.coins) == sum(chosen)
    assert len({coin.message for coin in step.coins}) == len(step.coins)


@given(purses, st.integers(1, 2**18))
def test_one_exchange_of_one_coin_makes_any_amount_that_the_purse_holds(values: list[int], amount: int) -> None:
    free = coins(values)
    if sum(values) < amount:
        with pytest.raises(UsageError) as refused:
            next_step(free, amount, VALUES)
        assert refused.value.code == "FUNDS_INSUFFICIENT"
        return
    step = next_step(free, amount, VALUES)
    if isinstance(step, Change):
        assert len(step.coins) == 1
        assert sum(step.values) == step.coins[0].value
        rest = [coin for coin in free if coin != step.coins[0]]
        new = [Coin(value, b"new" + bytes([number]), b"") for number, value in enumerate(step.values)]
        step = next_step(rest + new, amount, VALUES)
    assert isinstance(step, Ready)
    assert sum(coin.value for coin in step.coins) == amount


def test_many_small_coins_are_merged_until_one_message_takes_them() -> None:
    free = coins([1] * 300)
    for _ in range(20):
        step = next_step(free, 300, VALUES)
        if isinstance(step, Ready):
            break
        assert len(step.coins) <= MOST_COINS and sum(step.values) == sum(coin.value for coin in step.coins)
        kept = [coin for coin in free if coin not in step.coins]
        stamp = len(kept).to_bytes(2, "big")
        free = kept + [Coin(value, stamp + bytes([n]), b"") for n, value in enumerate(step.values)]
    assert isinstance(step, Ready) and len(step.coins) <= MOST_COINS


def test_an_amount_beyond_what_one_message_takes_is_refused() -> None:
    with pytest.raises(UsageError):
        next_step(coins([VALUES[-1]] * (MOST_COINS + 1)), VALUES[-1] * (MOST_COINS + 1), VALUES)


@given(st.integers(1, 2**16), st.integers(0, 2**16))
def test_change_covers_what_is_missing_first(total: int, missing: int) -> None:
    values = change_values(total, missing, VALUES)
    assert sum(values) == total
    part = split(min(total, missing), VALUES)
    assert values[: len(part)] == part
