"""Explores every interleaving of the shipping step functions against an adversary that is the whole network.

A session is one label. Its honest seats run `fair_exchange.step`; the adversary holds the keys of the other
seats, knows every message that was ever sent, delivers any of them to anybody in any order and any number of
times, and says whatever those keys let it say (see `adversary`). Honest hosts crash at every effect: an effect
is owed by the durable state, and is done never, once or again. The trustee crashes between row, order and
answer. Clocks drift: see `views`.

Assumed, as DESIGN §6 says: an initiator that has released reaches the trustee before t_resolve, and after that
the trustee reaches the payment system, or the initiator uses its right to capture, before the hold expires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from semper_host.exchange import fair_exchange
from semper_host.exchange import trustee as trustees
from semper_host.exchange.events import (
    AskTrustee,
    Consent,
    Decided,
    Effect,
    Event,
    Insist,
    Received,
    Send,
    Settled,
    Tick,
    Withdraw,
)
from semper_host.exchange.items import Token
from semper_host.exchange.requests import ABORTED, RESOLVED
from semper_host.exchange.state import Context, Phase, Role, State
from semper_host.exchange.trustee import Judgement, Release, Row, Trustee
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURE_RIGHT, CAPTURED, RELEASED, VOIDED, Settlement
from tests.protocol.adversary import (
    HOLD,
    Session,
    as_initiator,
    as_responder,
    committing,
    number_of,
    opening,
    requests,
)
from tests.protocol.symbols import crypto_of, key_of, party_of
from tests.protocol.world import T2, T_RESOLVE

CLOCK = {0: T2, 1: T_RESOLVE, 2: T_RESOLVE + 1, 3: T_RESOLVE + 1}
"""The trustee's clock in each epoch: until t2, until t_resolve, until the holds expire, after that."""
ENDS = {"captured": CAPTURED, "released": RELEASED, "voided": VOIDED}
LOCKED = ("held", "short")


class Moment(NamedTuple):
    """A state of the whole: epoch, honest seats, messages sent by them, rows and money by session.

    Money is none, refused (ordered back before it was held), held, short (held, but may end too early),
    captured, released or voided; the last three are prefixed "short " where the hold was short.
    """

    epoch: int
    seats: tuple[State, ...]
    sent: frozenset[bytes]
    rows: tuple[Row | None, ...]
    money: tuple[str, ...]


class Seat(NamedTuple):
    """An honest party's place in a session."""

    at: int
    session: Session
    context: Context


class Violation(AssertionError):
    """The explorer found a way to harm an honest party; the message tells how it came about."""


Next = Iterator[tuple[str, Moment]]


