"""kill -9 at every commit of a trustee, and of one of several: no row is forgotten, no money lost, one decision."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.confinement.zygote import Zygote
from semper_host.exchange.requests import RESOLVED, Answer
from semper_host.host.trustee_rows import Rows
from semper_host.supporting.communication.client import Client
from tests.host.courtroom import decision, until
from tests.host.marketplace import Marketplace
from tests.host.mortals import mortal
from tests.host.tribunal import PRICE, START, Tribunal, tribunal_in
from tests.supporting.archive.postgres_server import server

COMMITS = {"resolve": 5, "abort": 6}
"""How many commits a trustee makes for its first request and the orders; for a later one, one or two fewer."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def court(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any,
    market_mint: Any, zygote: Zygote,
) -> Iterator[Tribunal]:  # fmt: skip
    with Client(connect_seconds=2, read_seconds=10, whole_seconds=20) as client:
        root = tmp_path_factory.mktemp("court")
        market = Marketplace(root, authorities, packs, market_mint, zygote, client)
        with market.opened:
            if request.param == "postgresql":
                url = market.opened.enter_context(server()).database()
                market.databases["trustee"] = url
            yield tribunal_in(market)


def dies(court: Tribunal, what: str, at: int, when: str) -> None:
    before = court.money()
    made = court.purchase()
    request = made.resolve() if what == "resolve" else made.abort()
    with mortal(court.home.path, at, when, 300) as running:
        told = court.ask(running.url, request)
        until(lambda: running.killed or told is not None)
        if told is not None and not running.killed:
            until(lambda: running.killed or made.id not in Rows(court.home.archive).unended())
        assert running.killed or at > COMMITS[what] - 2, "it died where it was to die"
    opposite = made.abort() if what == "resolve" else made.resolve()
    verdict = court.finish(made, opposite, told)
    after = court.money()
    paid = PRICE if verdict == RESOLVED else 0
    assert after == {"buyer": before["buyer"] - paid, "seller": before["seller"] + paid, "held": 0}
    assert sum(after.values()) == START


@pytest.mark.parametrize("what", COMMITS)
def test_every_commit_of_a_trustee_has_its_crash(court: Tribunal, what: str) -> None:
    made = court.purchase()
    with mortal(court.home.path) as running:
        assert court.ask(running.url, made.resolve() if what == "resolve" else made.abort()) is not None
        until(lambda: made.id not in Rows(court.home.archive).unended())
        assert COMMITS[what] - 2 <= running.commits() <= COMMITS[what]
    court.finish(made, made.abort(), None)


EACH = [(what, at) for what, most in COMMITS.items() for at in range(1, most + 1)]


@pytest.mark.parametrize(("what", "at"), EACH)
def test_a_trustee_killed_at_a_commit_forgets_nothing(court: Tribunal, what: str, at: int) -> None:
    dies(court, what, at, "after" if at % 2 else "before")


@pytest.mark.deep
@pytest.mark.parametrize(("what", "at"), EACH)
def test_a_trustee_killed_on_the_other_side_of_a_commit_forgets_nothing_either(
    court: Tribunal, what: str, at: int
) -> None:
    dies(court, what, at, "before" if at % 2 else "after")


def test_several_processes_give_one_decision_though_one_is_killed(court: Tribunal) -> None:
    """Three processes, abort and resolve of the same exchange at once at each; one dies with the decision in hand."""
    before = court.money()
    made = court.purchase()
    answers: list[Answer] = []
    with (
        mortal(court.home.path, 2, "before", 500) as first,
        mortal(court.home.path, 0, "", 500) as second,
        mortal(court.home.path, 0, "", 500) as third,
    ):

        def ask(url: str, request: bytes) -> None:
            for _ in range(8):
                answer = court.ask(url, request)
                if answer is not None:
                    answers.append(answer)
                    return

        requests = (made.resolve(), made.abort())
        urls = (first.url, second.url, third.url)
        threads = [threading.Thread(target=ask, args=(url, each)) for url in urls for each in requests]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        until(lambda: made.id not in Rows(court.home.archive).unended())
    assert len(answers) >= 4, "whoever asks a living process is answered"
    assert len({decision(made, each) for each in answers}) == 1
    verdict = court.finish(made, made.resolve(), answers[0])
    paid = PRICE if verdict == RESOLVED else 0
    after = court.money()
    assert (after["seller"] - before["seller"], after["held"], sum(after.values())) == (paid, 0, START)


def test_orders_of_a_killed_process_are_carried_by_another_that_was_asked_nothing(court: Tribunal) -> None:
    made = court.purchase()
    with mortal(court.home.path, 0, "", 300) as other:
        with mortal(court.home.path, 1, "after", 300) as first:
            assert court.ask(first.url, made.resolve()) is None
            until(lambda: first.killed)
        until(lambda: made.id not in Rows(court.home.archive).unended())
        assert other.process.poll() is None
    row = Rows(court.home.archive).find(made.id)
    assert row is not None and row.verdict == RESOLVED and len(row.ended) == 1
    assert court.finish(made, made.abort(), None) == RESOLVED
