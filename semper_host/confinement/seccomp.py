"""The system call wall: a classic-BPF allow-list; everything else kills the process (seccomp(2)).

Ten calls remain: read and write on the one descriptor, memory without execution, exit. No clock, no futex, no
signal return: a single-threaded worker without handlers needs none.
"""

from __future__ import annotations

import ctypes
import functools
import struct

from semper_host.confinement import libc
from semper_host.confinement.syscall_tables import ARCHITECTURES, Architecture

_KILL, _ALLOW = 0x80000000, 0x7FFF0000  # SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ALLOW
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_X32_BIT = 0x40000000
_PROT_EXEC = 0x4
_NO_DESCRIPTOR = 0xFFFFFFFF
_SET_MODE_FILTER, _TSYNC = 1, 1

PLAIN = ("munmap", "mremap", "brk", "madvise", "exit_group", "restart_syscall")
"""Calls that are allowed whatever their arguments."""
ON_CHANNEL = ("read", "write")
"""Calls that are allowed on the channel's descriptor alone."""


def build(architecture: Architecture, descriptor: int) -> bytes:
    """Return the filter program: allow what is listed, kill the process at everything else."""
    numbers = architecture.numbers
    program = _load(4) + _op(_JUMP_EQUAL, architecture.audit, 1, 0) + _op(_RETURN, _KILL) + _load(0)
    if architecture.x32:
        program += _op(_JUMP_GREATER_EQUAL, _X32_BIT, 0, 1) + _op(_RETURN, _KILL)
    for name in PLAIN:
        program += _case(numbers[name], _op(_RETURN, _ALLOW))
    for name in ON_CHANNEL:
        program += _case(numbers[name], _argument_is(0, descriptor))
    program += _case(numbers["mprotect"], _argument_lacks(2, _PROT_EXEC) + _op(_RETURN, _ALLOW))
    program += _case(numbers["mmap"], _argument_lacks(2, _PROT_EXEC) + _argument_is(4, _NO_DESCRIPTOR, high=False))
    return program + _op(_RETURN, _KILL)


def install(descriptor: int) -> None:
    """Put this process behind the filter, for good. Needs no_new_privs. Raises OSError."""
    head, _ = prepare(descriptor)
    number = ARCHITECTURES[libc.MACHINE].numbers["seccomp"]
    libc.syscall(number, _SET_MODE_FILTER, _TSYNC, ctypes.addressof(head))


@functools.cache
def prepare(descriptor: int) -> tuple[ctypes.Array[ctypes.c_char], ...]:
    """Return the filter as the kernel takes it (struct sock_fprog, and what it points to): made before the fork."""
    program = build(ARCHITECTURES[libc.MACHINE], descriptor)
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    return ctypes.create_string_buffer(header, len(header)), code


def _op(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)


def _load(offset: int) -> bytes:
    """Load a 32-bit word of struct seccomp_data: 0 the number, 4 the architecture, 16 + 8n the n-th argument."""
    return _op(_LOAD, offset)


def _case(number: int, block: bytes) -> bytes:
    return _op(_JUMP_EQUAL, number, 0, len(block) // 8) + block


def _argument_is(index: int, value: int, *, high: bool = True) -> bytes:
    """Allow if the argument equals `value`, else kill. `high`: its upper half counts (not for an int argument)."""
    low_word, high_word = 16 + 8 * index, 20 + 8 * index
    upper = _load(high_word) + _op(_JUMP_EQUAL, 0, 1, 0) + _op(_RETURN, _KILL) if high else b""
    lower = _load(low_word) + _op(_JUMP_EQUAL, value, 1, 0) + _op(_RETURN, _KILL)
    return upper + lower + _op(_RETURN, _ALLOW)


def _argument_lacks(index: int, bits: int) -> bytes:
    """Kill if the argument has any of `bits`, else go on."""
    return _load(16 + 8 * index) + _op(_JUMP_SET, bits, 0, 1) + _op(_RETURN, _KILL)
