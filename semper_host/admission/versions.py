"""Semantic versions (semver.org 2.0.0 §2, §11): MAJOR.MINOR.PATCH, an optional pre-release, no build metadata."""

from __future__ import annotations

import re

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_IDENTIFIER = r"(0|[1-9][0-9]{0,8}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(-{_IDENTIFIER}(\.{_IDENTIFIER})*)?")
MAX_LENGTH = 64

Key = tuple[int, int, int, tuple[tuple[int, int, str], ...]]


def is_version(text: str) -> bool:
    """Say whether `text` is a version."""
    return len(text) <= MAX_LENGTH and _VERSION.fullmatch(text) is not None


def order(text: str) -> Key:
    """Return the sort key of a version: order("1.2.0") < order("1.10.0"). Raises ValueError where it is none (§11)."""
    if not is_version(text):
        raise ValueError(f"{text[:MAX_LENGTH]!r} is not a version like 1.4.0")
    numbers, _, rest = text.partition("-")
    major, minor, patch = (int(number) for number in numbers.split("."))
    if not rest:
        return major, minor, patch, ((2, 0, ""),)  # a release comes after its pre-releases
    parts = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in rest.split("."))
    return major, minor, patch, parts
