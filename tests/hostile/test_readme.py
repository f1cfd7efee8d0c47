"""The table of attacks names what exists, and says nothing of what doesn't."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
TEXT = (FOLDER / "README.md").read_text("utf-8")
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`((?:bundles|escapes|tests)/[^`]+)`")
ASKED_FOR = 76


def test_every_attack_that_was_asked_for_has_its_row() -> None:
    rows = ROW.findall(TEXT)
    assert [int(number) for number, _, _ in rows] == list(range(1, len(rows) + 1))
    assert len(rows) >= ASKED_FOR
    assert [attack for _, attack, tried_by in rows if not NAMED.search(tried_by)] == ["timing of requests"]


def test_what_the_table_names_is_there() -> None:
    for place in NAMED.findall(TEXT):
        path, _, test = place.partition("::")
        file = ROOT / path if path.startswith("tests/") else FOLDER / path
        assert file.is_file(), place
        assert not test or f"def {test}(" in file.read_text("utf-8"), place
