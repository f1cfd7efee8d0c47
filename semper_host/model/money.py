"""Money: an integer of minor units and an ISO 4217 code. Exact arithmetic, one currency at a time."""

from __future__ import annotations

from semper_host.model.encoding import Record
from semper_host.model.errors import UsageError

MINOR_DIGITS = {
    "AUD": 2, "BGN": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2,
    "GBP": 2, "HKD": 2, "HUF": 2, "IDR": 2, "ILS": 2, "INR": 2, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0,
    "KWD": 3, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PHP": 2, "PLN": 2, "RON": 2, "SEK": 2,
    "SGD": 2, "THB": 2, "TND": 3, "TRY": 2, "UAH": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip
"""Digits after the decimal point, ISO 4217:2015 table A.1, for the currencies this host knows."""

MAX_MINOR = 10**15


class Money(Record, frozen=True, order=False):
    """`minor` units of `currency`: Money(1250, "EUR") is twelve euros fifty."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_DIGITS:
            raise ValueError("the currency is unknown")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise ValueError("an amount is at most 10^15 minor units")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise TypeError("money is multiplied by whole numbers only; use `share` for fractions")
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other).minor

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, numerator: int, denominator: int) -> Money:
        """Return numerator/denominator of this amount, rounded half to even (a VAT of 19 % is share(19, 100))."""
        quotient, rest = divmod(self.minor * numerator, denominator)
        if rest * 2 > denominator or (rest * 2 == denominator and quotient % 2):
            quotient += 1
        return Money(quotient, self.currency)

    def decimal(self) -> str:
        """Return the amount as plain digits with a point: "12.50". For people, the user interface formats by locale."""
        digits = MINOR_DIGITS[self.currency]
        whole, rest = divmod(abs(self.minor), 10**digits)
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def _same(self, other: Money) -> Money:
        if type(other) is not Money or other.currency != self.currency:
            what = other.currency if type(other) is Money else type(other).__name__
            raise ValueError(f"cannot combine {self.currency} with {what}")
        return other


def parse(text: str) -> Money:
    """Return the money that "19.90 EUR" or "EUR 19.90" names. Raises UsageError (MONEY_INVALID)."""
    parts = text.replace("\u00a0", " ").split()
    if len(parts) == 2 and parts[0].isalpha():
        parts.reverse()
    try:
        number, currency = parts
        whole, _, fraction = number.partition(".")
        digits = MINOR_DIGITS[currency.upper()]
        if not (whole.isascii() and whole.isdigit()) or len(fraction) > digits or (fraction and not fraction.isdigit()):
            raise ValueError
        return Money(int(whole + fraction.ljust(digits, "0")), currency.upper())
    except (ValueError, KeyError):
        raise UsageError("MONEY_INVALID", f"cannot read {text!r} as money: write it like '19.90 EUR'") from None
