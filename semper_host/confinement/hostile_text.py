"""Text that a bundle wrote, made safe to show: one line, no control or format characters, bounded."""

from __future__ import annotations

import unicodedata

MAX_SHOWN = 300


def escaped(text: str, limit: int = MAX_SHOWN) -> str:
    """Return `text` with every character that could mislead a reader as an escape, cut to `limit` characters."""
    shown = "".join(_escaped_character(character) for character in text[:limit])
    return shown if len(shown) <= limit and len(text) <= limit else shown[: limit - 1] + "…"


def _escaped_character(character: str) -> str:
    if " " <= character <= "~":
        return "\\\\" if character == "\\" else character
    if character.isprintable() and unicodedata.category(character)[0] in "LNPS":
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
