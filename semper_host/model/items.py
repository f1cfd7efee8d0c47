"""Business items, the leaves of a container: money, credentials and statements (the paper's III.A)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

MAX_KIND = 64
"""Characters of a kind at most; all are ASCII."""


class Family(StrEnum):
    """The three families; information (software, video, text) is a statement."""

    MONEY = "money"
    CREDENTIAL = "credential"
    STATEMENT = "statement"


_KIND = re.compile(rf"({'|'.join(Family)})\.[a-z0-9]+(?:[.-][a-z0-9]+)*")


class Item(NamedTuple):
    """One item: `kind` is its family and what it is there ("statement.offer"), `body` its exact bytes."""

    kind: str
    body: bytes


def family_of(kind: str) -> Family | None:
    """Return the family that `kind` names; None if it is no kind of item."""
    match = _KIND.fullmatch(kind) if len(kind) <= MAX_KIND else None
    return None if match is None else Family(match[1])
