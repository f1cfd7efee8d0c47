"""Every file under bundles/ is one attack, run as a real bundle; its head says what must happen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from semper_host.model.errors import SemperError

BUNDLES = sorted(Path(__file__).parent.glob("bundles/*/*.py"))
HEAD = re.compile(r"# attack: (?P<attack>.+)\n# must: (?P<code>[A-Z_]+(?: or [A-Z_]+)*) ?(?P<words>.*)\n")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b1[34][0-9]{13}\b")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_hostile_bundle_comes_to_the_end_its_head_names(path: Path, describe: Any) -> None:
    source = path.read_bytes()
    head = HEAD.match(source.decode())
    assert head is not None, "the file's head names the attack and what must happen"
    try:
        outcome, words = "HARMLESS", "\n".join(describe(source))
    except SemperError as error:
        outcome, words = error.code, error.message
        assert error.message.startswith("cannot ")
        assert len(error.message) < 1200
    assert outcome in head["code"].split(" or "), words  # one of several, where Pythons differ
    assert head["words"] in words
    assert words.isprintable() or outcome == "HARMLESS"
    assert not ADDRESS.search(words)


def test_every_group_has_its_attacks() -> None:
    assert len(BUNDLES) >= 100
    assert {path.parent.name for path in BUNDLES} == {"language", "protocol", "resources"}
