"""Runs the commands of a page like a reader would, in one shell, and compares what the page shows with what came."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 60
"""Seconds that one command may take on a busy machine."""
_BLOCK = re.compile(r"^```(console|screen)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ANY_LINES, _ANY_TEXT = "…", "…"
_CHANGING = (r"\b[0-9a-f]{8,}\b", r"\b(?:[0-9A-F]{4} ){7}[0-9A-F]{4}\b", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
"""What differs each time: digests and keys, fingerprints, times."""


@dataclass
class Command:
    """One command of the page, and the lines that the page shows after it."""

    text: str
    shown: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """What a page has the reader do, and the screens that it shows."""

    commands: list[Command]
    screens: list[list[str]]


def read_page(path: Path) -> Page:
    """Return the commands and screens of a page, in order."""
    commands: list[Command] = []
    screens: list[list[str]] = []
    for kind, body in _BLOCK.findall(path.read_text("utf-8")):
        lines = body.splitlines()
        if kind == "screen":
            screens.append(lines)
            continue
        for line in lines:
            if line.startswith("$ "):
                commands.append(Command(line[2:]))
            else:
                commands[-1].shown.append(line)
    return Page(commands, screens)


def difference(shown: list[str], came: list[str]) -> str:
    """Return "" where `came` is what was shown, else what differs first. Blank lines don't count."""
    shown, came = ([line for line in lines if line.strip()] for lines in (shown, came))
    position, anything = 0, False
    for line in shown:
        if line == _ANY_LINES:
            anything = True
            continue
        pattern = re.compile(_pattern(line))
        fits = [at for at in range(position, len(came)) if pattern.fullmatch(came[at].rstrip())]
        if not fits or (not anything and fits[0] != position):
            return f"shown: {line!r}\ncame:  {came[position : position + 5]}"
        position, anything = fits[0] + 1, False
    return "" if anything or position == len(came) else f"not shown: {came[position]!r}"


def _pattern(line: str) -> str:
    """Return the expression for a shown line: `…` is any text, digests, fingerprints and times are any others."""
    made, at = "", 0
    for found in re.finditer("|".join((*_CHANGING, _ANY_TEXT)), line):
        kind = next((pattern for pattern in _CHANGING if re.fullmatch(pattern, found.group())), ".*")
        made += re.escape(line[at : found.start()]) + kind
        at = found.end()
    return made + re.escape(line[at:])


class Shell:
    """One bash in a directory, fed one command after the other; background commands write to files of their own."""

    def __init__(self, directory: Path, environment: dict[str, str]) -> None:
        self._directory = directory
        self._background = 0
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=directory,
            env=environment,
            start_new_session=True,
        )
        self.run(f'set -m; semper() {{ "{sys.executable}" -m semper_host "$@"; }}')

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *error: object) -> None:
        """End the shell and everything that runs in its background."""
        assert self._bash.stdin and self._bash.stdout
        if self._bash.poll() is None:
            self._bash.stdin.write("for job in $(jobs -p); do kill -KILL -- -$job; done; exit\n")
            self._bash.stdin.close()
            try:
                self._bash.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._bash.pid, signal.SIGKILL)
                self._bash.wait()
        self._bash.stdout.close()

    def run(self, text: str) -> tuple[list[str], int]:
        """Run a command; return the lines that it wrote and its exit code. Of a background one, what it says first."""
        if text.endswith(" &"):
            return self._start(text), 0
        return self._told(text)

    def _told(self, text: str) -> tuple[list[str], int]:
        assert self._bash.stdin and self._bash.stdout
        mark = "--- end of the command"
        self._bash.stdin.write(f"{text}\nended=$?; echo; echo '{mark}' $ended\n")
        self._bash.stdin.flush()
        lines = []
        for line in self._bash.stdout:
            if line.startswith(mark):
                break
            lines.append(line.rstrip("\n"))
        else:
            raise AssertionError(f"the shell ended at {text!r}: {lines}")
        while lines and not lines[-1]:
            lines.pop()
        return lines, int(line.rsplit(" ", 1)[1])

    def _start(self, text: str) -> list[str]:
        self._background += 1
        log = self._directory / f"background-{self._background}.log"
        self._told(f"{text.removesuffix(' &')} > {log.name} 2>&1 &")
        deadline = time.monotonic() + PATIENCE
        while not log.exists() or "\n" not in log.read_text():
            assert time.monotonic() < deadline, f"{text!r} says nothing"
            time.sleep(0.05)
        return log.read_text().splitlines()
