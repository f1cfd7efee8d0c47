"""The list of attacks is true: each names a test that is there, and each test is on it."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ELSEWHERE = ("test_readme.py", "test_purchase_afterwards.py")


def listed_here() -> set[str]:
    return {
        f"{file.name}::{name}"
        for file in HERE.glob("test_*.py")
        if file.name not in ELSEWHERE
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }


def test_every_attack_names_a_test_and_every_test_is_named() -> None:
    named = re.findall(r"`(test_\w+\.py::test_\w+)`", (HERE / "README.md").read_text("utf-8"))
    assert sorted(named) == sorted(listed_here())


def test_files_that_the_list_points_to_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", (HERE / "README.md").read_text("utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []
