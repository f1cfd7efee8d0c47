"""Random schedules: drops, duplicates, crashes, late clocks, unreachable trustee and mint. Both or neither, always."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace as with_fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semper_host.exchange.events import dump_event, load_event
from tests.protocol.schedule import ACTS, Schedule, check_end
from tests.protocol.world import START, World, every_kind


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(list(every_kind())), acts=st.lists(st.sampled_from(("send", "send", *ACTS)), max_size=24))
def test_honest_parties_end_with_both_items_or_neither(kind: str, acts: list[str]) -> None:
    schedule = Schedule(kind)
    for act in acts:
        schedule.act(act)
    schedule.close()
    check_end(schedule)


def test_the_journal_of_events_restores_the_state(world: World) -> None:
    world.begin()
    world.run()
    for side in (world.a, world.b):
        side.crash()
        for event, now in side.journal:
            assert load_event(dump_event(event, now)) == (event, now)


def test_an_exchange_costs_its_signatures_and_verifications_and_little_else() -> None:
    world = World("fair-purchase")
    counts: Counter[str] = Counter()
    for side in (world.a, world.b):
        crypto = side.context.case.crypto

        def sign(payload: bytes, kind: str, real: object = crypto.sign) -> bytes:
            counts["sign"] += 1
            return real(payload, kind)  # type: ignore[operator,no-any-return]

        def opened(data: bytes, kind: str, key: bytes, real: object = crypto.open) -> bytes:
            counts["verify"] += 1
            return real(data, kind, key)  # type: ignore[operator,no-any-return]

        counted = with_fields(crypto, sign=sign, open=opened)
        side.context = with_fields(side.context, case=with_fields(side.context.case, crypto=counted))
    world.begin()
    world.run()
    assert world.now == START and world.a.state.outcome == "done"
    assert counts == {"sign": 5, "verify": 7}


@pytest.mark.parametrize("kind", [*every_kind(), *map("package-items:{}".format, ("euros|letter", "dollars|euros"))])
def test_a_schedule_that_hinders_nothing_ends_with_both_items(kind: str) -> None:
    """Else the schedules above, which allow both to end with nothing, would show little."""
    schedule = Schedule(kind)
    for _ in range(8):
        schedule.act("send")
    schedule.close()
    check_end(schedule)
    assert schedule.world.a.state.outcome == "done"
