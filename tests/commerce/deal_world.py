"""A whole deal in memory under the courseware terms: both engines, their journals, a trustee, a mint, a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.deal import advance, is_over, outcome, owed, wakes_at
from semper_host.commerce.deal_state import DealState
from semper_host.commerce.events import (
    Arrived,
    AskTrustee,
    Capture,
    Confirm,
    Declined,
    Effect,
    End,
    Event,
    Followed,
    Opened,
    Prepare,
    Prepared,
    Reclaim,
    Ruled,
    Send,
    Ticked,
    Unlock,
    read,
    write,
)
from semper_host.commerce.goods import Basis, handed, stakes, statement_items
from semper_host.commerce.plan import Payee, Plan
from semper_host.commerce.projection import project
from semper_host.exchange.kinds import fair_purchase, open_case
from semper_host.exchange.labels import Label, label_of
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED
from semper_host.model.money import Money
from semper_host.model.outcome import Satisfied
from tests.protocol.world import BUYER, CONTENT_KEY, GOODS, K1, K2, MINT, SELLER, START, TRUSTEE, Court, Keys, Mint

TOTAL = Money(1990, "EUR")
DEAL = b"D" * 32
DOCUMENT = b"the text of %s"


def plan_for(bound: BoundTerms, role: str, me: Keys, peer: Keys, **changes: object) -> Plan:
    """One side's plan of a deal for `TOTAL`."""
    settled = bound.settle({"price": TOTAL})
    digests = {item: sha256(DOCUMENT % item.name.encode()).digest() for item in statement_items(settled)}
    basis = Basis(digests, sha256(encode(GOODS)).digest(), Payee(MINT.signing.public, "eurocom"))
    fields: dict[str, object] = {
        "automaton": project(settled, role), "deal": DEAL, "me": me.party, "peer": peer.party,
        "trustee": TRUSTEE.party, "crypto": me.crypto,
        "stakes": stakes(settled, basis), "handed": handed(settled, basis),
        "my_nonce": sha256(me.signing.public).digest(), "peer_nonce": sha256(peer.signing.public).digest(),
    }  # fmt: skip
    return Plan(**{**fields, **changes})  # type: ignore[arg-type]


@dataclass
class Side:
    """One party: what it believes, what it wrote down, what it wants to send."""

    plan: Plan
    state: DealState = field(default_factory=DealState)
    journal: list[bytes] = field(default_factory=list)
    outbox: list[Send] = field(default_factory=list)
    keys: tuple[bytes, ...] = ()

    def feed(self, event: Event) -> tuple[Effect, ...]:
        """Make an event count; what it wants done must be exactly what a restart would find still to be done."""
        before, (state, effects) = self.state, advance(self.plan, self.state, event)
        if state == before and not effects:
            return ()
        self.state = state
        self.journal.append(write(event))
        self.outbox += [effect for effect in effects if isinstance(effect, Send)]
        now_owed = owed(self.plan, state)
        assert {e for e in effects if not isinstance(e, Send)} <= set(now_owed) | {End(state.place)}
        return effects

    def crash(self) -> None:
        """Forget everything but the journal; the outbox is kept with it."""
        state = DealState()
        for entry in self.journal:
            state, _ = advance(self.plan, state, read(entry))
        assert state == self.state
        self.state = state

    @property
    def wants(self) -> tuple[Effect, ...]:
        return tuple(effect for effect in owed(self.plan, self.state) if not isinstance(effect, End))

    @property
    def over(self) -> bool:
        return is_over(self.plan, self.state)

    @property
    def satisfied(self) -> bool:
        return isinstance(outcome(self.plan, self.state), Satisfied)

    @property
    def why(self) -> str:
        return getattr(outcome(self.plan, self.state), "why", "")


