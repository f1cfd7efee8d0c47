"""kill -9 at every write of admission: no half of it is ever visible, what was known is not forgotten, and the next
start goes on.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admission.deadly_calls import NAMES
from tests.memory_folder import memory_folder

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("admit", "rely_and_admit", "be_lied_to")

pytestmark = pytest.mark.skipif(not NAMES, reason="which system calls write is not known on this processor")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    with memory_folder(tmp_path) as folder:
        yield folder


def killed_while(place: Path, most: int, *scenarios: str) -> None:
    words = [sys.executable, "-m", "tests.admission.killing", str(place), str(most), *scenarios]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_host_killed_at_some_writes_has_admitted_all_or_nothing_and_forgets_nothing(place: Path) -> None:
    killed_while(place, 2)


@pytest.mark.deep
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_host_killed_at_any_write_has_admitted_all_or_nothing_and_forgets_nothing(place: Path, scenario: str) -> None:
    killed_while(place, 0, scenario)
