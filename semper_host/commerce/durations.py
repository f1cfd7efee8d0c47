"""ISO 8601 durations of fixed length, as whole seconds: `PT5S`, `PT1H30M`, `P7D`.

Only the designators whose length never varies: days (of 86,400 s), hours, minutes, seconds. No years, months,
weeks, fractions, signs or leading zeros: one way to write each component (ISO 8601-1 §5.5.2, restricted).
"""

from __future__ import annotations

import re

MAX_SECONDS = 3_660 * 86_400
"""The longest duration that terms may name: ten years and a bit."""

_COUNT = "(?:0|[1-9][0-9]{0,8})"
ISO_PATTERN = rf"P(?=[0-9T])(?:{_COUNT}D)?(?:T(?=[0-9])(?:{_COUNT}H)?(?:{_COUNT}M)?(?:{_COUNT}S)?)?"
"""The form of a duration as a regular expression, unanchored; valid in Python and in JSON Schema."""

_PARTS = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?")
_FORM = re.compile(ISO_PATTERN)
_SECONDS = (86_400, 3_600, 60, 1)
_LETTERS = ("D", "H", "M", "S")
_WORDS = ("day", "hour", "minute", "second")


def parse_duration(text: str) -> int:
    """Return the seconds that `text` names, 0 to MAX_SECONDS. Raises ValueError."""
    parts = _PARTS.fullmatch(text)
    if parts is None or _FORM.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a duration like PT30M or P7D")
    seconds = sum(int(number) * unit for number, unit in zip(parts.groups("0"), _SECONDS, strict=True))
    if seconds > MAX_SECONDS:
        raise ValueError(f"{text} is longer than {MAX_SECONDS // 86_400} days")
    return seconds


def format_duration(seconds: int) -> str:
    """Return the shortest ISO 8601 form of `seconds` (0 or more): 90 is PT1M30S."""
    days, *clock = _split(seconds)
    date = f"{days}D" if days else ""
    time = "".join(f"{number}{letter}" for number, letter in zip(clock, _LETTERS[1:], strict=True) if number)
    if not date and not time:
        return "PT0S"
    return f"P{date}T{time}" if time else f"P{date}"


def spoken_duration(seconds: int) -> str:
    """Return `seconds` in English words for people: "7 days", "1 hour 30 minutes"."""
    words = [
        f"{number:,} {word}{'' if number == 1 else 's'}"
        for number, word in zip(_split(seconds), _WORDS, strict=True)
        if number
    ]
    return " ".join(words) or "0 seconds"


def _split(seconds: int) -> tuple[int, int, int, int]:
    if seconds < 0:
        raise ValueError("a duration is not negative")
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    return day, hour, minute, second
