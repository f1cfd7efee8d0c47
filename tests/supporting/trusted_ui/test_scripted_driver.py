"""The scripted driver: says on every screen that it is scripted, answers by its file only, keeps a transcript."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from semper_host.model.errors import Unavailable

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = {
    "schema": "semper.scripted/1",
    "transcript": "screens.jsonl",
    "confirm": [{"when": "refuse", "answer": False}, {"when": "EUROCOM", "answer": True}],
    "secrets": [{"when": "Pass", "answer": "hunter two"}],
}
Start = Callable[..., Any]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    if "semper_scripted" not in sys.modules:
        monkeypatch.syspath_prepend(str(ROOT / "plugins/trusted_io/scripted"))
    from semper_scripted import ScriptedDriver

    def begin(script: Any = SCRIPT, mode: int = 0o600) -> Any:
        file = tmp_path / "script.json"
        file.write_text(script if isinstance(script, str) else json.dumps(script))
        file.chmod(mode)
        monkeypatch.setenv("SEMPER_SCRIPTED_UI", str(file))
        return ScriptedDriver()

    return begin


def test_the_first_rule_that_fits_answers_and_none_means_no(start: Start) -> None:
    driver = start()
    assert driver.confirm(("To: EUROCOM",), "yes", 1) is True
    assert driver.confirm(("To: EUROCOM", "refuse this"), "yes", 1) is False
    assert driver.confirm(("To: somebody",), "yes", 1) is False


def test_every_screen_says_that_it_is_scripted_and_is_kept(start: Start, tmp_path: Path) -> None:
    driver = start()
    driver.show(("Grüße",))
    driver.confirm(("To: EUROCOM",), "yes", 1)
    assert driver.prompt_secret("Passphrase") == "hunter two"
    text = (tmp_path / "screens.jsonl").read_text("utf-8")
    frames = [json.loads(line) for line in text.splitlines()]
    told = [(frame["kind"], frame["answer"]) for frame in frames]
    assert told == [("show", None), ("confirm", True), ("secret", True)]
    assert all("SCRIPTED" in frame["lines"][0] for frame in frames)
    assert frames[0]["lines"][1] == "Grüße"
    assert "hunter" not in text
    assert (tmp_path / "screens.jsonl").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "script",
    ["", "[]", "{}", '{"schema": "other"}', {**SCRIPT, "confirm": [{"when": "a", "answer": "yes"}]},
     {**SCRIPT, "confirm": ["EUROCOM"]}, {**SCRIPT, "confirm": [{"answer": True}]}, {**SCRIPT, "secrets": 1}],
)  # fmt: skip
def test_a_malformed_script_is_refused(start: Start, script: Any) -> None:
    with pytest.raises(Unavailable, match=r"^cannot "):
        start(script)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_script_that_others_may_write_is_refused(start: Start, mode: int) -> None:
    with pytest.raises(Unavailable, match="others may write"):
        start(mode=mode)
