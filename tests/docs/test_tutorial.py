"""The tutorial does what it says: every command of it is run, in order, with real processes."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.docs.walkthrough import Command, Shell, difference, read_page
from tests.free_ports import free_port

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial" / "first-purchase.md"
PORTS = ("8401", "8402", "8403", "8404", "8405", "8406")
TYPED = "init --name Alice"
SCRIPTED = f"{TYPED} --driver scripted --allow-scripted"
"""Alice's approvals come from a file here: a test has no terminal to type at."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    script = tmp_path / "script.json"
    answers = [{"when": "", "answer": True}]
    script.write_text(json.dumps({"schema": "semper.scripted/1", "transcript": "screens.jsonl", "confirm": answers}))
    script.chmod(0o600)
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
        "SEMPER_SCRIPTED_UI": str(script),
    }


@pytest.mark.skipif(
    "scripted" not in entry_points(group="semper.trusted_io.v1").names,
    reason="the drivers are not installed; `make test` installs them",
)
def test_the_tutorial_does_what_it_says(tmp_path: Path, environment: dict[str, str]) -> None:
    page, ports = read_page(TUTORIAL), _free_ports()
    work = tmp_path / "work"
    work.mkdir()
    with Shell(work, environment) as shell:
        for command in page.commands:
            _check(shell, _adapted(command, ports))
    frames = [json.loads(line) for line in (tmp_path / "screens.jsonl").read_text("utf-8").splitlines()]
    asked = [frame["lines"][1:] for frame in frames if frame["kind"] == "confirm"]  # without the scripted banner
    assert len(asked) == len(page.screens)
    for shown, came in zip(page.screens, asked, strict=True):
        assert not difference(shown, came)


def test_the_tutorial_shows_what_the_reader_types_and_what_comes() -> None:
    page = read_page(TUTORIAL)
    assert len(page.commands) > 40
    assert sum(TYPED in command.text for command in page.commands) == 1
    assert len(page.screens) == 2


@pytest.mark.parametrize(
    ("shown", "came", "same"),
    [
        (["Made a home."], ["Made a home."], True),
        (["key 4cf2a534f7620ae4"], ["key 00112233445566ff"], True),
        (["key 4cf2a534f7620ae4"], ["key 0011"], False),
        (["first", "…", "last"], ["first", "between", "last"], True),
        (["first", "last"], ["first", "between", "last"], False),
        (["first", "…"], ["first"], True),
        (["first"], ["first", "more"], False),
        ([], ["something"], False),
        (["19.90 EUR"], ["19.91 EUR"], False),
    ],
)
def test_what_is_shown_is_compared_but_for_what_differs_each_time(
    shown: list[str], came: list[str], same: bool
) -> None:
    assert (not difference(shown, came)) is same


def _check(shell: Shell, command: Command) -> None:
    came, code = shell.run(command.text)
    refused = any(line.startswith(("cannot ", "  REFUSED ")) for line in command.shown)
    said = "\n".join(came)
    assert code == int(refused), f"$ {command.text}\nexit code {code}\n{said}"
    wrong = difference(command.shown, came)
    assert not wrong, f"$ {command.text}\n{wrong}\n--- all of it\n{said}"


def _adapted(command: Command, ports: dict[str, str]) -> Command:
    text, shown = command.text.replace(TYPED, SCRIPTED), command.shown
    for port, free in ports.items():
        text = text.replace(f":{port}", f":{free}")
        shown = [line.replace(f":{port}", f":{free}") for line in shown]
    return Command(text, shown)


def _free_ports() -> dict[str, str]:
    """Return a free loopback port in place of each port of the tutorial."""
    return {port: str(free_port()) for port in PORTS}
