"""What may be shown to a person. Text that could deceive is refused, not repaired (DESIGN §10).

A text passes if it is one line of NFC text within its length; has no control, format, private or unassigned
character; no right-to-left or invisible letter; no letter of a script that this host does not know; no word of
mixed scripts; and is not written entirely in look-alikes of Latin letters. After UTS 39, made narrower.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from semper_host.model.errors import SemperError

_SCRIPTS = {
    "LATIN": ((0x41, 0x17F), (0x218, 0x21B), (0x1E00, 0x1EFF)),
    "GREEK": ((0x370, 0x3FF),),
    "CYRILLIC": ((0x400, 0x4FF),),
    "ARMENIAN": ((0x531, 0x587),),
    "GEORGIAN": ((0x10D0, 0x10FF),),
    "DEVANAGARI": ((0x900, 0x97F),),
    "BENGALI": ((0x980, 0x9FF),),
    "TAMIL": ((0xB80, 0xBFF),),
    "THAI": ((0xE00, 0xE7F),),
    "HANGUL": ((0xAC00, 0xD7A3),),
    "HIRAGANA": ((0x3041, 0x309F),),
    "KATAKANA": ((0x30A1, 0x30FF),),
    "CJK": ((0x3400, 0x9FFF),),
}
"""The letters that this host shows; archaic and phonetic ranges, full of look-alikes, are left out."""

_TOGETHER = ({"CJK", "HIRAGANA", "KATAKANA"}, {"CJK", "HANGUL"})
"""Scripts that one word may mix, since people write so."""

_SIGNS = set("¡§©«®°±¶·»¿×÷‐‑‒–—―‘’‚“”„†•…‰‹›−、。「」€£¥¢₤₩₫₪₴₹₺₽")
"""Signs beyond ASCII; every other one could mimic a frame, a separator or an empty place."""

_MARKS = {"Mn", "Mc"}
_LOOKS_LATIN = set("асԁеһіјӏорԛѕԝхуүАВСЕНІЈКМОРЅТУХҮ" "οναρτυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" "օսոհց")
_HAVE_LOOKALIKES = {"CYRILLIC", "GREEK", "ARMENIAN"}


class DisplayRefused(SemperError):
    """A text that could deceive a person when shown."""


def check_text(text: str, limit: int, field: str) -> str:
    """Return `text` if it may be shown as `field`, at most `limit` columns wide.

    Raises DisplayRefused (DISPLAY_REFUSED), whose message shows the text escaped.
    """
    cause = why_not(text, limit)
    if cause:
        raise DisplayRefused("DISPLAY_REFUSED", f"cannot show the {field}: {cause}: {escape(text, 80)}")
    return text


def why_not(text: str, limit: int) -> str:
    """Return why `text` may not be shown in `limit` columns, "" if it may."""
    for character in text:
        if not _may_show(character):
            return f"it holds the character U+{ord(character):04X}"
    if not unicodedata.is_normalized("NFC", text):
        return "it is not in normal form C"
    if not text.strip() or text != text.strip():
        return "it is empty or begins or ends with a space"
    if columns(text) > limit:
        return f"it is wider than {limit} columns"
    return _script_trouble(text)


def columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes."""
    return len(text) if text.isascii() else sum(_width(character) for character in text)


def escape(text: str, limit: int = 200) -> str:
    """Return `text` made harmless for a log or a message: printable ASCII in one line of at most `limit` characters.

    For diagnostics only, hostile exception texts among them; what a person decides on goes through `check_text`.
    """
    kept = "".join(_escaped(character) for character in text[:limit])
    return kept if len(text) <= limit and len(kept) <= limit else kept[: limit - 3] + "..."


def _escaped(character: str) -> str:
    if " " <= character <= "~" and character != "\\":
        return character
    return character.encode("unicode_escape").decode("ascii")


def _may_show(character: str) -> bool:
    if " " <= character <= "~" or character in _SIGNS:
        return True
    category = unicodedata.category(character)
    if category in _MARKS:
        return bool(_script(character)) or "\u0300" <= character <= "\u0333"
    return category[0] == "L" and bool(_script(character)) and unicodedata.normalize("NFKC", character) == character


def _script(letter: str) -> str:
    """Return the script of a letter or mark, "" where this host knows none."""
    code = ord(letter)
    return next((name for name, parts in _SCRIPTS.items() if any(a <= code <= b for a, b in parts)), "")


def _script_trouble(text: str) -> str:
    words = list(_words(text))
    if any(_stacks_marks(word) for word in words):
        return "it stacks marks on a letter"
    written = [(word, _scripts(word)) for word in words]
    if any(len(scripts) > 1 and not any(scripts <= mix for mix in _TOGETHER) for _, scripts in written):
        return "a word mixes scripts"
    foreign = [word for word, scripts in written if scripts & _HAVE_LOOKALIKES]
    disguised = [word for word in foreign if _LOOKS_LATIN.issuperset(word)]
    beside_latin = any("LATIN" in scripts for _, scripts in written)
    if disguised and (len(disguised) == len(foreign) or (beside_latin and any(len(word) > 1 for word in disguised))):
        return "its letters only look Latin"
    return ""


def _words(text: str) -> Iterator[str]:
    """Yield the runs of letters and marks in `text`."""
    run = ""
    for character in text + " ":
        if unicodedata.category(character)[0] in "LM":
            run += character
        elif run:
            yield run
            run = ""


def _scripts(word: str) -> set[str]:
    return {_script(letter) for letter in word if unicodedata.category(letter)[0] == "L"}


def _stacks_marks(word: str) -> bool:
    marked = "".join("m" if unicodedata.category(character) in _MARKS else " " for character in word)
    return "mmm" in marked or marked.startswith("m")


def _width(character: str) -> int:
    if unicodedata.category(character) == "Mn":
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
