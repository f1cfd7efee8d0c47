"""The real command line as others run it: a process a command, a home a party."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from semper_host.model.error_codes import CODES
from tests.free_ports import free_address

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "correct horse battery staple"
BUNDLES = ("items-statement", "payment-ecash", "commerce-courseware")

BARE_MANIFEST = """\
schema: semper.manifest/1
id: semper-test/bare
kind: item-manager
version: 1.0.0
api: 1
entry: {manager: manager.py}
files: [manager.py]
"""


@dataclass(frozen=True)
class Ran:
    """What became of one command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)

    def refused(self, exit_code: int, error_code: str) -> str:
        """Check that it was refused as it should be, and return what the person was told."""
        assert self.code == exit_code, (self.code, self.out, self.err)
        assert f"code: {error_code} " in self.err, self.err
        assert CODES[error_code].remedy in self.err
        assert self.err.startswith("cannot ")
        assert "Traceback" not in self.out + self.err
        return self.err

    def misused(self) -> str:
        """Check that it was refused for how it was called, and return what the person was told."""
        assert self.code == 2, (self.code, self.out, self.err)
        assert "Traceback" not in self.out + self.err
        return self.err


@dataclass(frozen=True)
class Cli:
    """Runs `semper` for the homes below one directory."""

    root: Path

    @property
    def passphrase_file(self) -> Path:
        return self.root / "passphrase"

    def run(self, home: str, *words: str | Path, **environment: str) -> Ran:
        """Run `semper --home HOME WORDS`, with nothing of the outer environment but what Python needs."""
        done = subprocess.run(
            self._command(home, words),
            env=self._environment(environment),
            capture_output=True,
            cwd=self.root,
            check=False,
            timeout=60,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, home: str, *words: str | Path, **environment: str) -> Ran:
        """Run a command that is to succeed."""
        ran = self.run(home, *words, **environment)
        assert ran.code == 0, (words, ran.code, ran.out, ran.err)
        return ran


    def up(self, home: str) -> AbstractContextManager[str]:
        """Run `semper up` meanwhile, and give its address."""
        return self.during(home, "up")

    @contextmanager
    def during(self, home: str, *words: str) -> Iterator[str]:
        """Run a command that serves meanwhile, and give the address that it prints first."""
        command, environment = self._command(home, words), self._environment({})
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, cwd=self.root, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().removeprefix("ready ").strip()
            finally:
                process.terminate()

    def rely(self, home: str) -> None:
        """Have a home rely on the town's repository."""
        words = json.loads((self.root / "relying.json").read_text())
        self.ok(home, "trust", "repository", "add", self.root / "library/repository/anchor/1.root.json", *words)

    @contextmanager
    def watched(self) -> Iterator[str]:
        """Run the town's repository and its witness meanwhile, and give the repository's address."""
        words = json.loads((self.root / "watching.json").read_text())
        with self.during("office", *words), self.up("library") as url:
            yield url

    def _command(self, home: str, words: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-m", "semper_host", "--home", str(self.root / home), *map(str, words)]

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONDONTWRITEBYTECODE") if name in os.environ}
        own = {
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.root),
            "COLUMNS": "200",
            "LC_ALL": "C.UTF-8",
            "SEMPER_PASSPHRASE_FILE": str(self.passphrase_file),
        }
        return {**kept, **own, **more}


def _made(root: Path) -> Cli:
    cli = Cli(root)
    cli.passphrase_file.write_text(PASSPHRASE + "\n")
    return cli


@pytest.fixture
def semper(tmp_path: Path) -> Cli:
    """No home yet."""
    return _made(tmp_path)


@pytest.fixture(scope="session")
def _town(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """Everything up to bundles/*.smpack, made once by commands alone."""
    cli = _made(tmp_path_factory.mktemp("town"))
    for home, role, name in (
        ("board", "authority", "Evaluation Board"),
        ("office", "authority", "Registration Office"),
        ("shop", "merchant", "EUROCOM"),
        ("buyer", "buyer", "Alice"),
    ):
        cli.ok(home, "init", "--role", role, "--name", name)
    cli.ok("board", "authority", "init")
    cli.ok("office", "authority", "init", "--purpose", "merchant", "--purpose", "bank")
    cli.ok("buyer", "trust", "add", "board/public/root.crt", "--name", "Board", "--may", "evaluate", "--all-grants")
    cli.ok("shop", "bundle", "build", "--shipped", "-o", "bundles")
    archives = [cli.root / "bundles" / f"{name}.smp" for name in BUNDLES]
    for other in set((cli.root / "bundles").iterdir()) - set(archives):
        other.unlink()
    cli.ok("shop", "bundle", "sign", *archives)
    cli.ok("board", "authority", "certify", *archives, "--condition", "Play money only.")
    cli.ok("shop", "bundle", "pack", *archives)
    _publish(cli, archives)
    return cli


def _publish(cli: Cli, archives: list[Path]) -> None:
    """Publish the packs in a repository whose log the office watches, and which the buyer relies on.

    The packs are then those that the repository hands out, with its proof; nobody needs it to run any more.
    """
    here, there = free_address(), free_address()
    key = cli.ok("office", "repo", "witness", "--name", "office").out.split(", key ")[1].split()[0]
    cli.ok("library", "init", "--role", "repository", "--listen", here, "--url", f"http://{here}")
    told = cli.ok("library", "repo", "init", "--witness", f"office {key} http://{there}").out
    origin, log_key = told.partition("Its log is ")[2].partition(".\n")[0].split(", key ")
    watch = ("repo", "witness", "--name", "office", "--watch", f"{origin} {log_key} http://{here}", "--listen", there)
    (cli.root / "watching.json").write_text(json.dumps(watch))
    packs = [archive.with_suffix(".smpack") for archive in archives]
    published = cli.root / "library" / "repository"
    with cli.watched() as url:
        rows = cli.ok("shop", "bundle", "publish", *packs, "--to", url, "--json").json["bundles"]
    for row in rows:
        shutil.copy(published / "packs" / f"{row['digest']}.smpack", row["file"])
    fingerprint = told.partition("SHA-256  ")[2].split()[0]
    words = ("--sha256", fingerprint, "--url", f"http://{here}")
    (cli.root / "relying.json").write_text(json.dumps(words))
    cli.rely("buyer")


@pytest.fixture
def town(_town: Cli, tmp_path: Path) -> Cli:
    """A copy of the town for one test to change."""
    shutil.copytree(_town.root, tmp_path / "town")
    return Cli(tmp_path / "town")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The sources of the smallest bundle."""
    directory = tmp_path / "bare"
    directory.mkdir()
    (directory / "manifest.yaml").write_text(BARE_MANIFEST)
    (directory / "manager.py").write_text('"""Nothing."""\n\nx = 1\n')
    return directory
