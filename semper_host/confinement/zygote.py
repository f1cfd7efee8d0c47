"""The host's side of the fork server: start it, and run bundles in fresh locked workers. For use by many threads."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from semper_host.confinement import wall_types
from semper_host.confinement.bundle_process import Answer, Worker
from semper_host.confinement.hostile_text import escaped
from semper_host.confinement.server_protocol import HELLO, ORDER
from semper_host.confinement.source import Finding, Limits, Source
from semper_host.model.errors import Unavailable

_SERVER = ("-m", "semper_host.confinement.lean")
_NEEDED = ("semper_host", "msgspec", "cbor2", "RestrictedPython")
"""The packages of which the fork server is made."""
_START_SECONDS = 30.0


class Zygote:
    """A running fork server. `call` runs one entry point in one fresh worker; `worker` keeps one for several calls."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = control

    @classmethod
    def start(cls, program: Sequence[str] = _SERVER) -> Zygote:
        """Start the fork server by exec, with a clean environment. Raises Unavailable (CONFINEMENT_UNAVAILABLE)."""
        if not sys.platform.startswith("linux"):
            raise Unavailable(
                "CONFINEMENT_UNAVAILABLE", f"cannot confine bundles on {sys.platform}: it lacks the walls"
            )
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-B", "-S", "-X", "no_debug_ranges", *program, str(theirs.fileno())],
                env=_clean_environment(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                start_new_session=True,
            )
        wall_types.prepare()
        zygote = cls(process, ours)
        zygote._expect_hello()
        return zygote

    def call(
        self, source: Source, entry: str, arguments: tuple[Any, ...], answer: Answer, limits: Limits | None = None
    ) -> Any:
        """Call `entry` ("payer.hold") in a fresh worker and return its typed result.

        `answer` gets each decoded request and returns its answer; what it raises comes through, and the worker is
        killed. Raises BundleMisbehaved (BUNDLE_FAILED, BUNDLE_KILLED, BUNDLE_PROTOCOL, DIALECT_REFUSED).
        """
        with self.worker(source, limits) as worker:
            return worker.call(entry, arguments, answer)

    def worker(self, source: Source, limits: Limits | None = None) -> Worker:
        """Return a fresh locked worker for `source`; close it after use."""
        chosen = limits or Limits()
        channel, leash = self.spawn(chosen)
        return Worker(channel, leash, source, chosen)

    def lint(self, modules: Mapping[str, bytes], limits: Limits | None = None) -> list[Finding]:
        """Return what the dialect refuses in `modules` (source by role); compiled in a locked worker, never here."""
        source = Source(b"", "", dict(modules))
        with self.worker(source, limits) as worker:
            return worker.lint()

    def spawn(self, limits: Limits, program: int = 0) -> tuple[socket.socket, socket.socket]:
        """Have a worker forked; return its channel and leash. `program`: see ORDER. Raises Unavailable."""
        channel, their_channel = socket.socketpair()
        leash, their_leash = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with their_channel, their_leash:
                order = ORDER.pack(limits.cpu_seconds, limits.memory_mib, program)
                theirs = [their_channel.fileno(), their_leash.fileno()]
                socket.send_fds(self._control, [order], theirs, socket.MSG_NOSIGNAL)
        except OSError as error:
            channel.close()
            leash.close()
            raise Unavailable("CONFINEMENT_UNAVAILABLE", f"cannot run bundles: no fork server ({error})") from None
        return channel, leash

    def close(self) -> None:
        """End the fork server and every worker."""
        self._control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()

    def __enter__(self) -> Zygote:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id of the fork server."""
        return self._process.pid

    def _expect_hello(self) -> None:
        self._control.settimeout(_START_SECONDS)
        try:
            greeting = self._control.recv(64)
        except OSError:
            greeting = b""
        self._control.settimeout(None)
        if greeting != HELLO:
            self._process.kill()
            said = self._process.stderr.read() if self._process.stderr else b""
            self.close()
            reason = escaped(said.decode("utf-8", "replace").strip().rpartition("\n")[2][-300:]) or "it said nothing"
            raise Unavailable("CONFINEMENT_UNAVAILABLE", f"cannot run bundles: the fork server did not start: {reason}")


def _clean_environment() -> dict[str, str]:
    """Return all that the fork server is told: where its packages are, a fixed hash seed, and what newer Pythons can do
    without: code that comes in from a debugger (PEP 768), and a compiler that needs executable memory (PEP 744).

    It runs without `site`, so that no .pth file of the installation has a say in it.
    """
    found = [find_spec(name) for name in _NEEDED]
    roots = dict.fromkeys(str(Path(spec.origin).resolve().parent.parent) for spec in found if spec and spec.origin)
    without = {"PYTHON_DISABLE_REMOTE_DEBUG": "1", "PYTHON_JIT": "0"}
    return {"PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(roots), "LC_ALL": "C.UTF-8", **without}


__all__ = ["Answer", "Finding", "Limits", "Source", "Worker", "Zygote"]
