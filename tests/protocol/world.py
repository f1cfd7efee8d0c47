"""A whole exchange in memory: two parties, a trustee and a mint with real keys, and a network that the test drives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from semper_host.exchange import trustee as trustees
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.events import (
    AskTrustee,
    Begin,
    Consent,
    Decided,
    Effect,
    Event,
    Finished,
    Received,
    Review,
    Send,
    Settled,
    Tick,
)
from semper_host.exchange.fair_exchange import join, owed, step
from semper_host.exchange.items import HoldTerms, ItemRef, Party, Token
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import Label, label_of, make_label
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.requests import label_in
from semper_host.exchange.state import Context, Role, State
from semper_host.exchange.trustee import Judgement, Release, Row, Trustee
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
from semper_host.model.money import Money
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey

START = 1_000_000
T2, T_RESOLVE, EXPIRY = START + 60, START + 120, START + 600
PRICE = Money(1990, "EUR")
CONTRACT, ORDER, INVOICE = b"we offer a course", b"I order the course", b"one course: 19.90 EUR"
CONTENT_KEY, K1, K2 = b"\x0c" * 32, b"\x01" * 32, b"\x02" * 32
GOODS = fair_purchase.Goods((fair_purchase.Part("course", b"\x0e" * 32, sha256(CONTENT_KEY).digest()),))


def hashed(data: bytes) -> bytes:
    return sha256(data).digest()


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


SELLER, BUYER, TRUSTEE, MINT = Keys.of("seller"), Keys.of("buyer"), Keys.of("trustee"), Keys.of("mint")
OTHER = Keys.of("somebody else")


@dataclass
class Mint:
    """A payment system that holds, captures, voids and releases under labels, one hold a label."""

    keys: Keys = MINT
    holds: dict[bytes, tuple[Held, str]] = field(default_factory=dict)
    refused: set[bytes] = field(default_factory=set)
    records: dict[bytes, Token] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=lambda: {"eurocom": 0, "buyer": 5000})

    def hold(self, label: Label, payer: str = "buyer", hold_id: bytes = b"h" * 16) -> bytes:
        """Take the price from the payer and return HELD."""
        name, terms = label_of(label), label.holds[0]
        assert name not in self.holds and name not in self.refused
        self.balances[payer] -= terms.amount.minor
        held = Held(
            name, hold_id, terms.payee, terms.amount, terms.least_expiry, label.responder.signing,
            label.initiator.signing, label.trustee.signing, self.keys.signing.public, b"r" * 32,
        )  # fmt: skip
        self.holds[name] = (held, "held")
        return self.keys.crypto.sign(encode(held), HELD)

    def capture(self, signed: bytes, now: int) -> Token:
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
            self.balances["buyer" if kind == VOIDED else held.payee] += held.amount.minor
            ended = Settlement(label, held.hold, held.payee, held.amount, now, sealed if kind == RELEASED else b"")
            self.records[label] = Token(kind, self.keys.crypto.sign(encode(ended), kind))
        return self.records[label]


@dataclass
class Court:
    """The trustee with its table of rows; `down` and `mint_down` say who cannot be reached."""

    mint: Mint
    trustee: Trustee = field(
        default_factory=lambda: Trustee(TRUSTEE.crypto, TRUSTEE.signing.public, TRUSTEE.sealing.public)
    )
    rows: dict[bytes, Row] = field(default_factory=dict)
    equivocations: list[bytes] = field(default_factory=list)
    down: bool = False
    mint_down: bool = False

    def ask(self, request: bytes, now: int) -> bytes | None:
        """Return the trustee's answer, or None if it cannot answer yet."""
        if self.down:
            return None
        row = self.rows.get(label_in(request))
        judgement = trustees.judge(self.trustee, row, request, now)
        if judgement.equivocation is not None:
            self.equivocations.append(judgement.equivocation)
        return self.follow(judgement, now)

    def retry(self, now: int) -> None:
        for row in list(self.rows.values()):
            self.follow(trustees.resume(self.trustee, row), now)

    def follow(self, judgement: Judgement, now: int) -> bytes | None:
        if judgement.write:
            self.rows[judgement.row.label] = judgement.row
        for order in judgement.effects if not self.mint_down else ():
            record = self.mint.obey(order, now)
            if record is not None:
                return self.follow(trustees.conclude(self.trustee, judgement.row, record), now)
        return judgement.answer


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
        self.now = START
        self.label = label_for(kind)
        self.mint = Mint()
        self.court = Court(self.mint)
        self.a = Side(*join(self.label, Role.INITIATOR, SELLER.crypto))
        self.b = Side(*join(self.label, Role.RESPONDER, BUYER.crypto))
        self.relay: Callable[[int, bytes], bytes | None] = lambda number, message: message

    def begin(self) -> None:
        self.a.feed(begin(self.a.context), self.now)

    def consent(self) -> Consent:
        return Consent((self.mint.hold(self.label),) if self.label.holds else (ORDER,))

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
        elif isinstance(effect, AskTrustee):
            answer = self.court.ask(effect.request, self.now)
            if answer is None:
                side.wants.append(effect)
                return False
            side.feed(Decided(answer), self.now)
        return True

    def pass_time(self, to: int) -> None:
        self.now = to
        self.mint.expire(to)
        for side in (self.a, self.b):
            side.feed(Tick(), to)

    def settle(self, side: Side) -> None:
        """Tell a side what the mint itself says of the hold."""
        record = self.mint.records.get(label_of(self.label))
        if record is not None:
            side.feed(Settled(record), self.now)

    def drop(self, *numbers: int) -> None:
        self.relay = lambda number, message: None if number in numbers else message


def begin(context: Context) -> Begin:
    """The event that opens an exchange of the context's kind."""
    match context.case.label.kind:
        case "contract":
            return Begin((CONTRACT,))
        case "payment-receipt":
            return Begin((INVOICE,))
    return Begin(*fair_purchase.prepare(context.case, GOODS, (CONTENT_KEY,), K1, K2))


def label_for(kind: str, **changes: object) -> Label:
    """The label of an acceptable exchange of `kind` between the world's participants."""
    left, right = {
        "contract": (ItemRef("statement", "offer", hashed(CONTRACT)), ItemRef("statement", "order", hashed(ORDER))),
        "fair-purchase": (
            ItemRef("statement", "information", hashed(encode(GOODS))),
            ItemRef("money", "price", amount=PRICE),
        ),
        "payment-receipt": (
            ItemRef("credential", "receipt", hashed(INVOICE)),
            ItemRef("money", "price", amount=PRICE),
        ),
    }[kind]
    holds = (HoldTerms(MINT.signing.public, "eurocom", PRICE, EXPIRY),) if right.amount else ()
    fields: dict[str, object] = {
        "deal": b"D" * 32, "step": "pay", "kind": kind, "initiator": SELLER.party, "responder": BUYER.party,
        "trustee": TRUSTEE.party, "left": left, "right": right, "holds": holds, "t2": T2, "t_resolve": T_RESOLVE,
        "nonce_a": b"a" * 16, "nonce_b": b"b" * 16,
    }  # fmt: skip
    return make_label(**{**fields, **changes})  # type: ignore[arg-type]


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


def every_kind() -> Iterator[str]:
    yield from ("contract", "fair-purchase", "payment-receipt")
