"""kill -9 at every write: no half release is ever visible, and doing the same again completes it, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.memory_folder import memory_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with memory_folder(tmp_path) as folder:
        yield folder


@pytest.mark.parametrize(
    "scenario", ["publish_the_next", "publish_unwatched", pytest.param("withdraw", marks=pytest.mark.deep)]
)
def test_a_process_killed_at_any_write_leaves_nothing_half_done(place: Path, scenario: str) -> None:
    words = [sys.executable, "-m", "tests.service_repo.killing", str(place), scenario]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr[-3000:]
