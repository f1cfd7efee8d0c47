"""A whole exchange in memory: two parties, a trustee and a mint with real keys, and a network that the test drives."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field

from semper_host.exchange import trustee as trustees
from semper_host.exchange.case import Case
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.events import (
    AskTrustee,
    Begin,
    Consent,
    Decided,
    Effect,
    Event,
    Finalise,
    Finished,
    Received,
    Review,
    Send,
    Settled,
    Tick,
)
from semper_host.exchange.fair_exchange import join, owed, step
from semper_host.exchange.goods import CONTENT_KEY as CONTENT_KEY_GAIN
from semper_host.exchange.items import Party, Status, Token
from semper_host.exchange.kinds.payment_receipt import RECEIPT
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.legs.access import ACCESS
from semper_host.exchange.messages import Attachments, parse
from semper_host.exchange.places import places
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import SUBSTITUTE, Request
from semper_host.exchange.requests import label_in as label_in_request
from semper_host.exchange.state import Context, Role, State
from semper_host.exchange.status import FINAL, REVOKED, StatusEnd
from semper_host.exchange.trustee import Judgement, Release, Revoke, Row, Trustee
from semper_host.model.credentials import CREDENTIAL, Credential
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import (
    CAPTURE_RIGHT,
    CAPTURED,
    DECISION,
    HELD,
    RELEASED,
    VOIDED,
    CaptureRight,
    Decision,
    Held,
    Settlement,
)
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.protocol.samples import (
    BUYER_ACCOUNT,
    CONTENT_KEY,
    CONTRACT,
    EXPIRY,
    GOODS,
    INVOICE,
    K1,
    K2,
    ORDER,
    PRICE,
    SELLER_ACCOUNT,
    START,
    T2,
    T_RESOLVE,
    Actor,
    Cast,
    begin_in,
    consent_in,
    every_kind,
    hashed,
    held_by,
    label_in,
)

__all__ = [
    "CONTENT_KEY", "CONTRACT", "EXPIRY", "GOODS", "INVOICE", "K1", "K2", "ORDER", "PRICE", "START", "T2", "T_RESOLVE",
    "every_kind", "hashed",
]  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """One participant's keys, made from its name."""

    signing: SigningKey
    sealing: SealingKey

    @classmethod
    def of(cls, name: str) -> Keys:
        signing, sealing = hashed(b"signing " + name.encode()), hashed(b"sealing " + name.encode())
        return cls(SigningKey.from_seed(signing), SealingKey.from_seed(sealing))

    @property
    def party(self) -> Party:
        return Party(self.signing.public, self.sealing.public)

    @property
    def crypto(self) -> Crypto:
        return crypto_for(self.signing, self.sealing)

    @property
    def actor(self) -> Actor:
        return Actor(self.party, self.crypto)


SELLER, BUYER, TRUSTEE, MINT = Keys.of("seller"), Keys.of("buyer"), Keys.of("trustee"), Keys.of("mint")
BANK, ISSUER, MEMBER, OTHER = Keys.of("bank"), Keys.of("issuer"), Keys.of("member"), Keys.of("somebody else")
CAST = Cast(*(each.actor for each in (SELLER, BUYER, TRUSTEE, MINT, BANK, ISSUER, MEMBER)))


