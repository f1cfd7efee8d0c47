"""Whatever a party with real keys signs, in whatever order: the other's evidence holds, and never convicts it."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.exchange.events import Finished, Received, Tick
from semper_host.exchange.fair_exchange import join
from semper_host.exchange.requests import abort_request
from semper_host.exchange.state import Role
from semper_host.model.errors import SemperError
from tests.commerce.recorded import SIDES, Recorded, verified
from tests.protocol.adversary import Session, as_initiator, as_responder, first_messages
from tests.protocol.samples import begin_in
from tests.protocol.world import BUYER, CAST, SELLER, Side, every_kind

KINDS = tuple(every_kind())
MOST = 14
"""Messages of the adversary at most, in one run."""


class Duel(Recorded):
    """An exchange of which one side is honest; the other side's machine is never asked."""

    def __init__(self, kind: str, honest: str, chance: random.Random) -> None:
        super().__init__(kind)
        self.honest, self.chance = honest, chance
        self.evil = "buyer" if honest == "seller" else "seller"
        initiator, _ = join(self.label, Role.INITIATOR, SELLER.crypto)
        responder, _ = join(self.label, Role.RESPONDER, BUYER.crypto)
        role = Role.INITIATOR if honest == "seller" else Role.RESPONDER
        self.session = Session(self.label, CAST, initiator, responder, frozenset({role}))
        self.money = ("held",) * len(self.label.holds)
        self.drop(1, 2, 3, 4)

    @property
    def me(self) -> Side:
        return self.a if self.honest == "seller" else self.b

    @property
    def other(self) -> Side:
        return self.b if self.honest == "seller" else self.a

    def run(self) -> None:
        while self.perform(self.me, self.other):
            pass

    def tell(self, messages: Iterable[bytes]) -> None:
        """The adversary signs and sends some of these, and the honest side makes of them what it can."""
        mine, theirs = self.records[self.honest], self.records[self.evil]
        shuffled = sorted(messages)
        self.chance.shuffle(shuffled)
        for message in shuffled[:MOST]:
            mine.received(theirs.sent(message), theirs)
            try:
                self.me.feed(Received(message), self.now)
            except SemperError:
                continue
            self.run()

    def end(self) -> None:
        """Let time pass until the honest side is done; it takes what banks and trustee say."""
        self.run()
        for _ in range(3):
            if self.me.finished is None:
                self.pass_time(max(self.now, self.label.t2) + 1)
                self.run()
        for side in (self.me,):
            for gain in side.state.gains:
                if gain.name == "fair-purchase.conviction":
                    self.records[self.honest].keep(self.honest, gain.data, "conviction")

    def pass_time(self, to: int) -> None:
        self.now = to
        self.expire(to)
        self.me.feed(Tick(), to)


def against_the_responder(duel: Duel) -> None:
    """The adversary begins: several messages 1, perhaps an abort, and whatever it can say of message 2."""
    duel.hold(begin_in(duel.a.context.case, CAST).attachments)
    firsts = first_messages(duel.session, duel.money)
    duel.tell(firsts)
    m1, m2 = duel.b.state.m1, duel.b.state.m2
    if m1 is None:
        return
    if duel.chance.random() < 0.5:
        duel.court.ask(abort_request(duel.session.initiator.case, m1), duel.now)
    duel.tell(as_initiator(duel.session, frozenset({m2} if m2 else ()), duel.money))


def against_the_initiator(duel: Duel) -> None:
    """The adversary answers: several messages 2, and whatever it can say of message 3."""
    duel.begin()
    duel.run()
    m1 = duel.a.state.m1 or b""
    duel.consent()
    duel.tell(as_responder(duel.session, frozenset({m1}), duel.money))
    if duel.chance.random() < 0.3:
        duel.tell([duel.chance.randbytes(40), b"", m1])


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(3, 40))])
@pytest.mark.parametrize("honest", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_honest_sides_evidence_holds_and_never_convicts_it(kind: str, honest: str, seed: int) -> None:
    duel = Duel(kind, honest, random.Random(f"{kind} {honest} {seed}"))
    (against_the_initiator if honest == "seller" else against_the_responder)(duel)
    duel.end()
    record = duel.records[honest]
    whole = verified(record)
    assert isinstance(duel.me.finished, Finished)
    if whole.steps:
        assert whole.steps[0].outcome in (duel.me.finished.outcome, "open")
    for end in range(2, len(record.exhibits) + 1):
        file = verified(record, record.exhibits[:end])
        for claimed in ClaimKind:
            for by in SIDES:
                assert judge([file], Claim(by, claimed)).deviated != honest
