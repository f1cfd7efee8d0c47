"""A contract of three, explored: honest parties run the shipping step function, all others are the adversary.

The adversary is the network too, holds the keys of the other parties, delivers anything to anybody in any order, and
asks the trustee with any set of promises. Assumed, as for two: who has confirmed reaches the trustee before t_resolve;
clocks drift within the margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

from semper_host.exchange import joint_contract
from semper_host.exchange import trustee as trustees
from semper_host.exchange.events import (
    AskTrustee,
    Begin,
    Consent,
    Decided,
    Effect,
    Event,
    Insist,
    Received,
    Send,
    Tick,
    Withdraw,
)
from semper_host.exchange.items import ItemRef
from semper_host.exchange.joint_contract import CONFIRMATION, PROMISE, Signer, Signing
from semper_host.exchange.kinds import open_case
from semper_host.exchange.labels import Label, Seat, make_label
from semper_host.exchange.messages import elide, make, read
from semper_host.exchange.requests import RESOLVE, Request
from semper_host.exchange.state import DONE, Phase
from semper_host.exchange.trustee import Row, Trustee
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from tests.protocol.samples import T2, T_RESOLVE, hashed
from tests.protocol.search import Came, explore, way_to
from tests.protocol.symbols import crypto_of, key_of, party_of

CLOCK = {0: T2, 1: T_RESOLVE, 2: T_RESOLVE + 1}
"""The trustee's clock in each epoch: until t2, until t_resolve, after that."""
PARTIES = 3


def text_of(number: int) -> bytes:
    return b"what party %d signs" % number


def joint_label(names: tuple[str, ...]) -> Label:
    """The label of a contract among parties with these names."""
    items = [ItemRef("statement", "contract", hashed(text_of(number))) for number in range(len(names))]
    seats = tuple(Seat(party_of(name), item) for name, item in zip(names[2:], items[2:], strict=True))
    return make_label(
        deal=b"D" * 32, step="sign", kind="joint-contract", initiator=party_of(names[0]), responder=party_of(names[1]),
        trustee=party_of("t"), left=items[0], right=items[1], others=seats, t2=T2, t_resolve=T_RESOLVE,
        nonce_a=b"a" * 16, nonce_b=b"b" * 16,
    )  # fmt: skip


class Moment(NamedTuple):
    """The epoch, the honest parties' states, what they sent, and the trustee's row."""

    epoch: int
    states: tuple[Signing, ...]
    sent: frozenset[bytes]
    row: Row | None


class Violation(AssertionError):
    """An honest party is bound and does not know, or believes in a contract that does not bind the others."""


Next = Iterator[tuple[str, Moment]]


