"""The walls: the self-test sees them, the filter programs say what the tables say, hostile text is harmless."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from semper_host.confinement import libc, lockdown, seccomp, vdso
from semper_host.confinement.hostile_text import escaped
from semper_host.confinement.selftest import Wall, _clock, require, selftest
from semper_host.confinement.syscall_tables import AARCH64, ARCHITECTURES, X86_64, Architecture
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import Unavailable

KILL, ALLOW = 0x80000000, 0x7FFF0000


def test_every_mandatory_wall_stands_on_this_machine(zygote: Zygote) -> None:
    walls = selftest(zygote)
    require(walls)
    assert {wall.name for wall in walls} >= {*lockdown.MANDATORY, "landlock", "namespaces", "user", "no-clock"}
    assert all(wall.detail for wall in walls)


def test_a_missing_mandatory_wall_is_named_and_nothing_runs() -> None:
    walls = [
        Wall("a", True, True, "stands"),
        Wall("b", True, False, "the kernel said no"),
        Wall("c", False, False, "absent"),
    ]
    with pytest.raises(Unavailable, match=r"b \(the kernel said no\)") as refusal:
        require(walls)
    assert refusal.value.code == "CONFINEMENT_UNAVAILABLE"
    require([walls[0], walls[2]])


def _run(program: bytes, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Interpret a classic BPF program as the kernel does, for the four instructions that the filter uses."""
    padded = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    accumulator = position = 0
    while True:
        code, when_true, when_false, value = struct.unpack_from("<HBBI", program, position * 8)
        position += 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
            position += when_true if holds else when_false


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_the_filter_allows_ten_calls_and_kills_at_every_other(architecture: Architecture) -> None:
    program = seccomp.build(architecture, 3)
    harmless = (3, 0, 0, 0x22, 0xFFFFFFFF, 0)
    allowed = {number for number in range(1024) if _run(program, architecture.audit, number, harmless) == ALLOW}
    names = (*seccomp.PLAIN, *seccomp.ON_CHANNEL, "mmap", "mprotect")
    assert allowed == {architecture.numbers[name] for name in names}
    assert len(names) == 10


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
@pytest.mark.parametrize(
    ("name", "arguments", "verdict"),
    [
        ("read", (3,), ALLOW), ("read", (4,), KILL), ("read", (0,), KILL), ("write", (3,), ALLOW),
        ("write", (2,), KILL), ("write", (1 << 32 | 3,), KILL), ("mmap", (0, 1, 3, 0x22, 0xFFFFFFFF), ALLOW),
        ("mmap", (0, 1, 7, 0x22, 0xFFFFFFFF), KILL),
        ("mmap", (0, 1, 4, 0x22, 0xFFFFFFFF), KILL), ("mmap", (0, 1, 1, 2, 3), KILL),
        ("mmap", (0, 1, 3, 0x22, 2**64 - 1), ALLOW),
        ("mprotect", (0, 1, 3), ALLOW), ("mprotect", (0, 1, 5), KILL), ("mprotect", (0, 1, 4), KILL),
    ],
)  # fmt: skip
def test_the_filter_looks_at_arguments(
    architecture: Architecture, name: str, arguments: tuple[int, ...], verdict: int
) -> None:
    assert _run(seccomp.build(architecture, 3), architecture.audit, architecture.numbers[name], arguments) == verdict


def test_other_architectures_and_x32_are_killed() -> None:
    program = seccomp.build(X86_64, 3)
    assert _run(program, 0x40000003, 1, (3,)) == KILL  # i386
    assert _run(program, X86_64.audit, 0x40000001, (3,)) == KILL  # x32
    assert _run(seccomp.build(AARCH64, 3), X86_64.audit, 63, (3,)) == KILL


def test_the_stubbed_vdso_keeps_its_form_and_loses_its_code() -> None:
    found = vdso._mappings().get("[vdso]") if libc.MACHINE in vdso.CODE else None
    if found is None:
        pytest.skip("this machine has no vDSO that we know to replace")
    with open("/proc/self/mem", "rb", buffering=0) as memory:
        memory.seek(found.start)
        image = memory.read(found.size)
    code = vdso.CODE[libc.MACHINE]
    changed = vdso.stubbed(image, code)
    assert len(changed) == len(image)
    assert changed[:64] == image[:64]
    assert changed.count(code.stub) >= 4
    for told in (bytes.fromhex("0f31"), bytes.fromhex("0f05"), bytes.fromhex("010000d4")):  # rdtsc, syscall, svc
        assert told not in changed


def test_a_clock_whose_counter_can_be_read_is_not_called_hidden(zygote: Zygote) -> None:
    assert not _clock(zygote, vdso.COUNTED).present


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("plain text, 5 €", "plain text, 5 €"),
        ("\x1b[2J\r\n\t\0", r"\x1b[2J\x0d\x0a\x09\x00"),
        ("\u202e\u200b\u2066\ufeff", r"\u202e\u200b\u2066\ufeff"),
        ("e\u0301", r"e\u0301"),
        ("\ud800", r"\ud800"),
        ("back\\slash", r"back\\slash"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_hostile_text_is_shown_as_escapes(hostile: str, shown: str) -> None:
    assert escaped(hostile) == shown


def test_hostile_text_is_cut() -> None:
    assert len(escaped("\x1b" * 10_000)) == 300
    assert escaped("x" * 301).endswith("…")


HEADERS = {
    "x86_64": ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", "/usr/include/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h",),
}


@pytest.mark.parametrize("machine", HEADERS)
def test_the_system_call_tables_are_those_of_the_kernels_headers(machine: str) -> None:
    found = next((path for path in map(Path, HEADERS[machine]) if path.is_file()), None)
    if found is None:
        pytest.skip("the kernel's headers are not installed")
    defined = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", found.read_text("ascii")))
    numbers = ARCHITECTURES[machine].numbers
    known = {name: int(defined[name]) for name in numbers if name in defined}
    assert known == {name: numbers[name] for name in known}
    assert set(numbers) - set(known) <= {"close_range", "landlock_create_ruleset", "landlock_restrict_self"}
