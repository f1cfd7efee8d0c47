"""Runs `semper` in a home, in this process, with the scripted driver in the place of a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from semper_host.cli.program import app
from semper_host.host.home import Home
from tests.host.marketplace import PASSPHRASE

Semper = Callable[..., Result]


def commands(place: Path, monkeypatch: pytest.MonkeyPatch, yes_where: str) -> Semper:
    """Return what runs `semper WORDS` in a home; the person says yes to each screen that holds `yes_where`, else no."""
    script, passphrase = place / "script.json", place / "passphrase"
    yes = [{"when": yes_where, "answer": True}]
    script.write_text(json.dumps({"schema": "semper.scripted/1", "transcript": "screens.jsonl", "confirm": yes}))
    script.chmod(0o600)
    passphrase.write_text(PASSPHRASE)
    monkeypatch.setenv("SEMPER_SCRIPTED_UI", str(script))

    def run(home: Home, *words: str) -> Result:
        before = ["--home", str(home.path), "--passphrase-file", str(passphrase)]
        for _ in range(5):  # a host of the same home is at work beside: a person too is told to try again
            result = CliRunner().invoke(app, [*before, *words])
            if not getattr(result.exception, "retryable", False):
                break
        return result

    return run
