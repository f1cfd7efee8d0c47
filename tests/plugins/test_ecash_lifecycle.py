"""Ecash from the account into the purse, through a hold, to the payee or back."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.api_v1 import HoldStatus, Money, Refused, Settled, Settlement
from semper_host.supporting.cryptographic import cose

L = bytes(range(32))
DAY = 86_400


def ending(world: Any, proof: bytes, kind: str) -> Settlement:
    return Settlement.decode(cose.open1(proof, kind, world.bank.signing.public))


def test_a_withdrawal_moves_money_from_the_account_into_the_purse(world: Any) -> None:
    assert world.alice.withdraw(1990) == Settled()
    assert world.alice.balance() == 1990
    assert world.bank.balance("customer:alice") == 8010
    assert world.bank.balance("mint:outstanding") == 1990


def test_coins_become_exact_change_by_breaking_one_coin(world: Any) -> None:
    world.alice.withdraw(2048)
    coins = world.alice.coins(1990, L)
    assert sum(coin.value for coin in coins) == 1990
    assert world.alice.balance() == 58
    assert world.bank.balance("mint:outstanding") == 2048


def test_a_captured_hold_pays_the_payee_with_proof(world: Any) -> None:
    world.alice.withdraw(3000)
    held = world.hold(L, 1990)
    assert (held.label, held.payee, held.amount.minor) == (L, "customer:eurocom", 1990)
    assert world.bank.balance("mint:held") == 1990
    settled = world.payee("capture", L, world.right(held))
    captured = ending(world, settled.proof, "hold.captured")
    assert (captured.label, captured.hold, captured.amount, captured.sealed) == (L, held.hold, held.amount, b"")
    assert world.bank.balance("customer:eurocom") == 1990
    assert world.alice.balance() == 1010
    assert world.total() == 10_000


def test_a_released_hold_pays_the_payee_and_carries_the_sealed_key(world: Any) -> None:
    world.alice.withdraw(3000)
    held = world.hold(L, 1990)
    settled = world.trustee("release", L, world.resolved(held, sealed=b"the key, sealed to the payer"))
    released = ending(world, settled.proof, "hold.released")
    assert released.sealed == b"the key, sealed to the payer"
    assert world.bank.balance("customer:eurocom") == 1990
    status = world.alice.call("status", L)
    assert (status.state, len(status.records)) == ("released", 2)
    assert status.records[1] == settled.proof


@pytest.mark.parametrize("by", ["trustee", "payee"])
def test_a_voided_hold_goes_back_to_the_payer_in_fresh_coins(world: Any, by: str) -> None:
    world.alice.withdraw(1990)
    held = world.hold(L, 1990)
    if by == "trustee":
        voided = world.trustee("void", L, world.aborted(L))
    else:
        voided = world.payee("renounce", L, world.refusal(held))
    assert ending(world, voided.proof, "hold.voided").hold == held.hold
    assert world.alice.balance() == 0
    assert world.alice.call("reclaim", L) == voided
    assert world.alice.balance() == 1990
    spent_again = world.hold(bytes(32), 1990)
    assert spent_again.amount.minor == 1990


def test_reclaiming_twice_gives_no_second_coin(world: Any) -> None:
    world.alice.withdraw(64)
    world.hold(L, 64)
    world.trustee("void", L, world.aborted(L))
    assert world.alice.call("reclaim", L) == world.alice.call("reclaim", L)
    assert world.alice.balance() == 64


def test_an_expired_hold_is_voided_by_reclaiming_it(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    early = world.alice.call("reclaim", L)
    assert isinstance(early, Refused) and world.bank.balance("mint:held") == 64
    world.bank.now = held.expiry
    assert isinstance(world.alice.call("reclaim", L), Settled)
    assert world.alice.balance() == 64
    late = world.payee("capture", L, world.right(held))
    assert isinstance(late, Refused) and ending(world, late.proof, "hold.voided").hold == held.hold
    assert world.bank.balance("customer:eurocom") == 0


def test_an_expired_hold_that_nobody_voided_can_still_be_captured(world: Any) -> None:
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    world.bank.now = held.expiry + DAY
    assert isinstance(world.payee("capture", L, world.right(held)), Settled)


def test_coins_can_be_deposited_on_line(world: Any) -> None:
    world.alice.withdraw(100)
    coins = world.alice.coins(100, L)
    assert world.payee("deposit", coins) == Settled()
    assert world.bank.balance("customer:eurocom") == 100
    assert world.bank.balance("mint:outstanding") == 0


def test_everybody_gets_the_same_status_with_the_same_records(world: Any) -> None:
    assert world.alice.call("status", L) == HoldStatus("none", [])
    world.alice.withdraw(64)
    held = world.hold(L, 64)
    world.payee("capture", L, world.right(held))
    seen = [world.alice.call("status", L), world.payee("status", L), world.trustee("status", L)]
    assert seen[0] == seen[1] == seen[2]
    assert seen[0].state == "captured"


def test_traits_say_what_ecash_can_do(world: Any) -> None:
    traits = world.alice.call("traits")
    assert (traits.system, traits.model) == ("ecash/1", "cash")
    assert traits.holds and traits.anonymous and traits.refreshes
    assert "EUR" in traits.currencies


def test_the_same_life_runs_confined(confined_world: Any) -> None:
    world = confined_world
    assert world.alice.withdraw(1024) == Settled()
    held = world.hold(L, 700)
    assert isinstance(world.payee("capture", L, world.right(held)), Settled)
    other = world.hold(bytes(32), 300)
    assert isinstance(world.trustee("void", other.label, world.aborted(other.label)), Settled)
    assert isinstance(world.alice.call("reclaim", other.label), Settled)
    assert world.alice.balance() == 324
    assert world.bank.balance("customer:eurocom") == 700
    third = world.hold(b"\x03" * 32, 100)
    assert isinstance(world.trustee("release", third.label, world.resolved(third)), Settled)
    assert isinstance(world.payee("deposit", world.alice.coins(24, b"\x04" * 32)), Settled)
    assert world.alice.call("restore", 64, 0, 8) >= 1
    assert world.alice.call("status", L).state == "captured"
    assert world.total() == 10_000


def test_the_largest_messages_pass_the_wall(confined_world: Any) -> None:
    """64 coins into a hold, 64 refund outputs, and back: every frame stays within 64 KiB."""
    world = confined_world
    ones = [1] * 64
    assert world.alice.call("withdraw", Money(64, "EUR"), ones) == Settled()
    coins = world.alice.coins(64, L)
    assert len(coins) == 64
    assert isinstance(world.alice.call("hold", world.order(L, 64), coins, ones), Settled)
    assert isinstance(world.trustee("void", L, world.aborted(L)), Settled)
    assert isinstance(world.alice.call("reclaim", L), Settled)
    assert world.alice.balance() == 64
    again = world.alice.coins(64, bytes(32))
    assert world.alice.call("refresh", again, [32, 16, 8, 4, 2, 1, 1]) == Settled()
