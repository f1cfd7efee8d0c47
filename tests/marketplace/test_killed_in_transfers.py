"""kill -9 at every commit of transfers to several, in real processes: all is handed over and signed for, once.

Both senders, the one that serves and the one that nobody knows, and both kinds of recipients. Each process counts its
commits and kills itself at one of them, before or after it is durable; then it is started again from its home. Killed
commands of both kinds are in tests/cli/test_several.py, which takes seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from semper_host.host import data
from semper_host.host import home as homes
from semper_host.host.consignments.sending import Attributes
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from tests.free_ports import free_address
from tests.host.conftest import authorities, market_mint, packs, zygote
from tests.host.consignments.post import ADDRESS, LETTER, NAMES, PARTS, PRICE, SERVING, Post, post_in
from tests.host.marketplace import PASSPHRASE

__all__ = ["authorities", "market_mint", "packs", "zygote"]

pytestmark = pytest.mark.deep
PATIENCE = 120
SENDER_COMMITS, RECIPIENT_COMMITS = 5, 4
"""Of who serves what it sends: two seats, the parcels, two receipts; of a recipient: its keys, its seat, all seats, and
what it took with its receipt.
"""
CALLER_COMMITS = 7
"""Of an anonymous sender, besides its beginning: two seats, the parcels, two words that it came, two receipts."""
WHEN = ("before", "after")


@pytest.fixture(scope="module")
def post(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Post]:
    with post_in(tmp_path_factory.mktemp("post"), authorities, packs, market_mint, zygote) as made:
        yield made


@pytest.fixture(scope="module")
def yard(post: Post) -> Post:
    """The same people, but the sender, and one who is called, have addresses that their processes share."""
    served = {"Harbour": addressed(post.homes["Harbour"])}
    return replace(post, sender=addressed(post.sender), homes={**post.homes, **served})


def addressed(home: Home) -> Home:
    listen = free_address()
    config = msgspec.structs.replace(home.config, listen=listen, url=f"http://{listen}")
    homes.write_config(home.path, config)
    return Home(home.path, config, home.keyring)


@contextmanager
def running(home: Home, at: int, when: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a mortal process meanwhile; one that serves has answered `ready` when this begins."""
    program = Path(__file__).with_name("mortal_transfers.py")
    command = [sys.executable, str(program), str(home.path), PASSPHRASE, str(at), when, *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=data.checkout())
    try:
        if words[0] == "serve":
            assert process.stdout is not None
            assert process.stdout.readline().startswith("ready ")
        yield process
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


def until(done: Callable[[], bool], *work: Callable[[], object]) -> None:
    """Do `work` again and again until it is done; whoever can't be reached is called again."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, "it never ended"
        for each in work:
            try:
                each()
            except SemperError as error:
                assert error.message.startswith("cannot")
        time.sleep(0.02)


def died(process: subprocess.Popen[str]) -> Callable[[], bool]:
    return lambda: process.poll() is not None


def check(yard: Post, number: bytes, first: str, second: str) -> None:
    """All have what is theirs, signed for once; whatever was killed."""
    assert yard.standing("sender", number).over
    assert yard.received(first, number) == {LETTER.name: LETTER.content, PRICE.name: PRICE.content}
    assert yard.received(second, number) == {LETTER.name: LETTER.content, ADDRESS.name: ADDRESS.content}
    files = [yard.evidence(name, number) for name in ("sender", first, second)]
    assert [(file.exhibits, file.deviations) for file in files] == [(4, 0), (2, 0), (2, 0)]
    assert [(got.origin, got.receipt) for got in files[0].got] == [(True, "opened")] * 2
    assert [*files[1].got, *files[2].got] == [*files[0].got]


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("at", range(1, SENDER_COMMITS + 1))
def test_who_serves_what_it_sends_is_killed_at_a_commit(yard: Post, at: int, when: str) -> None:
    number, tickets = yard.send()
    both = [lambda name=name: (yard.party(name).join(tickets[name]), yard.step(name, number)) for name in NAMES]
    with running(yard.sender, at, when, "serve") as process:
        until(died(process), *both)
        assert process.returncode == -9
    with running(yard.sender, 0, when, "serve"):
        until(lambda: all(yard.standing("sender", number).receipts), *both)
    check(yard, number, *NAMES)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("at", range(1, RECIPIENT_COMMITS + 1))
def test_a_recipient_is_killed_at_a_commit(yard: Post, tmp_path: Path, at: int, when: str) -> None:
    number, tickets = yard.send()
    ticket = tmp_path / "ticket"
    ticket.write_bytes(encode(tickets["Anna"]))
    bruno = [lambda: (yard.party("Bruno").join(tickets["Bruno"]), yard.step("Bruno", number))]
    with running(yard.sender, 0, when, "serve"):
        for attempt in (at, 0):
            with running(yard.homes["Anna"], attempt, when, "receive", str(ticket)) as process:
                until(died(process), *bruno)
                assert process.returncode == (-9 if attempt else 0)
        until(lambda: all(yard.standing("sender", number).receipts), *bruno)
    check(yard, number, *NAMES)


def begun(yard: Post) -> bytes:
    return yard.stranger().begin("Heard", yard.recipients(), PARTS, Attributes(), 3600)


def taking(yard: Post, number: bytes) -> list[Callable[[], object]]:
    """The persons of both recipients take what waits for them."""

    def take(name: str) -> None:
        if number in yard.letters(name).waiting():
            yard.accept(name, number)

    return [lambda name=name: take(name) for name in SERVING]  # type: ignore[misc]


def caller_dies(yard: Post, at: int, when: str) -> None:
    number = begun(yard)
    for attempt in (at, 0):
        with running(yard.sender, attempt, when, "call", number.hex()) as process:
            until(died(process), *taking(yard, number))
            assert process.returncode == (-9 if attempt else 0)
    check(yard, number, *SERVING)


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("at", range(1, CALLER_COMMITS + 1))
def test_an_anonymous_sender_is_killed_at_a_commit(yard: Post, at: int, when: str) -> None:
    with running(yard.homes["Harbour"], 0, when, "serve"):
        caller_dies(yard, at, when)


@pytest.mark.parametrize("when", WHEN)
def test_who_is_called_is_killed_as_it_keeps_the_parcel(yard: Post, when: str) -> None:
    harbour = yard.homes["Harbour"]
    with running(harbour, 1, when, "serve") as process:
        number = begun(yard)
        again = [lambda: yard.ask_again(number), *taking(yard, number)]
        until(died(process), *again)
        assert process.returncode == -9
    with running(harbour, 0, when, "serve"):
        until(lambda: yard.standing("sender", number).over, *again)
    check(yard, number, *SERVING)


@pytest.mark.parametrize("when", WHEN)
def test_a_person_that_takes_it_is_killed_at_the_commit(yard: Post, when: str) -> None:
    harbour = yard.homes["Harbour"]
    with running(harbour, 0, when, "serve"):
        number = begun(yard)
        again = [lambda: yard.ask_again(number), taking(yard, number)[1]]
        until(lambda: number in yard.letters("Harbour").waiting(), *again)
        for attempt in (1, 0):
            with running(harbour, attempt, when, "accept", number.hex()) as process:
                until(died(process), *again)
                assert process.returncode == (-9 if attempt else 0)
        until(lambda: yard.standing("sender", number).over, *again)
    check(yard, number, *SERVING)
