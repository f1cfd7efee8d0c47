"""Modules of this folder as processes of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Program(NamedTuple):
    """How to start one: what to run, and where."""

    command: list[str]
    cwd: Path = ROOT


def program(module: str, *arguments: str) -> Program:
    """Return how to start the module `module` of this folder."""
    return Program([sys.executable, "-m", f"benchmarks.{module}", *arguments])
