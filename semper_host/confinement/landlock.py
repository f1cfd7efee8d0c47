"""Landlock: deny every file, port, abstract socket and signal that the kernel's ABI knows of (landlock(7))."""

from __future__ import annotations

import ctypes
import functools
import os
import struct

from semper_host.confinement import libc
from semper_host.confinement.syscall_tables import ARCHITECTURES

_VERSION = 1  # LANDLOCK_CREATE_RULESET_VERSION
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # ABI -> how many LANDLOCK_ACCESS_FS_ bits
_NET_BIND_AND_CONNECT, _SCOPE_ABSTRACT_UNIX_AND_SIGNAL = 0b11, 0b11


def abi() -> int:
    """Return the kernel's Landlock ABI, 0 where there is none."""
    try:
        return libc.syscall(ARCHITECTURES[libc.MACHINE].numbers["landlock_create_ruleset"], 0, 0, _VERSION)
    except OSError:
        return 0


def deny_all(version: int) -> str:
    """Deny all that ABI `version` can deny, for good; say what that is. Needs no_new_privs. Raises OSError."""
    if version == 0:
        return ""
    numbers = ARCHITECTURES[libc.MACHINE].numbers
    attributes, covered = prepare(version)
    ruleset = libc.syscall(numbers["landlock_create_ruleset"], ctypes.addressof(attributes), len(attributes), 0)
    try:
        libc.syscall(numbers["landlock_restrict_self"], ruleset, 0)
    finally:
        os.close(ruleset)
    return covered


@functools.cache
def prepare(version: int) -> tuple[ctypes.Array[ctypes.c_char], str]:
    """Return struct landlock_ruleset_attr for ABI `version`, and in words what it denies: made before the fork."""
    files = (1 << _FILE_RIGHTS[min(version, 5)]) - 1
    network = _NET_BIND_AND_CONNECT if version >= 4 else 0
    scopes = _SCOPE_ABSTRACT_UNIX_AND_SIGNAL if version >= 6 else 0
    words = [files] + [network] * (version >= 4) + [scopes] * (version >= 6)
    attributes = struct.pack(f"@{len(words)}Q", *words)
    covered = ["files"] + ["TCP ports"] * bool(network) + ["abstract sockets", "signals"] * bool(scopes)
    said = f"ABI {version}: {', '.join(covered)}"
    return ctypes.create_string_buffer(attributes, len(attributes)), said
