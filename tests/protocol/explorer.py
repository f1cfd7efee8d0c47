"""Explores every interleaving of the shipping step functions against an adversary that is the whole network.

A session is one label. Its honest seats run `fair_exchange.step`; the adversary holds the keys of the other
seats, knows every message that was ever sent, delivers any of them to anybody in any order and any number of
times, and says whatever those keys let it say (see `adversary`). Honest hosts crash at every effect: an effect
is owed by the durable state, is computed from the record as a restart reads it, and is done never, once or again.
The trustee restarts between row, order and answer, its row read back from bytes; payment systems and issuers keep
what they signed. Clocks drift: see `views`.

Assumed, as DESIGN §6 says: an initiator that has released reaches the trustee before t_resolve, and after that
the trustee reaches the payment system, or the initiator uses its right to capture, before the hold expires. Where
the initiator pays too, or several payment systems hold, the trustee's releases arrive before the first hold expires.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from semper_host.exchange.events import (
    AskTrustee,
    Consent,
    Decided,
    Event,
    Finalise,
    Insist,
    Received,
    Send,
    Settled,
    Tick,
    Withdraw,
)
from semper_host.exchange.items import Token
from semper_host.exchange.keepers import Keeper, keepers_of
from semper_host.exchange.requests import RESOLVED
from semper_host.exchange.state import Context, Phase, Role, State
from semper_host.exchange.trustee import Release, Revoke, Row
from semper_host.model.holds import CAPTURE_RIGHT
from tests.protocol.adversary import (
    Session,
    as_initiator,
    as_responder,
    honest_consent,
    honest_opening,
    number_of,
    requests,
)
from tests.protocol.fairness import harm
from tests.protocol.memory import ENDS, Memory, last_word
from tests.protocol.samples import T2, T_RESOLVE
from tests.protocol.search import Came, explore, way_to

CLOCK = {0: T2, 1: T_RESOLVE, 2: T_RESOLVE + 1, 3: T_RESOLVE + 1}
"""The trustee's clock in each epoch: until t2, until t_resolve, until the holds expire, after that."""
LOCKED = ("held", "short", "pending")


