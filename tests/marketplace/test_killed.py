"""Real processes, killed at moments that nobody chose: the deal goes on, both or neither, nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.cli.demo import readback
from semper_host.cli.demo.making import build
from semper_host.cli.demo.parties import Party
from semper_host.cli.demo.story import Story
from semper_host.cli.demo.world import World
from semper_host.supporting.communication.mail import MAIL_PATH

PRICE, START = 1990, 10_000
PATIENCE = 60


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = build(tmp_path_factory.mktemp("killed"), Story(quiet=True))
    try:
        made.up()
        yield made
        made.down()
        money = readback.balances(made, made.buyer)
        assert sum(each["EUR"] for each in money.values()) == START
        assert money["held"]["EUR"] == 0
        assert money["merchant"]["EUR"] % PRICE == 0
        assert money["merchant"]["EUR"] == PRICE * len(sold(made))
    finally:
        made.close()


def deals(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.buyer.ask("deal", "list")
    return found


def sold(world: World) -> list[dict[str, Any]]:
    with readback.home_of(world.buyer) as home:
        return [row.summary for row in home.archive.deals() if row.summary["place"] == "END.sold"]


def mails(world: World, number: int) -> threading.Event:
    """Say when the buyer's `number`-th call to the merchant has been answered."""
    counted, reached = [0], threading.Event()

    def count(path: str, body: bytes) -> bool:
        if path.endswith(MAIL_PATH):
            counted[0] += 1
            if counted[0] >= number:
                reached.set()
        return True

    world.relay.answers = count
    return reached


def log_of(party: Party) -> str:
    return (party.home.parent / f"{party.home.name}.log").read_text()[-2000:]


def go_on(world: World) -> None:
    """Resume until the buyer's deals are over."""
    deadline = time.monotonic() + PATIENCE
    while True:
        done = world.buyer.run("deal", "resume", check=False)
        assert "Traceback" not in done.stderr
        if done.returncode in (0, 1) and all(each["state"] == "over" for each in deals(world)):
            return
        assert time.monotonic() < deadline, done.stderr


@pytest.mark.parametrize("number", [pytest.param(1, marks=pytest.mark.deep), 2])
def test_a_buyer_killed_in_the_middle_resumes_and_has_the_goods(world: World, number: int) -> None:
    before = len(deals(world))
    reached = mails(world, number)
    world.buyer.launch("offer", "open", world.offers["course"])
    assert reached.wait(PATIENCE), log_of(world.buyer)
    world.buyer.kill()
    world.relay.answers = lambda path, body: True
    go_on(world)
    after = deals(world)
    assert len(after) == before + 1
    assert after[-1]["state"] == "over"
    assert after[-1]["place"] == "END.sold"
    assert any((world.buyer.home / "goods" / after[-1]["deal"][:16]).rglob("*"))


@pytest.mark.parametrize("party", ["merchant", "bank", pytest.param("trustee", marks=pytest.mark.deep)])
def test_a_server_killed_in_the_middle_comes_back_and_the_deal_goes_on(world: World, party: str) -> None:
    server = getattr(world, party)
    reached = mails(world, 2)
    process = world.buyer.launch("offer", "open", world.offers["course"])
    assert reached.wait(PATIENCE), log_of(world.buyer)
    server.kill()
    world.relay.answers = lambda path, body: True
    server.up()
    process.communicate(timeout=PATIENCE)
    world.buyer.process = None
    go_on(world)
    assert deals(world)[-1]["place"] == "END.sold"