@dataclass
class JointExplorer:
    """Breadth first over all moments of one contract; `honest` are the numbers of the honest parties."""

    honest: tuple[int, ...]
    abortable: bool = False  # a mutant: the trustee lets the initiator abort
    states: int = 0
    transitions: int = 0
    came: Came[Moment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = tuple(f"{'party' if each in self.honest else 'evil'} {each}" for each in range(PARTIES))
        label = joint_label(self.names)
        self.trustee = Trustee(crypto_of("t"), key_of("t"), party_of("t").sealing)
        self.joined = [joint_contract.join(label, number, crypto_of(self.names[number])) for number in self.honest]
        self.contexts: list[Signer] = [context for context, _ in self.joined]
        self.case = self.contexts[0].case
        evil = [number for number in range(PARTIES) if number not in self.honest]
        self.evil = frozenset(self.said(number, what) for number in evil for what in (PROMISE, CONFIRMATION))
        self.steps: dict[tuple[int, Signing, Event, int], Signing] = {}
        self.rows: dict[tuple[Row | None, bytes, int], Row | None] = {}
        self.effects: dict[tuple[int, Signing], tuple[Effect, ...]] = {}
        self.answers: dict[Row, bytes | None] = {}

    def said(self, number: int, what: int) -> bytes:
        """A party's promise or confirmation; both are the same whenever they are made."""
        case, crypto = self.case, crypto_of(self.names[number])
        if what == PROMISE:
            return make(crypto, PROMISE, case.id, (text_of(number),), preimage=case.preimage)
        return make(crypto, CONFIRMATION, case.id, ())

    def run(self) -> JointExplorer:
        """Explore. Raises Violation at the first moment from which an honest party comes to harm."""
        start = Moment(0, tuple(state for _, state in self.joined), frozenset(), None)
        self.transitions = explore(start, self.came, self.check, self.successors)
        self.states = len(self.came)
        return self

    def successors(self, moment: Moment) -> Next:
        if moment.epoch < 2 and not (moment.epoch == 1 and moment.row is None and self.bound_ones(moment)):
            yield f"epoch {moment.epoch + 1}", moment._replace(epoch=moment.epoch + 1)
        for index, state in enumerate(moment.states):
            yield from self.events(moment, index, state)
            for effect in self.owed(index, state):
                if isinstance(effect, Send) and effect.message not in moment.sent and moment.epoch < 2:
                    yield f"{index} sends", moment._replace(sent=moment.sent | {effect.message})
                elif isinstance(effect, AskTrustee):
                    yield from self.ask(moment, effect.request, str(index))
        for request in self.requests(moment):
            yield from self.ask(moment, request, "adversary")
        if self.abortable and moment.row is None and 0 not in self.honest:
            yield "the initiator aborts", moment._replace(row=self.aborted())

    def bound_ones(self, moment: Moment) -> list[Signing]:
        return [s for s in moment.states if s.phase in (Phase.COMMITTED, Phase.RESOLVING) and all(s.promises)]

    def events(self, moment: Moment, index: int, state: Signing) -> Next:
        number = self.honest[index]
        own: Event = Begin((text_of(number),)) if number == 0 else Consent((text_of(number),))
        events = [Tick(), Withdraw(), Insist(), own, *(Received(message) for message in moment.sent | self.evil)]
        answer = self.answer(moment)
        for event in (*events, *([] if answer is None else [Decided(answer)])):
            for now in (T2, T2 + 1) if moment.epoch < 2 else (T2 + 1,):
                after = self.step(index, state, event, now)
                if after != state:
                    yield f"{number} {type(event).__name__}", self.seated(moment, index, after)

    def step(self, index: int, state: Signing, event: Event, now: int) -> Signing:
        key = (index, state, event, now)
        if key not in self.steps:
            try:
                self.steps[key] = joint_contract.step(self.contexts[index], state, event, now)[0]
            except SemperError:
                self.steps[key] = state
        return self.steps[key]

    def requests(self, moment: Moment) -> Iterator[bytes]:
        """The adversary brings any set of the promises that it knows."""
        known = [self.said(number, PROMISE) for number in range(PARTIES)]
        there = [promise in moment.sent | self.evil for promise in known]
        if not there[0] or len(self.honest) == PARTIES:
            return
        for shown in product(*((False, True) if ok else (False,) for ok in there[1:])):
            pairs = zip(known[1:], shown, strict=True)
            more = tuple(elide(promise, ()) if show else None for promise, show in pairs)
            yield encode(Request(RESOLVE, elide(known[0], ()), more=more))

    def ask(self, moment: Moment, request: bytes, who: str) -> Next:
        key = (moment.row, request, CLOCK[moment.epoch])
        if key not in self.rows:
            try:
                judgement = trustees.judge(self.trustee, *key)
                self.rows[key] = Row.decode(encode(judgement.row)) if judgement.write else None
            except SemperError:
                self.rows[key] = None
        row = self.rows[key]
        if row is not None:
            yield f"{who} asks: {row.verdict}", moment._replace(row=row)

    def owed(self, index: int, state: Signing) -> tuple[Effect, ...]:
        """What the record asks to be done, as a restart reads it."""
        if (index, state) not in self.effects:
            again = Signing.decode(encode(state))
            self.effects[index, state] = joint_contract.owed(self.contexts[index], again)
        return self.effects[index, state]

    def aborted(self) -> Row:
        case, rules = open_case(self.case.label, self.trustee.crypto)
        m1 = read(case.crypto, self.said(0, PROMISE), 1, case.id, case.label.initiator.signing)
        request = encode(Request(RESOLVE, elide(self.said(0, PROMISE), ()), more=(None,) * (PARTIES - 1)))
        return trustees._write(case, rules, trustees._abort(case, m1), request)

    def answer(self, moment: Moment) -> bytes | None:
        if moment.row is not None and moment.row not in self.answers:
            self.answers[moment.row] = trustees.resume(self.trustee, moment.row).answer
        return None if moment.row is None else self.answers[moment.row]

    def seated(self, moment: Moment, index: int, state: Signing) -> Moment:
        return moment._replace(states=(*moment.states[:index], state, *moment.states[index + 1 :]))

    def check(self, moment: Moment) -> None:
        end = self.finish_alone(moment)
        outcomes = {state.outcome for state in end.states}
        if any(state.phase is not Phase.FINISHED for state in end.states):
            raise Violation(f"a party cannot finish alone: {self.path(moment)}")
        confirmed = all(s.confirmations[number] for s, number in zip(end.states, self.honest, strict=True))
        bound = confirmed or (end.row is not None and end.row.verdict == "resolved")
        if len(outcomes) > 1 or (DONE in outcomes) != bound:
            raise Violation(f"bound is {bound}, but the parties say {sorted(outcomes)}: {self.path(moment)}")

    def finish_alone(self, moment: Moment) -> Moment:
        """Everybody asks the trustee, now or, if it cannot decide yet, after t_resolve."""
        end = moment
        for epoch in (moment.epoch, 2):
            end = end._replace(epoch=epoch)
            for index in range(len(self.honest)):
                for event in (Tick(), Insist(), Withdraw()):
                    end = self.seated(end, index, self.step(index, end.states[index], event, T2 + 1))
                for effect in self.owed(index, end.states[index]):
                    if isinstance(effect, AskTrustee):
                        end = next(self.ask(end, effect.request, ""), ("", end))[1]
        answer = self.answer(end)
        if answer is not None:
            for index in range(len(self.honest)):
                end = self.seated(end, index, self.step(index, end.states[index], Decided(answer), T2 + 1))
        return end

    def path(self, moment: Moment) -> str:
        return " / ".join(way_to(moment, self.came))


__all__ = ["JointExplorer", "Violation", "joint_label", "text_of"]