@dataclass
class Mint:
    """A payment system that holds, captures, voids and releases under labels, one hold a label."""

    keys: Keys = MINT
    holds: dict[bytes, tuple[Held, str]] = field(default_factory=dict)
    refused: set[bytes] = field(default_factory=set)
    records: dict[bytes, Token] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=lambda: {"eurocom": 0, "buyer": 5000})

    def hold(self, label: Label) -> bytes:
        """Take the label's only hold from the payer and return HELD."""
        signed = held_by(self.keys.actor, Case(label, b"", label_of(label), self.keys.crypto))
        self.take(signed)
        return signed

    def take(self, signed: bytes) -> None:
        """Take the money of a HELD that this mint signed from the payer, once."""
        held = Held.decode(self.keys.crypto.open(signed, HELD, self.keys.signing.public))
        if held.label in self.holds:
            return
        assert held.label not in self.refused
        self.balances[payer_of(held)] -= held.amount.minor
        self.holds[held.label] = (held, "held")

    def capture(self, signed: bytes, now: int) -> Token:
        """Capture by the payer's right."""
        for label, (held, _) in self.holds.items():
            right = CaptureRight.decode(self.keys.crypto.open(signed, CAPTURE_RIGHT, held.payer))
            if right.label == label:
                return self._end(label, "captured", CAPTURED, now)
        raise AssertionError("no such hold")

    def obey(self, order: trustees.Order, now: int) -> Token | None:
        """Do what a trustee's decision says; None if there is no hold yet (a later one is then refused)."""
        if order.label not in self.holds:
            self.refused.add(order.label)
            return None
        held, _ = self.holds[order.label]
        decision = Decision.decode(self.keys.crypto.open(order.decision, DECISION, held.trustee))
        assert decision.label == order.label
        release = isinstance(order, Release)
        assert decision.verdict == ("resolved" if release else "aborted")
        state, kind = ("released", RELEASED) if release else ("voided", VOIDED)
        return self._end(order.label, state, kind, now, decision.sealed)

    def expire(self, now: int) -> None:
        for label, (held, state) in list(self.holds.items()):
            if state == "held" and now >= held.expiry:
                self._end(label, "voided", VOIDED, now)

    def _end(self, label: bytes, state: str, kind: str, now: int, sealed: bytes = b"") -> Token:
        held, before = self.holds[label]
        if before == "held":
            self.holds[label] = (held, state)
            self.balances[payer_of(held) if kind == VOIDED else held.payee] += held.amount.minor
            ended = Settlement(label, held.hold, held.payee, held.amount, now, sealed if kind == RELEASED else b"")
            self.records[label] = Token(kind, self.keys.crypto.sign(encode(ended), kind))
        return self.records[label]


def payer_of(held: Held) -> str:
    """The payer's account."""
    return SELLER_ACCOUNT if held.payer == SELLER.signing.public else BUYER_ACCOUNT


@dataclass
class Issuer:
    """An issuer with a status list: pending under a label until its holder has it final or the trustee aborts."""

    keys: Keys = ISSUER
    records: dict[tuple[bytes, int], Token] = field(default_factory=dict)

    def make_final(self, signed: bytes, now: int) -> Token:
        credential = Credential.decode(self.keys.crypto.open(signed, CREDENTIAL, self.keys.signing.public))
        return self._end(credential.label, credential.index, FINAL, now)

    def obey(self, order: trustees.Order, status: Status, now: int) -> Token:
        decision = Decision.decode(self.keys.crypto.open(order.decision, DECISION, TRUSTEE.signing.public))
        assert (decision.label, decision.verdict) == (order.label, "aborted")
        return self._end(order.label, status.index or 0, REVOKED, now)

    def _end(self, label: bytes, index: int, kind: str, now: int) -> Token:
        if (label, index) not in self.records:
            signed = self.keys.crypto.sign(encode(StatusEnd(label, index, now)), kind)
            self.records[label, index] = Token(kind, signed)
        return self.records[label, index]


