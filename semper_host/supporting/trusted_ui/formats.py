"""Values in the words of a locale: money, moments, durations, key fingerprints, grants. Exact: no float anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from babel.dates import format_datetime
from babel.numbers import format_decimal

from semper_host.model.grants import Grant
from semper_host.model.money import MINOR_DIGITS, Money
from semper_host.supporting.trusted_ui.display_text import DisplayRefused
from semper_host.supporting.trusted_ui.wording import Words

_LAST_SECOND = 253_402_300_799  # the end of the year 9999


def money(amount: Money, words: Words) -> str:
    """Return the exact amount with the locale's separators, then the currency code: "1.250,00 EUR"."""
    digits = MINOR_DIGITS[amount.currency]
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return f"{format_decimal(Decimal(amount.decimal()), pattern, words.locale)} {amount.currency}"


def moment(at: int, words: Words) -> str:
    """Return the time `at` (seconds since 1970 UTC) in words, always in UTC and saying so."""
    if not 0 <= at <= _LAST_SECOND:
        raise DisplayRefused("DISPLAY_REFUSED", f"cannot show the time {at}: it is no time of this calendar")
    return f"{format_datetime(datetime.fromtimestamp(at, UTC), words.moment, locale=words.locale)} UTC"


def duration(seconds: int, words: Words) -> str:
    """Return a duration in at most two units, rounded up, so that it never says too little: "14 days, 1 hour"."""
    if seconds < 0:
        raise DisplayRefused("DISPLAY_REFUSED", "cannot show the duration: it is negative")
    minutes = -(-seconds // 60)
    hours = -(-minutes // 60)
    if minutes < 60:
        return _counted(minutes, words.minute)
    if hours < 48:
        return _joined((minutes // 60, words.hour), (minutes % 60, words.minute))
    return _joined((hours // 24, words.day), (hours % 24, words.hour))


def fingerprint(digest: bytes) -> str:
    """Return the first 16 of the 32 bytes as groups of four hexadecimal digits; 128 bits resist a second preimage."""
    if len(digest) != 32:
        raise DisplayRefused("DISPLAY_REFUSED", "cannot show the key fingerprint: it has not 32 bytes")
    text = digest[:16].hex().upper()
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def grant(given: Grant, words: Words) -> str:
    """Return what the grant lets a bundle do, in the kernel's words, with its limits."""
    text = words.capabilities[given.capability]
    if given.most is not None:
        text += ", " + words.at_most.format(most=money(given.most, words))
    if given.calls is not None:
        text += ", " + words.calls.format(calls=given.calls)
    return text


def _joined(*parts: tuple[int, tuple[str, str]]) -> str:
    return ", ".join(_counted(count, unit) for count, unit in parts if count)


def _counted(count: int, unit: tuple[str, str]) -> str:
    return f"{count} {unit[0] if count == 1 else unit[1]}"
