"""The deal engine: both roles in memory, every way through the courseware terms, and every crash on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.deal import advance, outcome, owed, wakes_at
from semper_host.commerce.deal_state import DealState
from semper_host.commerce.events import (
    Arrived,
    Declined,
    End,
    Event,
    Followed,
    Opened,
    Prepare,
    Prepared,
    Send,
    Ticked,
    read,
    write,
)
from semper_host.exchange.kinds.fair_purchase import CONVICTION
from semper_host.exchange.messages import parse
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURED, VOIDED
from semper_host.model.outcome import Dissatisfied, Satisfied
from tests.commerce.deal_world import TOTAL, DealWorld, Side
from tests.protocol.world import CONTENT_KEY, START

WITHIN, RESOLVE = 30, 60
ACTIONS = ("seller works", "buyer works", "to buyer", "to seller", "again to buyer", "again to seller",
           "lose to buyer", "lose to seller", "seconds", "deadline", "court down", "court up",
           "seller crashes", "buyer crashes")  # fmt: skip


@pytest.fixture
def world(bound: BoundTerms) -> DealWorld:
    made = DealWorld(bound)
    made.open()
    return made


def past(side: Side) -> list[tuple[str, str]]:
    return [(each.name, each.outcome) for each in side.state.past]


def drop(world: DealWorld, sender: str, step: str, number: int) -> None:
    """Lose that message, whenever it comes."""

    def relay(who: str, send: Send) -> Send | None:
        return None if (who, send.step, parse(send.message).number) == (sender, step, number) else send

    world.relay = relay


# --- the ways through


def test_both_sides_agree_then_money_and_key_change_hands(world: DealWorld) -> None:
    world.run()
    assert past(world.seller) == past(world.buyer) == [("agree", "done"), ("pay", "done")]
    assert world.buyer.keys == (CONTENT_KEY,)
    assert [token.name for token in world.seller.state.proofs] == [CAPTURED]
    assert [token.name for token in world.buyer.state.proofs] == [CAPTURED]
    world.check_fair()


def test_nothing_moves_before_the_deal_is_opened(bound: BoundTerms) -> None:
    world = DealWorld(bound)
    for side in world.sides:
        assert side.wants == ()
        assert wakes_at(side.plan, side.state) is None
        assert not side.over
        assert outcome(side.plan, side.state) is None


def test_opening_a_deal_twice_opens_it_once(world: DealWorld) -> None:
    world.work(world.seller)
    before = world.seller.state
    assert world.seller.feed(Opened(world.now + 5)) == ()
    assert world.seller.state is before


def test_a_buyer_who_never_answers_leaves_the_seller_to_abort(world: DealWorld) -> None:
    world.work(world.seller)
    world.now = START + WITHIN + 1
    world.seller.feed(Ticked(world.now))
    while world.work(world.seller):
        pass
    assert past(world.seller) == [("agree", "aborted")]
    assert world.seller.over
    assert not world.seller.satisfied
    assert "the initiator asked" in world.seller.why


def test_a_seller_who_never_begins_leaves_the_buyer_with_nothing_lost(world: DealWorld) -> None:
    world.seller.outbox.clear()
    world.now = START + WITHIN + 1
    assert world.buyer.feed(Ticked(world.now)) == ()  # the seller may still be with the trustee
    world.now = START + WITHIN + RESOLVE + 1
    assert wakes_at(world.buyer.plan, world.buyer.state) == world.now
    world.buyer.feed(Ticked(world.now))
    assert past(world.buyer) == [("agree", "aborted")]
    assert world.buyer.over
    assert world.buyer.why == "the other side did not begin in time"


@pytest.mark.parametrize(
    ("sender", "step", "number", "ends"),
    [
        ("seller", "agree", 1, [("agree", "aborted")]),
        ("buyer", "agree", 2, [("agree", "aborted")]),
        ("seller", "agree", 3, [("agree", "done"), ("pay", "done")]),
        ("buyer", "agree", 4, [("agree", "done"), ("pay", "done")]),
        ("seller", "pay", 1, [("agree", "done"), ("pay", "aborted")]),
        ("buyer", "pay", 2, [("agree", "done"), ("pay", "aborted")]),
        ("seller", "pay", 3, [("agree", "done"), ("pay", "done")]),
        ("buyer", "pay", 4, [("agree", "done"), ("pay", "done")]),
    ],
)
def test_whichever_message_is_lost_both_sides_end_alike(
    world: DealWorld, sender: str, step: str, number: int, ends: list[tuple[str, str]]
) -> None:
    drop(world, sender, step, number)
    world.finish()
    assert past(world.seller) == past(world.buyer) == ends
    world.check_fair()


def test_a_seller_that_falls_silent_after_the_hold_is_resolved_by_the_trustee(world: DealWorld) -> None:
    drop(world, "seller", "pay", 3)
    world.run()
    world.now = START + WITHIN + 1
    world.buyer.feed(Ticked(world.now))
    while world.work(world.buyer):
        pass
    assert world.buyer.over
    assert world.buyer.keys == (CONTENT_KEY,)
    world.finish()
    world.check_fair()


def test_an_empty_purse_ends_the_deal_for_both_sides(world: DealWorld) -> None:
    world.declines = "pay"
    world.finish()
    assert past(world.seller) == past(world.buyer) == [("agree", "done"), ("pay", "aborted")]
    assert world.buyer.why == "the purse is empty"
    assert world.mint.balances == {"eurocom": 0, "buyer": 5000}
    world.check_fair()


def test_declining_before_the_seller_begins_ends_the_deal(world: DealWorld) -> None:
    world.feed(world.buyer, Declined(world.now, "agree", "changed my mind"))
    assert world.buyer.over
    assert world.buyer.why == "changed my mind"
    world.finish()
    world.check_fair()


def test_money_never_collected_comes_back_and_the_seller_is_told(world: DealWorld) -> None:
    drop(world, "buyer", "pay", 4)
    world.court.down = True
    world.run()
    world.pass_time(START + WITHIN + 1)
    world.run()
    world.pass_time(START + 10_000_000)  # the trustee stayed away for ever: its guarantee is void
    world.run()
    assert world.mint.balances == {"eurocom": 0, "buyer": 5000}
    assert world.seller.state.place == "pay"
    assert wakes_at(world.seller.plan, world.seller.state) is None
    assert [type(effect).__name__ for effect in world.seller.wants] == ["AskTrustee"]
    world.court.down = False
    world.run()
    assert world.seller.over
    assert not world.seller.satisfied


def test_a_payment_collected_too_late_leaves_the_seller_dissatisfied(world: DealWorld) -> None:
    while not any(type(effect).__name__ == "Capture" for effect in world.seller.wants):
        world.work(world.buyer)
        world.deliver(world.buyer) or world.deliver(world.seller) or world.work(world.seller)
    world.now = START + 10_000_000
    world.mint.expire(world.now)
    world.run()
    assert world.seller.over
    ended = outcome(world.seller.plan, world.seller.state)
    assert ended == Dissatisfied("sold", "the held money had gone back before it was collected")


def test_false_goods_leave_the_buyer_with_a_conviction_not_with_a_purchase(world: DealWorld) -> None:
    world.content_key = b"\x0f" * 32
    world.run()
    assert world.buyer.state.place == world.seller.state.place == "END.sold"
    assert world.buyer.keys == ()
    gained = [token.name for each in world.buyer.state.past for token in each.gains]
    assert CONVICTION in gained
    ended = outcome(world.buyer.plan, world.buyer.state)
    assert isinstance(ended, Dissatisfied)
    assert ended.end == "sold"
    assert "does not open the goods" in ended.why


def test_a_message_for_the_next_step_that_comes_early_waits_for_it(world: DealWorld) -> None:
    drop(world, "seller", "agree", 3)
    world.run()
    world.now = START + WITHIN + 1
    world.seller.feed(Ticked(world.now))  # the seller is resolved, and goes on to pay before the buyer knows
    world.run()
    assert world.errors == []
    assert [each.step for each in world.buyer.state.early] == ["pay"]
    world.buyer.feed(Ticked(world.now))
    world.run()
    assert world.buyer.state.early == ()
    world.check_fair()
    assert world.buyer.keys


# --- what the terms do not enable


def test_a_message_for_a_step_that_the_terms_do_not_have_is_refused(world: DealWorld) -> None:
    world.work(world.seller)
    message = world.seller.outbox[0].message
    for step in ("", "tip", "END.sold", "x" * 10_000):
        world.feed(world.buyer, Arrived(world.now, step, message))
    assert [error.code for error in world.errors] == ["MESSAGE_UNEXPECTED"] * 4


def test_a_step_cannot_be_begun_with_another_message(world: DealWorld) -> None:
    sent: list[Send] = []
    world.relay = lambda who, send: sent.append(send) or send  # type: ignore[func-returns-value]
    world.run()
    later = DealWorld(world.buyer.plan.automaton.bound)
    later.open()
    others = [send.message for send in sent if parse(send.message).number != 1]
    for bad in (b"", b"\xff", world.seller.journal[0], *others):
        later.feed(later.buyer, Arrived(later.now, "agree", bad))
    assert len(later.errors) == 3 + len(others)
    assert later.buyer.state.exchange is None


def test_what_concerns_a_step_that_is_over_changes_nothing(world: DealWorld) -> None:
    sent: list[Send] = []
    world.relay = lambda who, send: sent.append(send) or send  # type: ignore[func-returns-value]
    world.run()
    before = world.buyer.state, world.seller.state
    for send in sent:
        for side in world.sides:
            side.feed(Arrived(world.now, send.step, send.message))
    assert (world.buyer.state, world.seller.state) == before


@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_events_that_fit_nothing_are_refused_and_change_nothing(world: DealWorld, side: str) -> None:
    one: Side = getattr(world, side)
    before = one.state
    events: list[Event] = [
        Prepared(world.now, "pay", (b"x",)),
        Declined(world.now, "pay", "why"),
        Arrived(world.now, "agree", b"junk"),
    ]
    for event in events:
        world.feed(one, event)
    assert one.state is before
    assert len(world.errors) == 3


def test_a_follow_up_done_twice_is_recorded_once(world: DealWorld) -> None:
    world.run()
    before = world.seller.state
    assert before.proofs
    world.seller.feed(Followed(world.now, "pay", "Capture", VOIDED, b"another word"))
    assert world.seller.state is before


# --- crashes


def test_the_journal_gives_the_same_state_after_every_event(world: DealWorld) -> None:
    world.run()
    for side in world.sides:
        state = DealState()
        for count, entry in enumerate(side.journal, 1):
            state, _ = advance(side.plan, state, read(entry))
            again = DealState()
            for earlier in side.journal[:count]:
                again, _ = advance(side.plan, again, read(earlier))
            assert again == state
            assert owed(side.plan, again) == owed(side.plan, state)
        assert state == side.state


@pytest.mark.parametrize("lost", [None, ("seller", "pay", 3), ("buyer", "pay", 2), ("buyer", "agree", 4)])
def test_a_crash_before_any_effect_changes_nothing_of_how_the_deal_ends(
    bound: BoundTerms, lost: tuple[str, str, int] | None
) -> None:
    world = DealWorld(bound)
    world.open()
    if lost:
        drop(world, *lost)
    work = world.work

    def crash_then_work(side: Side) -> bool:
        side.crash()
        return work(side)

    world.work = crash_then_work  # type: ignore[method-assign]
    world.finish()
    world.check_fair()


def test_an_effect_done_twice_does_no_harm(world: DealWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect was done, its answer was lost with the crash, it is done again."""
    work = world.work
    held: dict[bytes, bytes] = {}
    hold = world.mint.hold

    def hold_again(label: Any, *arguments: Any) -> bytes:
        key = str(label).encode()
        if key not in held:
            held[key] = hold(label, *arguments)
        return held[key]

    monkeypatch.setattr(world.mint, "hold", hold_again)

    def twice(side: Side) -> bool:
        for effect in side.wants:
            if not (isinstance(effect, Prepare) and side is world.seller):
                _ = world.buys(effect) if side is world.buyer else world.sells(effect)
        return work(side)

    world.work = twice  # type: ignore[method-assign]
    world.finish()
    world.check_fair()


