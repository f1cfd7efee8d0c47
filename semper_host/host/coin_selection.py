"""Which coins pay an amount exactly. Pure: coins in, the next thing to do out.

Denominations are powers of two, each dividing the next, so taking the greatest coin that still fits finds an exact
payment whenever there is one, with the fewest coins.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from semper_host.model.errors import UsageError
from semper_host.model.requests import Coin

MOST_COINS = 64
"""The most coins, and the most blinded outputs, in one message to the bank (docs/reference/ecash.md)."""


class Ready(msgspec.Struct, frozen=True):
    """These coins make exactly the amount."""

    coins: list[Coin]


class Change(msgspec.Struct, frozen=True):
    """First exchange `coins` for coins of `values` (the same sum); then ask again."""

    coins: list[Coin]
    values: list[int]


def split(amount: int, denominations: Sequence[int]) -> list[int]:
    """Return the fewest coin values that add up to `amount` minor units, greatest first.

    Raises ValueError if the amount is negative or no sum of denominations.
    """
    values = []
    rest = amount
    for value in sorted(denominations, reverse=True):
        count, rest = divmod(rest, value)
        values += [value] * count
    if rest or amount < 0:
        raise ValueError(f"{amount} is no sum of the denominations")
    return values


def next_step(free: Sequence[Coin], amount: int, denominations: Sequence[int]) -> Ready | Change:
    """Return coins of `free` that pay `amount` exactly, or the exchange that brings one nearer to it.

    One coin is broken, into what is missing and the rest, so the bank sees as little of the purse as possible; where an
    exact payment needs more than MOST_COINS coins, the smallest are merged first. Raises UsageError
    (FUNDS_INSUFFICIENT).
    """
    taken, missing = taken_and_missing(free, amount)
    if missing:
        return _broken(free, taken, amount, missing, denominations)
    if len(taken) <= MOST_COINS:
        return Ready(taken)
    smallest = taken[-MOST_COINS:]
    values = split(sum(coin.value for coin in smallest), denominations)
    if len(values) >= len(smallest):
        raise UsageError("FUNDS_INSUFFICIENT", f"cannot pay {amount} minor units: it takes over {MOST_COINS} coins")
    return Change(smallest, values)


def taken_and_missing(free: Sequence[Coin], amount: int) -> tuple[list[Coin], int]:
    """Return the coins of `free` that go towards `amount`, greatest first, and what is then missing.

    Every coin not taken is greater than what is missing.
    """
    taken: list[Coin] = []
    missing = amount
    for coin in sorted(free, key=lambda coin: (-coin.value, coin.message)):
        if coin.value <= missing:
            taken.append(coin)
            missing -= coin.value
    return taken, missing


def change_values(total: int, missing: int, denominations: Sequence[int]) -> list[int]:
    """Return what to exchange coins of `total` minor units for, where `missing` is to be paid with the new coins."""
    part = min(missing, total)
    return split(part, denominations) + split(total - part, denominations)


def _broken(free: Sequence[Coin], taken: list[Coin], amount: int, missing: int, denominations: Sequence[int]) -> Change:
    used = {coin.message for coin in taken}
    kept = [coin for coin in free if coin.message not in used]
    if not kept:
        raise UsageError("FUNDS_INSUFFICIENT", f"cannot pay {amount} minor units: the purse holds {amount - missing}")
    coin = min(kept, key=lambda coin: (coin.value, coin.message))
    return Change([coin], change_values(coin.value, missing, denominations))
