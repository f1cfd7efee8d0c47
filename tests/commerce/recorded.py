"""One exchange of any kind in memory, recorded by both sides as the deal engine records it: chains, not whole files.

The exchange is `tests.protocol.world.World`; terms are one step that is this exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from semper_host.commerce.dispatch import (
    BANK_ROLE,
    CONVICTION,
    EXCHANGE,
    PROOF,
    TRUSTEE_ROLE,
    Dispatch,
    sign_dispatch,
)
from semper_host.commerce.evidence_chain import heads, named_heads, read_chain
from semper_host.commerce.evidence_format import Place
from semper_host.commerce.evidence_observer import OBSERVER
from semper_host.commerce.evidence_proved import Verified
from semper_host.commerce.evidence_story import Story, tell
from semper_host.commerce.evidence_watch import Promises
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Automaton, Part, StepSpec
from semper_host.exchange.events import AskTrustee, Decided, Effect, Finalise, Finished, Received, Send, Settled
from semper_host.exchange.goods import CONVICTION as CONVICTION_GAIN
from semper_host.exchange.labels import Label
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT
from semper_host.model.money import Money
from semper_host.model.outcome import Dissatisfied, Outcome, Satisfied
from semper_host.supporting.archive.evidence import EMPTY, EvidenceHead, Exhibit, link_hash, linked, message_digest
from tests.protocol.world import BUYER as B
from tests.protocol.world import SELLER as A
from tests.protocol.world import TRUSTEE, Keys, Side, World

SIDES = {"seller": A, "buyer": B}
"""The seller begins."""
SALT = b"s" * 16
HELLO, AGREEMENT = b"hello", b"agreement"


class KnownPlan(Plan):
    """A plan of one step whose label is known."""

    known: Label

    def accept_label(self, spec: StepSpec, label: Label, now: int) -> Label:
        if label != self.known and label.nonce_a == self.known.nonce_a:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot join step pay: its label is not the one agreed on")
        return label


def plan_for(label: Label, side: str) -> KnownPlan:
    """An onlooker's plan of a deal that is this one exchange, as `side` has it."""
    first = side == "seller"
    spec: Any = StepSpec(
        name="pay", step="pay", iteration=0, form="exchange", part=Part.INITIATE if first else Part.RESPOND,
        parties=("S", "B"), peer="B" if first else "S", within=60, patience=120, outcomes=("done", "aborted"), tell=(),
        resolve_within=60,
    )  # fmt: skip
    ends = {"END.done": SimpleNamespace(name="sold", satisfied=True)}
    ends["END.aborted"] = SimpleNamespace(name="none", satisfied=False)
    bound: Any = SimpleNamespace(terms=SimpleNamespace(end=lambda name: ends[name]))
    states: dict[str, tuple[str, ...]] = {"pay": ("pay",), "END.done": ("END.done",), "END.aborted": ("END.aborted",)}
    moves = {("pay", "done"): "END.done", ("pay", "aborted"): "END.aborted"}
    automaton = Automaton(bound, "S" if first else "B", "pay", states, {"pay": spec}, moves)
    me, peer = (A, B) if first else (B, A)
    plan = KnownPlan(
        automaton, label.deal, me.party, peer.party, TRUSTEE.party, OBSERVER, {}, label.nonce_a, label.nonce_b
    )
    object.__setattr__(plan, "known", label)
    return plan


@dataclass
class Record:
    """One side's chain of exhibits."""

    side: str
    keys: Keys
    label: Label
    exhibits: list[Exhibit] = field(default_factory=list)
    head: EvidenceHead = EMPTY
    seen: bytes = b""
    step: str = "pay"

    def __post_init__(self) -> None:
        for role, step, message in (("buyer", "hello", HELLO), ("seller", "agreement", AGREEMENT)):
            self.keep(role, message, step)

    def keep(self, role: str, message: bytes, step: str = "") -> None:
        step = step or self.step
        link = linked(self.head, self.label.deal, b"", role, step, message_digest(SALT, message), None)
        self.head = EvidenceHead(link.seq, link_hash(link))
        self.exhibits.append(Exhibit(link, message, SALT))

    def sent(self, body: bytes, kind: str = EXCHANGE) -> bytes:
        """Sign and keep a dispatch."""
        dispatch = Dispatch(self.label.deal, self.step, kind, body, self.head.hash, self.seen)
        signed = sign_dispatch(self.keys.crypto.sign, dispatch)
        self.keep(self.side, signed)
        return signed

    def received(self, signed: bytes, sender: Record) -> None:
        self.seen = Dispatch.decode(self.keys.crypto.open(signed, "deal.dispatch", sender.keys.signing.public)).head
        self.keep(sender.side, signed)


