"""Deals between two hosts that go on after the payment: shipped, inspected, sent back; by people and by a bundle."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from semper_host.cli import outcome as cli_outcome
from semper_host.commerce.deal_state import outcome
from semper_host.host import acting, evidence, installed, offers, trusting
from semper_host.host import home as homes
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.deal_standing import standing_lines
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import proof_of
from semper_host.host.step_effects import MOST_ITEM, place_of
from semper_host.model.errors import SemperError, UserDeclined
from semper_host.model.money import Money
from semper_host.model.outcome import Satisfied
from semper_host.supporting.preferences import preferences
from semper_host.supporting.preferences.preferences import Preferences
from semper_host.supporting.trusted_ui.screens import Where
from tests.host.commands import commands
from tests.host.marketplace import now
from tests.host.postal import by_post
from tests.host.street import Street, offer, street_in

PRICE, FLOAT = 7, Money(20, "EUR")
GOODS = b"x" * MOST_ITEM


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        thing = offers.ForSale("course", "A course", Money(PRICE, "EUR"), made.content)
        made.books.credit(made.till.account_name, FLOAT)
        proof_of(made.market.payments(made.merchant).withdraw(made.till, FLOAT), "withdraw")
        for name, automatic in (("post", False), ("automat", True)):
            terms = by_post(authorities, automatic=automatic, refund=not automatic)
            installed.install(made.merchant, terms, now())
            made.signed = offer(made, name, pack=terms, things=[thing])
            made.offers[name] = made.signed
        config = made.customer.path / homes.CONFIG
        config.write_text(config.read_text().replace("allow_scripted: false", "allow_scripted: true"))
        preferences.save(made.customer.path, Preferences(driver="scripted"))
        yield made


@pytest.fixture(autouse=True)
def arrived(street: Street) -> Iterator[None]:
    street.arrive()
    yield
    assert sum(street.money().values()) + cash(street) == 1000 + FLOAT.minor


def cash(street: Street) -> int:
    """What the merchant has in coins."""
    purse = street.market.payments(street.merchant).purses(now())[0].purse
    return purse.balance().minor + purse.reserved().minor


def begin(street: Street, name: str = "post") -> LiveDeal:
    """Agree, pay, and go on until somebody has to act."""
    live = street.agree(signed=street.offers[name])
    run_until(street, live, lambda: street.sale(live).awaits_person or live.awaits_person)
    return live


def run_until(street: Street, live: LiveDeal, reached: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    street.buyer.run(live, lambda: reached() or time.monotonic() > deadline)
    assert reached(), (live.state.place, live.trouble, street.sale(live).state.place, street.sale(live).trouble)


def ship(street: Street, live: LiveDeal) -> None:
    """The merchant hands the parcel in; go on until the buyer has to decide."""
    street.seller.deals.steps.give(street.sale(live), GOODS)
    run_until(street, live, lambda: live.awaits_person)
    assert live.state.place == "inspect"
    assert place_of(street.customer, live, "ship").read_bytes() == GOODS


def finish(street: Street, live: LiveDeal) -> None:
    run_until(street, live, lambda: live.over and street.sale(live).over)


def past(live: LiveDeal) -> list[tuple[str, str]]:
    return [(each.name, each.outcome) for each in live.state.past][2:]


def verified(street: Street, live: LiveDeal, home: Any) -> Any:
    return evidence.verify_file(evidence.export(home, live.id), trusting.load(street.customer.trust), street.clock())


def both_prove(street: Street, live: LiveDeal, steps: list[tuple[str, str]]) -> None:
    """Both sides' evidence shows these steps after the payment, and the same end."""
    for home in (street.customer, street.merchant):
        proved = verified(street, live, home)
        assert [(step.name, step.outcome) for step in proved.steps][2:] == steps
        assert proved.outcome.end == live.state.place.removeprefix("END.")
        assert proved.deviations == ()
        assert all(step.contradictions == () for step in proved.steps)


def test_paid_shipped_and_inspected(street: Street) -> None:
    live = begin(street)
    assert "next: this side: give The goods by post" in standing_lines(street.sale(live))[-1]
    with pytest.raises(SemperError, match="nothing is to be decided"):
        acting.decide(street.buyer, live, "satisfied")
    with pytest.raises(SemperError, match="give an edition"):
        street.seller.deals.steps.give(street.sale(live), b"x" * (MOST_ITEM + 1))
    ship(street, live)
    for choice in ("late", "perhaps"):
        with pytest.raises(SemperError, match="choose satisfied or unsatisfied"):
            acting.decide(street.buyer, live, choice)
    screen = recovery_screen(live)
    assert screen.doing == "decide inspect: satisfied or unsatisfied"
    assert screen.things[-1].startswith("ship: The goods by post came, kept in received/")
    acting.decide(street.buyer, live, "satisfied")
    finish(street, live)
    steps = [("ship", "ok"), ("inspect", "satisfied")]
    assert past(live) == past(street.sale(live)) == steps
    assert isinstance(outcome(live.business.plan, live.state), Satisfied)
    both_prove(street, live, steps)
    lines = verified(street, live, street.merchant).lines
    assert any("The buyer signed that the parcel was received." in line for line in lines)
    assert any("The buyer signed that it chooses satisfied." in line for line in lines)


