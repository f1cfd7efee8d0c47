"""At every moment a screen can say where the money is, who acts next and by when."""

from __future__ import annotations

from semper_host.exchange.outlook import (
    BANK,
    HELD_FOR_PEER,
    NO_MONEY,
    NOBODY,
    OURS,
    PAID,
    PEER,
    PROMISED,
    RECEIVABLE,
    TRUSTEE,
    WE,
    Outlook,
    outlook,
)
from tests.protocol.world import EXPIRY, T2, T_RESOLVE, Side, World


def look(side: Side) -> Outlook:
    return outlook(side.context, side.state)


def test_a_purchase_that_goes_well(purchase: World) -> None:
    assert look(purchase.a) == (NO_MONEY, WE, T2) and look(purchase.b) == (OURS, PEER, T2)
    purchase.begin()
    assert look(purchase.a) == (NO_MONEY, PEER, T2)
    purchase.run()
    assert look(purchase.a) == (RECEIVABLE, NOBODY, None) and look(purchase.b) == (PAID, NOBODY, None)


def test_a_purchase_that_the_trustee_must_end(purchase: World) -> None:
    purchase.drop(3)
    purchase.begin()
    purchase.run()
    assert look(purchase.a) == (PROMISED, PEER, T2) and look(purchase.b) == (HELD_FOR_PEER, PEER, T2)
    purchase.court.down = True
    purchase.pass_time(T2 + 1)
    assert look(purchase.b) == (HELD_FOR_PEER, TRUSTEE, T_RESOLVE)


def test_a_purchase_that_is_called_off(purchase: World) -> None:
    purchase.drop(2)
    purchase.begin()
    purchase.run()
    purchase.pass_time(T2 + 1)
    assert look(purchase.a) == (NO_MONEY, TRUSTEE, None)
    purchase.court.mint_down = True
    purchase.run()
    assert look(purchase.b) == (OURS, BANK, EXPIRY)


def test_a_contract_has_no_money() -> None:
    world = World("contract")
    world.begin()
    world.run()
    assert look(world.a) == look(world.b) == (NO_MONEY, NOBODY, None)


def test_money_for_money_is_held_and_promised_on_both_sides() -> None:
    world = World("money-money")
    world.begin()
    assert look(world.a) == (f"{HELD_FOR_PEER}; {NO_MONEY}", PEER, T2)
    world.court.mint_down = True
    world.run()
    assert look(world.b) == (f"{HELD_FOR_PEER}; {PROMISED}", BANK, T2), "it waits until its captured money is final"
    world.court.mint_down = False
    world.run()
    assert look(world.a).money == look(world.b).money == f"{PAID}; {RECEIVABLE}"
