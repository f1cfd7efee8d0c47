"""Where randomness enters: the operating system's generator, and nothing else."""

from __future__ import annotations

import os


def fresh(count: int) -> bytes:
    """Return `count` unpredictable bytes from the operating system."""
    return os.urandom(count)


def fresh_seed() -> bytes:
    """Return 32 unpredictable bytes, enough for any key."""
    return os.urandom(32)
