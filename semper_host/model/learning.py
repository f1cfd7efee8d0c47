"""Types are learnt one at a time. Pure but for its lock.

msgspec (0.22) looks at a type when it is first wanted, and reads freed memory where two threads do so for one type at
the same time: the process ends by SIGSEGV. So whoever converts to a type for the first time does that alone.
"""

from __future__ import annotations

from _thread import RLock
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
LEARNING = RLock()
"""Held by whoever has msgspec look at a type for the first time."""
_known: set[Any] = set()


def convert(value: Any, kind: type[T], *, strict: bool = True, builtin_types: tuple[type, ...] = ()) -> T:
    """Return plain `value` as a `kind`, as `msgspec.convert` does, from any thread. Raises what that raises."""
    if kind not in _known:
        learn(kind)
    return msgspec.convert(value, kind, strict=strict, builtin_types=builtin_types)


def learn(kind: Any) -> None:
    """Have msgspec know `kind` and all that it holds."""
    with LEARNING:
        with suppress(msgspec.ValidationError):
            msgspec.convert({}, kind)
        _known.add(kind)