@dataclass
class Explorer:
    """Breadth first over all moments; `limit` bounds how many, `complete` says whether that was enough."""

    sessions: tuple[Session, ...]
    limit: int = 100_000
    states: int = 0
    transitions: int = 0
    complete: bool = False
    forgetful: bool = False  # a mutant: the trustee may lose its row

    def __post_init__(self) -> None:
        self.trustee = Trustee(crypto_of("t"), key_of("t"), party_of("t").sealing)
        self.seats = tuple(
            Seat(at, each, context)
            for at, each in enumerate(self.sessions)
            for context in (each.initiator, each.responder)
            if context.role in each.honest
        )
        self.came: dict[Moment, tuple[Moment, str] | None] = {}
        self.memory = Memory(self)

    def run(self) -> Explorer:
        """Explore. Raises Violation at the first moment from which an honest party comes to harm."""
        count = len(self.sessions)
        seats = tuple(State(seat.context.role) for seat in self.seats)
        start = Moment(0, seats, frozenset(), (None,) * count, ("none",) * count)
        self.came[start] = None
        queue = [start]
        for moment in queue:
            self.check(moment)
            for name, after in self.successors(moment):
                self.transitions += 1
                if after not in self.came and len(self.came) < self.limit:
                    self.came[after] = (moment, name)
                    queue.append(after)
        self.states, self.complete = len(self.came), len(self.came) < self.limit
        return self

    # --- what can happen

    def successors(self, moment: Moment) -> Next:
        yield from self.time(moment)
        known = self.known(moment)
        for index, seat in enumerate(self.seats):
            yield from self.events(moment, index, seat, known)
            yield from self.effects(moment, index, seat)
        for at, each in enumerate(self.sessions):
            for request in requests(each, known):
                yield from self.ask(moment, request, "adversary")
            yield from self.orders(moment, at)
            yield from self.payment(moment, at, each)
            if self.forgetful and moment.rows[at] is not None:
                yield "the trustee forgets", moment._replace(rows=put(moment.rows, at, None))

    def pairs(self, moment: Moment) -> list[tuple[Seat, State]]:
        return list(zip(self.seats, moment.seats, strict=True))

    def views(self, moment: Moment, role: Role) -> tuple[int, ...]:
        """What a party's clock may say: an initiator's is off by less than delta, a responder's by anything."""
        return (T2, T2 + 1) if moment.epoch < 2 or role is Role.RESPONDER else (T2 + 1,)

    def time(self, moment: Moment) -> Next:
        released = [
            (seat, state)
            for seat, state in self.pairs(moment)
            if seat.context.role is Role.INITIATOR and state.m3 is not None
        ]
        asking = any(state.phase is not Phase.FINISHED and moment.rows[seat.at] is None for seat, state in released)
        settling = any(moment.money[seat.at] == "held" for seat, _ in released)
        if moment.epoch < 3 and not (moment.epoch == 1 and asking) and not (moment.epoch == 2 and settling):
            yield f"epoch {moment.epoch + 1}", moment._replace(epoch=moment.epoch + 1)

    def events(self, moment: Moment, index: int, seat: Seat, known: frozenset[bytes]) -> Next:
        events: list[Event] = [Tick(), Withdraw(), Insist(), *(Received(message) for message in known)]
        if seat.context.role is Role.INITIATOR:
            events.append(opening(seat.session))
        elif moment.money[seat.at] == "held" or not seat.session.label.holds:
            events.append(Consent(committing(seat.session)))
        for at in range(len(self.sessions)):
            answer, record = self.answer(moment, at), self.record(moment, at)
            events.extend([Decided(answer)] if answer is not None else [])
            events.extend([Settled(record)] if record is not None else [])
        before = moment.seats[index]
        for event in events:
            for now in self.views(moment, seat.context.role):
                after = self.memory.step(index, before, event, now)
                if after is not before:
                    yield f"{seat.context.role.value} {short(event)}", self.seated(moment, index, after)

    def effects(self, moment: Moment, index: int, seat: Seat) -> Next:
        who = seat.context.role.value
        for effect in self.memory.owed(index, moment.seats[index]):
            if isinstance(effect, Send) and effect.message not in moment.sent:
                if effect.until is None or min(self.views(moment, seat.context.role)) <= effect.until:
                    yield (
                        f"{who} sends m{number_of(effect.message)}",
                        moment._replace(sent=moment.sent | {effect.message}),
                    )
            elif isinstance(effect, AskTrustee):
                yield from self.ask(moment, effect.request, who)

    def ask(self, moment: Moment, request: bytes, who: str) -> Next:
        at = self.memory.session_of(request)
        judgement = self.memory.judge(moment.rows[at], request, CLOCK[moment.epoch])
        if judgement is not None and judgement.write:
            yield f"{who} asks: {judgement.row.verdict}", moment._replace(rows=put(moment.rows, at, judgement.row))

    def orders(self, moment: Moment, at: int) -> Next:
        """The trustee brings its decision to the payment system, and the record comes back."""
        row = moment.rows[at]
        for order in self.memory.resume(row).effects if row is not None else ():
            if moment.money[at] == "none":
                after = moment._replace(money=put(moment.money, at, "refused"))
            else:
                after = self.ended(moment, at, "released" if isinstance(order, Release) else "voided")
            record = self.record(after, at)
            if record is not None and row is not None:
                after = after._replace(rows=put(moment.rows, at, trustees.conclude(self.trustee, row, record).row))
            yield "order to the payment system", after

    def payment(self, moment: Moment, at: int, each: Session) -> Next:
        state = moment.money[at]
        if state == "none" and each.label.holds:
            payers = [s for seat, s in self.pairs(moment) if seat.at == at and s.role is Role.RESPONDER]
            if not payers:
                yield "holds, but not for long", moment._replace(money=put(moment.money, at, "short"))
            if all(payer.phase is Phase.REVIEWING for payer in payers):
                yield "holds", moment._replace(money=put(moment.money, at, "held"))
        if (state == "held" and moment.epoch == 3) or state == "short":
            yield "expires", self.ended(moment, at, "voided")
        if state in LOCKED and self.may_capture(moment, at):
            yield "captures", self.ended(moment, at, "captured")

    def may_capture(self, moment: Moment, at: int) -> bool:
        """An honest payee has the right from message 4; an adversary from any message 4 that was sent."""
        for seat, state in self.pairs(moment):
            if seat.at == at and seat.context.role is Role.INITIATOR:
                return any(token.name == CAPTURE_RIGHT for token in state.gains)
        payers = [state for seat, state in self.pairs(moment) if seat.at == at]
        return any(state.m4 in moment.sent for state in payers)

    def known(self, moment: Moment) -> frozenset[bytes]:
        known = moment.sent
        for at, each in enumerate(self.sessions):
            if Role.INITIATOR not in each.honest:
                known |= as_initiator(each, moment.sent)
            if Role.RESPONDER not in each.honest:
                known |= as_responder(each, moment.sent, moment.money[at])
        return known

    def answer(self, moment: Moment, at: int) -> bytes | None:
        row = moment.rows[at]
        return None if row is None else self.memory.resume(row).answer

    def record(self, moment: Moment, at: int) -> Token | None:
        kind, each, row = ENDS.get(last_word(moment.money[at])), self.sessions[at], moment.rows[at]
        if kind is None:
            return None
        sealed = row.sealed if row is not None and kind == RELEASED else b""
        return self.memory.record(kind, each, sealed)

    def ended(self, moment: Moment, at: int, how: str) -> Moment:
        """Money that is locked comes free, once."""
        how = {"held": how, "short": f"short {how}"}.get(moment.money[at], moment.money[at])
        return moment._replace(money=put(moment.money, at, how))

    def seated(self, moment: Moment, index: int, state: State) -> Moment:
        return moment._replace(seats=put(moment.seats, index, state))

    # --- what must hold

    def check(self, moment: Moment) -> None:
        """From here, every honest side must be able to finish alone, unharmed."""
        end = self.finish_alone(moment)
        for index, seat in enumerate(self.seats):
            wrong = self.harm(moment, end, index, seat)
            if wrong:
                raise Violation(f"{wrong}: {' / '.join(self.path(moment))}")

    def finish_alone(self, moment: Moment) -> Moment:
        """Let each honest side ask the trustee once if it must, and then let all holds expire."""
        end = moment
        for index, seat in enumerate(self.seats):
            for event in (Tick(), Insist(), Withdraw()):
                end = self.seated(end, index, self.memory.step(index, end.seats[index], event, T2 + 1))
            for effect in self.memory.owed(index, end.seats[index]):
                if isinstance(effect, AskTrustee):
                    end = next(self.ask(end, effect.request, ""), ("", end))[1]
            end = next(self.orders(end, seat.at), ("", end))[1]
            answer = self.answer(end, seat.at)
            if answer is not None:
                end = self.seated(end, index, self.memory.step(index, end.seats[index], Decided(answer), T2 + 1))
        for at, state in enumerate(end.money):
            if state in LOCKED:
                end = self.ended(end, at, "captured" if self.may_capture(end, at) else "voided")
        return end

    def harm(self, moment: Moment, end: Moment, index: int, seat: Seat) -> str:
        """Say how this seat is harmed if it finishes alone from `moment`; "" if it is not."""
        state, row, money = end.seats[index], end.rows[seat.at], end.money[seat.at]
        if state.phase is not Phase.FINISHED:
            return f"the {state.role.value} cannot finish alone"
        done, paid = state.outcome == "done", last_word(money) in ("captured", "released")
        others = [s for other, s in self.pairs(end) if other.at == seat.at and s is not state]
        if any(other.outcome != state.outcome for other in others):
            return "two honest parties disagree"
        wrong = done != paid if state.role is Role.INITIATOR else paid and not done
        if seat.session.label.holds and wrong:
            return f"the {state.role.value} is {state.outcome}, but the money is {money}"
        if state.role is Role.INITIATOR:
            return self.initiators_harm(moment, seat.at, state, row, paid)
        gained = bool(state.gains) or state.m3 is not None
        return "the responder ended without its item" if done and not gained else ""

    def initiators_harm(self, moment: Moment, at: int, state: State, row: Row | None, paid: bool) -> str:
        done = state.outcome == "done"
        if state.m3 in moment.sent and not done:
            return "the initiator gave its item for nothing"
        if row is not None and not row.holds and row.verdict == RESOLVED and not done:
            return "the responder has a contract that the initiator has not"
        if row is not None and row.verdict == ABORTED and b"escrow" in row.decision:
            return "the trustee blames an honest initiator"
        told, answer = moment.rows[at], self.answer(moment, at)
        if told is not None and told.sealed and told.sealed in (answer or b"") and not paid:
            return "the trustee gave the key away for nothing"
        return ""

    def path(self, moment: Moment) -> list[str]:
        names: list[str] = []
        while (before := self.came[moment]) is not None:
            moment, name = before
            names.append(name)
        return names[::-1]


