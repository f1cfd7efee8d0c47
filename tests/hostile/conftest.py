"""One fork server for all attacks: after each it must still serve, and hold nothing that it did not hold before."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Item
from semper_host.confinement.broker import Broker
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.grants import BASELINE

ITEM = Item("statement", "offer", b"d" * 32, None, "A course")
LIMITS = Limits(cpu_seconds=1, memory_mib=64, wall_seconds=8)
HONEST = b"def describe(item):\n    return [item.title]\n"

Describe = Callable[[bytes], Any]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote.start() as running:
        yield running


@pytest.fixture
def describe(zygote: Zygote) -> Describe:
    """Run `manager.describe` of a source under the harmless baseline."""

    def answer(request: Any) -> Any:
        return {
            "Random": b"\0" * getattr(request, "count", 0) if getattr(request, "count", 0) > 0 else b"",
            "Now": 1,
        }.get(type(request).__name__)

    def run(source: bytes) -> Any:
        broker = Broker(BASELINE, answer, lambda request, words: None)
        return zygote.call(
            Source(b"h" * 32, "item-manager", {"manager": source}), "manager.describe", (ITEM,), broker, LIMITS
        )

    return run


@pytest.fixture
def unharmed(zygote: Zygote, describe: Describe) -> Iterator[None]:
    """After the test the host serves the next call, and its descriptors, memory and processes are as before."""
    describe(HONEST)
    descriptors, memory = _descriptors(), _resident_kib()
    yield
    assert describe(HONEST) == ["A course"]
    assert _descriptors() == descriptors
    assert _resident_kib() - memory < 16 * 1024
    assert _workers_end(zygote.pid)


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _resident_kib() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def _workers_end(server: int) -> bool:
    """Say whether, within two seconds, the server is left without workers (its own continuation is none)."""
    for _ in range(100):
        children = [child for child in _children(server) for child in (_children(child) or [0]) if child]
        if not children:
            return True
        time.sleep(0.02)
    return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
