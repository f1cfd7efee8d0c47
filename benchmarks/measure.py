"""Rows, and how they come about: works and their limits timed in turn, medians, one kind of ratio.

`ratio` is always value / limit, so a goal reads off it directly: rates (more is better) have a least ratio,
durations (less is better) a greatest one. See docs/reference/benchmarks.md.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.setting import Setting

DIGITS = 4
"""Significant digits of every number written: more would only be noise."""

Work = Callable[[], float]
"""Does something once, times the part that counts by itself, and returns the seconds."""

SECONDS = {"s": 1.0, "ms": 1e3, "µs": 1e6}
"""How many of each unit of time are a second."""


class Goal(NamedTuple):
    """What a row should reach: `on` "ratio" or "value", at least `least` or at most `most`."""

    on: str
    least: float | None = None
    most: float | None = None

    def met(self, row_value: float, row_ratio: float | None) -> bool:
        """Say whether a row reaches the goal. A ratio that was not measured reaches none."""
        found = row_value if self.on == "value" else row_ratio
        if found is None:
            return False
        return (self.least is None or found >= self.least) and (self.most is None or found <= self.most)

    def plain(self) -> dict[str, Any]:
        """Return the goal as it stands in the results file."""
        bound = {"min": self.least} if self.least is not None else {"max": self.most}
        return {"on": self.on, **bound}


@dataclass(frozen=True)
class Row:
    """One line of the results. Numbers are rounded to DIGITS significant digits, and judged as rounded."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    goal: Goal | None = None

    @property
    def ratio(self) -> float | None:
        """value / limit."""
        return None if self.limit is None else rounded(self.value / self.limit)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        return None if self.goal is None else self.goal.met(rounded(self.value), self.ratio)

    def plain(self) -> dict[str, Any]:
        """Return the row as it stands in the results file."""
        return {
            "name": self.name,
            "value": rounded(self.value),
            "unit": self.unit,
            "limit": None if self.limit is None else rounded(self.limit),
            "ratio": self.ratio,
            "goal": None if self.goal is None else self.goal.plain(),
            "met": self.met,
        }


@dataclass(frozen=True)
class Bench:
    """What every area gets: how often to run, and a fresh directory on a real disk."""

    runs: int
    scratch: Path

    def directory(self, name: str) -> Path:
        """Return a new directory."""
        made = self.scratch / name
        made.mkdir(mode=0o700, parents=True)
        return made

    @cached_property
    def setting(self) -> Setting:
        """Authorities, bundles and homes, made at the first use."""
        return Setting(self.directory("setting"))

    def close(self) -> None:
        """End all that the setting started."""
        if "setting" in self.__dict__:
            self.setting.close()


def clocked(act: Callable[[], object]) -> Work:
    """Return `act` as a work all of which counts."""

    def work() -> float:
        started = time.perf_counter()
        act()
        return time.perf_counter() - started

    return work


def in_turn(runs: int, *works: Work) -> list[list[float]]:
    """Return `runs` timings of each work. They take turns, in changing order, so that all see the same noise.

    One round before that is not counted.
    """
    timings: list[list[float]] = [[] for _ in works]
    order = list(range(len(works)))
    for number in range(runs + 1):
        for place in order:
            seconds = works[place]()
            if number:
                timings[place].append(seconds)
        order = order[1:] + order[:1]
    return timings


def rate(
    name: str, unit: str, count: float, seconds: Sequence[float], limit: float | None = None, least: float | None = None
) -> Row:
    """Return the row of a rate: `count` things in the median of `seconds`; `limit` is a rate as well."""
    return Row(name, count / statistics.median(seconds), unit, limit, least_ratio(least))


def duration(
    name: str,
    unit: str,
    seconds: Sequence[float],
    limit: Sequence[float] | None = None,
    *,
    most: float | None = None,
    most_value: float | None = None,
) -> Row:
    """Return the row of a duration, in `unit`: the median of `seconds` beside the median of `limit`.

    `most` bounds the ratio, `most_value` the value (in `unit`).
    """
    scale = SECONDS[unit]
    goal = Goal("value", most=most_value) if most_value is not None else None
    if most is not None:
        goal = Goal("ratio", most=most)
    bare = None if limit is None else statistics.median(limit) * scale
    return Row(name, statistics.median(seconds) * scale, unit, bare, goal)


def per_second(count: float, seconds: Sequence[float]) -> float:
    """Return the rate of `count` things in the median of `seconds`."""
    return count / statistics.median(seconds)


def least_ratio(least: float | None) -> Goal | None:
    """Return the goal of a ratio of at least `least`, if there is to be one."""
    return None if least is None else Goal("ratio", least=least)


def rounded(number: float) -> float:
    """Return `number` with DIGITS significant digits."""
    return float(f"{number:.{DIGITS}g}")