class Moment(NamedTuple):
    """A state of the whole: epoch, honest seats, messages sent by them, rows and keepers by session.

    Money is none, refused (ordered back before it was held), held, short (held, but may end too early),
    captured, released or voided; the last three are prefixed "short " where the hold was short. A credential's
    status is pending, final or revoked.
    """

    epoch: int
    seats: tuple[State, ...]
    sent: frozenset[bytes]
    rows: tuple[Row | None, ...]
    kept: tuple[tuple[str, ...], ...]


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
    losing: bool = True  # the trustee, or a keeper, may end before a keeper's record arrives
    forgetful: bool = False  # a mutant: the trustee may lose its row
    hasty: bool = False  # a mutant: honest hosts send before they have made the record durable
    came: Came[Moment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.trustee = self.sessions[0].cast.trustee
        self.keepers = tuple(keepers_of(each.label) for each in self.sessions)
        self.seats = tuple(
            Seat(at, each, context)
            for at, each in enumerate(self.sessions)
            for context in (each.initiator, each.responder)
            if context.role in each.honest
        )
        self.memory = Memory(self.trustee, self.sessions, tuple(seat.context for seat in self.seats))

    @cached_property
    def start(self) -> Moment:
        kept = tuple(tuple("none" if keeper.status is None else "pending" for keeper in each) for each in self.keepers)
        seats = tuple(State(seat.context.role) for seat in self.seats)
        return Moment(0, seats, frozenset(), (None,) * len(self.sessions), kept)

    def run(self) -> Explorer:
        """Explore. Raises Violation at the first moment from which an honest party comes to harm."""
        self.transitions = explore(self.start, self.came, self.check, self.successors, self.limit)
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
            for number in range(len(self.keepers[at])):
                yield from self.keeping(moment, at, number)
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
        settling = any("held" in moment.kept[seat.at] for seat, _ in released) or any(
            row is not None and row.verdict == RESOLVED and "held" in kept and (len(kept) > 1 or keepers[0].first)
            for row, keepers, kept in zip(moment.rows, self.keepers, moment.kept, strict=True)
        )
        if moment.epoch < 3 and not (moment.epoch == 1 and asking) and not (moment.epoch == 2 and settling):
            yield f"epoch {moment.epoch + 1}", moment._replace(epoch=moment.epoch + 1)

    def events(self, moment: Moment, index: int, seat: Seat, known: frozenset[bytes]) -> Next:
        before = moment.seats[index]
        for event in self.possible(moment, seat, known):
            for now in self.views(moment, seat.context.role):
                after = self.memory.step(index, before, event, now)
                if after is not before:
                    yield f"{seat.context.role.value} {short(event)}", self.seated(moment, index, after)
                    if self.hasty:
                        said = {e.message for e in self.memory.owed(index, after) if isinstance(e, Send)}
                        yield f"{seat.context.role.value} sends, and crashes", moment._replace(sent=moment.sent | said)

    def possible(self, moment: Moment, seat: Seat, known: frozenset[bytes]) -> Iterator[Event]:
        yield from (Tick(), Withdraw(), Insist())
        yield from (Received(message) for message in known)
        first = seat.context.role is Role.INITIATOR
        if all(moment.kept[seat.at][n] == "held" for n, keeper in self.holds(seat.at) if keeper.first is first):
            yield honest_opening(seat.session) if first else Consent(*_fields(honest_consent(seat.session)))
        for at in range(len(self.sessions)):
            answer = self.answer(moment, at)
            if answer is not None:
                yield Decided(answer)
            for number in range(len(self.keepers[at])):
                record = self.record(moment, at, number)
                if record is not None:
                    yield Settled(record)

    def effects(self, moment: Moment, index: int, seat: Seat) -> Next:
        who = seat.context.role.value
        for effect in self.memory.owed(index, moment.seats[index]):
            if isinstance(effect, Send) and effect.message not in moment.sent:
                if effect.until is None or min(self.views(moment, seat.context.role)) <= effect.until:
                    after = moment._replace(sent=moment.sent | {effect.message})
                    yield f"{who} sends m{number_of(effect.message)}", after
            elif isinstance(effect, AskTrustee):
                yield from self.ask(moment, effect.request, who)
            elif isinstance(effect, Finalise):
                for number, keeper in enumerate(self.keepers[seat.at]):
                    if keeper.first and keeper.key == effect.keeper:
                        yield f"{who} makes final", self.ended(moment, seat.at, number, _taken(keeper))

    def ask(self, moment: Moment, request: bytes, who: str) -> Next:
        at = self.memory.session_of(request)
        judgement = self.memory.judge(moment.rows[at], request, CLOCK[moment.epoch])
        if judgement is not None and judgement.write:
            if moment.rows[at] is not None:
                raise Violation(f"the trustee decides twice on one label: {' / '.join(self.path(moment))}")
            yield f"{who} asks: {judgement.row.verdict}", moment._replace(rows=put(moment.rows, at, judgement.row))

    def orders(self, moment: Moment, at: int) -> Next:
        """The trustee brings one order of its decision to a keeper; the record comes back, or is lost on the way."""
        row = moment.rows[at]
        for order in self.memory.resume(row).effects if row is not None else ():
            after = lost = moment
            for number, keeper in enumerate(self.keepers[at]):
                if keeper.key != order.system or (keeper.status is not None) != isinstance(order, Revoke):
                    continue
                lost = self.ordered(lost, at, number, isinstance(order, Release))
                after = self.concluded(self.ordered(after, at, number, isinstance(order, Release)), at, number)
            yield "order to a keeper", after
            if self.losing:
                yield "order to a keeper, whose answer is lost", lost

    def ordered(self, moment: Moment, at: int, number: int, release: bool) -> Moment:
        """A keeper does what the trustee decided, or did so before."""
        if moment.kept[at][number] == "none":
            return self.keep(moment, at, number, "refused")
        how = "released" if release else "voided" if self.keepers[at][number].status is None else "revoked"
        return self.ended(moment, at, number, how)

    def concluded(self, moment: Moment, at: int, number: int) -> Moment:
        row, record = moment.rows[at], self.record(moment, at, number)
        if row is None or record is None:
            return moment
        return moment._replace(rows=put(moment.rows, at, self.memory.conclude(row, record)))

    def keeping(self, moment: Moment, at: int, number: int) -> Next:
        keeper, state = self.keepers[at][number], moment.kept[at][number]
        payer = Role.INITIATOR if keeper.first else Role.RESPONDER
        phase = Phase.START if keeper.first else Phase.REVIEWING
        if state == "none":
            payers = [s for seat, s in self.pairs(moment) if seat.at == at and s.role is payer]
            if not payers:
                yield "holds, but not for long", self.keep(moment, at, number, "short")
            if all(each.phase is phase for each in payers):
                yield "holds", self.keep(moment, at, number, "held")
        if (state == "held" and moment.epoch == 3) or state == "short":
            yield "expires", self.ended(moment, at, number, "voided")
        taker = Role.RESPONDER if keeper.first else Role.INITIATOR
        if state == "held" and taker not in self.sessions[at].honest:
            yield "renounces", self.ended(moment, at, number, "voided")
        if state in LOCKED and self.may_take(moment, at, keeper):
            yield "takes it", self.ended(moment, at, number, _taken(keeper))

    def may_take(self, moment: Moment, at: int, keeper: Keeper) -> bool:
        """An honest payee has the right from message 4; an adversary from any message 3 or 4 that was sent."""
        for seat, state in self.pairs(moment):
            if seat.at == at and (seat.context.role is Role.RESPONDER) is keeper.first:
                return any(token.name == CAPTURE_RIGHT for token in state.gains) and state.phase is Phase.FINISHED
        givers = [state for seat, state in self.pairs(moment) if seat.at == at]
        return any((state.m3 if keeper.first else state.m4) in moment.sent for state in givers)

    def known(self, moment: Moment) -> frozenset[bytes]:
        known = moment.sent
        for at, each in enumerate(self.sessions):
            money = tuple(moment.kept[at][number] for number, _ in self.holds(at))
            if Role.INITIATOR not in each.honest:
                known |= as_initiator(each, moment.sent, money)
            if Role.RESPONDER not in each.honest:
                known |= as_responder(each, moment.sent, money)
        return known

    def holds(self, at: int) -> list[tuple[int, Keeper]]:
        return [(number, keeper) for number, keeper in enumerate(self.keepers[at]) if keeper.hold is not None]

    def answer(self, moment: Moment, at: int) -> bytes | None:
        row = moment.rows[at]
        return None if row is None else self.memory.resume(row).answer

    def record(self, moment: Moment, at: int, number: int) -> Token | None:
        kind = ENDS.get(last_word(moment.kept[at][number]))
        return None if kind is None else self.memory.record(kind, at, self.keepers[at][number], moment.rows[at])

    def ended(self, moment: Moment, at: int, number: int, how: str) -> Moment:
        """What is locked comes free, once."""
        before = moment.kept[at][number]
        how = {"held": how, "short": f"short {how}", "pending": how}.get(before, before)
        return self.keep(moment, at, number, how)

    def keep(self, moment: Moment, at: int, number: int, how: str) -> Moment:
        return moment._replace(kept=put(moment.kept, at, put(moment.kept[at], number, how)))

    def seated(self, moment: Moment, index: int, state: State) -> Moment:
        return moment._replace(seats=put(moment.seats, index, state))

    # --- what must hold

    def check(self, moment: Moment) -> None:
        """From here, every honest side must be able to finish alone, unharmed."""
        end = self.finish_alone(moment)
        for index, seat in enumerate(self.seats):
            wrong = harm(self, moment, end, index, seat)
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
            for _ in self.keepers[seat.at]:
                end = next(self.orders(end, seat.at), ("", end))[1]
            answer = self.answer(end, seat.at)
            if answer is not None:
                end = self.seated(end, index, self.memory.step(index, end.seats[index], Decided(answer), T2 + 1))
        for at, each in enumerate(self.keepers):
            for number, keeper in enumerate(each):
                if end.kept[at][number] in ("held", "short"):
                    how = "captured" if self.may_take(end, at, keeper) else "voided"
                    end = self.ended(end, at, number, how)
        return end

    def path(self, moment: Moment) -> list[str]:
        return way_to(moment, self.came)


T = TypeVar("T")


def put(items: tuple[T, ...], at: int, item: T) -> tuple[T, ...]:
    return (*items[:at], item, *items[at + 1 :])


def short(event: Event) -> str:
    """A few words for a path."""
    return f"takes m{number_of(event.message)}" if isinstance(event, Received) else type(event).__name__


def _taken(keeper: Keeper) -> str:
    return "captured" if keeper.status is None else "final"


def _fields(consent: Consent) -> tuple[tuple[bytes, ...], bytes]:
    return consent.attachments, consent.secret
