"""Breadth first through all that can happen, with the way by which each moment came about."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

M = TypeVar("M", bound=Hashable)
Came = dict[M, tuple[M, str] | None]
"""By moment: the one before it and what happened then; None for the first."""


def explore(
    start: M, came: Came[M], check: Callable[[M], object], successors: Callable[[M], Iterable[tuple[str, M]]],
    most: int = sys.maxsize,
) -> int:  # fmt: skip
    """Visit what follows from `start`, at most so many moments, into `came`; return how many transitions there were."""
    came[start] = None
    queue, transitions = [start], 0
    for moment in queue:
        check(moment)
        for name, after in successors(moment):
            transitions += 1
            if after not in came and len(came) < most:
                came[after] = (moment, name)
                queue.append(after)
    return transitions


def way_to(moment: M, came: Came[M]) -> list[str]:
    """Return what happened from the start to this moment, in order."""
    names = []
    while (before := came[moment]) is not None:
        moment, name = before
        names.append(name)
    return names[::-1]
