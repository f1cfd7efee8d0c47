"""What the step functions answered before: they are pure, so once is enough. Every answer comes from a restart."""

from __future__ import annotations

from dataclasses import dataclass, field

from semper_host.exchange import fair_exchange
from semper_host.exchange import trustee as trustees
from semper_host.exchange.events import Effect, Event
from semper_host.exchange.items import Token
from semper_host.exchange.keepers import Keeper
from semper_host.exchange.state import Context, State
from semper_host.exchange.status import FINAL, REVOKED, StatusEnd
from semper_host.exchange.trustee import Judgement, Row, Trustee
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED, Settlement
from tests.protocol.adversary import HOLD, Session

ENDS = {"captured": CAPTURED, "released": RELEASED, "voided": VOIDED, "final": FINAL, "revoked": REVOKED}
"""The record that proves how something that was kept ended."""


@dataclass
class Memory:
    """The shipping functions, each called once for each argument, on states as a restart reads them."""

    trustee: Trustee
    sessions: tuple[Session, ...]
    contexts: tuple[Context, ...]
    steps: dict[tuple[int, State, Event, int], State] = field(default_factory=dict)
    effects: dict[tuple[int, State], tuple[Effect, ...]] = field(default_factory=dict)
    judgements: dict[tuple[Row | None, bytes, int], Judgement | None] = field(default_factory=dict)
    standing: dict[Row, Judgement] = field(default_factory=dict)
    concluded: dict[tuple[Row, Token], Row] = field(default_factory=dict)
    records: dict[tuple[str, int, Keeper, bytes], Token] = field(default_factory=dict)
    labels: dict[bytes, int] = field(default_factory=dict)

    def step(self, index: int, state: State, event: Event, now: int) -> State:
        """The state after the event; the very same object where nothing changed or the event was refused."""
        key = (index, state, event, now)
        if key not in self.steps:
            try:
                self.steps[key] = fair_exchange.step(self.contexts[index], state, event, now)[0]
            except SemperError:
                self.steps[key] = state
        after = self.steps[key]
        return state if after == state else after

    def owed(self, index: int, state: State) -> tuple[Effect, ...]:
        """What the record asks to be done: after a crash, whatever the host remembered is gone."""
        key = (index, state)
        if key not in self.effects:
            recovered = State.decode(encode(state))
            assert recovered == state
            self.effects[key] = fair_exchange.owed(self.contexts[index], recovered)
        return self.effects[key]

    def judge(self, row: Row | None, request: bytes, now: int) -> Judgement | None:
        key = (row, request, now)
        if key not in self.judgements:
            try:
                self.judgements[key] = trustees.judge(self.trustee, restarted(row), request, now)
            except SemperError:
                self.judgements[key] = None
        return self.judgements[key]

    def resume(self, row: Row) -> Judgement:
        if row not in self.standing:
            again = restarted(row)
            assert again == row
            self.standing[row] = trustees.resume(self.trustee, again)
        return self.standing[row]

    def conclude(self, row: Row, record: Token) -> Row:
        key = (row, record)
        if key not in self.concluded:
            self.concluded[key] = trustees.conclude(self.trustee, row, record).row
        return self.concluded[key]

    def session_of(self, request: bytes) -> int:
        if request not in self.labels:
            names = [each.name for each in self.sessions]
            self.labels[request] = names.index(trustees.label_in(request))
        return self.labels[request]

    def record(self, kind: str, at: int, keeper: Keeper, row: Row | None) -> Token:
        """What the keeper signed: the key comes along with RELEASED."""
        sealed = row.sealed if row is not None and kind == RELEASED else b""
        key = (kind, at, keeper, sealed)
        if key not in self.records:
            self.records[key] = Token(kind, self.sign(kind, self.sessions[at], keeper, sealed))
        return self.records[key]

    def sign(self, kind: str, each: Session, keeper: Keeper, sealed: bytes) -> bytes:
        actor = each.cast.keeper(keeper.key)
        if keeper.status is not None:
            return actor.crypto.sign(encode(StatusEnd(each.name, keeper.status.index or 0, 0)), kind)
        terms = each.label.holds[keeper.hold or 0]
        return actor.crypto.sign(encode(Settlement(each.name, HOLD, terms.payee, terms.amount, 0, sealed)), kind)


def restarted(row: Row | None) -> Row | None:
    return None if row is None else Row.decode(encode(row))


def last_word(state: str) -> str:
    return state.rpartition(" ")[2]
