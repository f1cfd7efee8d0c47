"""What the self-test tries in a locked worker: each probe does one forbidden thing, and must not come back.

A probe that returns text has found a hole; "" says that the attempt was refused without harm.
"""

from __future__ import annotations

import _socket
import os
import time
from collections.abc import Callable
from typing import NoReturn

from semper_host.confinement import libc
from semper_host.confinement.frames import Tag, pack
from semper_host.confinement.wall_types import ENCODE

_EVERYTHING, _PRIVATE_ANONYMOUS, _EIGHT_GIB = 0x7, 0x22, 8 << 30


def run(name: str, channel: int) -> NoReturn:
    """Run one probe in a locked worker; send what it found, if it lives."""
    os.write(channel, pack(Tag.RESULT, 0, ENCODE(PROBES[name]())))
    os._exit(0)


def _forbidden_call() -> str:
    return f"getppid answered {os.getppid()}"


def _open_file() -> str:
    return f"a file was opened as {os.open('/', os.O_RDONLY)}"


def _make_socket() -> str:
    return f"a socket was made: {_socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM).fileno()}"


def _fork() -> str:
    return f"the process was forked: {libc.LIBC.fork()}"


def _executable_memory() -> str:
    return f"executable memory was mapped: {libc.LIBC.mmap(None, 4096, _EVERYTHING, _PRIVATE_ANONYMOUS, -1, 0)}"


def _other_descriptor() -> str:
    return f"{os.write(2, b'')} bytes were written to descriptor 2"


def _much_memory() -> str:
    try:
        return f"{len(bytearray(_EIGHT_GIB))} bytes were allocated"
    except MemoryError:
        return ""


def _clock() -> str:
    """On most machines the vDSO tells the time without a system call."""
    try:
        return f"the clock says {time.clock_gettime(time.CLOCK_REALTIME):.0f}"
    except OSError:
        return ""


PROBES: dict[str, Callable[[], str]] = {
    "forbidden-call": _forbidden_call,
    "open-file": _open_file,
    "make-socket": _make_socket,
    "fork": _fork,
    "executable-memory": _executable_memory,
    "other-descriptor": _other_descriptor,
    "much-memory": _much_memory,
    "clock": _clock,
}
"""Every probe, by name."""
