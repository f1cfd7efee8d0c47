"""The demo's parties: each a home of its own, driven through the command line like anybody would."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from semper_host.model.errors import SemperError

T = TypeVar("T")
PROGRAM = [sys.executable, "-m", "semper_host"]
READY_SECONDS = 30


@dataclass
class Party:
    """One party: its role, its home, and its process while it runs."""

    role: str
    name: str
    home: Path
    url: str = ""
    process: subprocess.Popen[str] | None = None
    pid: int | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def run_all(self, *commands: tuple[str, ...]) -> str:
        """Run commands one after the other in one process (`semper batch`); return what they printed."""
        lines = "\n".join(shlex.join(words) for words in commands)
        return self.run("batch", said=lines).stdout

    def run(
        self, *words: str, check: bool = True, watched: bool = False, said: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `semper WORDS` in this home and wait for it; a failure that was not expected raises SemperError.

        `watched` lets its progress, which goes to stderr, reach the terminal as it happens; `said` is its input.
        """
        progress = None if watched else subprocess.PIPE
        process = subprocess.Popen(
            self._command(words),
            env=self._environment(),
            stdin=subprocess.PIPE if said else None,
            stdout=subprocess.PIPE,
            stderr=progress,
            text=True,
        )
        if not self.url:
            self.pid = process.pid  # whoever serves is known by its server's process
        printed, complained = process.communicate(said or None)
        done = subprocess.CompletedProcess(process.args, process.returncode, printed, complained or "")
        if check and done.returncode != 0:
            command = f"`semper {' '.join(words[:3])}` of {self.name}"
            raise SemperError("BACKEND_FAILED", f"cannot go on: {command} said: {complained or 'see above'}".strip())
        return done

    def ask(self, *words: str) -> Any:
        """Run `semper WORDS --json` and return what it printed."""
        return json.loads(self.run(*words, "--json").stdout)

    def launch(self, *words: str) -> subprocess.Popen[str]:
        """Start `semper WORDS` in this home without waiting for it."""
        self.process = subprocess.Popen(
            self._command(words),
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=(self.home.parent / f"{self.home.name}.log").open("a"),
            text=True,
        )
        self.pid = self.process.pid
        return self.process

    def up(self) -> None:
        """Start `semper up` and wait until it serves."""
        self.serve("up")

    def serve(self, *words: str) -> None:
        """Start `semper WORDS`, which serves, and wait until it does."""
        process = self.launch(*words)
        assert process.stdout is not None
        line = next((each for each in process.stdout if each.startswith("ready ")), "")
        if not line:
            log = (self.home.parent / f"{self.home.name}.log").read_text()[-500:]
            raise SemperError("PEER_UNREACHABLE", f"cannot start {self.name}: {line.strip() or log}")

    def kill(self) -> None:
        """End the process at once, as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the process in good order (SIGTERM)."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(how)
            self.process.wait(timeout=20)
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [*PROGRAM, "--home", str(self.home), *words]

    def _environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "LC_ALL", "HOME", "XDG_CACHE_HOME", "TMPDIR", "PYTHONPATH")
            if name in os.environ
        }
        return {
            **kept,
            "SEMPER_PASSPHRASE_FILE": str(self.home.parent / f"{self.home.name}.passphrase"),
            **self.environment,
        }


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make(root: Path, role: str, name: str, options: tuple[str, ...], then: Sequence[tuple[str, ...]] = ()) -> Party:
    """Make a party with a fresh home below `root` and a throwaway passphrase; with `--listen` it can serve.

    `then`: further commands, run by the same process.
    """
    party = Party(role, name, root / name.lower().replace(" ", "-"))
    secret = root / f"{party.home.name}.passphrase"
    secret.touch(mode=0o600)
    secret.write_text(secrets.token_urlsafe(18) + "\n")
    party.run_all(("init", "--role", role, "--name", name, *options), *then)
    if "--listen" in options:
        party.url = "http://" + options[options.index("--listen") + 1]
    return party


def at_once(jobs: Iterable[Callable[[], T]]) -> list[T]:
    """Run the jobs at the same time and return their results in order."""
    with ThreadPoolExecutor(4) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]
