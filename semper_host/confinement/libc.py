"""The C library's doors that the walls need: prctl, syscall, setrlimit; with Python exceptions instead of errno."""

from __future__ import annotations

import ctypes
import os
import sys

if sys.platform.startswith("linux"):  # elsewhere these names are never used: the host refuses to run bundles
    LIBC = ctypes.CDLL(None, use_errno=True)
    LIBC.syscall.restype = ctypes.c_long
    LIBC.syscall.argtypes = [ctypes.c_long] * 7
    LIBC.prctl.restype = ctypes.c_int
    LIBC.prctl.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4

MACHINE = os.uname().machine if hasattr(os, "uname") else ""
"""The processor architecture, as uname names it: "x86_64" and "aarch64" have walls."""

PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 1, 3, 4, 24
PR_SET_TSC, PR_TSC_SIGSEGV = 26, 2
PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 39, 47, 4


def syscall(number: int, *arguments: int) -> int:
    """Make a system call with up to six integer arguments. Raises OSError."""
    padded = arguments + (0,) * (6 - len(arguments))
    result = int(LIBC.syscall(number, *padded))
    if result == -1:
        _raise()
    return result


def prctl(option: int, value: int = 0, second: int = 0) -> int:
    """Call prctl(2). Raises OSError."""
    result = int(LIBC.prctl(option, value, second, 0, 0))
    if result == -1:
        _raise()
    return result


def mount(source: bytes, target: bytes, kind: bytes, flags: int, data: bytes = b"") -> None:
    """Call mount(2). Raises OSError."""
    if LIBC.mount(source, target, kind, ctypes.c_ulong(flags), data) == -1:
        _raise()


def unshare(flags: int) -> None:
    """Call unshare(2). Raises OSError."""
    if LIBC.unshare(ctypes.c_int(flags)) == -1:
        _raise()


def trim() -> None:
    """Give the C library's free memory back to the kernel, where it is glibc (malloc_trim(3))."""
    if hasattr(LIBC, "malloc_trim"):
        LIBC.malloc_trim(0)


def _raise() -> None:
    number = ctypes.get_errno()
    raise OSError(number, os.strerror(number))
