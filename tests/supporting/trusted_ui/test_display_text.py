"""What may be shown and what is refused: attacks on a reader's eyes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.supporting.trusted_ui.display_text import DisplayRefused, check_text, columns, escape, why_not

HONEST = [
    "EUROCOM Courseware GmbH",
    "Müller & Söhne, Zürich",
    "Société Générale – “l'étude”",
    "Café №1".replace("№", "No. "),
    "Łódź Straße țară",
    "Ελληνικά μαθήματα",
    "Курсы и книги",
    "ООО «Ромашка» и сыновья",
    "東京カメラ店",
    "한국 서점",
    "हिन्दी पुस्तक",
    "100 % (19.90 €) ±0 a_b #1 ~ © 2025…",
]

ATTACKS = {
    "right-to-left override": "pay \u202e00.1 RUE",
    "isolate": "\u2067abc\u2069",
    "left-to-right mark": "abc\u200edef",
    "Hebrew letters reorder digits": "שלום 100",
    "Arabic letter mark": "abc\u061c",
    "Arabic digits": "١٠٠ EUR",
    "zero-width space": "EURO\u200bCOM",
    "zero-width joiner": "EURO\u200dCOM",
    "byte order mark": "\ufeffEUROCOM",
    "soft hyphen": "EURO\u00adCOM",
    "Hangul filler": "EUROCOM\u3164",
    "Braille blank": "EUROCOM\u2800x",
    "combining joiner": "EURO\u034fCOM",
    "variation selector": "EUROCOM\ufe0f",
    "tag characters": "EUROCOM\U000e0041",
    "Cyrillic a in a Latin word": "Pаypal",
    "Greek omicron in a Latin word": "EURΟCOM",
    "mixed with a mark between": "p\u0323\u0430ypal",
    "a word of look-alikes": "РАУРАL".replace("L", "Х"),
    "look-alikes beside an honest foreign word": "ЕТС Курсы Ltd",
    "fullwidth letters": "ＥＵＲＯＣＯＭ",
    "mathematical letters": "𝐄𝐔𝐑𝐎𝐂𝐎𝐌",
    "ligature": "ﬁnance",
    "small capitals": "ᴇᴜʀᴏᴄᴏᴍ",
    "script g": "Goo\u0261le",
    "click letter as exclamation mark": "yes\u01c3",
    "division slash": "eurocom.com\u2215evil",
    "one dot leader": "eurocom\u2024com",
    "ANSI escape": "\x1b[2J\x1b[1;1HAmount: 0.01 EUR",
    "C1 control sequence introducer": "\x9b31mred",
    "bell and backspace": "1000\x08\x08\x0810",
    "new line": "harmless\nAmount: 0.01 EUR",
    "carriage return": "1000 EUR\r   1 EUR",
    "line separator": "harmless\u2028Amount: 0.01",
    "next line": "harmless\x85Amount",
    "vertical tab": "a\x0bb",
    "tab": "a\tb",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "no-break space": "a\u00a0b",
    "wide space": "a\u3000b",
    "box drawing": "│ Amount",
    "emoji": "safe \U0001f512",
    "private use": "\ue000",
    "unassigned": "\U000e0fff",
    "lone surrogate": "\ud800",
    "stacked marks": "a\u0323\u0324\u0325\u0326",
    "a mark on nothing": "\u0301abc",
    "not in normal form": "Mu\u0308ller",
    "empty": "",
    "spaces only": "   ",
    "leading space": " EUROCOM",
    "too long": "x" * 81,
    "too wide": "東" * 41,
}


@pytest.mark.parametrize("text", HONEST)
def test_honest_text_is_shown_unchanged(text: str) -> None:
    assert check_text(text, 80, "name") == text


@pytest.mark.parametrize("text", ATTACKS.values(), ids=ATTACKS)
def test_text_that_could_deceive_is_refused(text: str) -> None:
    with pytest.raises(DisplayRefused) as caught:
        check_text(text, 80, "name")
    assert caught.value.code == "DISPLAY_REFUSED"
    assert str(caught.value).startswith("cannot show the name: ")
    assert str(caught.value).isascii() and str(caught.value).isprintable()


@given(st.text(max_size=300))
def test_escaped_text_is_printable_ascii_of_bounded_length(text: str) -> None:
    harmless = escape(text)
    assert harmless.isascii() and len(harmless) <= 200
    assert not harmless or harmless.isprintable()


@given(st.text(max_size=30))
def test_what_passes_is_printable_and_as_wide_as_it_looks(text: str) -> None:
    if not why_not(text, 40):
        assert text.isprintable()
        assert 0 < columns(text) <= 40
