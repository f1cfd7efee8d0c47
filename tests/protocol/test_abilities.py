"""What issue 5 lets the adversary and misfortune do is done in the exploration: a search that skips it would show here.

That it harms nobody is `test_explorer`'s; here each ability must have been used at least once, on the way to some
moment of some exchange that the other tests explore to the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from semper_host.exchange.events import Event, Received
from semper_host.exchange.requests import ABORTED, Request
from semper_host.exchange.state import Phase, Role
from tests.protocol.adversary import session
from tests.protocol.explorer import Explorer, Moment, Next, Seat
from tests.protocol.fairness import place_of
from tests.protocol.samples import T2

ABILITIES = {
    "drop", "reorder", "duplicate", "replay", "inject", "two m1 under one L", "abort then finish", "late m2",
    "wrong escrow", "a clock that is fast", "a clock that is slow", "crash before an effect", "an effect again",
    "trustee restarts between row and order", "trustee restarts between order and answer",
    "payment system answers again",
}  # fmt: skip
BANKS = {"holds", "holds, but not for long", "renounces", "takes it", "expires", "order to a keeper"}
"""What the other party does at the payment system, and the trustee's order there."""


@dataclass
class Noting(Explorer):
    """Explores, and notes which abilities were used."""

    used: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def successors(self, moment: Moment) -> Next:
        self._misfortune(moment)
        for name, after in super().successors(moment):
            self.names.add(name)
            yield name, after

    def possible(self, moment: Moment, seat: Seat, known: frozenset[bytes]) -> Iterator[Event]:
        for event in super().possible(moment, seat, known):
            if isinstance(event, Received):
                self.used |= set(self._of_message(moment, seat, event.message))
            yield event

    def ask(self, moment: Moment, request: bytes, who: str) -> Next:
        at, said = self.memory.session_of(request), Request.decode(request)
        held = {state.m1 for seat, state in self.pairs(moment) if seat.at == at and seat.context.role is Role.RESPONDER}
        if who == "adversary" and held - {None, said.m1}:
            self.used.add("two m1 under one L")
        if who not in ("adversary", "") and moment.rows[at] is not None:
            self.used.add("an effect again")
        yield from super().ask(moment, request, who)

    def _of_message(self, moment: Moment, seat: Seat, message: bytes) -> Iterator[str]:
        state = next(state for each, state in self.pairs(moment) if each is seat)
        label, number = place_of(message)
        row, first = moment.rows[seat.at], seat.context.role is Role.INITIATOR
        if message not in moment.sent:
            yield "inject"
        if label != seat.session.name:
            yield "replay"
            return
        if message in (state.m1, state.m2, state.m3, state.m4):
            yield "duplicate"
        if number == (4 if first else 3) and (state.m2 if first else state.m1) is None:
            yield "reorder"
        if number == 2 and state.phase is Phase.OFFERED and max(self.views(moment, Role.INITIATOR)) > T2:
            yield "late m2"
        if number == 3 and row is not None and row.verdict == ABORTED and state.phase is not Phase.FINISHED:
            yield "abort then finish"

    def _misfortune(self, moment: Moment) -> None:
        for index, (seat, state) in enumerate(self.pairs(moment)):
            views = self.views(moment, seat.context.role)
            if moment.epoch == 0 and max(views) > T2:
                self.used.add("a clock that is fast")
            if moment.epoch > 0 and min(views) <= T2:
                self.used.add("a clock that is slow")
            if self.memory.owed(index, state):  # what is owed is computed from bytes that were read back
                self.used.add("crash before an effect")
            if seat.context.role is Role.RESPONDER and state.m1 is None and moment.epoch == 3 and moment.sent:
                self.used.add("drop")
        for row, kept in zip(moment.rows, moment.kept, strict=True):
            orders = self.memory.resume(row).effects if row is not None else ()
            if row is not None and row.verdict == ABORTED and b"escrow" in row.decision:
                self.used.add("wrong escrow")
            if orders:
                self.used.add("trustee restarts between row and order")
            if orders and "released" in kept:
                self.used.add("payment system answers again")
            if row is not None and "released" in kept and not orders:
                self.used.add("trustee restarts between order and answer")


@pytest.fixture(scope="module")
def noted() -> list[Noting]:
    one = [Noting((session("fair-purchase", honest),)) for honest in ("a", "b", "ab")]
    two = Noting((session("contract", "a", "one"), session("contract", "b", "two")), limit=2_000)
    assert all(each.run().complete for each in one)
    two.run()
    return [*one, two]


@pytest.mark.parametrize("ability", sorted(ABILITIES))
def test_everything_that_an_adversary_or_misfortune_can_do_is_done(noted: list[Noting], ability: str) -> None:
    assert any(ability in each.used for each in noted)


def test_whatever_can_happen_at_a_payment_system_and_at_the_trustee_happens(noted: list[Noting]) -> None:
    happened = {name for each in noted for name in each.names}
    assert happened >= BANKS | {f"epoch {number}" for number in (1, 2, 3)}
    assert happened >= {f"{who} asks: {what}" for who in ("adversary", "responder") for what in ("aborted", "resolved")}
    assert happened >= {"initiator asks: aborted", "initiator sends m1", "responder sends m4"}
