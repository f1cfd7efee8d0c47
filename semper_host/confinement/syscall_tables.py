"""System call numbers by architecture (Linux: asm/unistd_64.h; asm-generic/unistd.h for aarch64)."""

from __future__ import annotations

from typing import NamedTuple


class Architecture(NamedTuple):
    """One architecture: its AUDIT_ARCH word, whether the x32 bit must be refused, and its call numbers."""

    audit: int
    x32: bool
    numbers: dict[str, int]


X86_64 = Architecture(
    0xC000003E,
    True,
    {
        "read": 0, "write": 1, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "mremap": 25, "madvise": 28,
        "capget": 125, "capset": 126, "restart_syscall": 219, "exit_group": 231, "seccomp": 317, "close_range": 436,
        "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
    },
)  # fmt: skip

AARCH64 = Architecture(
    0xC00000B7,
    False,
    {
        "read": 63, "write": 64, "mmap": 222, "mprotect": 226, "munmap": 215, "brk": 214, "mremap": 216, "madvise": 233,
        "capget": 90, "capset": 91, "restart_syscall": 128, "exit_group": 94, "seccomp": 277, "close_range": 436,
        "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
    },
)  # fmt: skip

ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}
