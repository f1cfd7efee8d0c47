"""What becomes of rows: a table for people, a file for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.measure import Row

VERDICTS = {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}


def show(rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table(title="Measured here and now; ratio = value / limit of the same run", title_justify="left")
    for heading in ("row", "value", "unit", "limit", "ratio", "goal", "met"):
        is_number = heading in ("value", "limit", "ratio")
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=True)
    for row in rows:
        plain = row.plain()
        numbers = [_number(plain[each]) for each in ("value", "limit", "ratio")]
        table.add_row(row.name, numbers[0], row.unit, numbers[1], numbers[2], _goal(row), VERDICTS[row.met])
    Console(width=120).print(table)


def write(file: Path, rows: Sequence[Row], areas: Iterable[str]) -> None:
    """Write the rows to `file`; rows of areas that were not measured now stay as they were."""
    measured = set(areas)
    kept = json.loads(file.read_text("utf-8")) if file.exists() else []
    plain = [row.plain() for row in rows]
    plain += [row for row in kept if _area(row) not in measured]
    order = list(dict.fromkeys(_area(row) for row in [*kept, *plain]))
    plain.sort(key=lambda row: order.index(_area(row)))
    draft = file.with_name(file.name + ".new")
    draft.write_text("[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in plain) + "\n]\n", "utf-8")
    draft.replace(file)


def _area(row: dict[str, Any]) -> str:
    return str(row["name"]).split(".")[0]


def _number(number: float | None) -> str:
    return "" if number is None else f"{number:,.4g}" if abs(number) < 1000 else f"{number:,.0f}"


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    bound = f">= {row.goal.least:g}" if row.goal.least is not None else f"<= {row.goal.most:g}"
    return f"{row.goal.on} {bound}"
