"""A buyer's or a merchant's host dies at every commit of shipping, inspecting and sending back, and comes back.

Bank, trustee and post are the test's; homes, archives and deals are real ones. What people do, they do again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from semper_host.commerce.events import Choose
from semper_host.host.business import BUYER, SELLER
from semper_host.host.deals import Deals
from semper_host.host.live_deal import LiveDeal
from tests.commerce.evidence_world import Fair, Party
from tests.host.postal import by_post
from tests.host.street import Killed, Mortal

GOODS = b"a parcel's number: 4711"
CHOICES = {"inspect": "unsatisfied", "approve": "approve"}
STEPS = [("ship", "ok"), ("inspect", "unsatisfied"), ("returns", "ok"), ("approve", "approve"), ("credit", "ok")]
COMMITS = {BUYER: 15, SELLER: 15}
"""How many there are from the payment to the end; deaths beyond them test nothing."""


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Fair:
    return Fair(tmp_path_factory.mktemp("post"), by_post)


@contextmanager
def mortal(party: Party) -> Iterator[Mortal]:
    life = Mortal(party.home.archive)
    try:
        yield life
    finally:
        life.rise()
        life.bury()


def people_act(party: Party, live: LiveDeal) -> None:
    """The person of this side does what the deal waits for."""
    steps = party.deals.steps
    wanted = steps.wanted(live)
    if isinstance(wanted, Choose):
        steps.decide(live, CHOICES[wanted.step])
    elif wanted is not None and wanted.step != "credit":  # which both sides' agreement fixes
        steps.give(live, GOODS if wanted.step == "ship" else None)


def turn(fair: Fair, one: Party, other: Party) -> None:
    people_act(one, one.deal)
    one.deals.work(one.deal)
    if one.home.archive.outbox(one.deal.business.ends.session):
        fair.post(one, other)


def restart(fair: Fair, party: Party) -> None:
    """The process is new: nothing but the archive is left."""
    deal = party.deal.id
    party.deals = Deals(party.home, fair.perform, fair.clock)
    party.live = party.deals.find(deal)


def paid(fair: Fair) -> tuple[Party, Party]:
    """A deal that is agreed and paid, with nothing left of that to be done."""
    buyer, seller = fair.begin()
    for _ in range(6):
        for one, other in ((seller, buyer), (buyer, seller)):
            for owed in one.deal.todo.values():
                owed.at = 0
            one.deals.work(one.deal)
            if one.home.archive.outbox(one.deal.business.ends.session):
                fair.post(one, other)
    assert not buyer.deal.state.pending and not seller.deal.state.pending
    assert buyer.deal.state.place == seller.deal.state.place == "ship"
    return buyer, seller


def carry_on(fair: Fair, buyer: Party, seller: Party, life: Mortal, dying: Party) -> int:
    """Go on to the end, whoever dies on the way; return how often somebody did."""
    deaths = 0
    for _ in range(30):
        for one, other in ((seller, buyer), (buyer, seller)):
            try:
                turn(fair, one, other)
            except Killed:
                deaths += 1
                life.rise()
                restart(fair, dying)
        if buyer.deal.over and seller.deal.over:
            return deaths
    raise AssertionError((buyer.deal.state.place, seller.deal.state.place, buyer.deal.trouble, seller.deal.trouble))


def check(fair: Fair, buyer: Party, seller: Party) -> None:
    """Everything happened once, to both; each side's own evidence shows it."""
    for party in (buyer, seller):
        assert [(past.name, past.outcome) for past in party.deal.state.past][2:] == STEPS
        proved = fair.verify(fair.export(party))
        assert [(step.name, step.outcome) for step in proved.steps][2:] == STEPS
        assert (proved.outcome.end, proved.deviations) == ("credited", ())
        assert all(step.contradictions == () for step in proved.steps)
    files: dict[str, Any] = {
        path.name: path.read_bytes()
        for party in (buyer, seller)
        for path in (party.home.path / "received" / buyer.deal.id.hex()[:16]).iterdir()
    }
    assert sorted(files) == ["credit", "returns", "ship"]
    assert files["ship"] == files["returns"] == GOODS


def dies(fair: Fair, side: str, at: int, durable: bool) -> None:
    buyer, seller = paid(fair)
    dying = buyer if side == BUYER else seller
    with mortal(dying) as life:
        life.die_at(at, durable=durable)
        assert carry_on(fair, buyer, seller, life, dying) == 1
    check(fair, buyer, seller)


@pytest.mark.parametrize("side", [BUYER, SELLER])
def test_every_commit_has_its_crash(fair: Fair, side: str) -> None:
    buyer, seller = paid(fair)
    dying = buyer if side == BUYER else seller
    with mortal(dying) as life:
        assert carry_on(fair, buyer, seller, life, dying) == 0
        assert life.count == COMMITS[side]
    check(fair, buyer, seller)


@pytest.mark.parametrize(("side", "at"), [(side, at) for side, count in COMMITS.items() for at in range(1, count + 1)])
def test_a_host_that_dies_at_a_commit_goes_on_where_it_was(fair: Fair, side: str, at: int) -> None:
    dies(fair, side, at, durable=bool(at % 2))


@pytest.mark.deep
@pytest.mark.parametrize(("side", "at"), [(side, at) for side, count in COMMITS.items() for at in range(1, count + 1)])
def test_a_host_that_dies_on_the_other_side_of_a_commit_goes_on_too(fair: Fair, side: str, at: int) -> None:
    dies(fair, side, at, durable=not at % 2)
