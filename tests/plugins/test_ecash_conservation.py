"""Whatever the parties do, in whatever order, and whatever is lost on the way: no money appears and none is lost."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from semper_host.api_v1 import Settled, Unknown
from semper_host.model.errors import UsageError

START = 10_000
labels = st.integers(0, 3).map(lambda number: bytes([number]) * 32)
loss = st.sampled_from(["", "", "message", "answer"])
MAKE: list[Callable[[Path], Any]] = []


class Marketplace(RuleBasedStateMachine):
    """One payer, one payee, one trustee, one bank; lines that lose messages and answers."""

    @initialize()
    def open(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.world = MAKE[0](Path(self.directory.name))
        self.held: dict[bytes, Any] = {}

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        self.settle_everything()
        self.world.bank.archive.close()
        self.world.alice.archive.close()
        self.directory.cleanup()

    @rule(minor=st.integers(1, 900), lost=loss)
    def withdraw(self, minor: int, lost: str) -> None:
        self.world.alice.line.lose = lost
        self.world.alice.withdraw(minor)

    @rule(label=labels, minor=st.integers(1, 700), lost=loss)
    def hold(self, label: bytes, minor: int, lost: str) -> None:
        world, alice = self.world, self.world.alice
        if label in self.held:
            return
        alice.line.lose = ""
        try:
            coins = alice.coins(minor, label)
        except UsageError:
            return
        amount = sum(coin.value for coin in coins)
        alice.line.lose = lost
        result = alice.call("hold", world.order(label, amount), coins, [coin.value for coin in coins])
        if isinstance(result, Unknown):
            alice.line.lose = ""
            result = alice.call("hold", world.order(label, amount), coins, [coin.value for coin in coins])
        if isinstance(result, Settled):
            self.held[label] = world.held(result.proof)
        else:
            alice.purse.free(label)

    @rule(label=labels, end=st.sampled_from(["capture", "release", "void", "renounce"]), lost=loss)
    def end(self, label: bytes, end: str, lost: str) -> None:
        world = self.world
        world.payee_line.lose = world.trustee_line.lose = lost
        held = self.held.get(label)
        if held is None:
            if end == "void":
                world.trustee("void", label, world.aborted(label))
        elif end == "capture":
            world.payee("capture", label, world.right(held))
        elif end == "renounce":
            world.payee("renounce", label, world.refusal(held))
        elif end == "release":
            world.trustee("release", label, world.resolved(held))
        else:
            world.trustee("void", label, world.aborted(label))

    @rule(label=labels, lost=loss)
    def reclaim(self, label: bytes, lost: str) -> None:
        self.world.alice.line.lose = lost
        self.world.alice.call("reclaim", label)

    @rule(seconds=st.integers(0, 60_000))
    def wait(self, seconds: int) -> None:
        self.world.bank.now += seconds

    @rule(minor=st.integers(1, 300), number=st.integers(4, 60))
    def deposit(self, minor: int, number: int) -> None:
        world = self.world
        world.alice.line.lose = world.payee_line.lose = ""
        label = bytes([number]) * 32
        try:
            coins = world.alice.coins(minor, label)
        except UsageError:
            return
        assert isinstance(world.payee("deposit", coins), Settled)
        world.alice.purse.drop(coins, paid=False)

    @rule()
    def repeat_everything_sent(self) -> None:
        for line in (self.world.alice.line, self.world.payee_line, self.world.trustee_line):
            for message, account in line.sent[-5:]:
                self.world.bank.answer(message, account)

    @invariant()
    def money_is_conserved(self) -> None:
        if hasattr(self, "world"):
            assert self.world.total() == START
            assert self.world.bank.ledger.trial_balance() in ({}, {"EUR": 0})
            assert self.world.bank.ledger.differences() == {}

    def settle_everything(self) -> None:
        """In the end every coin that the bank owes for is in the purse, and the purse has no other."""
        world, alice = self.world, self.world.alice
        alice.line.lose = world.payee_line.lose = world.trustee_line.lose = ""
        world.bank.now += 10**6
        alice.withdraw(1)
        for label in self.held:
            alice.call("reclaim", label)
        assert world.bank.balance("mint:held") == 0
        assert alice.balance() + alice.purse.reserved().minor == world.bank.balance("mint:outstanding")


def test_money_is_conserved(make_world: Callable[[Path], Any]) -> None:
    MAKE[:] = [make_world]
    quick = settings(
        max_examples=20,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(Marketplace, settings=quick)


@pytest.mark.deep
def test_money_is_conserved_in_long_runs(make_world: Callable[[Path], Any]) -> None:
    MAKE[:] = [make_world]
    long = settings(max_examples=300, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Marketplace, settings=long)
