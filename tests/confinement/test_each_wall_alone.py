"""One wall at a time: what each stops by itself is what docs/reference/walls.md says, and no wall is idle.

The recorded table is made by `python -m tests.confinement.walls_alone.harness`, the page from it by `make docs`.
"""

from __future__ import annotations

import json
import platform

import pytest

from tests.confinement.walls_alone import harness
from tests.confinement.walls_alone.attempts import ATTEMPTS
from tests.confinement.walls_alone.harness import ALL, BARE, DIALECT, OBSERVED, SPY, WALLS, Row

RECORDED: dict[str, Row] = json.loads(OBSERVED.read_text("utf-8"))


@pytest.fixture(scope="module")
def observed() -> dict[str, Row]:
    if platform.machine() != "x86_64":
        pytest.skip("the table was observed on x86_64, and only there is it looked at again")
    return harness.observe(slow=False)


def test_the_recorded_table_is_what_each_wall_does_on_this_machine(observed: dict[str, Row]) -> None:
    assert len(observed) >= 15, "hardly any attempt gets through bare: this machine shows little"
    for name, row in observed.items():
        for wall, stopped in row.items():
            assert stopped in (None, RECORDED[name][wall]), f"{wall} alone against {name}"


@pytest.mark.deep
def test_the_slow_attempts_are_recorded_as_they_end() -> None:
    assert harness.observe()["busy"] == RECORDED["busy"]


def test_the_recorded_table_is_whole() -> None:
    assert list(RECORDED) == [*(attempt.act.__name__ for attempt in ATTEMPTS), SPY]
    for row in RECORDED.values():
        assert set(row) == {*WALLS, ALL}
        assert None not in row.values()
        assert BARE not in row


def test_all_walls_together_stop_every_attempt() -> None:
    assert all(row[ALL] for row in RECORDED.values())


@pytest.mark.parametrize("wall", WALLS)
def test_no_wall_is_idle_and_none_is_enough(wall: str) -> None:
    assert any(row[wall] for row in RECORDED.values())
    assert not all(row[wall] for row in RECORDED.values())


def test_landlock_and_limits_alone_leave_the_machine_open() -> None:
    open_to_both = {name for name, row in RECORDED.items() if not (row["landlock"] or row["limits"])}
    assert {"unshare_user", "map_executable", "handle_signal", "kernel_random", "clock_call"} <= open_to_both


def test_only_the_dialect_and_the_system_call_wall_stop_nearly_everything() -> None:
    stopped = {wall: sum(bool(row[wall]) for row in RECORDED.values()) for wall in WALLS}
    assert set(sorted(stopped, key=lambda wall: -stopped[wall])[:2]) == {DIALECT, "system-calls"}