class Recorded(World):
    """An exchange that both sides record."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.records = {side: Record(side, keys, self.label) for side, keys in SIDES.items()}

    def record_of(self, side: Side) -> Record:
        return self.records["seller" if side is self.a else "buyer"]

    def do(self, effect: Effect, side: Side, other: Side) -> bool:
        mine, theirs = self.record_of(side), self.record_of(other)
        if isinstance(effect, Send):
            if effect.until is not None and self.now > effect.until:
                return True
            signed = mine.sent(effect.message)
            number = 1 + (side.state.m1, side.state.m2, side.state.m3, side.state.m4).index(effect.message)
            if self.relay(number, effect.message) is not None:
                theirs.received(signed, mine)
                other.feed(Received(effect.message), self.now)
            return True
        if isinstance(effect, AskTrustee):
            answer = self.court.ask(effect.request, self.now)
            if answer is None:
                side.wants.append(effect)
                return False
            mine.keep(TRUSTEE_ROLE, answer)
            side.feed(Decided(answer), self.now)
            return True
        if isinstance(effect, Finalise):
            record = self.court.make_final(effect.keeper, effect.proof, self.now)
            mine.keep(BANK_ROLE, record.data)
            side.feed(Settled(record), self.now)
            return True
        return super().do(effect, side, other)

    def collect(self) -> None:
        """What follows the exchange: convictions are kept, money is collected, its record kept and sent on."""
        for side, other in ((self.a, self.b), (self.b, self.a)):
            for gain in side.state.gains:
                if gain.name == CONVICTION_GAIN:
                    self.record_of(side).keep(self.record_of(side).side, gain.data, CONVICTION)
                if gain.name == CAPTURE_RIGHT and not (side is self.b and self.b.context.rules.finals):
                    self.capture(gain.data, side, other)

    def capture(self, right: bytes, side: Side, other: Side) -> None:
        hold = next(
            system for system in (self.mint, self.court.bank) for label in system.holds
            if label == side.context.case.id and _granted(system, right)
        )  # fmt: skip
        record = hold.capture(right, self.now)
        self.record_of(side).keep(BANK_ROLE, record.data)
        self.record_of(other).received(self.record_of(side).sent(record.data, PROOF), self.record_of(side))

    def finish(self) -> None:
        """Let time pass until both are done, everybody reachable."""
        self.run()
        if any(side.finished is None for side in (self.a, self.b)):
            self.pass_time(self.label.t2 + 1)
            self.run()
        self.collect()


def _granted(system: Any, right: bytes) -> bool:
    try:
        system.keys.crypto.open(right, CAPTURE_RIGHT, next(iter(system.holds.values()))[0].payer)
    except PeerDeviated:
        return False
    return True


def places_of(exhibits: Sequence[Exhibit]) -> list[Place]:
    return [Place(f"exhibit {at + 1}", at * 1000, at * 1000 + 999) for at in range(len(exhibits))]


def head_of(exhibits: Sequence[Exhibit]) -> EvidenceHead:
    return EvidenceHead(exhibits[-1].evidence.seq, link_hash(exhibits[-1].evidence))


GoodsOf = Promises
NO_GOODS: GoodsOf = {}


def told(
    record: Record, exhibits: Sequence[Exhibit] | None = None, plan: Plan | None = None, goods: GoodsOf = NO_GOODS
) -> Story:
    """What a stranger makes of a chain, sealed by its side."""
    shown = record.exhibits if exhibits is None else list(exhibits)
    plan = plan or plan_for(record.label, record.side)
    return tell(plan, record.side, read_chain(plan, record.side, shown, places_of(shown), HELLO, AGREEMENT), goods)


def verified(
    record: Record, exhibits: Sequence[Exhibit] | None = None, plan: Plan | None = None, goods: GoodsOf = NO_GOODS
) -> Verified:
    """What would be reported of it; terms and parties are beside the point here."""
    shown, story = record.exhibits if exhibits is None else list(exhibits), told(record, exhibits, plan, goods)
    outcome: Outcome = story.outcome()
    assert isinstance(outcome, Satisfied | Dissatisfied)
    return Verified(
        deal=record.label.deal, side=record.side, at=0, outcome=outcome,
        steps=tuple(seen.proved(tuple(story.proofs[name])) for name, seen in story.steps.items()), parties=(),
        service="", service_digest=b"", evaluated_by=(), basket=(), total=Money(0, "EUR"), payment="",
        deviations=tuple(story.deviations), erased=story.erased, exhibits=len(shown), head=b"", heads=heads(shown),
        peer_heads=named_heads(story.plan, shown, record.side),
    )  # fmt: skip


def finished(world: World) -> dict[str, Finished]:
    return {"seller": world.a.finished, "buyer": world.b.finished}  # type: ignore[dict-item]  # all are over
