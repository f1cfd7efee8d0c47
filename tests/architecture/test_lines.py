"""What leaves a home goes through its line, so that a proxy is never gone around."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "semper_host"
WITHOUT_A_HOME = {"cli/opening.py", "host/line.py", "supporting/communication/client.py"}
"""Tools of publishers and authorities, which open no home; and where lines are made."""


def test_only_what_has_no_home_calls_out_directly() -> None:
    found = set()
    for file in PACKAGE.rglob("*.py"):
        calls = (node.func for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Call))
        if any(isinstance(called, ast.Name) and called.id == "Client" for called in calls):
            found.add(file.relative_to(PACKAGE).as_posix())
    assert found == WITHOUT_A_HOME
