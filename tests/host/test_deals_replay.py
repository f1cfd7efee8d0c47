"""The bundles of a deal go on by replay: after a crash in the middle of a call, a killed worker, a silent bank."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.confinement.source import DIALECT, INTERPRETER, Source
from semper_host.confinement.zygote import Zygote
from semper_host.host import builds, idling, offers, sandbox
from semper_host.host.builds import Build
from semper_host.host.live_deal import LiveDeal
from semper_host.host.replay import Journal
from semper_host.model.money import Money
from semper_host.supporting.archive.calls import CallRow
from tests.host.street import BANK, MAIL, START, Killed, Mortal, Send, Street, offer, street_in

Patch = pytest.MonkeyPatch


PRICE = 7


@pytest.fixture(scope="module")
def opened(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        thing = offers.ForSale("course", "A course", Money(PRICE, "EUR"), made.content)
        made.signed = offer(made, "cheap", things=[thing])
        yield made


@pytest.fixture
def street(opened: Street) -> Iterator[Street]:
    """The street with a buyer who has just arrived; after the test every deal is over and nothing is held."""
    opened.arrive()
    yield opened
    opened.quiet()
    money = opened.money()
    assert sum(money.values()) == START
    assert money["held"] == 0
    assert opened.purse.purse.reserved().minor == 0


class Calls:
    """Every journalled call of one home, and how often its requests were asked of the host instead of remembered."""

    def __init__(self, patch: Patch, street: Street) -> None:
        self.archive = street.customer.archive
        self.ids: list[bytes] = []
        self.live: list[tuple[bytes, str]] = []
        began = Journal.__init__

        def begin(
            journal: Any, archive: Any, call: bytes, bundle: bytes, answer: Callable[[Any], Any], save: Any
        ) -> None:
            def counted(request: Any) -> Any:
                self.live.append((call, type(request).__name__))
                return answer(request)

            ours = archive is self.archive and call
            if ours and call not in self.ids:
                self.ids.append(call)
            began(journal, archive, call, bundle, counted if ours else answer, save)

        patch.setattr(Journal, "__init__", begin)

    def rows(self) -> list[list[CallRow]]:
        """What each call has durably asked and been answered."""
        return [self.archive.calls(call) for call in self.ids]

    def asked(self, name: str) -> int:
        """How many requests of one kind the host itself answered."""
        return sum(name == each for _, each in self.live)


Workers = Callable[[], set[int]]


@pytest.fixture
def workers(street: Street, zygote: Zygote) -> Workers:
    """Which workers live: what was not there before the first deal."""
    idle = _below(zygote.pid)
    return lambda: _below(zygote.pid) - idle


@pytest.fixture
def calls(monkeypatch: Patch, street: Street) -> Calls:
    return Calls(monkeypatch, street)


def at_the_bank(street: Street, act: Callable[[int], None]) -> None:
    """Have `act` see the number of each message to the bank before it is sent, from the buyer's host of now."""
    sent = 0

    def relay(url: str, body: bytes, send: Send) -> bytes:
        nonlocal sent
        if url.endswith(BANK):
            sent += 1
            act(sent)
        return send(url, body)

    street.buyer_line.relay = relay


def _finish(street: Street, live: LiveDeal) -> None:
    before = street.money()["merchant"]
    street.run(live)
    assert street.sold(live)
    assert street.money()["merchant"] == before + PRICE


def _taken_up(street: Street, live: LiveDeal) -> LiveDeal:
    """The deal in the buyer's host that came after."""
    return next(each for each in street.buyer.take_up() if each.id == live.id)


def test_a_host_that_dies_while_a_bundle_waits_goes_on_by_replay(street: Street, calls: Calls) -> None:
    life = Mortal(street.customer.archive)

    def die(number: int) -> None:
        life.dead = True
        raise Killed

    live = street.agree()
    at_the_bank(street, die)
    with pytest.raises(Killed):
        street.run(live)
    life.rise()
    life.bury()
    asked = {name: calls.asked(name) for name in ("Recall", "Blind", "Keep")}
    (rows,) = [each for each in calls.rows() if each]
    assert asked["Blind"] == 1
    assert len(rows) == sum(asked.values())  # all that led to what was sent is durable; the answer is not
    street.arrive()
    again = _taken_up(street, live)
    _finish(street, again)
    assert calls.asked("Blind") > asked["Blind"]  # the deal's other calls; the call that was cut asked nothing again:
    first = next(call for call, _ in calls.live)
    assert [name for call, name in calls.live if call == first].count("Blind") == 1
    assert [name for call, name in calls.live if call == first].count("Ask") == 2


def test_a_worker_that_is_killed_in_the_middle_is_replaced(street: Street, calls: Calls, workers: Workers) -> None:
    def kill(number: int) -> None:
        if number == 1:
            os.kill(min(workers()), signal.SIGKILL)

    live = street.agree()
    at_the_bank(street, kill)
    _finish(street, live)
    assert "BUNDLE_KILLED" not in live.trouble
    assert all(names.count("Ask") == 1 for names in _names_by_call(calls).values())


