"""One wall at a time around a process with raw powers: what does that wall alone stop?

    python -m tests.confinement.walls_alone.harness          write observed.json anew (as root, on x86_64 with Landlock)

Each attempt runs in a process of its own, without and then with one wall. What fails without any wall says nothing
about walls, so a row holds only where its attempt gets through bare.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import json
import os
import platform
import resource
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from semper_host.confinement import dialect, landlock, libc, lockdown, namespaces, seccomp, vdso
from semper_host.confinement.source import Limits
from tests.confinement.walls_alone import attempts
from tests.confinement.walls_alone.attempts import ATTEMPTS, SECRET, Attempt, Scene

OBSERVED = Path(__file__).parent / "observed.json"
BARE, ALL, DIALECT, SPY = "none", "all", "dialect", "be_read"
_THROUGH, _STOPPED, _ABSENT = 10, 11, 12
_LIMITS = Limits(cpu_seconds=1, memory_mib=64)
_NOBODY = 65534

_NOWHERE = Scene(Path(), 0, 0, "", 0)

Row = dict[str, bool | None]
"""Per wall: whether it stopped the attempt; None where the wall isn't on this machine."""


class Absent(Exception):
    """This machine has no such wall."""


def _descriptors() -> None:
    os.dup2(2, lockdown.CHANNEL)
    lockdown._only_channel(lockdown.CHANNEL)


def _limits() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    lockdown._limit(_LIMITS, pages * resource.getpagesize())


def _system_calls() -> None:
    lockdown._no_new_privileges()
    seccomp.install(lockdown.CHANNEL)


def _landlock() -> None:
    lockdown._no_new_privileges()
    if not landlock.deny_all(landlock.abi()):
        raise Absent


def _namespaces() -> None:
    if "empty root" not in namespaces.enter():
        raise Absent
    _continue_in_child()


def _no_clock() -> None:
    if not vdso.hide_clocks():
        raise Absent


def _unprivileged() -> None:
    namespaces.become_nobody()
    lockdown.drop_capabilities()


def _everything() -> None:
    """All walls, in the order in which the fork server and its workers put them up."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    vdso.hide_clocks()
    if namespaces.enter():
        _continue_in_child()
    _unprivileged()
    os.dup2(2, lockdown.CHANNEL)
    site = lockdown.Site(pages * resource.getpagesize(), os.getppid(), landlock.abi())
    lockdown.lock(lockdown.CHANNEL, _LIMITS, site)


EARLY: dict[str, Callable[[], None]] = {"namespaces": _namespaces, "no-clock": _no_clock}
"""Walls that go up before the user changes."""
LATE: dict[str, Callable[[], None]] = {
    "descriptors": _descriptors,
    "not-dumpable": lambda: lockdown._not_dumpable(os.getppid()),
    "limits": _limits,
    "system-calls": _system_calls,
    "landlock": _landlock,
    "no-new-privileges": lockdown._no_new_privileges,
    "unprivileged": _unprivileged,
}
WALLS = (*LATE, *EARLY, DIALECT)
"""Every wall, by the name that `semper doctor` uses."""


def observe(slow: bool = True) -> dict[str, Row]:
    """Return, for each attempt that gets through bare on this machine, what each wall alone and all together do."""
    table: dict[str, Row] = {}
    attempts.prepare()
    with _scene() as scene:
        for attempt in ATTEMPTS:
            if _possible(attempt, slow) and not _runs(attempt, scene, BARE):
                row: Row = {wall: _runs(attempt, scene, wall) for wall in (*LATE, *EARLY, ALL)}
                row[DIALECT] = bool(dialect.lint(attempt.source.encode(), "attempt.py"))
                table[attempt.act.__name__] = row
        if not _spied(BARE):
            table[SPY] = {**{wall: _spied(wall) for wall in (*LATE, *EARLY, ALL)}, DIALECT: False}
    return table


def _possible(attempt: Attempt, slow: bool) -> bool:
    root, x86_64 = os.geteuid() == 0, platform.machine() == "x86_64"
    return (root or not attempt.as_root) and (x86_64 or not attempt.x86_64) and (slow or not attempt.slow)


def _runs(attempt: Attempt, scene: Scene, wall: str) -> bool | None:
    """Say whether `wall` stops the attempt; None where the wall is absent."""
    child = os.fork()
    if child == 0:
        _guarded(lambda: _try(attempt, scene, wall))
    return _verdict(os.waitpid(child, 0)[1])


def _try(attempt: Attempt, scene: Scene, wall: str) -> None:
    _wall_off(wall, keep_root=attempt.as_root)
    attempt.act(scene)


def _wall_off(wall: str, *, keep_root: bool = False) -> None:
    """Put up one wall, or all, as the user whom the attempt is about."""
    if wall == ALL:
        _everything()
    if wall in EARLY:
        EARLY[wall]()
    if os.geteuid() == 0 and not keep_root and wall != ALL:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)  # the change of user took it away, which is not this wall's doing
    if wall in LATE:
        LATE[wall]()


def _spied(wall: str) -> bool | None:
    """Say whether `wall` keeps another process of the same user from reading the process's memory."""
    child = os.fork()
    if child == 0:
        _guarded(lambda: _spy(wall))
    return _verdict(os.waitpid(child, 0)[1])


