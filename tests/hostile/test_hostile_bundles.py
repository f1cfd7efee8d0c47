"""Every file under bundles/ is one attack, run as a real bundle; its head says what must happen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from semper_host.model.errors import SemperError
from tests.hostile import heads

BUNDLES = sorted(Path(__file__).parent.glob("bundles/*/*.py"))
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|\b1[34][0-9]{13}\b")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_hostile_bundle_comes_to_the_end_its_head_names(path: Path, describe: Any) -> None:
    source = path.read_bytes()
    head = heads.read(source.decode())
    try:
        outcome, words = "HARMLESS", " | ".join(describe(source))
    except SemperError as error:
        outcome, words = error.code, error.message
        assert error.message.startswith("cannot ")
        assert len(error.message) < 1200
    assert outcome == head.end, words
    assert words == head.words if outcome == "HARMLESS" else head.words in words
    assert words.isprintable()
    assert not ADDRESS.search(words)


def test_every_group_has_its_attacks() -> None:
    assert len(BUNDLES) >= 200
    assert {path.parent.name for path in BUNDLES} == {"language", "protocol", "resources", "system"}


def test_a_head_states_one_end_for_each_machine() -> None:
    source = "# attack: a\n# must: HARMLESS b c\n# from Python 3.{} must: BUNDLE_KILLED d\n# because: e\nx = 1\n"
    assert heads.read(source.format(99)) == ("a", "HARMLESS", "b c")
    assert heads.read(source.format(0)) == ("a", "BUNDLE_KILLED", "d")
    for several in ("# must: HARMLESS or BUNDLE_KILLED\n", "# must: HARMLESS\n# must: BUNDLE_KILLED\n", "# must:\n"):
        with pytest.raises(AssertionError):
            assert heads.read("# attack: a\n" + several + "x = 1\n").words == ""
