"""One fork server for all attacks: after each it must still serve, and hold nothing that it did not hold before."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Item, Now, Random
from semper_host.confinement.zygote import Zygote
from semper_host.host.sandbox import Sandbox
from semper_host.supporting.archive.archive import Archive
from tests.host.admitting import admitted

ITEM = Item("statement", "offer", b"d" * 32, None, "A course")
HONEST = b"def describe(item):\n    return [item.title]\n"

Describe = Callable[[bytes], Any]


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote.start() as running:
        yield running


@pytest.fixture(scope="session")
def sandbox(zygote: Zygote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The host's door to bundles, over a real archive."""
    archive = Archive.open(tmp_path_factory.mktemp("home") / "archive.db", b"k" * 32)
    yield Sandbox(archive, zygote)
    archive.close()


@pytest.fixture
def describe(sandbox: Sandbox) -> Describe:
    """Run `manager.describe` of a source as an admitted bundle that nobody evaluated, in a deal of its own."""

    def run(source: bytes) -> Any:
        bundle = admitted("item-manager", {"manager": source})
        deal = sha256(b"deal" + source).digest()
        return sandbox.run(bundle, bundle.grants, "manager.describe", (ITEM,), _answer, deal=deal)

    return run


def _answer(request: Any) -> Any:
    match request:
        case Random(count=count):
            return bytes(max(count, 0))
        case Now():
            return 1
        case _:
            return None


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