@dataclass
class Court:
    """The trustee with its table of rows; `down` and `mint_down` say who cannot be reached."""

    mint: Mint
    bank: Mint = field(default_factory=lambda: Mint(BANK, balances={"eurocom": 5000, "buyer": 5000}))
    issuer: Issuer = field(default_factory=Issuer)
    trustee: Trustee = field(default_factory=lambda: CAST.trustee)
    rows: MutableMapping[bytes, Row] = field(default_factory=dict)
    equivocations: list[bytes] = field(default_factory=list)
    down: bool = False
    mint_down: bool = False

    def ask(self, request: bytes, now: int) -> bytes | None:
        """Return the trustee's answer, or None if it cannot answer yet."""
        if self.down:
            return None
        row = self.rows.get(label_in_request(request))
        judgement = trustees.judge(self.trustee, row, request, now)
        if judgement.equivocation is not None:
            self.equivocations.append(judgement.equivocation)
        return self.follow(judgement, now)

    def retry(self, now: int) -> None:
        for row in list(self.rows.values()):
            self.follow(trustees.resume(self.trustee, row), now)

    def follow(self, judgement: Judgement, now: int) -> bytes | None:
        """Write the row, carry its orders one after the other, and return the answer that stands then."""
        if judgement.write:
            self.rows[judgement.row.label] = judgement.row
        for order in judgement.effects if not self.mint_down else ():
            for record in self.carry(order, judgement.row, now):
                judgement = trustees.conclude(self.trustee, judgement.row, record)
                self.rows[judgement.row.label] = judgement.row
        return judgement.answer

    def carry(self, order: trustees.Order, row: Row, now: int) -> list[Token]:
        if isinstance(order, Revoke):
            label = Label.decode(parse(Request.decode(row.request).m1).label or b"")
            statuses = [item.status for item in (*label.lefts, *label.rights) if item.status is not None]
            return [self.issuer.obey(order, each, now) for each in statuses if each.index is not None]
        record = self.system(order.system).obey(order, now)
        return [] if record is None else [record]

    def system(self, key: bytes) -> Mint:
        return self.bank if key == BANK.signing.public else self.mint

    def make_final(self, keeper: bytes, proof: bytes, now: int) -> Token:
        issuing = keeper == ISSUER.signing.public
        return self.issuer.make_final(proof, now) if issuing else self.system(keeper).capture(proof, now)


@dataclass
class Side:
    """One party: its context, its durable journal of events, and what it wants done."""

    context: Context
    state: State
    journal: list[tuple[Event, int]] = field(default_factory=list)
    wants: list[Effect] = field(default_factory=list)

    def feed(self, event: Event, now: int) -> None:
        self.state, effects = step(self.context, self.state, event, now)
        self.journal.append((event, now))
        self.wants.extend(effects)

    def crash(self) -> None:
        """Forget everything but the journal, and come back."""
        state = State(self.context.role)
        for event, now in self.journal:
            state, _ = step(self.context, state, event, now)
        assert state == self.state == State.decode(encode(state))
        self.wants = list(owed(self.context, state))

    @property
    def finished(self) -> Finished | None:
        return next((each for each in self.wants if isinstance(each, Finished)), None)

    def gained(self, name: str) -> bytes | None:
        return next((token.data for token in self.state.gains if token.name == name), None)


