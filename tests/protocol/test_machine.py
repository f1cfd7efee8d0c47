"""A state machine over random packages: any items on either side, any schedule; money is conserved at every step."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from semper_host.exchange.conservation import totals
from semper_host.exchange.state import Phase
from tests.protocol.samples import SIDES
from tests.protocol.schedule import Schedule, check_end, holdings
from tests.protocol.world import World

WHO = st.sampled_from(["a", "b"])


class Packages(RuleBasedStateMachine):
    """Two honest parties with a random package, and everything that may happen around them."""

    @initialize(sides=SIDES)
    def begin(self, sides: tuple[list[str], list[str]]) -> None:
        self.start(Schedule(f"package-items:{' '.join(sides[0])}|{' '.join(sides[1])}"))

    def start(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.before = totals(holdings(World(self.schedule.world.kind)).balances)
        self.finished: dict[str, str] = {}

    @rule()
    def the_network_delivers(self) -> None:
        self.schedule.act("send")

    @rule(what=st.sampled_from(["lose", "repeat", "replay"]))
    def the_network_misbehaves(self, what: str) -> None:
        self.schedule.act(what)

    @rule(who=WHO, what=st.sampled_from(["crash", "tick", "insist", "withdraw"]))
    def a_side_does(self, who: str, what: str) -> None:
        self.schedule.act(f"{what} {who}")

    @rule(who=st.sampled_from(["court", "mint"]), how=st.sampled_from(["up", "down"]))
    def somebody_can_be_reached_or_not(self, who: str, how: str) -> None:
        self.schedule.act(f"{who} {how}")

    @rule()
    def it_gets_late(self) -> None:
        self.schedule.act("late")

    @invariant()
    def money_is_in_accounts_or_held(self) -> None:
        if hasattr(self, "schedule"):
            world = self.schedule.world
            held = totals(holdings(world).balances)
            for system in (world.mint, world.court.bank):
                for hold, state in system.holds.values():
                    if state == "held":
                        held[hold.amount.currency] = held.get(hold.amount.currency, 0) + hold.amount.minor
            assert held == self.before

    @invariant()
    def what_is_finished_stays_so(self) -> None:
        if hasattr(self, "schedule"):
            for name, side in (("a", self.schedule.world.a), ("b", self.schedule.world.b)):
                if side.state.phase is Phase.FINISHED:
                    assert self.finished.setdefault(name, side.state.outcome) == side.state.outcome

    def teardown(self) -> None:
        if hasattr(self, "schedule"):
            self.schedule.close()
            check_end(self.schedule)


TestPackages = Packages.TestCase
TestPackages.settings = settings(
    max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
