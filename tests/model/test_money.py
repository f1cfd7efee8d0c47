"""Money: integers, one currency at a time, exact shares, strict reading."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.errors import UsageError
from semper_host.model.money import MAX_MINOR, MINOR_DIGITS, Money, parse

AMOUNTS = st.integers(-(10**12), 10**12)


@given(AMOUNTS, AMOUNTS)
def test_sums_and_differences_are_exact(one: int, other: int) -> None:
    assert Money(one, "EUR") + Money(other, "EUR") == Money(one + other, "EUR")
    assert Money(one, "EUR") - Money(other, "EUR") == Money(one - other, "EUR")


@given(AMOUNTS, st.integers(0, 10_000), st.integers(1, 10_000))
def test_a_share_is_rounded_half_to_even(minor: int, numerator: int, denominator: int) -> None:
    exact = Decimal(minor) * numerator / denominator
    if abs(minor * numerator) < 10**14:
        expected = int((Decimal(minor * numerator) / denominator).quantize(Decimal(1), ROUND_HALF_EVEN))
        assert Money(minor, "EUR").share(numerator, denominator).minor == expected, exact


@given(st.integers(0, 10**12), st.sampled_from(sorted(MINOR_DIGITS)))
def test_what_is_shown_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse(str(money)) == money
    assert parse(f"{currency} {money.decimal()}") == money


@pytest.mark.parametrize(
    "text",
    ["", "12", "EUR", "12.5.0 EUR", "12.555 EUR", "1.5 JPY", "-1 EUR", "+1 EUR", "1e3 EUR", "٣ EUR", "12,50 EUR",
     "12 XXX", "12 EUR EUR", "0x10 EUR", "1_000 EUR", "² EUR", "12.² EUR"],
)  # fmt: skip
def test_what_is_not_plainly_money_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        parse(text)


def test_currencies_do_not_mix() -> None:
    euro, yen = Money(1, "EUR"), Money(1, "JPY")
    for mix in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro >= yen):
        with pytest.raises(ValueError, match="cannot combine"):
            mix()


def test_money_is_not_multiplied_by_fractions_or_truth() -> None:
    for times in (1.5, True, Decimal(2), "2"):
        with pytest.raises(TypeError):
            Money(1, "EUR") * times  # type: ignore[operator]


def test_amounts_have_a_bound_and_currencies_are_known() -> None:
    assert Money(MAX_MINOR, "EUR").minor == MAX_MINOR
    for minor, currency in ((MAX_MINOR + 1, "EUR"), (-MAX_MINOR - 1, "EUR"), (1, "BTC"), (1, "eur")):
        with pytest.raises(ValueError):
            Money(minor, currency)


def test_errors_about_money_reveal_no_addresses() -> None:
    class Secret:
        pass

    with pytest.raises(ValueError) as caught:
        Money(1, "EUR") + Secret()  # type: ignore[operator]
    assert "0x" not in str(caught.value)
