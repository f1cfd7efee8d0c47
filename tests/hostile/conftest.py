"""One fork server for all attacks: after each it must still serve, and hold nothing that it did not hold before."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import structs

from semper_host.admission.admit import Admitted
from semper_host.admission.manifest import MOST_WORK
from semper_host.api_v1 import Item, Now, Random
from semper_host.confinement.zygote import Zygote
from semper_host.host.sandbox import Sandbox
from semper_host.supporting.archive.archive import Archive
from tests.host.admitting import admitted

ITEM = Item("statement", "offer", b"d" * 32, None, "A course")
HONEST = b"def describe(item):\n    return [item.title]\n"

Describe = Callable[[bytes], Any]


_MOST_LEFT_KIB = 2 * 1024
"""How much the fork server may have grown after all attacks together: what grew with each of them would be far over."""


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """The fork server of all attacks; at their end it holds what it held at their beginning."""
    with Zygote.start() as running:
        before = {process: Standing.of(process) for process in _servers(running.pid)[1:]}
        yield running
        assert _workers_end(running.pid)
        for process, standing in before.items():
            after = Standing.of(process)
            assert after.descriptors == standing.descriptors
            assert after.resident_kib - standing.resident_kib < _MOST_LEFT_KIB, (standing, after)


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
        bundle = _patient(admitted("item-manager", {"manager": source}))
        deal = sha256(b"deal" + source).digest()
        return sandbox.run(bundle, bundle.grants, "manager.describe", (ITEM,), _answer, deal=deal)

    return run


def _patient(bundle: Admitted) -> Admitted:
    """Wait as long as a manifest may ask for, so that what ends an attack isn't how busy the machine is."""
    limits = structs.replace(bundle.manifest.limits, wall_seconds=MOST_WORK.wall_seconds)
    return replace(bundle, manifest=structs.replace(bundle.manifest, limits=limits))


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
    """After the test host and fork server serve the next call, and hold no more descriptors, memory, workers."""
    describe(HONEST)
    assert _workers_end(zygote.pid)
    before = {process: Standing.of(process) for process in _servers(zygote.pid)}
    yield
    assert describe(HONEST) == ["A course"]
    assert _workers_end(zygote.pid)
    for process, standing in before.items():
        assert _back(process, standing), (Standing.of(process), standing)


def _back(process: int, before: Standing) -> bool:
    """Say whether, within twenty seconds, a process holds no more than before: it may be clearing up, then as now."""
    for _ in range(1000):
        after = Standing.of(process)
        if after.descriptors <= before.descriptors and after.resident_kib - before.resident_kib < 16 * 1024:
            return True
        time.sleep(0.02)
    return False


class Standing(NamedTuple):
    """What a process holds. Of the fork server, which nobody may look into, only root can tell the descriptors."""

    descriptors: int
    resident_kib: int

    @classmethod
    def of(cls, process: int) -> Standing:
        with contextlib.suppress(PermissionError):
            return cls(len(os.listdir(f"/proc/{process}/fd")), _resident_kib(process))
        return cls(0, _resident_kib(process))


def _servers(server: int) -> list[int]:
    """This process, the fork server, and its continuation in another process namespace."""
    return [os.getpid(), server, *_children(server)]


def _resident_kib(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def _workers_end(server: int) -> bool:
    """Say whether, within twenty seconds, the server is left without workers (its own continuation is none)."""
    for _ in range(1000):
        children = [child for child in _children(server) for child in (_children(child) or [0]) if child]
        if not children:
            return True
        time.sleep(0.02)
    return False


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
