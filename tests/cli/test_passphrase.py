"""A passphrase that a person types: asked for on the terminal, twice for a new home, and never shown."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


def typed(home: Path, *answers: str, words: tuple[str, ...]) -> tuple[int, str]:
    """Run a command on a terminal of its own, type the answers, and return its exit code and all that it wrote."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("SEMPER_PASSPHRASE_FILE", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "semper_host", "--home", str(home), *words], stdin=theirs, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=environment, start_new_session=True, text=True,
    )  # fmt: skip
    os.close(theirs)
    assert process.stdout is not None
    said = ""
    try:
        for answer in answers:
            while not said.endswith((": ",)):  # getpass has its prompt out, and the echo off, before it reads
                said += process.stdout.read(1) or pytest.fail(said)
            os.write(ours, answer.encode() + b"\n")
            said += "\n"
        rest, _ = process.communicate(timeout=60)
    finally:
        os.close(ours)
        process.kill()
    return process.returncode, said + rest


def test_a_new_home_asks_twice_and_opens_with_what_was_typed(semper: Any) -> None:
    home = semper.root / "typed"
    code, said = typed(home, "open sesame", "open sesame", words=("init",))
    assert code == 0, said
    assert said.startswith("Passphrase of this home: ")
    assert "Once more: " in said
    assert "sesame" not in said
    assert typed(home, "open sesame", words=("bundle", "list"))[0] == 0
    code, said = typed(home, "open barley", words=("bundle", "list"))
    assert code == 2
    assert "code: PASSPHRASE_WRONG " in said
    assert "barley" not in said


def test_two_passphrases_that_differ_make_no_home(semper: Any) -> None:
    home = semper.root / "typed"
    code, said = typed(home, "open sesame", "open barley", words=("init",))
    assert code == 2
    assert "code: PASSPHRASE_WRONG " in said
    assert not (home / "keys").exists()
