"""No readable clock: the vDSO becomes a stub that fails, and reading the processor's time stamp counter kills.

The vDSO tells the time, and newer ones draw random numbers, without a system call, so the system call wall can't forbid
it. Unmapping it crashes CPython; a stub that returns -EINVAL makes every clock function raise OSError instead. On
aarch64 it also holds the signal trampoline, which nobody needs here: neither the fork server nor its workers handle any
signal. There kernels before 6.12 can't refuse the counter.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from typing import NamedTuple

from semper_host.confinement import libc
from semper_host.confinement.syscall_tables import ARCHITECTURES


class Code(NamedTuple):
    """What stands in the place of the vDSO's code: a function that returns -EINVAL, and an instruction that traps."""

    stub: bytes
    trap: bytes


CODE = {
    "x86_64": Code(bytes.fromhex("48c7c0eaffffffc3"), bytes.fromhex("cc")),  # mov rax, -EINVAL; ret / int3
    "aarch64": Code(bytes.fromhex("a0028092c0035fd6"), bytes.fromhex("000020d4")),  # mov x0, #-EINVAL; ret / brk #0
}
HIDDEN = "the vDSO is a stub, the time stamp counter is refused"
COUNTED = "the vDSO is a stub, but this kernel can't refuse the time stamp counter"
_READ_WRITE, _READ_EXECUTE, _PRIVATE_ANONYMOUS, _MOVE_ONTO = 3, 5, 0x22, 3
_EXECUTABLE_SECTION, _DYNAMIC_SYMBOLS, _FUNCTION = 0x4, 11, 2
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")


class Mapping(NamedTuple):
    """One mapping of this process: first address, and length in bytes."""

    start: int
    size: int


def hide_clocks() -> str:
    """Take the clocks away from this process and its children; return what was done, in words, "" for nothing.

    It is tried in a child first, which must survive it: a machine on which it fails keeps its clocks, and says so.
    """
    if libc.MACHINE not in CODE or not _survives(_hide):
        return ""
    _hide()
    try:
        libc.prctl(libc.PR_SET_TSC, libc.PR_TSC_SIGSEGV)
    except OSError:
        return COUNTED
    return HIDDEN


def stubbed(image: bytes, code: Code) -> bytes:
    """Return the vDSO's image with each function replaced by the stub, and all other code by traps."""
    sections = _sections(image)
    changed = bytearray(image)
    for _, _, flags, _, offset, size, *_ in sections:
        if flags & _EXECUTABLE_SECTION:
            changed[offset : offset + size] = (code.trap * size)[:size]
    for _, kind, _, _, offset, size, *_ in sections:
        if kind == _DYNAMIC_SYMBOLS:
            for at in range(offset, offset + size, _SYMBOL.size):
                _, info, _, section, value, _ = _SYMBOL.unpack_from(image, at)
                if info & 0xF == _FUNCTION and section:
                    changed[value : value + len(code.stub)] = code.stub
    return bytes(changed)


def _sections(image: bytes) -> list[tuple[int, ...]]:
    """Return the section headers of a 64-bit ELF image (System V ABI, ELF-64)."""
    (table,) = struct.unpack_from("<Q", image, 0x28)
    size, count = struct.unpack_from("<HH", image, 0x3A)
    return [_SECTION.unpack_from(image, table + number * size) for number in range(count)]


def _hide() -> None:
    found, numbers = _mappings(), ARCHITECTURES[libc.MACHINE].numbers
    vdso = found["[vdso]"]
    image = stubbed(ctypes.string_at(vdso.start, vdso.size), CODE[libc.MACHINE])
    copy = libc.syscall(numbers["mmap"], 0, vdso.size, _READ_WRITE, _PRIVATE_ANONYMOUS, -1, 0)
    ctypes.memmove(copy, image, vdso.size)
    libc.syscall(numbers["mprotect"], copy, vdso.size, _READ_EXECUTE)
    libc.syscall(numbers["mremap"], copy, vdso.size, vdso.size, _MOVE_ONTO, vdso.start)
    for name, data in found.items():
        if name.startswith("[vvar"):
            libc.syscall(numbers["munmap"], data.start, data.size)


def _mappings() -> dict[str, Mapping]:
    """Return the kernel's named mappings of this process."""
    found = {}
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        for line in maps:
            fields = line.split()
            if fields[-1].startswith("[v"):
                first, last = (int(part, 16) for part in fields[0].split("-"))
                found[fields[-1]] = Mapping(first, last - first)
    return found


def _survives(act: Callable[[], None]) -> bool:
    """Say whether a child process that does `act` lives on to leave in good order."""
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        except Exception:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0