def test_every_kind_of_event_survives_the_journal(world: DealWorld) -> None:
    drop(world, "seller", "pay", 3)
    world.finish()
    for side in world.sides:
        for entry in side.journal:
            assert write(read(entry)) == entry


@pytest.mark.parametrize(
    "junk", [b"", b"\x80", b"\x82\x09\xa0", b"\x82\x00", b"\x82\x20\xa0", b"\x81\x00", b"\x82\x00\x00"]
)
def test_a_journal_entry_that_is_no_event_is_reported_as_such(junk: bytes) -> None:
    with pytest.raises(SemperError) as caught:
        read(junk)
    assert caught.value.message.startswith("cannot")


def act(world: DealWorld, action: str, amount: int) -> None:
    match action:
        case "seller works" | "buyer works":
            world.work(world.seller if action.startswith("seller") else world.buyer)
        case "to buyer" | "again to buyer":
            world.deliver(world.seller, again=action.startswith("again"))
        case "to seller" | "again to seller":
            world.deliver(world.buyer, again=action.startswith("again"))
        case "lose to buyer" | "lose to seller":
            box = world.seller.outbox if action.endswith("buyer") else world.buyer.outbox
            if box:
                box.pop(0)
        case "seconds":
            if not world.court.down:
                world.pass_time(world.now + amount)
        case "deadline":
            wakes = [w for each in world.sides if (w := wakes_at(each.plan, each.state)) is not None]
            if wakes and not world.court.down:
                world.pass_time(min(wakes))
        case "court down" | "court up":
            world.court.down = action.endswith("down")
        case _:
            (world.seller if action.startswith("seller") else world.buyer).crash()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 9)), max_size=60))
def test_under_every_schedule_both_or_neither(bound: BoundTerms, schedule: list[tuple[str, int]]) -> None:
    """Messages are lost, doubled and late, both sides crash; the trustee is away, but comes back in time."""
    world = DealWorld(bound)
    world.open()
    for action, amount in schedule:
        act(world, action, amount)
    world.finish()
    world.check_fair()
    assert world.errors == []
    for side in world.sides:
        side.crash()
        assert owed(side.plan, side.state) == (End(side.state.place),)


def test_the_end_is_told_with_the_terms_own_word(world: DealWorld) -> None:
    world.run()
    assert outcome(world.buyer.plan, world.buyer.state) == Satisfied("sold")
    assert world.mint.balances["eurocom"] == TOTAL.minor
