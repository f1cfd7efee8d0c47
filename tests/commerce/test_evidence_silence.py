"""Steps that ended without a word: an honest side's evidence holds although nothing in it says how they ended."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.commerce.evidence_chain import read_chain
from semper_host.commerce.evidence_story import tell
from semper_host.commerce.projection import Part
from semper_host.model.errors import PeerDeviated
from semper_host.model.outcome import Dissatisfied, Satisfied
from semper_host.supporting.archive.evidence import Exhibit
from tests.commerce import recorded
from tests.commerce.evidence_world import chained
from tests.commerce.recorded import Record, Recorded


def plan_for(record: Record, *, asks: str, ends: str = "pay") -> Any:
    """An onlooker's plan: the seller or buyer (`asks`) begins the step "ask"; aborted, it leads to "pay"."""
    plan = recorded.plan_for(record.label, record.side)
    automaton, pay = plan.automaton, plan.automaton.specs["pay"]
    part = Part.INITIATE if asks == record.side else Part.RESPOND
    ask = msgspec.structs.replace(pay, name="ask", step="ask", part=part)
    changed = msgspec.structs.replace(
        automaton, start="ask", states={**automaton.states, "ask": ("ask",)}, specs={"ask": ask, "pay": pay},
        moves={**automaton.moves, ("ask", "aborted"): ends, ("ask", "done"): "END.done"},
    )  # fmt: skip
    object.__setattr__(plan, "automaton", changed)
    return plan


@pytest.fixture
def records() -> dict[str, Record]:
    world = Recorded("contract")
    world.begin()
    world.finish()
    return world.records


def asked(record: Record) -> list[Exhibit]:
    """The record, with the seller's message 1 of the step "ask" before it, which nobody answered."""
    world = Recorded("contract")
    for each in world.records.values():
        each.step = "ask"
    world.drop(2)
    world.begin()
    world.run()
    seen = world.records[record.side].exhibits[2]
    return [*record.exhibits[:2], seen, *record.exhibits[2:]]


@pytest.mark.parametrize("asks", ["seller", "buyer"])
@pytest.mark.parametrize("side", ["seller", "buyer"])
def test_a_step_that_nobody_began_is_passed_over(records: dict[str, Record], side: str, asks: str) -> None:
    told = recorded.told(records[side], plan=plan_for(records[side], asks=asks))
    assert told.path == ["ask", "pay"] and told.silent == {"ask": "aborted"}
    assert told.outcome() == Satisfied("sold") and told.deviations == []


def test_a_step_that_the_exporter_did_not_answer_is_passed_over_once_it_goes_on(records: dict[str, Record]) -> None:
    """The heads named in the messages are those of another chain here, so their facts alone are told."""
    record = records["buyer"]
    plan = plan_for(record, asks="seller")
    facts = [*_facts(record, asked(record)[:3], plan), *_facts(record, record.exhibits, plan)]
    told = tell(plan, "buyer", facts)
    assert (told.path, told.silent) == (["ask", "pay"], {"ask": "aborted"})
    assert told.outcome() == Satisfied("sold")
    stopped = tell(plan, "buyer", facts[:1]).outcome()
    assert stopped == Dissatisfied("", "the record does not show how step ask ended")


def _facts(record: Record, exhibits: list[Exhibit], plan: Any) -> list[Any]:
    shown = chained(exhibits)
    return list(read_chain(plan, record.side, shown, recorded.places_of(shown), recorded.HELLO, recorded.AGREEMENT))


def test_whoever_sent_its_message_cannot_pass_over_the_step(records: dict[str, Record]) -> None:
    """Its own message 1 binds the seller: how that ended, its record has to show."""
    record = records["seller"]
    plan = plan_for(record, asks="seller")
    facts = [*_facts(record, asked(record)[:3], plan), *_facts(record, record.exhibits, plan)]
    with pytest.raises(PeerDeviated, match="do not enable step"):
        tell(plan, "seller", facts)


def test_a_step_that_no_silence_leads_to_is_refused(records: dict[str, Record]) -> None:
    record = records["seller"]
    with pytest.raises(PeerDeviated, match="do not enable step"):
        recorded.told(record, plan=plan_for(record, asks="seller", ends="END.aborted"))