class DealWorld:
    """Seller and buyer with what stands around them. Nothing moves unless the test moves it."""

    def __init__(self, bound: BoundTerms) -> None:
        self.now = START
        self.mint = Mint(balances={"eurocom": 0, "buyer": 5000})
        self.court = Court(self.mint)
        self.seller = Side(plan_for(bound, "seller", SELLER, BUYER))
        self.buyer = Side(plan_for(bound, "buyer", BUYER, SELLER))
        self.errors: list[SemperError] = []
        self.declines: str = ""  # a step at which the buyer's person, purse or service says no
        self.content_key = CONTENT_KEY
        self.second = K2
        self.relay: Callable[[str, Send], Send | None] = lambda sender, send: send

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.seller, self.buyer

    def open(self) -> None:
        for side in self.sides:
            side.feed(Opened(self.now))

    def feed(self, side: Side, event: Event) -> None:
        """Make an event count, or keep why not."""
        before = side.state
        try:
            side.feed(event)
        except SemperError as error:
            assert error.message.startswith("cannot")
            assert side.state is before
            self.errors.append(error)

    def work(self, side: Side) -> bool:
        """Do the first effect that can be done; say whether there was one."""
        for effect in side.wants:
            event = self.buys(effect) if side is self.buyer else self.sells(effect)
            if event is not None:
                self.feed(side, event)
                return True
        return False

    def deliver(self, sender: Side, *, again: bool = False) -> bool:
        """Deliver the sender's oldest message; `again`: and keep it, so that it comes a second time."""
        if not sender.outbox:
            return False
        send = sender.outbox[0] if again else sender.outbox.pop(0)
        if send.until is not None and self.now > send.until:
            return True
        name = "seller" if sender is self.seller else "buyer"
        relayed = self.relay(name, send)
        if relayed is not None:
            other = self.buyer if sender is self.seller else self.seller
            self.feed(other, Arrived(self.now, relayed.step, relayed.message))
        return True

    def run(self) -> None:
        """Go on until nothing moves any more."""
        while any([self.work(side) for side in self.sides] + [self.deliver(side) for side in self.sides]):
            pass

    def pass_time(self, to: int) -> None:
        self.now = max(self.now, to)
        self.mint.expire(self.now)
        for side in self.sides:
            self.feed(side, Ticked(self.now))

    def finish(self) -> None:
        """Let time pass from deadline to deadline, everybody reachable, until both sides are done."""
        self.court.down = self.court.mint_down = False
        for _ in range(40):
            self.run()
            waking = [wake for side in self.sides if (wake := wakes_at(side.plan, side.state)) is not None]
            if not waking:
                break
            self.pass_time(min(waking))
        self.run()
        self.pass_time(self.now + 10_000_000)  # whatever is still held expires
        self.run()

    def check_fair(self) -> None:
        """Both or neither; the money is somewhere, once; both sides are done."""
        paid = self.mint.balances["eurocom"] == TOTAL.minor
        assert all(side.over for side in self.sides), [side.state.place for side in self.sides]
        assert sum(self.mint.balances.values()) == 5000
        assert self.mint.balances["eurocom"] in (0, TOTAL.minor)
        assert bool(self.buyer.keys) == paid
        assert self.buyer.satisfied == self.seller.satisfied == paid

    def sells(self, effect: Effect) -> Event | None:
        plan = self.seller.plan
        match effect:
            case Prepare(label=Label(kind="fair-purchase") as label):
                case, _ = open_case(label, plan.crypto)
                parts = fair_purchase.prepare(case, GOODS, (self.content_key,), K1, self.second)
                return Prepared(self.now, effect.step, *parts)
            case Prepare():
                return Prepared(self.now, effect.step, (DOCUMENT % b"offer",))
            case Capture():
                record = self.mint.records.get(effect.label) or self.mint.capture(effect.right, self.now)
                return Followed(self.now, effect.step, "Capture", record.name, record.data)
        return self.both(effect)

    def buys(self, effect: Effect) -> Event | None:
        match effect:
            case Prepare() if effect.step == self.declines:
                return Declined(self.now, effect.step, "the purse is empty")
            case Prepare(label=Label() as label) if label.holds:
                if label_of(label) in self.mint.refused:
                    return Declined(self.now, effect.step, "the trustee aborted the exchange before the hold")
                return Prepared(self.now, effect.step, (self.mint.hold(label),))
            case Prepare():
                return Prepared(self.now, effect.step, (DOCUMENT % b"order",))
            case Unlock():
                self.buyer.keys = effect.keys
                return Followed(self.now, effect.step, "Unlock")
            case Reclaim():
                return self.reclaimed(effect)
        return self.both(effect)

    def both(self, effect: Effect) -> Event | None:
        match effect:
            case AskTrustee():
                answer = self.court.ask(effect.request, self.now)
                return None if answer is None else Ruled(self.now, effect.step, answer)
            case Confirm():
                record = self.mint.records.get(effect.label)
                if record is not None and record.name in (CAPTURED, RELEASED, VOIDED):
                    return Followed(self.now, effect.step, "Confirm", record.name, record.data)
        return None

    def reclaimed(self, effect: Reclaim) -> Event | None:
        if effect.label not in self.mint.holds:
            return Followed(self.now, effect.step, "Reclaim")
        record = self.mint.records.get(effect.label)
        if record is None:
            return None
        assert record.name == VOIDED
        return Followed(self.now, effect.step, "Reclaim", record.name, record.data)