def _spy(wall: str) -> None:
    if wall == "no-clock":
        _no_clock()
    if os.geteuid() == 0:
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)
    secret = ctypes.create_string_buffer(b"secret", 8)
    address, held = ctypes.addressof(secret), os.pipe()
    ready = os.pipe()
    child = os.fork()
    if child == 0:
        _guarded(lambda: _be_read(wall, ready, held[0]))
    os.close(ready[1])
    said = os.read(ready[0], 1)
    if not said:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    try:
        with open(f"/proc/{child}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            assert memory.read(6) == b"secret"
    finally:
        os.kill(child, signal.SIGKILL)


def _be_read(wall: str, ready: tuple[int, int], held: int) -> None:
    if wall in ("descriptors", "system-calls", ALL):
        os.dup2(ready[1], 2)  # becomes the channel
    if wall == "namespaces":
        namespaces.enter()  # and no pid namespace, in which nothing would end it
    elif wall != "no-clock":
        _wall_off(wall)
    channel = lockdown.CHANNEL if wall in ("descriptors", ALL) else 2 if wall == "system-calls" else ready[1]
    if wall == "system-calls":
        os._exit(_THROUGH)  # it concerns what the process does, not what is done to it
    os.write(channel, b"r")
    attempts.busy(_NOWHERE)  # until the spy kills it


def _guarded(act: Callable[[], None]) -> None:
    """Do `act` and leave the process with the verdict as its exit code."""
    faulthandler.disable()  # dying is one of the ways to be stopped
    try:
        act()
    except Absent:
        os._exit(_ABSENT)
    except BaseException:
        os._exit(_STOPPED)
    os._exit(_THROUGH)


def _verdict(status: int) -> bool | None:
    code = os.waitstatus_to_exitcode(status)
    return None if code == _ABSENT else code != _THROUGH


def _continue_in_child() -> None:
    """Fork, since only children are in a new pid namespace; the parent leaves as its child does."""
    child = os.fork()
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os._exit(code if code >= 0 else _STOPPED)


@contextlib.contextmanager
def _scene() -> Iterator[Scene]:
    """Set up what the attempts aim at: files, listeners, a neighbour."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        (folder / "private").write_bytes(b"secret")
        (folder / "private").chmod(0o600)
        (folder / "open").mkdir()
        (folder / "open").chmod(0o777)
        for name, program in attempts.programs().items():
            (folder / "open" / name).write_bytes(program)
            (folder / "open" / name).chmod(0o4755 if name.startswith("setuid") else 0o755)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        abstract, path = (stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        abstract.bind(f"\0semper-{os.getpid()}")
        path.bind(str(folder / "open" / "socket"))
        (folder / "open" / "socket").chmod(0o777)
        for listener in (abstract, path):
            listener.listen(64)
        with open(folder / "private", "rb") as secret:
            os.dup2(secret.fileno(), SECRET, inheritable=True)
        stack.callback(os.close, SECRET)
        neighbour = _neighbour()
        stack.callback(os.waitpid, neighbour, 0)
        stack.callback(os.kill, neighbour, signal.SIGKILL)
        yield Scene(folder, tcp.getsockname()[1], udp.getsockname()[1], f"semper-{os.getpid()}", neighbour)


def _neighbour() -> int:
    """Return an idle process of the attackers' user."""
    ready = os.pipe()
    child = os.fork()
    if child == 0:
        if os.geteuid() == 0:
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
            libc.prctl(libc.PR_SET_DUMPABLE, 1)
        os.write(ready[1], b"r")
        while True:
            time.sleep(60)
    os.read(ready[0], 1)
    os.close(ready[0])
    os.close(ready[1])
    return child


if __name__ == "__main__":
    OBSERVED.write_text(json.dumps(observe(), indent=1) + "\n", "utf-8")
