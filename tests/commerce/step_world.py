"""A deal of transfers and decisions in memory: two engines with their journals, and a network that the test drives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.deal import wakes_at
from semper_host.commerce.events import (
    Arrived,
    Choose,
    Chosen,
    Declined,
    Effect,
    Event,
    Followed,
    Give,
    Opened,
    Prepared,
    Send,
    Store,
    Ticked,
)
from semper_host.commerce.goods import Basis, handed
from semper_host.commerce.plan import Payee, Plan
from semper_host.commerce.projection import project
from semper_host.exchange import transfer as transfers
from semper_host.model.errors import SemperError
from tests.commerce.deal_world import DEAL, Side
from tests.protocol.world import BUYER, SELLER, START, TRUSTEE, Keys

Relay = Callable[[Side, Send], Send | None]


def plan_for(bound: BoundTerms, role: str, me: Keys, peer: Keys) -> Plan:
    """One side's plan of a deal without exchanges."""
    return Plan(
        automaton=project(bound, role), deal=DEAL, me=me.party, peer=peer.party, trustee=TRUSTEE.party,
        crypto=me.crypto, stakes={}, my_nonce=sha256(me.signing.public).digest(),
        peer_nonce=sha256(peer.signing.public).digest(), handed=handed(bound, Basis({}, b"", Payee(b"", ""))),
    )  # fmt: skip


@dataclass
class Taker(Side):
    """One side, with what came into its home."""

    stored: list[tuple[str, bytes]] = field(default_factory=list)


class StepWorld:
    """Seller and buyer under terms of transfers and decisions. Nothing moves unless the test moves it."""

    def __init__(self, bound: BoundTerms) -> None:
        self.now = START
        self.seller = Taker(plan_for(bound, "seller", SELLER, BUYER))
        self.buyer = Taker(plan_for(bound, "buyer", BUYER, SELLER))
        self.choices: dict[str, str] = {}  # by the step's name in the terms; without one nothing is decided
        self.items: dict[str, bytes] = {}  # likewise
        self.errors: list[SemperError] = []
        self.relay: Relay = lambda sender, send: send

    @property
    def sides(self) -> tuple[Taker, Taker]:
        return self.seller, self.buyer

    def other(self, side: Side) -> Taker:
        return self.buyer if side is self.seller else self.seller

    def open(self) -> StepWorld:
        for side in self.sides:
            side.feed(Opened(self.now))
        return self

    def feed(self, side: Side, event: Event) -> None:
        """Make an event count, or keep why not."""
        before = side.state
        try:
            side.feed(event)
        except SemperError as error:
            assert error.message.startswith("cannot")
            assert side.state is before
            self.errors.append(error)

    def work(self, side: Taker) -> bool:
        """Do the first effect that can be done; say whether there was one."""
        for effect in side.wants:
            event = self.answer(side, effect)
            if event is not None:
                self.feed(side, event)
                return True
        return False

    def answer(self, side: Taker, effect: Effect) -> Event | None:
        """Do what a host does."""
        match effect:
            case Give(step):
                spec = side.plan.automaton.step(step)
                item = self.items.get(spec.step)
                if item is None:
                    return None
                if not item:
                    return Declined(self.now, step, "there is none left")
                return Prepared(self.now, step, (transfers.give(side.plan.transfer(spec), side.plan.crypto, item),))
            case Choose(step):
                choice = self.choices.get(side.plan.automaton.step(step).step)
                return None if choice is None else Chosen(self.now, step, choice)
            case Store(step, item):
                side.stored.append((step, item))
                return Followed(self.now, step, "Store")
        return None

    def deliver(self, sender: Taker, *, again: bool = False) -> bool:
        """Deliver the sender's oldest message; `again`: and keep it, so that it comes a second time."""
        if not sender.outbox:
            return False
        send = sender.outbox[0] if again else sender.outbox.pop(0)
        if send.until is not None and self.now > send.until:
            return True
        relayed = self.relay(sender, send)
        if relayed is not None:
            self.feed(self.other(sender), Arrived(self.now, relayed.step, relayed.message))
        return True

    def run(self) -> None:
        """Go on until nothing moves any more."""
        while any([self.work(side) for side in self.sides] + [self.deliver(side) for side in self.sides]):
            pass

    def pass_time(self, to: int) -> None:
        self.now = max(self.now, to)
        for side in self.sides:
            self.feed(side, Ticked(self.now))

    def finish(self) -> None:
        """Let time pass from deadline to deadline until both sides are done."""
        for _ in range(40):
            self.run()
            waking = [wake for side in self.sides if (wake := wakes_at(side.plan, side.state)) is not None]
            if not waking:
                return
            self.pass_time(min(waking))

    def past(self, side: Taker) -> list[tuple[str, str]]:
        return [(each.name, each.outcome) for each in side.state.past]
