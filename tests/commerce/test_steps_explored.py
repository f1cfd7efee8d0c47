"""Every order of events of a transfer and a decision, walked exhaustively with the shipping step functions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from semper_host.commerce import deal_handing
from semper_host.commerce.binding import BoundTerms, bind
from semper_host.commerce.deal import advance, is_over, owed, wakes_at
from semper_host.commerce.deal_handing import hears_until
from semper_host.commerce.deal_state import DealState
from semper_host.commerce.deal_step import Stepped
from semper_host.commerce.events import Arrived, Choose, Chosen, Event, Followed, Give, Opened, Prepared, Send, Store
from semper_host.commerce.events import Ticked as Tick
from semper_host.commerce.plan import Plan
from semper_host.commerce.step_messages import What
from semper_host.commerce.terms import parse_terms
from semper_host.exchange import transfer as transfers
from semper_host.model.errors import SemperError
from tests.commerce.step_world import plan_for
from tests.protocol.world import BUYER, SELLER, START

TERMS = b"""schema: semper.terms/1
protocol: explored/1
roles: {B: buyer, S: seller}
info: {sample: A sample}
steps:
  send: {transfer: S>B, give: info.sample, security: [origin, receipt], within: PT1M, then: {ok: judge, late: END.none}}
  judge: {decide: B, within: PT1M, then: {keep: END.kept, back: END.back, late: END.kept}}
ends: {none: {}, kept: {B: [info.sample]}, back: {B: [info.sample]}}
satisfied: [kept, back]
"""
FIRST, SECOND = 0, 1
STATES, TRANSITIONS = 485, 1871


class State(NamedTuple):
    """Both sides (seller, buyer), what is on its way to each, and the time."""

    now: int
    sides: tuple[DealState, DealState]
    mail: tuple[frozenset[Send], frozenset[Send]]


@pytest.fixture(scope="module")
def plans() -> tuple[Plan, Plan]:
    bound: BoundTerms = bind(parse_terms(TERMS), {})
    return plan_for(bound, "seller", SELLER, BUYER), plan_for(bound, "buyer", BUYER, SELLER)


def fed(plans: tuple[Plan, Plan], state: State, side: int, event: Event) -> State | None:
    """The state after an event of one side; None where it changes nothing. Nothing may be refused."""
    after, effects = advance(plans[side], state.sides[side], event)
    sent = {effect for effect in effects if isinstance(effect, Send)}
    if after == state.sides[side] and not sent:
        return None
    sides, mail = list(state.sides), list(state.mail)
    sides[side], mail[1 - side] = after, mail[1 - side] | sent
    return State(state.now, (sides[0], sides[1]), (mail[0], mail[1]))


def without(state: State, side: int, send: Send) -> State:
    mail = list(state.mail)
    mail[side] = mail[side] - {send}
    return State(state.now, state.sides, (mail[0], mail[1]))


def acts(plans: tuple[Plan, Plan], state: State, side: int) -> Iterator[Event]:
    """What a host may do now; its person may also go on thinking."""
    plan = plans[side]
    for effect in owed(plan, state.sides[side]):
        match effect:
            case Give(step):
                parcel = transfers.give(plan.transfer(plan.automaton.step(step)), plan.crypto, b"sample")
                yield Prepared(state.now, step, (parcel,))
            case Choose(step):
                yield Chosen(state.now, step, "back")
            case Store(step):
                yield Followed(state.now, step, "Store")


def following(plans: tuple[Plan, Plan], state: State) -> Iterator[State]:
    """All states that can come next: somebody acts, a message arrives (once, twice, late, out of turn) or goes out
    void, or time passes to the next deadline, but never past a side's last patience while its mail is on the way.
    """
    for side in (FIRST, SECOND):
        for event in acts(plans, state, side):
            try:
                if (after := fed(plans, state, side, event)) is not None:
                    yield after
            except SemperError as error:  # the person is late
                assert error.code == "CHOICE_INVALID"
        for send in state.mail[side]:
            after = fed(plans, state, side, Arrived(state.now, send.step, send.message))
            yield without(after or state, side, send)
            if after is not None:
                yield after  # and it comes again
            if send.until is not None and state.now > send.until:
                yield without(state, side, send)
    wakes = {wake for plan, one in zip(plans, state.sides, strict=True) if (wake := wakes_at(plan, one)) is not None}
    if wakes and not any(state.mail[side] and _gives_up(plans[side], state.sides[side], min(wakes)) for side in (0, 1)):
        later = State(max(state.now, min(wakes)), state.sides, state.mail)
        for side in (FIRST, SECOND):
            after = fed(plans, later, side, Tick(later.now))
            later = after or later
        yield later


def _gives_up(plan: Plan, state: DealState, now: int) -> bool:
    """Whether the clock would then be past the time for which this side waits for an answer."""
    enabled = plan.automaton.enabled(state.place)
    return bool(enabled) and state.handing is not None and now > hears_until(state, plan.automaton.step(enabled[0]))


class Explored(NamedTuple):
    """How both sides ended together, each way once; how many states and transitions there were."""

    ends: set[tuple[Any, Any]]
    states: int
    transitions: int


def explore(plans: tuple[Plan, Plan]) -> Explored:
    start: Any = State(START, (DealState(), DealState()), (frozenset(), frozenset()))
    for side in (FIRST, SECOND):
        start = fed(plans, start, side, Opened(START))
    seen, todo, ends, transitions = {start}, deque([start]), set[tuple[Any, Any]](), 0
    while todo:
        state = todo.popleft()
        nexts = list(following(plans, state))
        transitions += len(nexts)
        todo += set(nexts) - seen
        seen |= set(nexts)
        if not nexts:
            assert all(is_over(plan, one) for plan, one in zip(plans, state.sides, strict=True)), state
            seller, buyer = (tuple((each.name, each.outcome) for each in one.past) for one in state.sides)
            ends.add((seller, buyer))
    return Explored(ends, len(seen), transitions)


def test_both_sides_end_alike_in_whatever_order_things_happen(plans: tuple[Plan, Plan]) -> None:
    """Also that somebody can always go on, and that no honest message is ever refused."""
    found = explore(plans)
    late, back, silent = (("send", "late"),), (("send", "ok"), ("judge", "back")), (("send", "ok"), ("judge", "late"))
    assert found.ends == {(each, each) for each in (late, back, silent)}
    assert (found.states, found.transitions) == (STATES, TRANSITIONS)


def gives_up_at_once(state: DealState, spec: Any) -> int:
    return deal_handing.acts_until(state, spec)


def says_nothing(plan: Plan, state: DealState, spec: Any, now: int) -> Stepped:
    said = TICK_WAITING(plan, state, spec, now)
    return said._replace(effects=()) if said.ended else said


def goes_on_alone(state: DealState, spec: Any, what: What, token: bytes, choice: str = "", **more: Any) -> Stepped:
    return ACT(state, spec, what, token, choice, **more)._replace(ended=choice)


TICK_WAITING, ACT = deal_handing.tick_waiting, deal_handing.act


@pytest.mark.parametrize(
    ("name", "mutant"),
    [("hears_until", gives_up_at_once), ("tick_waiting", says_nothing), ("act", goes_on_alone)],
)
def test_a_host_that_keeps_to_no_such_race_is_found_out(
    plans: tuple[Plan, Plan], monkeypatch: pytest.MonkeyPatch, name: str, mutant: Any
) -> None:
    monkeypatch.setattr(deal_handing, name, mutant)
    assert any(seller != buyer for seller, buyer in explore(plans).ends)
