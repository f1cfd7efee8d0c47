"""Real processes of a trustee or a bank that are killed at a commit, and how to tell what became of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semper_host.host import data
from tests.host.marketplace import PASSPHRASE


@dataclass
class Running:
    """A process and the address it serves at."""

    process: subprocess.Popen[str]
    url: str

    @property
    def killed(self) -> bool:
        return self.process.poll() == -9

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)

    def commits(self) -> int:
        """Stop it, and return how many commits it made since its first request."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=30)
        return sum(line.startswith("commit ") for line in out.splitlines())


@contextmanager
def mortal(home: Path, at: int = 0, when: str = "before", lease_ms: int = 60_000) -> Iterator[Running]:
    """Run the role of `home` in a process that kills itself at its commit number `at`; 0: at none."""
    program = Path(__file__).with_name("mortal_process.py")
    words = [sys.executable, str(program), str(home), PASSPHRASE, str(at), when, str(lease_ms)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=data.checkout())
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready "), line
        yield Running(process, line.split()[1])
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
