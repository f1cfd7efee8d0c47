"""What is run, and within which limits."""

from __future__ import annotations

import sys

import msgspec

MAX_MODULE = 256 * 1024
"""The most bytes that the source of one bundle module may have."""


class Source(msgspec.Struct, frozen=True):
    """One admitted bundle's code: its archive digest (32 bytes), kind, and Python source by role ("payer")."""

    bundle: bytes
    kind: str
    modules: dict[str, bytes]


class Limits(msgspec.Struct, frozen=True):
    """What one worker may use: processor seconds, MiB beyond the interpreter, and seconds of waiting for each call."""

    cpu_seconds: int = 5
    memory_mib: int = 64
    wall_seconds: int = 20


class Finding(msgspec.Struct, frozen=True):
    """One refusal of the dialect: where, which rule, why, and what is allowed instead."""

    filename: str
    line: int
    rule: str
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}: {self.rule}: {self.message}; {self.hint}"


DIALECT = "semper-dialect/1"
"""The version of the language that bundles are written in; recorded with every deal."""

INTERPRETER = f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}"
"""The interpreter that runs the dialect; with DIALECT and the bundle's digest it is recorded per deal."""
