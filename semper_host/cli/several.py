"""What the commands for several parties have in common: durations, patience, and numbers by their beginnings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from semper_host.cli import files
from semper_host.commerce.durations import parse_duration
from semper_host.model.encoding import MalformedEncoding, Record
from semper_host.model.errors import UsageError

R = TypeVar("R", bound=Record)


def seconds_of(text: str) -> int:
    """Return the seconds of a duration such as P7D. Raises UsageError USAGE_INVALID."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise UsageError("USAGE_INVALID", f"cannot read the duration: {error}") from None


def read_invitation(kind: type[R], path: Path, most: int) -> R:
    """Return the invitation in a file, of at most so many bytes. Raises UsageError USAGE_INVALID naming the file."""
    try:
        return kind.decode(files.read(path, most))
    except MalformedEncoding:
        cause = f"cannot use {path}: it is no such invitation; take the file that the one who invites gave you"
        raise UsageError("USAGE_INVALID", cause) from None


def after(seconds: int) -> Callable[[], bool]:
    """Return what says, from `seconds` from now on, that it is time to give up."""
    deadline = time.monotonic() + seconds
    return lambda: time.monotonic() > deadline


def named(numbers: Iterable[bytes], start: str, what: str) -> bytes:
    """Return the one of `numbers` that begins so, in hex; `what` they are of. Raises UsageError DEAL_UNKNOWN."""
    found = [number for number in numbers if number.hex().startswith(start.lower())]
    if len(found) != 1:
        why = "there is none such" if not found else f"{len(found)} begin so; give more of its number"
        why += f" (`semper {what} list` has them)"
        raise UsageError("DEAL_UNKNOWN", f"cannot find the {what} {start[:64]!r}: {why}")
    return found[0]
