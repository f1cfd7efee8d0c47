"""What `make bench` writes has the form that docs/reference/benchmarks.md gives, and judges itself honestly."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import report
from benchmarks.measure import Goal, Row, clocked, duration, in_turn, rate
from benchmarks.run import AREAS, RESULTS, ROOT

NAMED = {"exchange", "journal", "stream", "confinement", "admission", "repo", "commerce", "payments", "ui"}
FIELDS = ["name", "value", "unit", "limit", "ratio", "goal", "met"]
FIRST_ROWS = {
    "exchange.durable_alone": ("ratio", "min", 0.2),
    "exchange.durable_eight": ("ratio", "min", 0.5),
    "journal.serial_append": ("ratio", "min", 0.7),
    "journal.append_by_128": ("ratio", "min", 4),
    "commerce.click_to_terms": ("value", "max", 100),
    "stream.open_256_mib": ("ratio", "min", 0.7),
    "stream.memory_above_idle": ("value", "max", 64),
    "confinement.fork_to_ready": ("ratio", "max", 3),
    "confinement.fork_compile_call": ("ratio", "max", 2),
    "confinement.request_round_trip": ("ratio", "max", 1.5),
    "confinement.attribute_heavy": ("ratio", "max", 3),
    "admission.commerce_service": ("ratio", "max", 4),
}
REPOSITORY_GOALS = {
    "repo.publish": 0.2, "repo.cold_requests": 1, "repo.cold_bytes": 0.16, "repo.cold_time": 1,
    "repo.after_publish_bytes": 0.13, "repo.fetch_proof_100k": 1.5, "repo.fetch_proof_1m": 1.5,
    "repo.fetch_proof_bytes_100k": 1.1, "repo.fetch_proof_bytes_1m": 1.1,
}  # fmt: skip
"""The most that each may be: of TUF's, of what the logarithm allows, or (requests) at all."""


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "run.py"), *arguments], capture_output=True, text=True, check=False
    )


def check_row(row: dict[str, Any]) -> None:
    assert list(row) == FIELDS
    area, _, measure = row["name"].partition(".")
    assert area in NAMED and measure.isascii() and measure.replace("_", "").isalnum()
    assert isinstance(row["value"], float) and math.isfinite(row["value"]) and row["unit"]
    assert (row["limit"] is None) == (row["ratio"] is None)
    if row["limit"] is not None:
        assert row["ratio"] == pytest.approx(row["value"] / row["limit"], rel=2e-3)
    goal = row["goal"]
    assert (goal is None) == (row["met"] is None)
    if goal is not None:
        (bound,) = goal.keys() - {"on"}
        found = row[goal["on"]]
        assert row["met"] is (found >= goal["min"] if bound == "min" else found <= goal["max"])


def test_a_run_prints_a_table_and_writes_rows(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    done = bench("--only", "ui", "--runs", "5", "--results", str(file))
    assert done.returncode == 0, done.stderr
    rows = json.loads(file.read_text("utf-8"))
    assert {row["name"] for row in rows} == {"ui.render_review", "ui.render_approval"}
    for row in rows:
        check_row(row)
        assert row["name"] in done.stdout
    assert not list((ROOT / "benchmarks").glob(".scratch-*/setting/*/archive.db"))


def test_a_median_of_four_is_refused(tmp_path: Path) -> None:
    done = bench("--only", "ui", "--runs", "4", "--results", str(tmp_path / "none.json"))
    assert done.returncode == 2
    assert not (tmp_path / "none.json").exists()


def test_an_unknown_area_is_refused() -> None:
    assert bench("--only", "everything").returncode == 2


def test_the_results_in_the_checkout_have_the_form_and_the_goals() -> None:
    rows = json.loads(RESULTS.read_text("utf-8"))
    for row in rows:
        check_row(row)
    by_name = {row["name"]: row for row in rows}
    assert len(by_name) == len(rows)
    for name, (on, bound, number) in FIRST_ROWS.items():
        assert by_name[name]["goal"] == {"on": on, bound: number}


def test_the_repositorys_rows_have_the_goals_that_were_set() -> None:
    goals = {row["name"]: row["goal"] for row in json.loads(RESULTS.read_text("utf-8"))}
    if not any(name.startswith("repo.") for name in goals):
        pytest.skip("the area repo was not measured for the results in the checkout")
    for name, most in REPOSITORY_GOALS.items():
        assert goals[name]["max"] == most


def test_every_row_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "benchmarks.md").read_text("utf-8")
    rows = json.loads(RESULTS.read_text("utf-8"))
    assert not [row["name"] for row in rows if f"| `{row['name']}` |" not in page]


def test_every_area_has_its_modules() -> None:
    assert set(AREAS) <= NAMED
    assert all((ROOT / "benchmarks" / f"{name}.py").is_file() for names in AREAS.values() for name in names)


def test_rates_and_durations_have_the_same_ratio() -> None:
    faster = rate("exchange.x", "1/s", 10, [0.1, 0.2, 0.3], 100.0, least=0.5)
    assert (faster.value, faster.ratio, faster.met) == (50.0, 0.5, True)
    slower = duration("ui.x", "ms", [0.003, 0.001, 0.002], [0.001], most=1.9)
    assert (slower.value, slower.limit, slower.ratio, slower.met) == (2.0, 1.0, 2.0, False)


def test_a_goal_on_the_value_needs_no_limit() -> None:
    assert duration("ui.x", "ms", [0.1], most_value=100).met is True
    assert duration("ui.x", "ms", [0.1001], most_value=100).met is False
    assert Row("ui.x", 1.0, "MB").plain() == dict(zip(FIELDS, ["ui.x", 1.0, "MB", None, None, None, None], strict=True))


def test_a_goal_on_a_ratio_that_is_missing_is_not_met() -> None:
    assert Row("ui.x", 1.0, "MB", goal=Goal("ratio", most=2)).met is False


def test_works_take_turns_and_the_first_round_does_not_count() -> None:
    order: list[str] = []
    timings = in_turn(5, clocked(lambda: order.append("work")), clocked(lambda: order.append("limit")))
    assert [len(each) for each in timings] == [5, 5]
    assert order[:4] == ["work", "limit", "limit", "work"] and order.count("work") == 6


def test_rows_of_areas_not_measured_stay(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    report.write(file, [Row("ui.a", 1.0, "µs"), Row("journal.a", 1.0, "1/s")], ["ui", "journal"])
    report.write(file, [Row("ui.b", 2.0, "µs")], ["ui"])
    assert [row["name"] for row in json.loads(file.read_text("utf-8"))] == ["ui.b", "journal.a"]
