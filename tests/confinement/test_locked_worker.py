"""A locked worker and its fork server as the kernel sees them from outside, whatever they say of themselves.

Only root may look into a process that is not dumpable, so an unprivileged run skips what it cannot see.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote

LIMITS = Limits(cpu_seconds=3, memory_mib=48)
SOURCE = Source(b"", "item-manager", {"manager": b"#"})


@pytest.fixture(scope="module")
def server() -> Iterator[Zygote]:
    if os.geteuid() != 0:
        pytest.skip("only root may look into a process that is not dumpable")
    with Zygote.start() as running:
        yield running


@pytest.fixture(scope="module")
def worker(server: Zygote) -> Iterator[Path]:
    """The /proc folder of a worker that waits for its first call."""
    with server.worker(SOURCE, LIMITS) as running:
        running.ready()
        yield Path(f"/proc/{_descendants(server.pid)[-1]}")


def _descendants(pid: int) -> list[int]:
    children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [each for child in children for each in _descendants(child)]


def test_it_has_no_rights_one_thread_and_a_filter(worker: Path) -> None:
    status = dict(line.split(":\t", 1) for line in (worker / "status").read_text().splitlines())
    for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[kind], 16) == 0, kind
    assert (status["NoNewPrivs"], status["Seccomp"], status["Threads"]) == ("1", "2", "1")


def test_it_has_one_descriptor_a_socket(worker: Path) -> None:
    (only,) = (worker / "fd").iterdir()
    assert only.name == "3"
    assert os.readlink(only).startswith("socket:")


def test_its_limits_are_the_bundles_and_cannot_be_raised(worker: Path) -> None:
    rows = {line[:25].strip(): line[25:].split()[:2] for line in (worker / "limits").read_text().splitlines()}
    for name in ("file size", "core file size", "processes", "open files", "locked memory", "msgqueue size"):
        assert rows[f"Max {name}"] == ["0", "0"], name
    assert rows["Max cpu time"] == ["3", "3"]
    soft, hard = rows["Max address space"]
    assert soft == hard
    assert int(soft) < 512 << 20


def test_no_page_of_it_can_be_both_written_and_executed(worker: Path) -> None:
    mapped = [line.split()[1] for line in (worker / "maps").read_text().splitlines()]
    assert any("x" in rights for rights in mapped)
    assert not [rights for rights in mapped if "w" in rights and "x" in rights]


def test_no_other_process_can_read_it_and_it_leaves_no_core(worker: Path) -> None:
    assert (worker / "mem").stat().st_uid == 0  # proc(5): of root, because it is not dumpable
    assert (worker / "environ").stat().st_uid == 0


SECRETIVE = """
import os, sys
from semper_host.confinement.source import Source
from semper_host.confinement.zygote import Zygote
secret = bytes.fromhex(sys.argv[1])[::-1]
os.environ["SEMPER_SECRET"] = secret.hex()
inherited = os.open("/proc/self/environ", os.O_RDONLY)
os.set_inheritable(inherited, True)
with Zygote.start() as zygote, zygote.worker(Source(b"", "item-manager", {"manager": b"#"})) as worker:
    worker.ready()
    print(zygote.pid, flush=True)
    sys.stdin.read()
"""


def test_neither_fork_server_nor_worker_knows_a_secret_of_the_host() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may look into a process that is not dumpable")
    secret = secrets.token_bytes(24)
    command = [sys.executable, "-c", SECRETIVE, secret[::-1].hex()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        server = int(host.stdout.readline())
        below = [server, *_descendants(server)]
        assert len(below) >= 2
        assert _holds(host.pid, secret), "the host itself has it: the search can find it"
        for process in below:
            assert not _holds(process, secret)
            told = {each.partition(b"=")[0].decode() for each in _read(process, "environ").split(b"\0") if each}
            assert told == {
                "PYTHONHASHSEED", "PYTHONPATH", "LC_ALL", "PYTHON_DISABLE_REMOTE_DEBUG", "PYTHON_JIT",
            }  # fmt: skip
            opened = [os.readlink(each) for each in Path(f"/proc/{process}/fd").iterdir()]
            assert not [each for each in opened if "environ" in each]
        host.communicate()


def _read(process: int, name: str) -> bytes:
    return Path(f"/proc/{process}/{name}").read_bytes()


def _holds(process: int, secret: bytes) -> bool:
    """Say whether the secret, or its hexadecimal form, is in the memory of a process."""
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in _read(process, "maps").decode().splitlines():
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if "r" not in line.split()[1] or "[v" in line:
                continue
            memory.seek(first)
            held = memory.read(last - first)
            if secret in held or secret.hex().encode() in held:
                return True
    return False
