"""A process that is killed (SIGKILL) at one of its system calls that change files, be they Python's or SQLite's.

The child puts itself behind a seccomp filter that has the kernel ask the parent before each such call (seccomp(2),
SECCOMP_RET_USER_NOTIF); the parent counts, lets it go on, or kills the child there. For single-threaded parents only.
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple

from semper_host.confinement import libc
from semper_host.confinement.syscall_tables import ARCHITECTURES

_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000  # SECCOMP_RET_ALLOW, SECCOMP_RET_USER_NOTIF
_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_RECEIVE, _SEND, _CONTINUE = 0xC0502100, 0xC0182101, 1  # SECCOMP_IOCTL_NOTIF_RECV, _SEND; USER_NOTIF_FLAG_CONTINUE
_O_CREAT, _FLAGS_OF_OPENAT = os.O_CREAT, 16 + 8 * 2

WRITING = {
    "x86_64": {
        "write": 1, "pwrite64": 18, "writev": 20, "fsync": 74, "fdatasync": 75, "truncate": 76, "ftruncate": 77,
        "rename": 82, "mkdir": 83, "rmdir": 84, "link": 86, "unlink": 87, "openat": 257, "mkdirat": 258,
        "unlinkat": 263, "renameat": 264, "linkat": 265, "fallocate": 285, "renameat2": 316,
    },
    "aarch64": {
        "mkdirat": 34, "unlinkat": 35, "linkat": 37, "renameat": 38, "truncate": 45, "ftruncate": 46, "fallocate": 47,
        "openat": 56, "write": 64, "writev": 66, "pwrite64": 68, "fsync": 82, "fdatasync": 83, "renameat2": 276,
    },
}  # fmt: skip
"""The calls that are counted; of `openat` those that may make a file."""
NAMES = {number: name for name, number in WRITING.get(libc.MACHINE, {}).items()}


class Ended(NamedTuple):
    """What became of the child: which calls it came to, the deadly one last, and whether it was killed there."""

    calls: tuple[str, ...]
    killed: bool


def run(work: Callable[[], None], deadly: int = 0) -> Ended:
    """Do `work` in a child process that is killed when it comes to its `deadly`-th call (from 1; 0: never).

    Raises AssertionError where the child fails by itself.
    """
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        _live(work, theirs)
    theirs.close()
    _, rights, *_ = ours.recvmsg(1, socket.CMSG_SPACE(4))
    ours.close()
    assert rights, "the child could not be watched"
    listener = array.array("i", rights[0][2])[0]
    try:
        calls = _watch(child, listener, deadly)
    finally:
        os.close(listener)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status)
    assert killed == (0 < deadly == len(calls)), (status, deadly, len(calls))
    assert killed or os.WEXITSTATUS(status) == 0, f"the child failed: {status}"
    return Ended(tuple(calls), killed)


def _live(work: Callable[[], None], channel: socket.socket) -> None:
    code = 1
    try:
        listener = _install()
        channel.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [listener]))])
        os.close(listener)
        channel.close()
        work()
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)


def _watch(child: int, listener: int, deadly: int) -> list[str]:
    """Answer the kernel's questions until the child has ended or is killed; return the calls it came to."""
    calls: list[str] = []
    alive = os.pidfd_open(child)
    waiting = select.poll()
    waiting.register(listener, select.POLLIN)
    waiting.register(alive, select.POLLIN)
    try:
        while not any(descriptor == alive for descriptor, _ in waiting.poll()):
            question = bytearray(80)
            try:
                fcntl.ioctl(listener, _RECEIVE, question)
                asked, number = struct.unpack_from("<QIIi", question)[::3]
                calls.append(NAMES[number])
                if len(calls) == deadly:
                    os.kill(child, signal.SIGKILL)
                    break
                fcntl.ioctl(listener, _SEND, bytearray(struct.pack("<QqiI", asked, 0, 0, _CONTINUE)))
            except FileNotFoundError:
                continue  # the asking thread has ended
    finally:
        os.close(alive)
    return calls


def _install() -> int:
    """Have the kernel ask before each call that changes files, of this thread and those it begins."""
    architecture = ARCHITECTURES[libc.MACHINE]
    program = _op(_LOAD, 4) + _op(_JUMP_EQUAL, architecture.audit, 1, 0) + _op(_RETURN, _ALLOW) + _op(_LOAD, 0)
    for number, name in NAMES.items():
        asking = _op(_RETURN, _ASK)
        if name == "openat":
            asking = _op(_LOAD, _FLAGS_OF_OPENAT) + _op(_JUMP_SET, _O_CREAT, 0, 1) + asking + _op(_RETURN, _ALLOW)
        program += _op(_JUMP_EQUAL, number, 0, len(asking) // 8) + asking
    program += _op(_RETURN, _ALLOW)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    head = ctypes.create_string_buffer(header, len(header))
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    return libc.syscall(architecture.numbers["seccomp"], _SET_MODE_FILTER, _NEW_LISTENER, ctypes.addressof(head))


def _op(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)
