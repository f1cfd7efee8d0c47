"""A trustee that never comes back: held money comes back when its time is over, and a person can end the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.commerce.deal_exchange import without_trustee_from
from semper_host.commerce.deal_state import outcome
from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.exchange.state import Phase
from semper_host.host import evidence, offers, trusting
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.deal_standing import next_act, standing_lines
from semper_host.host.live_deal import LiveDeal
from semper_host.host.selling import Seller
from semper_host.host.without_trustee import give_up
from semper_host.model.errors import Unavailable, UsageError
from semper_host.model.holds import RELEASED, VOIDED
from semper_host.model.money import Money
from semper_host.model.outcome import Dissatisfied
from semper_host.supporting.trusted_ui.screens import Acts, Where
from tests.host.commands import commands
from tests.host.street import BANK, MAIL, TRUSTEE, Street, offer, street_in

PRICE = Money(7, "EUR")
PARAMETERS = {"answer_within": "PT10M", "resolve_within": "PT10M", "price_ceiling": "30.00 EUR"}


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        things = [offers.ForSale("course", "A course", PRICE, made.content)]
        made.signed = offer(made, "cheap", things=things, parameters=PARAMETERS)
        yield made


@pytest.fixture(autouse=True)
def nothing_left(street: Street) -> Iterator[None]:
    """Each test ends its deals, with no money held and none set aside."""
    street.arrive()
    street.line.cut = {TRUSTEE}
    yield
    assert street.money()["held"] == 0
    assert street.purse.purse.reserved().minor == 0
    street.line.cut.clear()


def phase(live: LiveDeal, step: str) -> Phase | None:
    return live.state.exchange.phase if live.state.place == step and live.state.exchange else None


def run_until(street: Street, live: LiveDeal, moment: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    street.buyer.run(live, lambda: moment() or time.monotonic() > deadline)
    assert moment(), (live.state.place, live.trouble, street.troubles)


def asked_in_vain(street: Street, step: str, *, heard: bool = False) -> LiveDeal:
    """A deal whose buyer has sent its message 2 of `step`, gets no answer, and asks a trustee that is gone.

    `heard`: the trustee decided before it went, and its word did not come back.
    """
    live = street.agree()

    def nobody(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if url.endswith(TRUSTEE):
            if heard:
                send(url, body)
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the trustee: it is gone")
        if url.endswith(MAIL) and phase(live, step) in (Phase.COMMITTED, Phase.RESOLVING):
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the merchant: it is gone")
        return send(url, body)

    street.buyer_line.relay = nobody
    run_until(street, live, lambda: phase(live, step) is Phase.COMMITTED and "PEER_UNREACHABLE" in street.troubles)
    street.clock.ahead += 601
    run_until(street, live, lambda: phase(live, step) is Phase.RESOLVING and live.trouble != "")
    return live


def hasten(live: LiveDeal) -> None:
    """What is to be tried again is due now: a host that has tried long waits half a minute each time."""
    for owed in live.todo.values():
        owed.at = time.monotonic()


def goes_on(street: Street, live: LiveDeal, moment: Callable[[], bool]) -> None:
    hasten(live)
    run_until(street, live, moment)


def sellers_side(street: Street, live: LiveDeal) -> LiveDeal:
    """The seller's host begins anew, and does what is due."""
    street.seller.stop()
    street.seller = Seller(street.merchant, street.market.sandbox(street.merchant), street.line, street.clock)
    street.seller.start()
    return street.sale(live)


