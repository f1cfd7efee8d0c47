"""What a command that deals needs besides its home: the sandbox, the network, the trusted user interface, a progress
display.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from semper_host.cli.hanging import named
from semper_host.cli.opening import opened
from semper_host.host.home import Home
from semper_host.host.installed import Fetch
from semper_host.host.line import line_of
from semper_host.host.sandbox import Sandbox
from semper_host.host.watching import Watcher
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.preferences import preferences
from semper_host.supporting.preferences.preferences import Preferences
from semper_host.supporting.trusted_ui.display_text import escape
from semper_host.supporting.trusted_ui.drivers import load_driver
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.lock import read_lock
from service_repo import layout, reader

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

MOST_PACK = 6 * 1024 * 1024


@dataclass(frozen=True)
class Desk:
    """An opened home with all that a deal needs."""

    home: Home
    sandbox: Sandbox
    client: Client
    preferences: Preferences

    def interface(self) -> TrustedInterface:
        """Return the trusted user interface, through the locked driver that the person prefers."""
        rows = read_lock(self.home.trust / "drivers.lock")
        driver = load_driver(self.preferences.driver, rows, allow_scripted=self.home.config.allow_scripted)
        return TrustedInterface(driver, self.preferences.locale)

    def sources(self) -> list[Fetch]:
        """Return where terms can be fetched from besides the offer's own pack: the repository of this home."""
        url = self.home.config.repository
        if not url:
            return []
        return [
            lambda subject: reader.check_pack(self.client.get(f"{url}/{layout.pack_path(subject)}", MOST_PACK), subject)
        ]


@contextmanager
def desk(context: typer.Context) -> Iterator[Desk]:
    """Open the home that the command line names, ready to deal; close everything afterwards."""
    with opened(context) as home, line_of(home) as client:
        sandbox = Sandbox(home.archive)
        try:
            yield Desk(home, sandbox, client, preferences.load(home.path))
        finally:
            sandbox.close()


class Teller(Watcher):
    """Tells progress on stderr as lines, and a bar while something is transferred."""

    def __init__(self, quiet: bool = False) -> None:
        self._console = Console(stderr=True, quiet=quiet, highlight=False, markup=False)
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said = "", ""

    def step(self, what: str, detail: str) -> None:
        """Print a step, once."""
        self._stop_bar()
        if (what, detail) != self._said:
            self._said = what, detail
            self._console.print(named(what, escape(detail, 160), 10))

    def progress(self, done: int, total: int) -> None:
        """Move the bar; it appears with the first bytes and goes with the last."""
        if self._bar is None:
            from rich.progress import (  # few download
                BarColumn,
                DownloadColumn,
                Progress,
                TextColumn,
                TransferSpeedColumn,
            )

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._bar = Progress(*columns, console=self._console, transient=False)
            self._bar.start()
            self._task = self._bar.add_task("  download", total=total)
        assert self._task is not None
        self._bar.update(self._task, completed=done)
        if done >= total:
            self._stop_bar()

    def trouble(self, error: SemperError) -> None:
        """Print what is being tried again."""
        self.step("waiting", error.message)

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
