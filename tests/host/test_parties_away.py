"""A merchant, bank, trustee or repository that is down, slow, or restarts in the middle, and all that it must not cost.

Each time the buyer reads what is wrong and what to do; a screen says where the money is, who acts next and by when; and
its host, stopped there and started again, takes the deal up and ends it with both halves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import asdict

from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.statements import digest
from semper_host.commerce.offers import Offer, open_offer, sign_offer
from semper_host.exchange.state import Phase
from semper_host.host import identity, offers, trusting
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.buying import Buyer
from semper_host.host.live_deal import LiveDeal
from semper_host.model.error_codes import CODES
from semper_host.model.errors import SemperError, Unavailable
from semper_host.model.money import Money
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.screens import Acts, Where
from service_repo import layout, reader
from tests.host.street import BANK, MAIL, TRUSTEE, Line, Person, Relay, Street, offer, street_in

PRICE = Money(7, "EUR")
HOWS = ("down", "slow", "restarts")
PARAMETERS = {"answer_within": "PT10M", "resolve_within": "PT10M", "price_ceiling": "30.00 EUR"}
"""Nothing is late by itself, however slow the machine: only where a test turns the clock."""


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        things = [offers.ForSale("course", "A course", PRICE, made.content)]
        made.signed = offer(made, "cheap", things=things, parameters=PARAMETERS)
        yield made


@pytest.fixture
def bought(street: Street) -> Iterator[None]:
    """What the test does comes to exactly one sale, and leaves nothing held or set aside."""
    street.arrive()
    before = street.money()
    yield
    with street.hurrying():
        street.quiet()
    paid = PRICE.minor
    assert street.money() == {"buyer": before["buyer"] - paid, "merchant": before["merchant"] + paid, "held": 0}
    assert street.purse.purse.reserved().minor == 0


def away(end: str, how: str, since: Callable[[], bool] = lambda: True) -> Relay:
    """A line on which nobody answers whose address ends so: what is slow has heard us, and its answer never comes."""

    def relay(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if not url.endswith(end) or not since():
            return send(url, body)
        if how == "slow":
            send(url, body)
        raise Unavailable("PEER_UNREACHABLE", f"cannot reach {url}: it took too long")

    return relay


def phase(live: LiveDeal) -> Phase | None:
    return live.state.exchange.phase if live.state.place == "pay" and live.state.exchange else None


def run_until(street: Street, live: LiveDeal, moment: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    street.buyer.run(live, lambda: moment() or time.monotonic() > deadline)
    assert moment(), (live.state.place, live.trouble, street.troubles)


def stands(street: Street, live: LiveDeal, where: Where, acts: Acts, actor: str, by: int) -> None:
    """The screen answers where the money is, who acts next, by when; and whoever acts is named on it."""
    screen = recovery_screen(live)
    assert (screen.where, screen.holder, screen.acts, screen.actor, screen.by) == (
        where, live.business.bank.name, acts, actor, by,
    )  # fmt: skip
    street.buyer.interface.show(screen)
    shown = "\n".join(street.person.screens[-1])
    assert "UTC" in shown
    assert live.business.bank.name in shown
    assert actor in shown


def told(said: str, code: str) -> None:
    """What went wrong begins with its code, says the cause, and its code says what to do."""
    assert said.startswith(f"{code}: cannot ")
    assert CODES[code].remedy
    assert CODES[code].retryable


def goes_on(street: Street, live: LiveDeal) -> None:
    """The buyer's host ends here, and another takes the deal up, to its good end."""
    street.arrive()
    again = next(each for each in street.buyer.take_up() if each.id == live.id)
    street.run(again, 30)
    assert street.sold(again)
    assert street.buyer.deliver(again)


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("how", HOWS)
def test_merchant_is_away_when_its_key_is_due(street: Street, how: str) -> None:
    live = street.agree()
    street.buyer_line.relay = away(MAIL, how, since=lambda: phase(live) is Phase.COMMITTED)
    run_until(street, live, lambda: phase(live) is Phase.COMMITTED and "PEER_UNREACHABLE" in street.troubles)
    assert live.state.label is not None
    stands(street, live, Where.HELD, Acts.PEER, live.business.opened.merchant.name, live.state.label.t2)
    if how == "restarts":
        street.reopen()
    goes_on(street, live)


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("how", HOWS)
def test_bank_is_away_when_it_is_to_hold_the_money(street: Street, how: str) -> None:
    live = street.agree()
    street.buyer_line.relay = away(BANK, how)
    run_until(street, live, lambda: phase(live) is Phase.REVIEWING and live.trouble != "")
    told(live.trouble, "PAYMENT_UNKNOWN")
    assert live.state.label is not None
    stands(street, live, Where.UNKNOWN, Acts.YOU, "", live.state.label.t2)
    if how == "restarts":
        street.market.restart["bank"]()
    goes_on(street, live)


@pytest.mark.usefixtures("bought")
@pytest.mark.parametrize("how", HOWS)
def test_trustee_is_away_when_the_merchants_key_does_not_come(street: Street, how: str) -> None:
    live = street.agree()
    silent = away(MAIL, "slow", since=lambda: phase(live) in (Phase.COMMITTED, Phase.RESOLVING))
    absent = away(TRUSTEE, how)
    street.buyer_line.relay = lambda url, body, send: silent(url, body, lambda u, b: absent(u, b, send))
    run_until(street, live, lambda: phase(live) is Phase.COMMITTED and "PEER_UNREACHABLE" in street.troubles)
    street.clock.ahead += 601
    run_until(street, live, lambda: phase(live) is Phase.RESOLVING and live.trouble != "")
    told(live.trouble, "PEER_UNREACHABLE")
    assert live.state.label is not None
    stands(street, live, Where.HELD, Acts.TRUSTEE, live.business.trustee.name, live.state.label.t_resolve)
    if how == "restarts":
        street.market.restart["trustee"]()
    goes_on(street, live)


@pytest.mark.parametrize("how", ["down", "slow"])
def test_repository_is_away_when_terms_are_fetched(street: Street, packs: dict[str, Pack], how: str) -> None:
    """Nobody is bound and nothing is kept; the same offer, opened again, is considered."""
    pack = packs["commerce-courseware"]
    subject = digest(pack.archive)
    path, ready = f"/{layout.pack_path(subject)}", threading.Event()

    def show() -> bytes:
        ready.wait(3)  # longer than the buyer waits
        return write_pack(pack)

    home, before = street.market.home("buyer", f"Newcomer-{how}"), street.money()
    roots = trusting.load(street.merchant.trust).roots
    fields = asdict(open_offer(street.signed, roots, street.clock()).offer)
    bare = sign_offer(Offer(**{**fields, "pack_url": ""}), identity.certified(street.merchant))
    line = Line(whole_seconds=1)
    with line, running(application(Service({}, {path: show}))) as url:
        buyer = Buyer(home, street.market.sandbox(home), line, TrustedInterface(Person()), clock=street.clock)
        line.cut = {path} if how == "down" else set()
        sources = [lambda wanted: reader.check_pack(line.get(url + path), wanted)]
        with pytest.raises(SemperError) as caught:
            buyer.consider(bare, sources)
        told(f"{caught.value.code}: {caught.value.message}", "PEER_UNREACHABLE")
        assert home.archive.deals() == []
        assert street.money() == before
        ready.set()
        line.cut.clear()
        assert buyer.consider(bare, sources).service.digest == subject