def test_a_worker_that_idles_is_killed_and_the_deal_goes_on(
    street: Street, calls: Calls, workers: Workers, monkeypatch: Patch
) -> None:
    monkeypatch.setattr(idling, "IDLE_SECONDS", 0.05)
    left: list[set[int]] = []

    def wait(number: int) -> None:
        before, deadline = workers(), time.monotonic() + 30
        while before <= workers() and time.monotonic() < deadline:
            time.sleep(0.02)
        left.append(before - workers())

    live = street.agree()
    at_the_bank(street, wait)
    _finish(street, live)
    assert all(left)  # while the bank took its time there was no worker to wait for it
    assert all(names.count("Ask") == 1 for names in _names_by_call(calls).values())


def test_between_the_steps_of_a_deal_no_worker_lives(street: Street, workers: Workers) -> None:
    live = street.agree()
    street.buyer_line.cut.add(MAIL)
    street.run(live, 1)
    assert not live.over
    assert not workers()
    street.buyer_line.cut.clear()
    _finish(street, live)


def test_a_bank_that_was_silent_is_asked_again(street: Street, calls: Calls) -> None:
    live = street.agree()
    street.buyer_line.cut.add(BANK)
    street.run(live, 1)
    assert live.trouble.startswith("PAYMENT_UNKNOWN")
    assert not any(calls.rows())  # nothing that was not answered is remembered
    street.buyer_line.cut.clear()
    _finish(street, live)


def test_how_a_hold_stands_is_always_asked_of_the_bank(street: Street, calls: Calls) -> None:
    live = street.agree()
    _finish(street, live)
    label = next(past.label for past in live.state.past if live.business.plan.stakes[past.name].system)
    journalled = list(calls.ids)
    sent = len(street.buyer_line.sent)
    for _ in range(3):
        street.buyer.payments.status(street.buyer.payments.purses(street.clock())[0], label)
    assert len(street.buyer_line.sent) == sent + 3
    assert calls.ids == journalled


def test_a_replay_that_diverges_stops_and_the_deal_takes_its_exception_path(
    street: Street, calls: Calls, monkeypatch: Patch
) -> None:
    """The money's hold is given up at the step at which the bundle did otherwise; both sides end with what they had."""
    life = Mortal(street.customer.archive)

    def die(number: int) -> None:
        if any(name == "Keep" for _, name in calls.live):
            life.dead = True
            raise Killed

    live = street.agree()
    at_the_bank(street, die)
    with pytest.raises(Killed):
        street.run(live)
    life.rise()
    life.bury()
    true_source = sandbox.source_of

    def changed(bundle: Any) -> Source:
        source = true_source(bundle)
        text = source.modules.get("payer", b"")
        text = re.sub(rb"^( *)yield Keep\(", rb"\1yield Now()\n\1yield Keep(", text, flags=re.MULTILINE)
        text = text.replace(b"    Money,\n", b"    Money,\n    Now,\n", 1)
        return Source(source.bundle, source.kind, {**source.modules, "payer": text})

    monkeypatch.setattr(sandbox, "source_of", changed)
    street.arrive()
    again = _taken_up(street, live)
    before = street.money()["merchant"]
    street.settle(again)
    assert not street.sold(again)
    assert street.money()["merchant"] == before
    refused = [refusal.why for refusal in street.customer.archive.refusals() if refusal.deal == live.id]
    assert any("REPLAY_DIVERGED: cannot go on: at step" in why for why in refused), refused


def test_a_deal_names_the_build_of_every_bundle_that_it_ran_on(street: Street) -> None:
    live = street.agree()
    _finish(street, live)
    street.quiet()
    service, system = live.business.service.digest, street.purse.bundle.digest
    managers = street.buyer._registry().managers(["money", "statement"])
    label = next(past.label for past in live.state.past if live.business.plan.stakes[past.name].system)
    for archive in (street.customer.archive, street.merchant.archive):
        for bundle in (service, system, *(each.digest for each in managers)):
            assert builds.recorded(archive, live.id, bundle) == Build(bundle, DIALECT, INTERPRETER)
    assert [each.kind for each in managers] == ["item-manager"] * 2
    assert builds.recorded(street.bank.archive, label, system) == Build(system, DIALECT, INTERPRETER)


def test_the_quotas_of_a_deal_count_what_its_calls_used(street: Street) -> None:
    live = street.agree()
    _finish(street, live)
    used = sandbox.used_of(street.customer.archive, live.id, street.purse.bundle.digest)
    assert used.requests >= 5
    assert any(name.startswith("hold.") for name in used.kept)
    assert used.calls["ask.bank"] >= 1


def _names_by_call(calls: Calls) -> dict[bytes, list[str]]:
    return {call: [name for of, name in calls.live if of == call] for call in calls.ids}


def _below(process: int) -> set[int]:
    """The processes below one."""
    try:
        text = Path(f"/proc/{process}/task/{process}/children").read_text()
    except OSError:  # it ended meanwhile
        return set()
    children = [int(each) for each in text.split()]
    return {*children, *(each for child in children for each in _below(child))}
