"""The narrator: tells the demo on the terminal, or keeps silent where a program listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from semper_host.cli.hanging import indented, named


class Story:
    """Chapters, lines, screens and a table at the end."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self._console = Console(quiet=quiet, highlight=False)

    def chapter(self, title: str, *lines: str) -> None:
        """Begin a chapter."""
        self._console.print()
        self._console.rule(f"[bold]{title}", align="left")
        if lines:
            self.say(" ".join(lines))

    def say(self, line: str) -> None:
        """Tell one thing."""
        self._console.print(indented(line, 2))

    def fact(self, name: str, line: str) -> None:
        """Tell one thing under a name."""
        self._console.print(named(name, line, 14, "cyan"))

    def screen(self, lines: list[str]) -> None:
        """Show a screen as the person saw it."""
        width = min(100, self._console.width)
        self._console.print(Panel(Text("\n".join(lines)), title="trusted user interface", width=width))

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show that something takes a moment."""
        with self._console.status(f"  {what}"):
            yield

    def table(self, title: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Show a table."""
        table = Table(
            title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold"
        )
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self._console.print()
        self._console.print(table)
