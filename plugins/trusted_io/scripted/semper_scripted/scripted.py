"""Answers from the file that SEMPER_SCRIPTED_UI names; every screen is appended to a transcript.

The file is JSON:

    {"schema": "semper.scripted/1",
     "transcript": "screens.jsonl",                         relative to the file
     "confirm": [{"when": "EUROCOM", "answer": true}],      the first whose `when` is on the screen; none: no
     "secrets": [{"when": "Passphrase", "answer": "..."}]}  likewise, by the label; none: ""

Each line of the transcript is {"kind": show|confirm|secret, "pid", "at_ns", "lines", "answer"}; of a secret, only
whether there was one.
"""

from __future__ import annotations

import json
import os
import stat
import time
from typing import Any

from semper_host.model.errors import Unavailable

VARIABLE = "SEMPER_SCRIPTED_UI"
SCHEMA = "semper.scripted/1"
BANNER = "*** SCRIPTED: answers come from a file; no person is asked ***"


class ScriptedDriver:
    """Answers as its file says. Starts only where the environment names such a file."""

    name = "scripted"

    def __init__(self) -> None:
        self._path = os.environ.get(VARIABLE, "")
        if not self._path:
            raise Unavailable("DRIVER_UNAVAILABLE", f"cannot use the scripted driver: {VARIABLE} names no file")
        script = _read(self._path)
        self._confirm = _rules(script.get("confirm", []), bool)
        self._secrets = _rules(script.get("secrets", []), str)
        folder = os.path.dirname(os.path.abspath(self._path))
        self._transcript = os.path.join(folder, str(script.get("transcript", "transcript.jsonl")))

    def show(self, lines: tuple[str, ...]) -> None:
        """Append the screen to the transcript."""
        self._record("show", (BANNER, *lines), None)

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        """Append the screen to the transcript and answer by the first rule that fits; without one: no."""
        text = "\n".join(lines)
        answer = next((bool(answer) for when, answer in self._confirm if when in text), False)
        self._record("confirm", (BANNER, *lines), answer)
        return answer

    def prompt_secret(self, label: str) -> str:
        """Return the secret of the first rule that fits the label, "" without one."""
        secret = next((str(answer) for when, answer in self._secrets if when in label), "")
        self._record("secret", (BANNER, label), bool(secret))
        return secret

    def _record(self, kind: str, lines: tuple[str, ...], answer: bool | None) -> None:
        frame = {"kind": kind, "pid": os.getpid(), "at_ns": time.time_ns(), "lines": lines, "answer": answer}
        data = (json.dumps(frame, ensure_ascii=False) + "\n").encode("utf-8")
        file = os.open(self._transcript, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, data)  # one write: several processes may share a transcript
        finally:
            os.close(file)


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            status = os.fstat(file.fileno())
            script = json.load(file)
    except (OSError, ValueError) as error:
        raise Unavailable("DRIVER_UNAVAILABLE", f"cannot read the script {path}: {error}") from None
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unavailable("DRIVER_UNAVAILABLE", f"cannot trust the script {path}: others may write to it")
    if not isinstance(script, dict) or script.get("schema") != SCHEMA:
        raise Unavailable("DRIVER_UNAVAILABLE", f"cannot read the script {path}: its schema is not {SCHEMA}")
    return script


def _rules(rows: Any, kind: type) -> list[tuple[str, Any]]:
    try:
        rules = [(row["when"], row["answer"]) for row in rows]
    except (TypeError, KeyError):
        rules = [("", None)]
    if any(not isinstance(when, str) or not isinstance(answer, kind) for when, answer in rules):
        cause = "a rule is not {when: text, answer: ...}"
        raise Unavailable("DRIVER_UNAVAILABLE", f"cannot read the script: {cause}")
    return rules
