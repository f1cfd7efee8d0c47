"""Lost messages, lost answers, crashes and lost purses: nothing is paid twice, nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.api_v1 import HoldStatus, Money, Refused, Settled, Unknown, decode
from semper_host.model.requests import BlindSign, Keep, Post, Unblind

L, M = b"\x01" * 32, b"\x02" * 32


def values(coins: list[Any]) -> list[int]:
    return [coin.value for coin in coins]


class Crash(Exception):
    """The process is gone."""


def crash_at(handler: Any, kind: type, *, before: bool) -> Any:
    """Return the handler of a process that dies at the first request of `kind`, before or after it is answered."""

    def answer(request: Any) -> Any:
        if before and isinstance(request, kind):
            raise Crash
        value = handler(request)
        if isinstance(request, kind):
            raise Crash
        return value

    return answer


# --- the way to the bank


@pytest.mark.parametrize("lost", ["message", "answer"])
def test_a_withdrawal_without_an_answer_is_finished_by_the_next_call(world: Any, lost: str) -> None:
    world.alice.line.lose = lost
    assert isinstance(world.alice.withdraw(100), Unknown)
    world.alice.line.lose = ""
    assert world.alice.withdraw(100) == Settled()
    assert (world.alice.balance(), world.bank.balance("customer:alice")) == (100, 9_900)


def test_another_amount_after_a_lost_withdrawal_gives_both(world: Any) -> None:
    world.alice.line.lose = "answer"
    assert isinstance(world.alice.withdraw(100), Unknown)
    world.alice.line.lose = ""
    assert world.alice.withdraw(30) == Settled()
    assert (world.alice.balance(), world.bank.balance("customer:alice")) == (130, 9_870)


def test_two_equal_withdrawals_are_two(world: Any) -> None:
    assert world.alice.withdraw(100) == world.alice.withdraw(100) == Settled()
    assert (world.alice.balance(), world.bank.balance("customer:alice")) == (200, 9_800)


@pytest.mark.parametrize("lost", ["message", "answer"])
def test_a_refresh_without_an_answer_goes_on_with_the_same_coins(world: Any, lost: str) -> None:
    world.alice.withdraw(1024)
    step = world.alice.purse.prepare(Money(1000, "EUR"), L)
    world.alice.line.lose = lost
    assert isinstance(world.alice.call("refresh", step.coins, step.values), Unknown)
    assert world.alice.purse.reserved().minor == 1024
    world.alice.line.lose = ""
    assert sum(values(world.alice.coins(1000, L))) == 1000
    assert world.alice.balance() == 24
    assert world.bank.balance("mint:outstanding") == 1024


@pytest.mark.parametrize("lost", ["message", "answer"])
def test_a_hold_without_an_answer_is_unknown_until_the_status_tells(world: Any, lost: str) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    world.alice.line.lose = lost
    assert isinstance(world.alice.call("hold", world.order(L, 64), coins, values(coins)), Unknown)
    assert world.alice.purse.reserved().minor == 64
    world.alice.line.lose = ""
    status = world.alice.call("status", L)
    assert status.state == {"message": "none", "answer": "held"}[lost]
    again = world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert isinstance(again, Settled) and world.held(again.proof).label == L
    assert (world.bank.balance("mint:held"), world.alice.purse.reserved().minor) == (64, 0)


def test_a_status_without_an_answer_is_unknown_for_everybody(world: Any) -> None:
    for line in (world.alice.line, world.payee_line, world.trustee_line):
        line.lose = "answer"
    asked = [world.alice.call("status", L), world.payee("status", L), world.trustee("status", L)]
    assert all(isinstance(each, Unknown) for each in asked)


def test_a_capture_without_an_answer_can_be_repeated(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    world.payee_line.lose = "answer"
    assert isinstance(world.payee("capture", L, world.right(held)), Unknown)
    world.payee_line.lose = ""
    world.bank.now += 1000  # the record keeps the time of the first
    first = world.payee("capture", L, world.right(held))
    assert first == world.payee("capture", L, world.right(held))
    assert world.bank.balance("customer:eurocom") == 64


def test_every_message_repeated_gets_the_same_bytes(world: Any) -> None:
    world.alice.withdraw(1024)
    held = world.hold(L, 700)
    other = world.hold(M, 300)
    world.payee("capture", L, world.right(held))
    world.trustee("void", M, world.aborted(M))
    world.alice.call("reclaim", M)
    world.payee("deposit", world.alice.coins(24, b"\x03" * 32))
    sent = world.alice.line.sent + world.payee_line.sent + world.trustee_line.sent
    before = [world.bank.answer(message, account) for message, account in sent]
    world.bank.now += 5_000
    assert [world.bank.answer(message, account) for message, account in sent] == before
    assert other.label == M and world.total() == 10_000


# --- crashes


@pytest.mark.parametrize("kind, before", [(Post, False), (BlindSign, True), (BlindSign, False), (Post, True)])
def test_a_bank_that_crashes_between_posting_and_signing_loses_no_coin(world: Any, kind: type, before: bool) -> None:
    whole = world.bank.handler
    world.bank.handler = crash_at(whole, kind, before=before)
    with pytest.raises(Crash):
        world.alice.withdraw(100)
    world.bank.handler = whole
    assert world.alice.withdraw(100) == Settled()
    assert (world.alice.balance(), world.bank.balance("customer:alice")) == (100, 9_900)


@pytest.mark.parametrize("kind, before", [(Post, False), (Post, True)])
def test_a_bank_that_crashes_in_a_capture_pays_once(world: Any, kind: type, before: bool) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    whole = world.bank.handler
    world.bank.handler = crash_at(whole, kind, before=before)
    with pytest.raises(Crash):
        world.payee("capture", L, world.right(held))
    world.bank.handler = whole
    assert isinstance(world.payee("capture", L, world.right(held)), Settled)
    assert world.bank.balance("customer:eurocom") == 64


@pytest.mark.parametrize("kind, before", [(Keep, True), (Keep, False), (Unblind, True), (Unblind, False)])
def test_a_payer_that_crashes_in_a_withdrawal_gets_its_coins_later(world: Any, kind: type, before: bool) -> None:
    whole = world.alice.handler
    world.alice.handler = crash_at(whole, kind, before=before)
    with pytest.raises(Crash):
        world.alice.withdraw(100)
    world.alice.handler = whole
    assert world.alice.withdraw(100) == Settled()
    assert (world.alice.balance(), world.bank.balance("customer:alice")) == (100, 9_900)


def test_the_intent_is_kept_before_anything_leaves(world: Any) -> None:
    whole = world.alice.handler
    world.alice.handler = crash_at(whole, Keep, before=True)
    with pytest.raises(Crash):
        world.alice.withdraw(100)
    assert world.alice.line.sent == []


# --- a lost purse


def test_a_purse_is_restored_from_its_seed(world: Any, make_payer: Any) -> None:
    world.alice.withdraw(1984)
    world.hold(L, 700)
    world.payee("deposit", world.alice.coins(84, M))
    left = world.alice.balance()
    again = make_payer(world.bank, "alice-restored")
    for value in world.bank.keys.keyset.values:
        again.call("restore", value, 0, 16)
    assert again.balance() == left == 1200
    other = again.coins(1200, b"\x03" * 32)
    assert again.call("refresh", other, [1024, 128, 32, 16]) == Settled()
    assert again.balance() == 1200


def test_a_restored_purse_also_finds_the_refund_of_a_voided_hold(world: Any, make_payer: Any) -> None:
    world.alice.withdraw(64)
    world.hold(L, 64)
    world.trustee("void", L, world.aborted(L))
    again = make_payer(world.bank, "alice-restored")
    assert again.call("restore", 64, 0, 8) == 2
    assert again.balance() == 64


def test_a_restored_purse_makes_no_coin_a_second_time(world: Any, make_payer: Any) -> None:
    world.alice.withdraw(64)
    again = make_payer(world.bank, "alice-restored")
    assert again.call("restore", 64, 0, 8) == 1
    again.line.account = "customer:alice"
    assert again.withdraw(64) == Settled()
    assert again.balance() == 128


def test_another_seed_finds_nothing(world: Any, make_payer: Any) -> None:
    world.alice.withdraw(64)
    other = make_payer(world.bank, "other", b"another seed".ljust(32))
    assert other.call("restore", 64, 0, 8) == 0
    assert other.balance() == 0


@pytest.mark.parametrize("lost", ["message", "answer"])
def test_restoring_without_an_answer_is_unknown_and_can_be_repeated(world: Any, make_payer: Any, lost: str) -> None:
    world.alice.withdraw(64)
    again = make_payer(world.bank, "alice-restored")
    again.line.lose = lost
    assert isinstance(again.call("restore", 64, 0, 8), Unknown)
    again.line.lose = ""
    assert again.call("restore", 64, 0, 8) == 1


def test_a_hold_ordered_differently_under_the_same_label_is_refused_by_the_purse(world: Any) -> None:
    world.alice.withdraw(128)
    world.hold(L, 64)
    refused = world.alice.call("hold", world.order(L, 32), [], [])
    assert isinstance(refused, Refused) and refused.code == "MESSAGE_UNEXPECTED"


def test_reclaiming_what_was_never_held_is_refused(world: Any) -> None:
    assert isinstance(world.alice.call("reclaim", L), Refused)
    assert world.alice.call("status", L) == HoldStatus("none", [])
    assert decode(world.bank.answer(world.alice.line.sent[-1][0]))["state"] == "none"


def test_a_hold_repeated_after_it_was_made_takes_no_more_coins(world: Any) -> None:
    world.alice.withdraw(128)
    held = world.hold(L, 64)
    left = world.alice.balance()
    assert world.hold(L, 64) == held
    assert (world.alice.balance(), world.alice.purse.reserved().minor) == (left, 0)


def test_coins_of_an_exchange_nobody_finished_are_found_by_the_banks_proof(world: Any) -> None:
    world.alice.withdraw(64)
    step = world.alice.purse.prepare(Money(60, "EUR"), L)
    world.alice.line.lose = "answer"
    assert isinstance(world.alice.call("refresh", step.coins, step.values), Unknown)
    world.alice.line.lose = ""
    world.alice.purse.free(L)  # the deal was given up; the coin looks free but is spent
    coins = world.alice.coins(64, M)
    assert world.alice.call("hold", world.order(M, 64), coins, values(coins)).code == "DOUBLE_SPENT"
    world.alice.purse.free(M)
    assert world.alice.balance() == 64
    assert world.hold(M, 64).amount.minor == 64


def test_a_hold_given_back_before_its_answer_came_is_refused_and_reclaimed(world: Any) -> None:
    world.alice.withdraw(64)
    coins = world.alice.coins(64, L)
    world.alice.line.lose = "answer"
    assert isinstance(world.alice.call("hold", world.order(L, 64), coins, values(coins)), Unknown)
    world.alice.line.lose = ""
    world.trustee("void", L, world.aborted(L))
    refused = world.alice.call("hold", world.order(L, 64), coins, values(coins))
    assert (refused.code, world.alice.purse.reserved().minor) == ("HOLD_INVALID", 0)
    assert isinstance(world.alice.call("reclaim", L), Settled)
    assert world.alice.balance() == 64
