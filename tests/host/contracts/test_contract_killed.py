"""Real processes, sent SIGKILL at every commit of a contract: all are bound, and nothing happens twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from semper_host.host import data
from semper_host.host import home as homes
from semper_host.host.contracts.beginning import Ticket
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from tests.free_ports import free_address
from tests.host.contracts.notary import Notary
from tests.host.marketplace import PASSPHRASE

THREE = ("host", "Anna", "Bruno")
PARTY_COMMITS, HOST_COMMITS = 8, 6
"""Of a party at least; and of who invites while it serves, its own promise apart."""
PATIENCE = 40


@pytest.fixture(scope="module")
def quay(notary: Notary) -> Notary:
    """The same people, but whoever invites has an address that its processes share."""
    listen = free_address()
    config = msgspec.structs.replace(notary.host.config, listen=listen, url=f"http://{listen}")
    homes.write_config(notary.host.path, config)
    return replace(notary, host=Home(notary.host.path, config, notary.host.keyring))


@contextmanager
def running(home: Home, at: int, when: str, *more: Path) -> Iterator[subprocess.Popen[str]]:
    program = Path(__file__).with_name("mortal_party.py")
    words = [sys.executable, str(program), str(home.path), PASSPHRASE, str(at), when, *map(str, more)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=data.checkout())
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=20)


@contextmanager
def serving(home: Home, at: int = 0, when: str = "before") -> Iterator[subprocess.Popen[str]]:
    with running(home, at, when) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready ")
        yield process


def go_on(notary: Notary, number: bytes, tickets: dict[str, Ticket], names: Sequence[str]) -> bool:
    """One round of those whose processes are this one; say whether it is over for them."""
    for name in names:
        try:
            if name != "host":
                notary.party(name).join(tickets[name])
            notary.step(name, number)
        except SemperError as error:
            assert error.message.startswith("cannot")
    return notary.outcomes(number, names) == {"done"}


def check(notary: Notary, number: bytes) -> None:
    assert notary.outcomes(number, THREE) == {"done"}
    files = [notary.evidence(name, number) for name in THREE]
    assert {(file.outcome, file.exhibits, file.deviations) for file in files} == {("signed by all", 6, 0)}


@pytest.mark.deep
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, HOST_COMMITS + 1))
def test_who_invites_is_killed_at_a_commit(quay: Notary, at: int, when: str) -> None:
    contract, tickets = quay.invite()
    deadline = time.monotonic() + PATIENCE
    with serving(quay.host, at, when) as process:
        while process.poll() is None:
            go_on(quay, contract.number, tickets, THREE)
            assert time.monotonic() < deadline, "it was to die"
        assert process.returncode == -9
    with serving(quay.host):
        while not go_on(quay, contract.number, tickets, THREE):
            assert time.monotonic() < deadline
    check(quay, contract.number)


@pytest.mark.deep
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at", range(1, PARTY_COMMITS + 1))
def test_a_party_is_killed_at_a_commit(quay: Notary, tmp_path: Path, at: int, when: str) -> None:
    contract, tickets = quay.invite()
    path, deadline = tmp_path / "ticket", time.monotonic() + PATIENCE
    path.write_bytes(encode(tickets["Anna"]))
    others = ("host", "Bruno")
    with serving(quay.host):
        with running(quay.homes["Anna"], at, when, path) as process:
            while process.poll() is None:
                go_on(quay, contract.number, tickets, others)
                assert time.monotonic() < deadline, "it was to die"
            assert process.returncode == -9
        with running(quay.homes["Anna"], 0, when, path) as process:
            while process.poll() is None:
                go_on(quay, contract.number, tickets, others)
                assert time.monotonic() < deadline
            assert process.returncode == 0
        while not go_on(quay, contract.number, tickets, others):
            assert time.monotonic() < deadline
    check(quay, contract.number)