def test_what_does_not_please_goes_back_and_is_paid_back(street: Street) -> None:
    before = street.money()["buyer"]
    live = begin(street)
    ship(street, live)
    street.person.refuses = "satisfied"
    with pytest.raises(UserDeclined):
        acting.decide(street.buyer, live)
    street.person.refuses = "You decide:             satisfied"
    assert acting.decide(street.buyer, live) == "unsatisfied"
    assert street.person.screens[-1][0] == "Do you decide so?"
    run_until(street, live, lambda: live.awaits_person and live.state.place == "returns")
    kept = place_of(street.merchant, live, "returns")
    kept.parent.mkdir(parents=True)
    kept.with_name(".returns.4711.new").write_bytes(GOODS[:2])  # as a process leaves it that is killed as it keeps it
    street.buyer.deals.steps.give(live, None)
    run_until(street, live, lambda: street.sale(live).awaits_person)
    assert [(file.name, file.read_bytes()) for file in kept.parent.iterdir()] == [("returns", GOODS)]
    acting_seller = street.seller.deals.steps
    acting_seller.decide(street.sale(live), "approve")
    finish(street, live)
    steps = [("ship", "ok"), ("inspect", "unsatisfied"), ("returns", "ok"), ("approve", "approve"), ("refund", "done")]
    assert past(live) == past(street.sale(live)) == steps
    both_prove(street, live, steps)
    assert recovery_screen(live).where is Where.PURSE
    assert street.money()["buyer"] == before


def test_a_merchants_bundle_ships_and_decides_where_it_says_how(street: Street) -> None:
    live = begin(street, "automat")
    assert place_of(street.customer, live, "ship").read_bytes() == b"4711: course"
    acting.decide(street.buyer, live, "unsatisfied")
    run_until(street, live, lambda: live.awaits_person and live.state.place == "returns")
    street.buyer.deals.steps.give(live, None)
    finish(street, live)
    assert past(live)[-2:] == [("approve", "approve"), ("credit", "ok")]
    both_prove(street, live, past(live))


def test_nothing_shipped_is_late_by_the_buyers_signature(street: Street) -> None:
    live = begin(street)
    street.settle(live)
    assert past(live) == past(street.sale(live)) == [("ship", "late")]
    both_prove(street, live, [("ship", "late")])
    lines = verified(street, live, street.customer).lines
    assert any("The buyer signed that nothing had come" in line for line in lines)


def test_silence_about_the_goods_is_late_by_the_merchants_signature(street: Street) -> None:
    live = begin(street)
    ship(street, live)
    with street.hurrying():
        street.quiet()
    run_until(street, live, lambda: live.over)
    steps = [("ship", "ok"), ("inspect", "late")]
    assert past(live) == past(street.sale(live)) == steps
    both_prove(street, live, steps)


# --- the commands by which people act, while the merchant's host runs


@pytest.fixture
def semper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `semper` in a home; the buyer says yes to a decision for `unsatisfied`, and no to everything else."""
    return commands(tmp_path, monkeypatch, "You decide:             unsatisfied")


def test_people_give_look_and_decide_by_commands(
    street: Street, tmp_path: Path, semper: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = begin(street)
    number = live.id.hex()[:16]
    assert "next: this side: give The goods by post, by " in semper(street.merchant, "deal", "show", number).output
    monkeypatch.setattr(cli_outcome, "LULL_SECONDS", 0)
    waiting = semper(street.customer, "deal", "resume", number)
    assert (waiting.exit_code, "EUROCOM is to give The goods by post" in waiting.output) == (3, True), waiting
    parcel = tmp_path / "parcel.txt"
    parcel.write_text("4711")
    given = semper(street.merchant, "deal", "give", number, str(parcel))
    assert "`semper up` carries the deal on" in given.output
    run_until(street, live, lambda: live.awaits_person)  # the merchant's host found what was handed in
    assert semper(street.customer, "deal", "resume", number).exit_code == 3  # at once: the person is waited for
    early = semper(street.merchant, "deal", "decide", number, "approve")
    assert "nothing is to be decided by this side now" in str(early.exception)
    assert semper(street.customer, "deal", "show", number).exit_code == 0
    lines = json.loads((tmp_path / "screens.jsonl").read_text().splitlines()[-1])["lines"]
    assert any("decide inspect: satisfied or unsatisfied" in line for line in lines)
    assert any("ship: The goods by post came, kept in received/" in line for line in lines)
    assert isinstance(semper(street.customer, "deal", "decide", number, "satisfied").exception, UserDeclined)
    decided = semper(street.customer, "deal", "decide", number)
    assert decided.exit_code == 3, decided.output  # it goes on: now something is to be sent back
    assert "waits for you: give The goods by post" in decided.output
    assert f"`semper deal give {number}`" in decided.output
