"""The command: makes the world, plays the scenarios, judges what the homes say, tells it or prints it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

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
        wrong = judging.faults(records)
        if as_json:
            show_json({"schema": SCHEMA, "deals": records})
        else:
            judging.summarise(story, records)
            story.say(f"{time.monotonic() - started:.0f} seconds." + (f" The homes are in {root}." if keep else ""))
            for fault in wrong:
                story.say(f"WRONG: {fault}")
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="semper-demo-") as path:
            yield Path(path)
        return
    if keep.exists() and any(keep.iterdir()):
        raise UsageError("HOME_EXISTS", f"cannot keep the demo in {keep}: it is not empty")
    keep.mkdir(parents=True, exist_ok=True, mode=0o700)
    yield keep.resolve()
