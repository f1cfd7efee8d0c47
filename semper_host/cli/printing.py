"""How results and refusals are shown: lines for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from semper_host.model.errors import SemperError
from semper_host.supporting.trusted_ui.display_text import escape


def show_json(value: Any) -> None:
    """Print one JSON document on stdout; bytes as hexadecimal, and what is not printable as JSON escapes it."""
    lines = json.dumps(value, indent=2, ensure_ascii=False, default=_plain)
    sys.stdout.write("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in lines) + "\n")


def show(*lines: str) -> None:
    """Print lines on stdout."""
    sys.stdout.write("".join(line + "\n" for line in lines))


def tell(line: str) -> None:
    """Print a line for the operator on stderr, at once: what a server says beside its answers. Escaped, as errors."""
    sys.stderr.write(harmless(line) + "\n")
    sys.stderr.flush()


def show_error(error: SemperError) -> None:
    """Print a refusal on stderr: the cause, who is to blame, what to do. Hostile text is escaped."""
    sys.stderr.write(f"{escape(error.message, 800)}\n  code: {error.code}   blame: {error.blame}\n  {error.remedy}\n")


def harmless(text: str) -> str:
    """Return words of others fit for a terminal: letters of any script stay, what is not printable is escaped."""
    return "".join(character if character.isprintable() else escape(character) for character in text)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
