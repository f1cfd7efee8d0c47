"""The command: makes the world, plays the scenarios, judges what the homes say, tells it or prints it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import platformdirs
import typer

from semper_host.cli.demo import judging
from semper_host.cli.demo.making import build
from semper_host.cli.demo.scenarios import SCENARIOS
from semper_host.cli.demo.story import Story
from semper_host.cli.printing import show_json
from semper_host.model.errors import UsageError

SCHEMA = "semper.demo/1"


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="Print nothing but one JSON document on stdout.")] = False,
    keep: Annotated[Path | None, typer.Option(help="Leave all homes in this new directory.")] = None,
) -> None:
    """Watch strangers trade: a purchase of courseware, and four ways in which one can go wrong.

    Six parties with homes of their own, five of them processes that talk HTTP on loopback. Nothing is simulated.
    """
    story = Story(quiet=as_json)
    started = time.monotonic()
    with _directory(keep) as root:
        everybody = build(root, story)
        try:
            records = [record for scenario in SCENARIOS for record in scenario(everybody)]
        finally:
            everybody.close()
        wrong = [*judging.faults(records), *everybody.wrong]
        if as_json:
            show_json({"schema": SCHEMA, "deals": records})
        else:
            judging.summarise(story, records)
            story.say(f"{time.monotonic() - started:.0f} seconds." + (f" The homes are in {root}." if keep else ""))
        for fault in wrong:
            typer.echo(f"WRONG: {fault}", err=True)
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="demo-", dir=_cache()) as path:
            yield Path(path)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True, mode=0o700)
        empty = not any(keep.iterdir())
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot keep the demo in {keep}: {error.strerror}") from None
    if not empty:
        raise UsageError("HOME_EXISTS", f"cannot keep the demo in {keep}: it is not empty")
    yield keep.resolve()


def _cache() -> str:
    """Return the user's cache directory: homes that are not kept are made nowhere else."""
    try:
        return platformdirs.user_cache_dir("semper", ensure_exists=True)
    except OSError as error:
        cause = f"cannot make the directory for what the demo throws away: {error.strerror}: {error.filename}"
        raise UsageError("USAGE_INVALID", f"{cause}; name one with --keep") from None
