"""A world whose network, clocks, trustee and payment systems do what a schedule says; and how it must end."""

from __future__ import annotations

from contextlib import suppress

from semper_host.exchange.conservation import Balance, Holdings, check
from semper_host.exchange.events import (
    AskTrustee,
    Decided,
    Finalise,
    Finished,
    Insist,
    Received,
    Review,
    Send,
    Settled,
    Tick,
    Withdraw,
)
from semper_host.exchange.labels import label_of
from semper_host.exchange.state import Phase
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURE_RIGHT
from semper_host.model.money import Money
from tests.protocol.world import EXPIRY, T2, Side, World, missing

ACTS = (
    "send", "lose", "repeat", "replay", "crash a", "crash b", "tick a", "tick b", "late", "insist a", "insist b",
    "withdraw a", "withdraw b", "court down", "court up", "mint down", "mint up",
)  # fmt: skip
"""What can happen."""


class Schedule:
    """A world whose network holds messages until the schedule says what becomes of each."""

    def __init__(self, kind: str, world: World | None = None) -> None:
        self.world = world or World(kind)
        self.wire: list[tuple[Side, bytes]] = []
        self.old: list[tuple[Side, bytes]] = []
        self.world.begin()

    def act(self, act: str) -> None:
        world = self.world
        side = world.a if act.endswith(" a") else world.b
        own: dict[str, Tick | Insist | Withdraw] = {"tick": Tick(), "insist": Insist(), "withdraw": Withdraw()}
        match act.split(maxsplit=1)[0]:
            case "send" | "lose" | "repeat" if self.wire:
                self.deliver({"lose": 0, "send": 1, "repeat": 2}[act])
            case "replay":
                for target, message in self.old:
                    self.feed(target, Received(message))
            case "crash":
                side.crash()
            case "late":
                world.now = max(world.now, T2 + 1)
            case "court":
                world.court.down = act.endswith("down")
            case "mint":
                world.court.mint_down = act.endswith("down")
            case name if name in own:
                self.feed(side, own[name])
        self.effects()

    def deliver(self, times: int) -> None:
        target, message = self.wire.pop(0)
        for _ in range(times):
            self.feed(target, Received(message))
        self.old.append((target, message))

    def feed(self, side: Side, event: Received | Tick | Insist | Withdraw | Decided | Settled) -> None:
        try:
            side.feed(event, self.world.now)
        except SemperError:
            return

    def effects(self) -> None:
        world = self.world
        for side, other in ((world.a, world.b), (world.b, world.a)):
            wants, side.wants = side.wants, []
            for effect in wants:
                match effect:
                    case Send(message, until) if until is None or world.now <= until:
                        self.wire.append((other, message))
                    case Review():
                        if label_of(world.label) not in {*world.mint.refused, *world.court.bank.refused}:
                            self.feed_consent(side)
                    case AskTrustee(_, request):
                        answer = world.court.ask(request, world.now)
                        if answer is None:
                            side.wants.append(effect)
                        else:
                            self.feed(side, Decided(answer))
                    case Finalise(keeper, proof) if not world.court.mint_down:
                        self.feed(side, Settled(world.court.make_final(keeper, proof, world.now)))
                    case Finished() | Finalise():
                        side.wants.append(effect)

    def feed_consent(self, side: Side) -> None:
        side.feed(self.world.consent(), self.world.now)

    def close(self) -> None:
        """The trustee and the mint can be reached again, and both sides act in time."""
        world = self.world
        world.court.down = world.court.mint_down = False
        world.now = max(world.now, T2 + 1)
        world.court.retry(world.now)
        for _ in range(4):
            for side in (world.a, world.b):
                self.feed(side, Tick())
            self.effects()
        for token in world.a.state.gains:
            if token.name == CAPTURE_RIGHT:
                for system in (world.mint, world.court.bank):
                    with suppress(SemperError, AssertionError):
                        system.capture(token.data, world.now)
        world.expire(EXPIRY)


def check_end(schedule: Schedule) -> None:
    """Both sides have everything or nothing, they agree, and the money is where that says."""
    world = schedule.world
    assert world.a.state.phase == Phase.FINISHED
    if world.b.state.phase == Phase.START:
        assert world.a.state.outcome == "aborted"
        return
    assert world.b.state.phase == Phase.FINISHED
    assert world.a.state.outcome == world.b.state.outcome
    assert missing(world, world.a) == missing(world, world.b) == []
    check(holdings(World(world.kind)), holdings(world))
    fresh = World(world.kind)
    for terms in world.label.holds if world.a.state.outcome == "done" else ():
        balances = fresh.court.system(terms.system).balances
        payer = "buyer" if terms.payee == "eurocom" else "eurocom"
        balances[payer], balances[terms.payee] = (
            balances[payer] - terms.amount.minor, balances[terms.payee] + terms.amount.minor,
        )  # fmt: skip
    assert (world.mint.balances, world.court.bank.balances) == (fresh.mint.balances, fresh.court.bank.balances)


def holdings(world: World) -> Holdings:
    pairs = ((world.mint, "EUR"), (world.court.bank, "USD"))
    return Holdings(
        tuple(Balance(name, Money(minor, unit)) for system, unit in pairs for name, minor in system.balances.items())
    )
