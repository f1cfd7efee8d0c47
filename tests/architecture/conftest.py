"""What the checks of the house share: where the sources are, and their parsed trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Sources:
    """The Python files of the checkout."""

    root = ROOT

    def under(self, *folders: str) -> Iterator[tuple[Path, ast.Module]]:
        """Yield each Python file under `folders` (paths in the checkout; a missing one is empty) with its tree."""
        for folder in folders:
            for path in sorted((ROOT / folder).rglob("*.py")):
                yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"), str(path))


@pytest.fixture(scope="session")
def sources() -> Sources:
    return Sources()
