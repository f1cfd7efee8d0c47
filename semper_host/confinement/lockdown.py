"""Locking one worker: after `lock` the process computes, reads and writes its one channel, and can do nothing else.

Each mandatory wall is put up and read back; a wall that doesn't stand raises WallMissing, and no bundle runs.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Callable
from typing import NamedTuple

from semper_host.confinement import landlock, libc, seccomp
from semper_host.confinement.source import Limits
from semper_host.confinement.syscall_tables import ARCHITECTURES

with contextlib.suppress(ImportError):  # Windows has none, and runs no bundles
    import resource

CHANNEL = 3
"""The one descriptor that a worker keeps."""
_SIGKILL = 9
_CAPABILITY_VERSION_3 = 0x20080522
_NO_MORE = ("NOFILE", "NPROC", "FSIZE", "CORE", "MEMLOCK", "MSGQUEUE", "SIGPENDING")
_HIGHEST_DESCRIPTOR = 0xFFFFFFFF
_HEADER = ctypes.create_string_buffer(struct.pack("@Ii", _CAPABILITY_VERSION_3, 0))
_NONE, _LEFT = ctypes.create_string_buffer(bytes(24), 24), ctypes.create_string_buffer(24)
"""What capset and capget take; made once, since every page that a worker writes is a page more for each worker."""


class WallMissing(Exception):
    """A mandatory wall could not be put up: its name, why, and on which descriptor the host can be told."""

    def __init__(self, wall: str, cause: str, channel: int) -> None:
        super().__init__(f"{wall}: {cause}")
        self.wall = wall
        self.cause = cause
        self.channel = channel


class Site(NamedTuple):
    """What the fork server found out before it forks: its address space in bytes, its process id, the Landlock ABI."""

    address_space: int
    parent: int
    landlock: int


MANDATORY = (
    "architecture", "no-new-privileges", "capabilities", "descriptors", "not-dumpable", "limits", "system-calls",
)  # fmt: skip
"""The walls without which no bundle runs."""


def lock(channel: int, limits: Limits, site: Site) -> dict[str, str]:
    """Put up every wall around this process; return how far the optional ones reach. Raises WallMissing."""
    _wall("architecture", _known_architecture, channel)
    _wall("no-new-privileges", _no_new_privileges, channel)
    found = _optional(lambda: landlock.deny_all(site.landlock))
    _wall("capabilities", drop_capabilities, channel)
    _wall("descriptors", lambda: _only_channel(channel), channel)
    _wall("not-dumpable", lambda: _not_dumpable(site.parent), CHANNEL)
    _wall("limits", lambda: _limit(limits, site.address_space), CHANNEL)
    _wall("system-calls", lambda: seccomp.install(CHANNEL), CHANNEL)
    return {"landlock": found}


def prepare(landlock_abi: int) -> None:
    """Make in the fork server what its workers would each have to make."""
    if libc.MACHINE in ARCHITECTURES:
        seccomp.prepare(CHANNEL)
    if landlock_abi:
        landlock.prepare(landlock_abi)


def _wall(name: str, put_up: Callable[[], None], channel: int) -> None:
    try:
        put_up()
    except (OSError, ValueError, RuntimeError) as error:
        raise WallMissing(name, str(error), channel) from None


def _optional(put_up: Callable[[], str]) -> str:
    try:
        return put_up()
    except OSError:
        return ""


def _known_architecture() -> None:
    if libc.MACHINE not in ARCHITECTURES:
        raise RuntimeError(f"no system call table for {libc.MACHINE}")


def _no_new_privileges() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    if libc.prctl(libc.PR_GET_NO_NEW_PRIVS) != 1:
        raise RuntimeError("the kernel ignored no_new_privs")


def drop_capabilities() -> None:
    """Give up every capability of this process, and see that none is left. Raises OSError, RuntimeError."""
    numbers = ARCHITECTURES[libc.MACHINE].numbers
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    libc.syscall(numbers["capset"], ctypes.addressof(_HEADER), ctypes.addressof(_NONE))
    _LEFT.raw = b"\xff" * 24
    libc.syscall(numbers["capget"], ctypes.addressof(_HEADER), ctypes.addressof(_LEFT))
    if any(_LEFT.raw):
        raise RuntimeError("capabilities are left")


def _only_channel(channel: int) -> None:
    if channel != CHANNEL:
        os.dup2(channel, CHANNEL, inheritable=False)
    close_range = ARCHITECTURES[libc.MACHINE].numbers["close_range"]
    libc.syscall(close_range, 0, CHANNEL - 1, 0)
    libc.syscall(close_range, CHANNEL + 1, _HIGHEST_DESCRIPTOR, 0)


def _not_dumpable(parent: int) -> None:
    """No core, no ptrace, no /proc of it for others; and it dies with the fork server."""
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    if libc.prctl(libc.PR_GET_DUMPABLE) != 0:
        raise RuntimeError("the process is still dumpable")
    libc.prctl(libc.PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        raise RuntimeError("the fork server is gone")


def _limit(limits: Limits, address_space: int) -> None:
    wanted = {getattr(resource, f"RLIMIT_{name}"): 0 for name in _NO_MORE}
    wanted[resource.RLIMIT_CPU] = limits.cpu_seconds
    wanted[resource.RLIMIT_AS] = address_space + limits.memory_mib * 1024 * 1024
    for which, most in wanted.items():
        resource.setrlimit(which, (most, most))
        if resource.getrlimit(which) != (most, most):
            raise RuntimeError("a resource limit did not hold")