def until(moment: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not moment():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def ended_badly(live: LiveDeal) -> str:
    ended = outcome(live.business.plan, live.state)
    assert live.over and isinstance(ended, Dissatisfied)
    assert standing_lines(live)[-1] == f"because: {ended.why}"
    return ended.why


def nobody_is_convicted(street: Street, live: LiveDeal, sale: LiveDeal) -> None:
    """Both files hold for a stranger, and no claim convicts either side, which were honest."""
    homes = ((street.customer, live), (street.merchant, sale))
    files = [
        evidence.verify_file(evidence.export(home, each.id), trusting.load(home.trust), street.clock())
        for home, each in homes
    ]
    for given in (files, files[:1], files[1:]):
        for kind in ClaimKind:
            for side in ("buyer", "seller"):
                assert judge(given, Claim(side, kind)).deviated in ("", None)


def test_held_money_comes_back_by_itself_and_both_sides_say_why(street: Street) -> None:
    before = street.money()
    live = asked_in_vain(street, "pay")
    since, label = without_trustee_from(live.state), live.state.label
    assert since is not None and label is not None
    screen = recovery_screen(live)
    assert (screen.where, screen.acts, screen.by) == (Where.HELD, Acts.TRUSTEE, label.t_resolve)
    assert "held money comes back, or `semper deal give-up" in screen.doing

    street.clock.ahead += label.t_resolve + 1 - street.clock()
    asked = street.buyer_line.sent
    banks = sum(BANK in url for url in asked)
    goes_on(street, live, lambda: sum(BANK in url for url in asked) > banks and not live.working.locked())
    assert phase(live, "pay") is Phase.RESOLVING, "the bank holds it still"
    with pytest.raises(UsageError, match=r"until .* UTC"):
        give_up(street.buyer.deals, live, street.clock)

    street.clock.ahead += since - street.clock()
    goes_on(street, live, lambda: live.over)
    why = ended_badly(live)
    assert "no trustee decided it; the payment system gave back what was held" in why
    assert street.money() == before
    street.buyer.interface.show(recovery_screen(live))
    assert "because: step pay was not completed in time" in " ".join("\n".join(street.person.screens[-1]).split())
    assert VOIDED in {token.name for past in live.state.past for token in past.gains}
    sale = sellers_side(street, live)
    until(lambda: sale.over)
    assert ended_badly(sale) == why
    nobody_is_convicted(street, live, sale)


def test_a_key_that_the_trustee_released_before_it_went_comes_from_the_bank(street: Street) -> None:
    before = street.money()
    live = asked_in_vain(street, "pay", heard=True)
    assert live.state.label is not None
    street.clock.ahead += live.state.label.t_resolve + 1 - street.clock()
    goes_on(street, live, lambda: live.state.place == "END.sold")
    assert RELEASED in {token.name for past in live.state.past for token in past.gains}
    street.buyer_line.relay = lambda url, body, send: send(url, body)
    street.run(live)
    assert street.buyer.deliver(live)
    sale = sellers_side(street, live)
    until(lambda: sale.over)
    assert street.sold(live)
    assert street.money()["merchant"] == before["merchant"] + PRICE.minor
    nobody_is_convicted(street, live, sale)


def test_a_person_ends_what_no_bank_can_tell_and_no_sooner_than_the_trustees_time_is_over(
    street: Street, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    semper = commands(tmp_path, monkeypatch, "never asked")
    monkeypatch.setattr("semper_host.cli.deal.now", street.clock)
    before = street.money()
    live = asked_in_vain(street, "agree")
    since = without_trustee_from(live.state)
    assert since is not None
    assert f"`semper deal give-up {live.id.hex()[:16]}` calls the step off" in next_act(live).doing
    street.clock.ahead += since - 1 - street.clock()
    number = live.id.hex()[:16]
    with pytest.raises(UsageError, match="cannot give up step agree yet"):
        give_up(street.buyer.deals, live, street.clock)
    assert "cannot give up step agree yet" in str(semper(street.customer, "deal", "give-up", number).exception)
    street.clock.ahead += 1
    goes_on(street, live, lambda: live.trouble != "")
    assert not live.over
    give_up(street.buyer.deals, live, street.clock)
    assert "did not decide step agree in its time, and this side gave it up" in ended_badly(live)
    with pytest.raises(UsageError, match="does not wait for its trustee"):
        give_up(street.buyer.deals, live, street.clock)
    sale = sellers_side(street, live)
    until(lambda: without_trustee_from(sale.state) is not None)
    done = semper(street.merchant, "deal", "give-up", number, "--seconds", "1")
    assert done.exit_code == 0, (done.output, done.exception)
    until(lambda: sale.over)
    ended_badly(sale)
    assert street.money() == before
    nobody_is_convicted(street, live, sale)


def test_a_seller_to_whom_nothing_was_ever_paid_does_not_ask_for_ever(street: Street) -> None:
    live = street.agree()
    street.buyer_line.relay = lambda url, body, send: send(url, body)
    run_until(street, live, lambda: live.state.place == "pay")
    sale = street.sale(live)
    until(lambda: phase(sale, "pay") is Phase.OFFERED)
    street.clock.ahead += 601
    until(lambda: phase(sale, "pay") is Phase.ABORTING)
    since = without_trustee_from(sale.state)
    assert since is not None
    street.clock.ahead += since - street.clock()
    sale = sellers_side(street, live)
    until(lambda: sale.over)
    assert "and nothing was ever paid" in ended_badly(sale)
    street.run(live)
    assert live.over
