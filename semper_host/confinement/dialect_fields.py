"""The expressions within an f-string, from its source: before Python 3.12 the tokenizer gives it as one piece."""

from __future__ import annotations

import re
from collections.abc import Iterator

_START = re.compile(r"(?P<prefix>[a-zA-Z]*)(?P<quote>\"\"\"|'''|\"|')")
_STRING = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|\"[^\"]*\"|'[^']*'", re.DOTALL)
"""A string within a field; before Python 3.12 there is no backslash in it."""


def fields(literal: str) -> Iterator[str]:
    """Yield the source of each expression in a string literal that Python accepts; none unless it is an f-string."""
    start = _START.match(literal)
    if start is None or "f" not in start["prefix"].lower():
        return
    body = literal[start.end() : -len(start["quote"])]
    at = 0
    while at < len(body):
        if body.startswith("{{", at):
            at += 2
        elif body[at] == "{":
            end = _end(body, at + 1)
            yield body[at + 1 : end]
            at = end  # on, into the format: what it holds in braces is an expression, too
        else:
            at += 1


def _end(body: str, at: int) -> int:
    """Return where the expression that begins at `at` ends: at its brace, its conversion or its format."""
    depth = 0
    while at < len(body):
        string = _STRING.match(body, at)
        if string is not None:
            at = string.end()
            continue
        character = body[at]
        if depth == 0 and (character in "}:" or (character == "!" and not body.startswith("!=", at))):
            break
        depth += (character in "([{") - (character in ")]}")
        at += 1
    return at
