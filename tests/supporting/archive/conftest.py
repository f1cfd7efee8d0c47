"""A real archive in a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.supporting.archive.archive import Archive

KEY = bytes(range(32))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def archive(place: Path) -> Iterator[Archive]:
    opened = Archive.open(place, KEY)
    yield opened
    opened.close()