class World:
    """Everything that takes part in one exchange of `kind`. Time stands still unless the test moves `now`."""

    def __init__(self, kind: str) -> None:
        self.now, self.kind = START, kind
        self.label = label_for(kind)
        self.mint = Mint()
        self.court = Court(self.mint)
        self.a = Side(*join(self.label, Role.INITIATOR, SELLER.crypto))
        self.b = Side(*join(self.label, Role.RESPONDER, BUYER.crypto))
        self.relay: Callable[[int, bytes], bytes | None] = lambda number, message: message

    def begin(self) -> None:
        event = begin(self.a.context)
        self.hold(event.attachments)
        self.a.feed(event, self.now)

    def consent(self) -> Consent:
        event = consent_in(self.b.context.case, self.b.context.rules, CAST)
        self.hold(event.attachments)
        return event

    def hold(self, attachments: Attachments) -> None:
        """Whatever is promised as held is held."""
        for part in attachments:
            for system in (self.mint, self.court.bank):
                with suppress(SemperError):
                    system.take(part)

    def run(self) -> None:
        """Do what both sides want until nobody wants anything that can be done."""
        moved = True
        while moved:
            moved = self.perform(self.a, self.b)
            moved = self.perform(self.b, self.a) or moved

    def perform(self, side: Side, other: Side) -> bool:
        todo = [each for each in side.wants if not isinstance(each, Finished)]
        side.wants = [each for each in side.wants if isinstance(each, Finished)]
        moved = [self.do(effect, side, other) for effect in todo]
        return any(moved)

    def do(self, effect: Effect, side: Side, other: Side) -> bool:
        if isinstance(effect, Send):
            number = 1 + (side.state.m1, side.state.m2, side.state.m3, side.state.m4).index(effect.message)
            arrived = self.relay(number, effect.message)
            if arrived is not None and (effect.until is None or self.now <= effect.until):
                other.feed(Received(arrived), self.now)
        elif isinstance(effect, Review):
            side.feed(self.consent(), self.now)
        elif isinstance(effect, Finalise):
            if self.court.mint_down:
                side.wants.append(effect)
                return False
            side.feed(Settled(self.court.make_final(effect.keeper, effect.proof, self.now)), self.now)
        elif isinstance(effect, AskTrustee):
            answer = self.court.ask(effect.request, self.now)
            if answer is None:
                side.wants.append(effect)
                return False
            side.feed(Decided(answer), self.now)
        return True

    def pass_time(self, to: int) -> None:
        self.now = to
        self.expire(to)
        for side in (self.a, self.b):
            side.feed(Tick(), to)

    def expire(self, now: int) -> None:
        for system in (self.mint, self.court.bank):
            system.expire(now)

    def settle(self, side: Side) -> None:
        """Tell a side what the mint itself says of the hold."""
        record = self.mint.records.get(label_of(self.label))
        if record is not None:
            side.feed(Settled(record), self.now)

    def drop(self, *numbers: int) -> None:
        self.relay = lambda number, message: None if number in numbers else message


GAINS = {
    "held": (CAPTURE_RIGHT, CAPTURED, RELEASED), "information": (CONTENT_KEY_GAIN,), "access": (ACCESS,),
    "document": (), "presentation": (),
    None: (CAPTURE_RIGHT, CAPTURED, RELEASED, CONTENT_KEY_GAIN, RECEIPT, SUBSTITUTE),
}  # fmt: skip
"""What shows that a side has an item, by its form: one of these among its gains."""


def missing(world: World, side: Side) -> list[str]:
    """The kinds of the items that a finished side should have and cannot show, alone or with messages 1 to 4."""
    mine = [place for place in places(world.label) if place.first == (side is world.b)]
    names = {token.name for token in side.state.gains}
    done = side.state.outcome == "done"
    signed = side.state.m3 is not None and (side.state.m4 is not None or side is world.b)
    found = []
    for place in mine:
        by_signature = place.item.form in ("document", "presentation") or world.label.kind == "contract"
        has = bool(names & set(GAINS[place.item.form])) or (by_signature and (signed or SUBSTITUTE in names))
        if has != done:
            found.append(place.item.kind)
    return found


def begin(context: Context) -> Begin:
    """The event that opens an exchange of the context's kind."""
    return begin_in(context.case, CAST)


def label_for(kind: str, **changes: object) -> Label:
    """The label of an acceptable exchange of `kind` between the world's participants."""
    return label_in(kind, CAST, **changes)


def refused(code: str) -> Refusal:
    """Expect a SemperError with `code`, in good words, and keep it as `.error`."""
    return Refusal(code)


class Refusal:
    def __init__(self, code: str) -> None:
        self.code = code
        self.error: SemperError | None = None

    def __enter__(self) -> Refusal:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        assert isinstance(error, SemperError), f"expected {self.code}, got {error!r}"
        assert error.code == self.code, f"expected {self.code}, got {error.code}: {error}"
        assert str(error).startswith("cannot ")
        self.error = error
        return True