@dataclass
class Memory:
    """What the step functions answered before: they are pure, so once is enough."""

    explorer: Explorer
    steps: dict[tuple[int, State, Event, int], State] = field(default_factory=dict)
    effects: dict[tuple[int, State], tuple[Effect, ...]] = field(default_factory=dict)
    judgements: dict[tuple[Row | None, bytes, int], Judgement | None] = field(default_factory=dict)
    standing: dict[Row, Judgement] = field(default_factory=dict)
    records: dict[tuple[str, bytes, bytes], Token] = field(default_factory=dict)
    labels: dict[bytes, int] = field(default_factory=dict)

    def step(self, index: int, state: State, event: Event, now: int) -> State:
        """The state after the event; the very same object where nothing changed or the event was refused."""
        key = (index, state, event, now)
        if key not in self.steps:
            try:
                self.steps[key] = fair_exchange.step(self.explorer.seats[index].context, state, event, now)[0]
            except SemperError:
                self.steps[key] = state
        after = self.steps[key]
        return state if after == state else after

    def owed(self, index: int, state: State) -> tuple[Effect, ...]:
        key = (index, state)
        if key not in self.effects:
            self.effects[key] = fair_exchange.owed(self.explorer.seats[index].context, state)
        return self.effects[key]

    def judge(self, row: Row | None, request: bytes, now: int) -> Judgement | None:
        key = (row, request, now)
        if key not in self.judgements:
            try:
                self.judgements[key] = trustees.judge(self.explorer.trustee, *key)
            except SemperError:
                self.judgements[key] = None
        return self.judgements[key]

    def resume(self, row: Row) -> Judgement:
        if row not in self.standing:
            self.standing[row] = trustees.resume(self.explorer.trustee, row)
        return self.standing[row]

    def session_of(self, request: bytes) -> int:
        if request not in self.labels:
            names = [each.name for each in self.explorer.sessions]
            self.labels[request] = names.index(trustees.label_in(request))
        return self.labels[request]

    def record(self, kind: str, each: Session, sealed: bytes) -> Token:
        key = (kind, each.name, sealed)
        if key not in self.records:
            terms = each.label.holds[0]
            ended = Settlement(each.name, HOLD, terms.payee, terms.amount, 0, sealed)
            self.records[key] = Token(kind, crypto_of("mint").sign(encode(ended), kind))
        return self.records[key]


T = TypeVar("T")


def put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def last_word(state: str) -> str:
    return state.rpartition(" ")[2]


def short(event: Event) -> str:
    """A few words for a path."""
    return f"takes m{number_of(event.message)}" if isinstance(event, Received) else type(event).__name__
