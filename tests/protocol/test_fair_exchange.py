"""The exchange between honest parties, when all goes well and when somebody falls silent."""

from __future__ import annotations

from semper_host.exchange.events import Send
from semper_host.exchange.kinds import fair_purchase, payment_receipt
from semper_host.exchange.requests import SUBSTITUTE
from semper_host.exchange.state import Phase
from semper_host.model.holds import CAPTURE_RIGHT, DECISION, RELEASED, VOIDED
from tests.protocol.world import CONTENT_KEY, K1, PRICE, T2, T_RESOLVE, World, missing


def test_both_sides_get_their_items_in_four_messages(world: World) -> None:
    world.begin()
    world.run()
    assert world.a.state.outcome == world.b.state.outcome == "done"
    assert not world.court.rows
    assert missing(world, world.a) == missing(world, world.b) == []
    if any(terms.payee == "eurocom" for terms in world.label.holds):
        world.mint.capture(world.a.gained(CAPTURE_RIGHT) or b"", world.now)
        assert world.mint.balances["eurocom"] == PRICE.minor


def test_buyer_gains_the_content_key(purchase: World) -> None:
    purchase.begin()
    purchase.run()
    assert purchase.b.gained(fair_purchase.KEY) == K1
    assert purchase.b.gained(fair_purchase.CONTENT_KEY) == CONTENT_KEY
    assert purchase.b.gained(fair_purchase.CONVICTION) is None


def test_payer_gains_the_receipt() -> None:
    world = World("payment-receipt")
    world.begin()
    world.run()
    assert world.b.gained(payment_receipt.RECEIPT)


def test_without_message_2_the_initiator_aborts_after_t2(world: World) -> None:
    world.drop(1)
    world.begin()
    world.run()
    world.pass_time(T2)
    assert world.a.state.phase == Phase.OFFERED
    world.pass_time(T2 + 1)
    world.run()
    assert world.a.state.outcome == "aborted"
    assert world.a.gained(DECISION)


def test_when_message_2_is_lost_the_initiator_aborts_and_the_money_goes_back(world: World) -> None:
    world.drop(2)
    world.begin()
    world.run()
    world.pass_time(T2 + 1)
    world.run()
    assert world.a.state.outcome == world.b.state.outcome == "aborted"
    assert world.mint.balances == {"eurocom": 0, "buyer": 5000}


def test_when_message_3_is_lost_the_trustee_completes_the_exchange(world: World) -> None:
    world.drop(3)
    world.begin()
    world.run()
    world.pass_time(T2 + 1)
    world.run()
    assert world.a.state.outcome == world.b.state.outcome == "done"
    if any(terms.payee == "eurocom" for terms in world.label.holds):
        assert world.mint.balances["eurocom"] == PRICE.minor
        assert world.a.gained(RELEASED) == world.b.gained(RELEASED)
    assert missing(world, world.a) == missing(world, world.b) == []
    if world.label.kind in ("contract", "payment-receipt"):
        assert world.b.gained(SUBSTITUTE)


def test_when_message_4_is_lost_the_trustee_gives_the_initiator_its_item(world: World) -> None:
    world.drop(4)
    world.begin()
    world.run()
    assert world.b.state.outcome == "done"
    world.pass_time(T2 + 1)
    world.run()
    assert world.a.state.outcome == "done"
    assert missing(world, world.a) == missing(world, world.b) == []


def test_after_t2_message_2_is_not_accepted_and_message_3_never_sent(world: World) -> None:
    held: list[bytes] = []
    world.relay = lambda number, message: held.append(message) if number == 2 else message
    world.begin()
    world.run()
    world.now = T2 + 1
    world.relay = lambda number, message: message
    from semper_host.exchange.events import Received

    world.a.feed(Received(held[0]), world.now)
    assert world.a.state.phase == Phase.ABORTING
    assert not any(isinstance(effect, Send) for effect in world.a.wants)
    world.run()
    assert world.a.state.outcome == "aborted" and world.a.state.m3 is None


def test_key_is_not_handed_out_before_the_money_is_released(purchase: World) -> None:
    purchase.drop(3)
    purchase.begin()
    purchase.run()
    purchase.court.mint_down = True
    purchase.pass_time(T2 + 1)
    purchase.run()
    assert purchase.court.rows and purchase.b.state.phase == Phase.RESOLVING
    purchase.court.mint_down = False
    purchase.court.retry(purchase.now)
    purchase.run()
    assert purchase.b.gained(fair_purchase.CONTENT_KEY) == CONTENT_KEY


def test_buyer_gets_the_key_from_the_payment_system_when_the_trustee_is_gone(purchase: World) -> None:
    purchase.drop(3)
    purchase.begin()
    purchase.run()
    purchase.court.mint_down = True
    purchase.pass_time(T2 + 1)
    purchase.run()
    purchase.court.mint_down = False
    purchase.court.retry(purchase.now)
    purchase.court.down = True
    purchase.settle(purchase.b)
    assert purchase.b.gained(fair_purchase.CONTENT_KEY) == CONTENT_KEY


def test_resolving_after_t_resolve_lapses_and_the_money_goes_back(purchase: World) -> None:
    purchase.drop(2)
    purchase.begin()
    purchase.run()
    purchase.court.down = True
    purchase.pass_time(T_RESOLVE + 1)
    purchase.court.down = False
    purchase.perform(purchase.b, purchase.a)
    assert purchase.b.state.outcome == "aborted"
    purchase.run()
    assert purchase.a.state.outcome == "aborted"
    purchase.pass_time(purchase.label.holds[0].least_expiry)
    assert purchase.mint.balances == {"eurocom": 0, "buyer": 5000}
    assert purchase.mint.records[purchase.a.context.case.id].name == VOIDED
