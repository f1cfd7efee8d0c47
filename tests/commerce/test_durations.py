from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.commerce.durations import (
    ISO_PATTERN,
    MAX_SECONDS,
    format_duration,
    parse_duration,
    spoken_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT0S", 0), ("PT5S", 5), ("PT1H30M", 5400), ("P7D", 604_800), ("P1DT1S", 86_401), ("PT90M", 5400), ("P0D", 0)],
)
def test_a_duration_is_read_as_whole_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", "P", "PT", "P1DT", "P1Y", "P1M", "P1W", "PT1.5S", "PT1,5S", "-P1D", "P-1D", "+P1D", "PT05S", "p1d", "P1D ",
        " P1D", "P1D\n", "PT1S1M", "PT1H1H", "1D", "PT\u0661S", "P\u0662D", "P1T1H", "PT1e3S", "P9999D", "P3661D",
        "PT999999999999S",
    ],
)  # fmt: skip
def test_what_has_no_fixed_length_or_another_spelling_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration|is longer than"):
        parse_duration(text)


@given(st.integers(0, MAX_SECONDS))
def test_writing_and_reading_a_duration_keeps_every_second(seconds: int) -> None:
    text = format_duration(seconds)
    assert parse_duration(text) == seconds
    assert re.fullmatch(ISO_PATTERN, text)


@given(st.text(alphabet="PT0123456789DHMSWY.-\n", max_size=14))
def test_the_published_pattern_accepts_what_the_reader_accepts(text: str) -> None:
    fits = re.fullmatch(ISO_PATTERN, text) is not None
    try:
        parse_duration(text)
    except ValueError as error:
        assert not fits or "longer" in str(error)
    else:
        assert fits


@given(st.text(alphabet="PT019DHMS", max_size=12))
def test_a_read_duration_written_again_is_the_shortest_form(text: str) -> None:
    try:
        seconds = parse_duration(text)
    except ValueError:
        return
    assert parse_duration(format_duration(seconds)) == seconds


def test_a_duration_is_not_negative() -> None:
    with pytest.raises(ValueError, match="not negative"):
        format_duration(-1)


def test_durations_are_spoken_for_people() -> None:
    assert spoken_duration(0) == "0 seconds"
    assert spoken_duration(1) == "1 second"
    assert spoken_duration(93_784) == "1 day 2 hours 3 minutes 4 seconds"
    assert spoken_duration(604_800) == "7 days"
