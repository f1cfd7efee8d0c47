"""Lines for people that stay in their column where a terminal is narrow: a name on the left, what is told beside it."""

from __future__ import annotations

from rich.padding import Padding
from rich.table import Table
from rich.text import Text


def indented(line: str, by: int) -> Padding:
    """Return a line whose every row begins `by` columns from the left, besides the line's own leading spaces."""
    own = len(line) - len(line.lstrip(" "))
    return Padding(Text(line.lstrip(" ")), (0, 0, 0, by + own), expand=False)


def named(name: str, told: str, width: int, style: str = "") -> Table:
    """Return a name, to the right of its `width` columns, and beside it what is told, in as many rows as it takes."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", width=width, no_wrap=True, style=style)
    grid.add_column(overflow="fold")
    grid.add_row(Text(name), Text(told))
    return grid
