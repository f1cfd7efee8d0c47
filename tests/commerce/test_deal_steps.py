"""Transfers and decisions inside a deal: both sides in memory, every race and cheat, and every crash on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from semper_host.commerce.binding import BoundTerms, bind
from semper_host.commerce.deal import is_over, outcome, owed, wakes_at
from semper_host.commerce.deal_handing import LEAST_GRACE
from semper_host.commerce.events import Arrived, Chosen, Declined, End, Prepared, Ruled, Send, read, write
from semper_host.commerce.step_messages import (
    LATE_KIND,
    Choice,
    StepMessage,
    What,
    message,
    read_message,
    sign_choice,
    sign_late,
)
from semper_host.exchange import container_transfer
from semper_host.exchange import transfer as transfers
from semper_host.exchange.items import ItemRef
from semper_host.exchange.transfer import CONTAINER
from semper_host.exchange.two_transfers import RECEIPT_TOKEN
from semper_host.model import container
from semper_host.model.container import Group
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.items import Item
from semper_host.model.outcome import Dissatisfied, Satisfied
from semper_host.model.security import NOTHING, Security, make_security
from tests.commerce.deal_world import Side
from tests.commerce.step_world import StepWorld, Taker
from tests.protocol.world import BUYER, OTHER, START

DAY = 86_400
PRICE, ADDRESS = Item("statement.price", b"19.90 EUR"), Item("statement.address", b"12 Long Street")
ALL = {"send": b"sample 1", "again": b"sample 2", "tell": b"it is fine"}
KEEP = {"judge": "keep", "thank": "thanks"}
TOLD = [("send", "ok"), ("judge", "keep"), ("tell", "ok"), ("thank", "thanks")]


@pytest.fixture(scope="session")
def samples(library: Any) -> BoundTerms:
    return bind(library.terms("sound/samples"), {})


@pytest.fixture
def world(samples: BoundTerms) -> StepWorld:
    made = StepWorld(samples).open()
    made.items, made.choices = dict(ALL), dict(KEEP)
    return made


def lose(world: StepWorld, step: str, what: What) -> None:
    """Lose that message, whenever it comes."""

    def relay(sender: Side, send: Send) -> Send | None:
        return None if (send.step, read_message(send.message)[0]) == (step, what) else send

    world.relay = relay


def spec_of(side: Side, step: str) -> Any:
    return side.plan.automaton.step(step)


# --- the ways through


def test_both_sides_give_and_decide_in_turn_and_end_alike(world: StepWorld) -> None:
    world.run()
    assert world.past(world.seller) == world.past(world.buyer) == TOLD
    assert [is_over(side.plan, side.state) for side in world.sides] == [True, True]
    assert world.buyer.stored == [("send", b"sample 1")]
    assert world.seller.stored == [("tell", b"it is fine")]
    assert outcome(world.buyer.plan, world.buyer.state) == Satisfied("told")
    receipt = world.seller.state.past[0].gains[0]
    assert receipt.name == RECEIPT_TOKEN
    assert world.errors == []


def test_a_repeated_transfer_is_another_one_each_time(world: StepWorld) -> None:
    picks = iter(["more", "more", "keep"])
    judging = world.answer

    def answer(side: Taker, effect: Any) -> Any:
        if effect.step.startswith("judge"):
            world.choices["judge"] = next(picks)
        return judging(side, effect)

    world.answer = answer  # type: ignore[method-assign]
    world.run()
    assert [name for name, _ in world.past(world.buyer)] == [
        "send", "judge", "again#1", "judge#1", "again#2", "judge#2", "tell#2", "thank#2"]  # fmt: skip
    assert [item for _, item in world.buyer.stored] == [b"sample 1", b"sample 2", b"sample 2"]
    labels = {past.label for past in world.buyer.state.past if past.label}
    assert len(labels) == 4
    assert labels == {past.label for past in world.seller.state.past if past.label}


def test_the_receiver_alone_says_late_and_the_giver_follows(world: StepWorld) -> None:
    del world.items["send"]
    world.finish()
    assert world.past(world.seller) == world.past(world.buyer) == [("send", "late")]
    assert world.now <= START + DAY + 1
    assert outcome(world.buyer.plan, world.buyer.state) == Dissatisfied(
        "unsent", "step send was not done in time by the other side"
    )


def test_a_giver_that_declines_waits_for_the_late_of_the_receiver(world: StepWorld) -> None:
    world.items["send"] = b""
    world.run()
    assert world.seller.wants == ()
    assert world.past(world.seller) == []
    world.finish()
    assert world.past(world.seller) == world.past(world.buyer) == [("send", "late")]
    assert outcome(world.seller.plan, world.seller.state) == Dissatisfied("unsent", "there is none left")


def test_silence_of_who_decides_is_late_to_both(world: StepWorld) -> None:
    del world.choices["judge"]
    world.finish()
    assert world.past(world.seller) == world.past(world.buyer) == [("send", "ok"), ("judge", "late")]


@pytest.mark.parametrize("lost", [("send", What.PARCEL), ("judge", What.CHOICE)])
def test_what_never_arrives_is_late_to_both(world: StepWorld, lost: tuple[str, What]) -> None:
    lose(world, *lost)
    world.finish()
    assert world.past(world.seller) == world.past(world.buyer)
    assert world.past(world.buyer)[-1] == (lost[0], "late")


def test_a_choice_that_is_called_late_leaves_who_made_it_dissatisfied(world: StepWorld) -> None:
    lose(world, "judge", What.CHOICE)
    world.finish()
    assert outcome(world.seller.plan, world.seller.state) == Satisfied("kept")
    assert outcome(world.buyer.plan, world.buyer.state) == Dissatisfied(
        "kept", "the other side says that our choice came too late"
    )


def test_who_hears_nothing_at_all_stops_waiting_in_the_end(world: StepWorld) -> None:
    world.relay = lambda sender, send: None
    for _ in range(10):
        world.run()
        wake = wakes_at(world.seller.plan, world.seller.state)
        if wake is None:
            break
        world.pass_time(wake)
    assert world.past(world.seller) == [("send", "late")]
    assert world.now == START + 2 * max(DAY, LEAST_GRACE) + 1
    assert "never answered" in getattr(outcome(world.seller.plan, world.seller.state), "why", "")


def test_whose_choice_is_never_answered_goes_on_with_it(world: StepWorld) -> None:
    world.relay = lambda sender, send: None if (sender is world.seller and send.step == "judge") else send
    world.choices["judge"] = "keep"
    lose_answers = world.relay
    world.run()
    assert world.past(world.buyer) == [("send", "ok")]
    world.relay = lose_answers
    world.finish()
    assert world.past(world.buyer)[1] == ("judge", "keep")


# --- the race


def test_late_counts_for_the_giver_only_when_its_own_time_is_over(world: StepWorld) -> None:
    del world.items["send"]
    world.run()
    late = sign_late(world.buyer.plan, spec_of(world.buyer, "send"), world.now)
    world.seller.feed(Arrived(world.now, "send", message(What.LATE, late)))
    assert world.seller.state.place == "send"
    world.items["send"] = b"sample 1"
    world.run()  # who signed `late` would have the item and sign nothing for it
    assert world.seller.state.place == "send"
    assert world.buyer.stored == []
    world.finish()
    assert world.past(world.seller)[0] == ("send", "late")


def test_a_message_that_comes_twice_counts_once(world: StepWorld) -> None:
    while not all(side.over for side in world.sides):
        moved = any(world.work(side) for side in world.sides)
        for side in world.sides:
            if side.outbox:
                world.deliver(side, again=True)
                world.deliver(side)
                moved = True
        assert moved
    assert world.past(world.seller) == world.past(world.buyer) == TOLD
    assert world.errors == []
    assert len(world.buyer.stored) == len(world.seller.stored) == 1


def test_a_message_for_the_next_step_that_comes_early_waits_for_it(world: StepWorld) -> None:
    """The receipt and the choice change their order on the way."""
    world.work(world.seller)
    world.deliver(world.seller)
    while world.work(world.buyer):
        pass
    receipt, choice = world.buyer.outbox
    world.seller.feed(Arrived(world.now, choice.step, choice.message))
    assert world.seller.state.place == "send"
    world.seller.feed(Arrived(world.now, receipt.step, receipt.message))
    assert world.past(world.seller) == [("send", "ok"), ("judge", "keep")]
    world.buyer.outbox.clear()
    world.run()
    assert world.past(world.seller) == world.past(world.buyer) == TOLD


def test_messages_for_several_steps_that_came_early_are_taken_in_turn(world: StepWorld) -> None:
    """A buyer that does not wait for answers."""
    world.work(world.seller)
    sent = world.seller.outbox[0]
    plan = world.buyer.plan
    receipt = transfers.take(plan.transfer(spec_of(world.buyer, "send")), plan.crypto, read_message(sent.message)[1])
    told = transfers.give(plan.transfer(spec_of(world.buyer, "tell")), plan.crypto, b"it is fine")
    arrive(world, world.seller, "judge", What.CHOICE, sign_choice(plan, spec_of(world.buyer, "judge"), "keep"))
    arrive(world, world.seller, "tell", What.PARCEL, told)
    assert world.past(world.seller) == []
    arrive(world, world.seller, "send", What.RECEIVED, receipt.receipt or b"")
    assert world.past(world.seller) == TOLD[:3]
    assert world.errors == []
    world.seller.crash()


def test_an_early_late_of_a_side_that_could_not_wait_counts_once_our_time_is_over(world: StepWorld) -> None:
    late = sign_late(world.seller.plan, spec_of(world.seller, "judge"), world.now)
    world.buyer.feed(Arrived(world.now, "judge", message(What.LATE, late)))
    del world.choices["judge"]
    world.run()
    assert world.past(world.buyer) == [("send", "ok")]
    world.pass_time(world.now + 2 * DAY + 1)
    assert world.past(world.buyer) == [("send", "ok"), ("judge", "late")]


# --- cheats


def arrive(world: StepWorld, side: Side, step: str, what: What, body: bytes = b"") -> None:
    world.feed(side, Arrived(world.now, step, message(what, body)))


def test_a_second_parcel_in_the_place_of_the_first_changes_nothing(world: StepWorld) -> None:
    world.run()
    spec = spec_of(world.seller, "send")
    other = transfers.give(world.seller.plan.transfer(spec), world.seller.plan.crypto, b"another")
    before = world.buyer.state
    arrive(world, world.buyer, "send", What.PARCEL, other)
    assert world.buyer.state is before
    assert world.buyer.stored == [("send", b"sample 1")]


def test_late_signed_after_the_receipt_changes_nothing_and_leaves_both_signatures(world: StepWorld) -> None:
    world.run()
    before = world.seller.state
    arrive(world, world.seller, "send", What.LATE, sign_late(world.buyer.plan, spec_of(world.buyer, "send"), world.now))
    assert world.seller.state is before
    assert before.past[0].outcome == "ok"


def test_a_receipt_after_late_counts_as_long_as_late_does_not(world: StepWorld) -> None:
    world.work(world.seller)
    late = sign_late(world.buyer.plan, spec_of(world.buyer, "send"), world.now)
    arrive(world, world.seller, "send", What.LATE, late)
    world.run()
    assert world.past(world.seller)[0] == ("send", "ok")


def test_a_changed_choice_is_not_taken(world: StepWorld) -> None:
    world.run()
    spec = spec_of(world.buyer, "judge")
    before = world.seller.state
    arrive(world, world.seller, "judge", What.CHOICE, sign_choice(world.buyer.plan, spec, "more"))
    assert world.seller.state is before
    assert before.past[1].outcome == "keep"


def test_our_own_host_never_signs_two_choices(world: StepWorld) -> None:
    world.relay = lambda sender, send: None if send.step == "judge" else send
    world.run()
    world.feed(world.buyer, Chosen(world.now, "judge", "more"))
    (error,) = world.errors
    assert error.code == "CHOICE_INVALID"
    assert "keep is signed" in error.message
    before = world.buyer.state
    assert world.buyer.feed(Chosen(world.now, "judge", "keep")) == ()
    assert world.buyer.state is before


@pytest.mark.parametrize("choice", ["late", "", "thanks", "k" * 10_000])
def test_what_the_terms_do_not_leave_cannot_be_chosen(world: StepWorld, choice: str) -> None:
    world.choices.clear()
    world.run()
    world.feed(world.buyer, Chosen(world.now, "judge", choice))
    signed = sign_choice(world.buyer.plan, spec_of(world.buyer, "judge"), choice)
    arrive(world, world.seller, "judge", What.CHOICE, signed)
    assert [error.code for error in world.errors] == ["CHOICE_INVALID", "MESSAGE_UNEXPECTED"]


def test_nobody_decides_after_its_time(world: StepWorld) -> None:
    world.choices.clear()
    world.run()
    world.now = START + 2 * DAY + 1
    world.feed(world.buyer, Chosen(world.now, "judge", "keep"))
    assert [error.code for error in world.errors] == ["CHOICE_INVALID"]


def test_only_whom_the_terms_let_decide_does(world: StepWorld) -> None:
    world.choices.clear()
    world.run()
    spec = spec_of(world.seller, "judge")
    arrive(world, world.buyer, "judge", What.CHOICE, sign_choice(world.seller.plan, spec, "keep"))
    arrive(world, world.seller, "judge", What.CHOICE, sign_choice(world.seller.plan, spec, "keep"))
    world.feed(world.seller, Chosen(world.now, "judge", "keep"))
    assert [error.code for error in world.errors] == ["MESSAGE_UNEXPECTED", "SIG_INVALID", "USAGE_INVALID"]
    assert world.past(world.seller) == world.past(world.buyer) == [("send", "ok")]


@pytest.mark.parametrize("field", ["deal", "step", "iteration"])
def test_a_choice_for_something_else_is_refused(world: StepWorld, field: str) -> None:
    world.choices.clear()
    world.run()
    said: dict[str, Any] = {"deal": world.buyer.plan.deal, "step": "judge", "iteration": 0, "choice": "keep"}
    said[field] = {"deal": b"E" * 32, "step": "thank", "iteration": 1}[field]
    signed = world.buyer.plan.crypto.sign(encode(Choice(**said)), "deal.choice")
    arrive(world, world.seller, "judge", What.CHOICE, signed)
    assert [error.code for error in world.errors] == ["MESSAGE_UNEXPECTED"]


@pytest.mark.parametrize("how", ["flipped", "cut", "another's", "empty", "for another step"])
def test_a_false_parcel_is_refused_and_the_receiver_goes_on_waiting(world: StepWorld, how: str) -> None:
    spec = spec_of(world.seller, "send")
    transfer = world.seller.plan.transfer(spec)
    parcel = transfers.give(transfer, world.seller.plan.crypto, b"sample 1")
    elsewhere = world.seller.plan.transfer(spec_of(world.seller, "again#1"))
    bad = {
        "flipped": parcel[:60] + bytes([parcel[60] ^ 1]) + parcel[61:],
        "cut": parcel[:-1],
        "another's": transfers.give(transfer, OTHER.crypto, b"sample 1"),
        "empty": b"",
        "for another step": transfers.give(elsewhere, world.seller.plan.crypto, b"sample 1"),
    }[how]
    arrive(world, world.buyer, "send", What.PARCEL, bad)
    assert len(world.errors) == 1
    world.run()
    assert world.past(world.buyer) == TOLD


@pytest.mark.parametrize("how", ["for another parcel", "missing", "unasked", "another's"])
def test_a_false_receipt_is_refused_and_the_giver_goes_on_waiting(world: StepWorld, how: str) -> None:
    world.work(world.seller)
    parcel = world.seller.state.handing.said if world.seller.state.handing else b""
    transfer = world.seller.plan.transfer(spec_of(world.seller, "send"))
    other = transfers.give(transfer, world.seller.plan.crypto, b"another")
    bad = {
        "for another parcel": transfers.take(transfer, world.buyer.plan.crypto, other).receipt or b"",
        "missing": b"",
        "unasked": b"thanks",
        "another's": transfers.take(transfer, OTHER.crypto, parcel).receipt or b"",
    }[how]
    arrive(world, world.seller, "send", What.RECEIVED, bad)
    assert len(world.errors) == 1
    world.run()
    assert world.past(world.seller) == TOLD


def test_nothing_else_is_taken_in_a_transfer_or_a_decision(world: StepWorld) -> None:
    world.choices.clear()
    for side in world.sides:
        for what in (What.LEARNT, What.CHOICE):
            arrive(world, side, "send", what)
        world.feed(side, Arrived(world.now, "send", b"junk"))
        world.feed(side, Arrived(world.now, "send", encode(StepMessage("gift"))))
        world.feed(side, Ruled(world.now, "send", b"answer"))
    assert len(world.errors) == 10
    world.errors.clear()
    world.run()
    arrive(world, world.buyer, "judge", What.LEARNT)
    world.feed(world.buyer, Prepared(world.now, "judge", (b"x",)))
    world.feed(world.seller, Declined(world.now, "judge", "no"))
    assert len(world.errors) == 3
    assert {world.seller.state.place, world.buyer.state.place} == {"judge"}


def test_a_late_for_a_step_that_we_wait_in_is_none_of_the_other_sides_business(world: StepWorld) -> None:
    late = sign_late(world.seller.plan, spec_of(world.seller, "send"), world.now)
    arrive(world, world.buyer, "send", What.LATE, late)
    assert [error.code for error in world.errors] == ["MESSAGE_UNEXPECTED"]


# --- containers, and what a transfer's security asks for


def tree(outer: Security = NOTHING) -> container.Container:
    """A letter for everybody, a price for the buyer alone, an address for somebody else alone."""
    kept = [make_security(confidential=(party.party.sealing,)) for party in (BUYER, OTHER)]
    letter = Item("statement.letter", b"Dear both,")
    parts: list[Item | Group] = [letter, Group(kept[0], [PRICE]), Group(kept[1], [ADDRESS])]
    return container.pack(Group(outer, parts), b"seed".ljust(32))


def with_container(samples: BoundTerms, given: container.Container) -> StepWorld:
    """A deal in which both sides agreed on the container that is sent."""
    world = StepWorld(samples)
    for side in world.sides:
        named = {**side.plan.handed, "send": ItemRef("statement", CONTAINER, given.digest)}
        side.plan = replace(side.plan, handed=named)
    world.open()
    send = spec_of(world.seller, "send")
    container_transfer.check_covered(world.seller.plan.transfer(send), given)
    parcel = container_transfer.give(world.seller.plan.transfer(send), world.seller.plan.crypto, given)
    world.feed(world.seller, Prepared(world.now, "send", (parcel,), container.write(given)))
    return world


def test_a_container_is_opened_as_far_as_it_is_for_us_and_its_receipt_names_the_rest(samples: BoundTerms) -> None:
    world = with_container(samples, tree())
    world.run()
    ((_, stored),) = world.buyer.stored
    found = container.read(stored)
    assert container.item_at(found, (1, 0)) == PRICE
    assert not container.complete(found)
    assert world.past(world.seller) == [("send", "ok")]
    assert world.errors == []
    for side in world.sides:
        side.crash()


def test_a_receipt_for_a_container_without_its_hidden_part_is_refused(samples: BoundTerms) -> None:
    """As if all had been open to the buyer."""
    world = with_container(samples, tree())
    plan, spec = world.buyer.plan, spec_of(world.buyer, "send")
    parcel = read_message(world.seller.outbox[0].message)[1]
    taken = transfers.take(plan.transfer(spec), plan.crypto, parcel, look=lambda item: ())
    arrive(world, world.seller, "send", What.RECEIVED, taken.receipt or b"")
    assert [error.code for error in world.errors] == ["MESSAGE_UNEXPECTED"]
    world.run()
    assert world.past(world.seller) == [("send", "ok")]


def test_another_container_than_agreed_is_refused(samples: BoundTerms) -> None:
    world = with_container(samples, tree())
    other = container.write(container.pack(Group(NOTHING, [PRICE]), b"seed".ljust(32)))
    spec = spec_of(world.seller, "send")
    name = transfers.name_of(world.seller.plan.transfer(spec))
    parcel = transfers.Parcel.decode(read_message(world.seller.outbox[0].message)[1])
    assert parcel.transfer == name
    arrive(world, world.buyer, "send", What.PARCEL, encode(changed(parcel, body=other)))
    assert [error.code for error in world.errors] == ["PEER_DEVIATED"]


def test_a_container_that_asks_for_more_than_the_terms_is_not_given(samples: BoundTerms) -> None:
    with pytest.raises(SemperError, match="it asks for anonymous besides"):
        with_container(samples, tree(make_security(anonymous=True)))


def test_what_is_confidential_leaves_sealed(samples: BoundTerms) -> None:
    world = StepWorld(samples).open()
    world.items, world.choices = dict(ALL), {"judge": "more"}
    sent: dict[str, bytes] = {}

    def relay(sender: Side, send: Send) -> Send:
        sent.setdefault(send.step, send.message)
        return send

    world.relay = relay
    world.run()
    assert b"sample 1" in sent["send"]
    assert b"sample 2" not in sent["again#1"]
    assert world.buyer.stored[1] == ("again#1", b"sample 2")


def test_an_anonymous_sender_is_known_by_the_key_of_this_deal_alone(world: StepWorld) -> None:
    world.run()
    transfer = world.buyer.plan.transfer(spec_of(world.buyer, "tell"))
    assert {"anonymous", "origin", "receipt"} == set(transfer.security)
    assert transfer.sender == BUYER.party
    assert world.seller.stored == [("tell", b"it is fine")]


# --- crashes


def test_a_crash_before_any_effect_changes_nothing_of_how_the_deal_ends(world: StepWorld) -> None:
    work = world.work

    def crash_then_work(side: Taker) -> bool:
        side.crash()
        return work(side)

    world.work = crash_then_work  # type: ignore[method-assign]
    world.finish()
    assert world.past(world.seller) == world.past(world.buyer) == TOLD


def test_every_kind_of_event_survives_the_journal(world: StepWorld) -> None:
    world.run()
    entries = [entry for side in world.sides for entry in side.journal]
    assert {type(read(entry)).__name__ for entry in entries} >= {"Chosen", "Prepared", "Arrived", "Followed"}
    assert all(write(read(entry)) == entry for entry in entries)


ACTIONS = ("seller works", "buyer works", "to buyer", "to seller", "again to buyer", "again to seller",
           "lose to buyer", "lose to seller", "seconds", "deadline", "seller crashes", "buyer crashes")  # fmt: skip


def act(world: StepWorld, action: str, amount: int) -> None:
    name = "seller" if action.startswith("seller") or action.endswith("buyer") else "buyer"
    side = world.seller if name == "seller" else world.buyer
    match action.split():
        case [_, "works"]:
            world.work(world.seller if action.startswith("seller") else world.buyer)
        case ["to", _]:
            world.deliver(side)
        case ["again", *_]:
            world.deliver(side, again=True)
        case ["lose", *_]:
            del side.outbox[:1]
        case ["seconds"]:
            world.pass_time(world.now + amount * 3600)
        case ["deadline"]:
            wakes = [w for each in world.sides if (w := wakes_at(each.plan, each.state)) is not None]
            if wakes:
                world.pass_time(min(wakes))
        case [who, _]:
            (world.seller if who == "seller" else world.buyer).crash()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 9)), max_size=60),
    st.dictionaries(st.sampled_from(["judge", "thank"]), st.sampled_from(["keep", "more", "thanks"])),
)
def test_under_every_schedule_both_sides_end_and_nothing_is_taken_twice(
    samples: BoundTerms, schedule: list[tuple[str, int]], choices: dict[str, str]
) -> None:
    """Messages are lost for good, doubled and late, and both sides crash."""
    world = StepWorld(samples).open()
    world.items, world.choices = dict(ALL), {k: v for k, v in choices.items() if (k == "thank") == (v == "thanks")}
    for action, amount in schedule:
        act(world, action, amount)
    world.finish()
    for side in world.sides:
        assert side.over
        side.crash()
        assert owed(side.plan, side.state) == (End(side.state.place),)
        assert len({step for step, _ in side.stored}) == len(set(side.stored))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([a for a in ACTIONS if "lose" not in a]), st.integers(0, 9)), max_size=60))
def test_where_no_message_is_lost_and_both_are_awake_both_end_alike(
    samples: BoundTerms, schedule: list[tuple[str, int]]
) -> None:
    """What is waiting is delivered before time passes."""
    world = StepWorld(samples).open()
    world.items, world.choices = dict(ALL), dict(KEEP)
    for action, amount in schedule:
        if action in ("seconds", "deadline"):
            while any(world.deliver(side) for side in world.sides):
                pass
        act(world, action, amount)
    world.finish()
    assert world.past(world.seller) == world.past(world.buyer)
    assert world.errors == []


def test_the_late_that_ended_a_step_is_kept(world: StepWorld) -> None:
    del world.items["send"]
    world.finish()
    assert [token.name for token in world.seller.state.past[0].gains] == [LATE_KIND]
