"""The fork server: started by exec with a clean environment, holds no secrets, forks one locked worker a call.

    python -s -P -B -m semper_host.confinement.fork_server CONTROL

CONTROL is a SOCK_SEQPACKET socket to the host. Each message is an ORDER with two descriptors: the
worker's channel, and its leash. On the leash the server says how the worker ended; when the host lets go of it,
the worker is killed. When CONTROL closes, the server kills every worker and ends.
"""

from __future__ import annotations

import _socket  # the plain type: what `socket` adds to it would be 0.2 MB in every worker
import contextlib
import functools
import gc
import os
import resource
import select
import signal
import struct
import sys
import warnings
from typing import NoReturn

from semper_host.confinement import dialect, landlock, libc, lockdown, namespaces, probes, vdso, wall_types, worker
from semper_host.confinement.server_protocol import ENDED, HELLO, NOT_FORKED, ORDER
from semper_host.confinement.source import Limits

PROGRAMS: tuple[worker.Then, ...] = (worker.serve, *(functools.partial(probes.run, name) for name in probes.PROBES))
"""What a locked worker can be ordered to do; see server_protocol.ORDER."""
STACK = 8 * 1024 * 1024
"""Bytes of stack that a worker may use: what Linux gives by default."""
_DESCRIPTORS = struct.Struct("@ii")
"""What comes along with an order: the worker's channel, and its leash."""


def main(programs: tuple[worker.Then, ...] = PROGRAMS) -> NoReturn:
    """Serve the host on the descriptor named by the last argument."""
    _same_stack()
    control = _socket.socket(fileno=int(sys.argv[-1]))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")
    wall_types.prepare()
    dialect.prepare()
    version = landlock.abi()
    space = _address_space()
    notes = _withdraw()
    site = lockdown.Site(space, os.getpid(), version)
    lockdown.prepare(version)
    worker.refuse_late_imports()
    gc.collect()
    libc.trim()
    gc.freeze()
    control.send(HELLO)
    Server(control, site, notes, programs).serve()


def _same_stack() -> None:
    """Have as much stack as on any other host, so that recursion ends alike; it is laid out at exec, so begin anew.

    Less stays less: a soft limit can't be raised above the hard one.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft != STACK:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_STACK, (STACK, hard))
            os.execv(sys.executable, sys.orig_argv)


def _address_space() -> int:
    with open("/proc/self/statm", "rb") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def _withdraw() -> dict[str, str]:
    """Leave the host's namespaces, user and capabilities; continue in the first process of a fresh pid namespace."""
    clock = vdso.hide_clocks()
    entered = namespaces.enter()
    if "pid" in entered:
        _continue_in_child()
    user = namespaces.become_nobody()
    inner = namespaces.deeper() if entered and "user" not in entered else ""
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    with contextlib.suppress(OSError, RuntimeError):
        lockdown.drop_capabilities()  # a worker that cannot either says so, and runs nothing
    if "pid" in entered:
        libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)  # here, because a change of user takes it away
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    return {"namespaces": f"{inner}, {entered}" if inner else entered, "user": user, "no-clock": clock}


def _continue_in_child() -> None:
    """Fork; the child goes on as first process of the pid namespace, the parent only waits for it to end."""
    child = os.fork()
    if child == 0:
        return
    os.closerange(0, 1024)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, 0)
    os._exit(0)


class Server:
    """The loop: fork on order, pass on how workers end, kill those whose leash is dropped."""

    def __init__(
        self, control: _socket.socket, site: lockdown.Site, notes: dict[str, str], programs: tuple[worker.Then, ...]
    ) -> None:
        self._control = control
        self._site = site
        self._notes = notes
        self._programs = programs
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._by_handle: dict[int, tuple[int, _socket.socket]] = {}  # pidfd -> (pid, leash)
        self._by_leash: dict[int, int] = {}  # leash descriptor -> pidfd

    def serve(self) -> NoReturn:
        """Serve until the host hangs up. The control socket comes first in each round, so no handle is stale in it."""
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._control.fileno():
                    self._order()
                elif descriptor in self._by_handle:
                    self._reap(descriptor)
                elif descriptor in self._by_leash:
                    self._kill(self._by_leash[descriptor])

    def _order(self) -> None:
        try:
            message, attached, _, _ = self._control.recvmsg(64, _socket.CMSG_LEN(_DESCRIPTORS.size))
        except OSError:
            message, attached = b"", []
        if not message:
            self._end()
        cpu_seconds, memory_mib, program = ORDER.unpack(message)
        channel, leash = _DESCRIPTORS.unpack(attached[0][2])  # SCM_RIGHTS, unix(7)
        self._fork(Limits(cpu_seconds, memory_mib), self._programs[program], channel, leash)

    def _fork(self, limits: Limits, program: worker.Then, channel: int, leash_descriptor: int) -> None:
        try:
            child = os.fork()
        except OSError:
            child = NOT_FORKED
        if child == 0:
            worker.run(channel, limits, self._site, self._notes, program)
        leash = _socket.socket(fileno=leash_descriptor)
        os.close(channel)
        if child == NOT_FORKED:
            _tell(leash, NOT_FORKED)
            return
        handle = os.pidfd_open(child)
        self._by_handle[handle] = (child, leash)
        self._by_leash[leash.fileno()] = handle
        self._poll.register(handle, select.POLLIN)
        self._poll.register(leash, select.POLLIN | select.POLLHUP)

    def _kill(self, handle: int) -> None:
        child, leash = self._by_handle[handle]
        self._poll.unregister(leash)
        del self._by_leash[leash.fileno()]
        os.kill(child, signal.SIGKILL)

    def _reap(self, handle: int) -> None:
        child, leash = self._by_handle.pop(handle)
        if self._by_leash.pop(leash.fileno(), None) is not None:
            self._poll.unregister(leash)
        self._poll.unregister(handle)
        os.close(handle)
        _, status = os.waitpid(child, 0)
        _tell(leash, status)

    def _end(self) -> NoReturn:
        for child, _ in self._by_handle.values():
            os.kill(child, signal.SIGKILL)
        for child, _ in self._by_handle.values():
            os.waitpid(child, 0)
        os._exit(0)


def _tell(leash: _socket.socket, status: int) -> None:
    with contextlib.suppress(OSError):
        leash.send(ENDED.pack(status), _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL)
    leash.close()


if __name__ == "__main__":
    main()
