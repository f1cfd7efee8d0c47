"""Several commands in one process: each as if it stood alone, and nothing after one that failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def batch(semper: Any, text: str | bytes, home: str = "ann") -> Any:
    file: Path = semper.root / "commands"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return semper.run(home, "batch", file)


@pytest.fixture
def ann(semper: Any) -> Any:
    semper.ok("ann", "init", "--name", "Ann")
    return semper


def test_commands_run_in_order_in_the_home_of_the_batch(ann: Any) -> None:
    done = batch(ann, "# whom we trust\ntrust list --json\n\nbundle list   # and what is here\n")
    assert done.code == 0, done.err
    assert done.out.index('"schema": "semper.trust/1"') < done.out.index("No bundle yet")


def test_nothing_runs_after_a_command_that_failed(ann: Any) -> None:
    done = batch(ann, "trust list\ntrust remove Nobody\nbundle list\n")
    assert done.code == 1 and "code: TRUST_POLICY_INVALID" in done.err
    assert "command 2 of the batch, `semper trust remove`" in done.err
    assert "trusts nobody" in done.out and "No bundle yet" not in done.out


def test_a_word_with_spaces_is_quoted_as_in_a_shell(ann: Any) -> None:
    done = batch(ann, "trust remove 'Evaluation Board'\n")
    assert "names no authority 'Evaluation Board'" in done.err


def test_an_unknown_command_is_a_usage_error(ann: Any) -> None:
    batch(ann, "bundel list\n").misused()


@pytest.mark.parametrize("text", ["batch commands\n", "trust 'list\n", b"\xff\n", "# " + "x" * 2_000_000])
def test_what_is_no_batch_is_refused_before_anything_runs(ann: Any, text: str | bytes) -> None:
    done = batch(ann, text if isinstance(text, bytes) else "trust list\n" + text)
    done.refused(2, "USAGE_INVALID")
    assert not done.out


def test_an_empty_batch_does_nothing(ann: Any) -> None:
    done = batch(ann, "\n# nothing\n")
    assert (done.code, done.out, done.err) == (0, "", "")
