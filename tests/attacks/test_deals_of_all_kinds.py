"""Attacks on deals of every kind: a side that cheats in what it hands over, asks for or says; a crash between."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.commerce.events import AskTrustee, Followed, Reclaim, Ticked
from semper_host.commerce.offers import Offer
from semper_host.commerce.terms_model import ItemName
from semper_host.exchange.items import Token
from semper_host.exchange.state import Phase
from semper_host.exchange.status import REVOKED, StatusEnd
from semper_host.host.business import Business
from semper_host.host.credentials.keeping import StatusKeeper
from semper_host.host.exchange_items import ItemMaker
from semper_host.host.exchange_money import ExchangeMoney
from semper_host.host.issuer_line import ISSUER_PATH
from semper_host.host.trustee_cases import Case, cases
from semper_host.host.trustee_revoking import REVOKE_SECONDS
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, Unavailable, UsageError
from semper_host.model.holds import CAPTURED
from semper_host.supporting.cryptographic import cose
from tests.attacks.bringing_otherwise import CHEATS, OFFERED, with_brought
from tests.host.cheating import with_body
from tests.host.conftest import dollar_mint
from tests.host.courtroom import until
from tests.host.street import START
from tests.host.test_exchanges import CUT, desk, membership, trade_with_cheat, traded
from tests.host.trades import FLOAT, PRICE, Trading, trading_street

__all__ = ["dollar_mint"]


@pytest.fixture(scope="module")
def trading(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Trading]:  # fmt: skip
    root, names = tmp_path_factory.mktemp("attacked"), ("weak", "none", "none-package", "shown", "access")
    with trading_street(root, authorities, packs, market_mint, dollar_mint, zygote, names) as made:
        membership(made)
        yield made


@pytest.fixture(autouse=True)
def conserved(trading: Trading) -> Iterator[None]:
    yield
    euros, dollars = trading.street.money(), trading.dollars()
    assert (sum(euros.values()), euros["held"]) == (START, 0)
    assert (sum(dollars.values()), dollars["held"]) == (FLOAT, 0)


def test_a_hold_that_is_asked_for_again_at_another_time_is_the_same_hold(
    trading: Trading, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bank held the money, and our side did not come to write that down."""
    before, hold, asked = trading.street.money(), ExchangeMoney.hold, list[Any]()

    def crashing(money: ExchangeMoney, business: Business, order: Any) -> Any:
        asked.append(order)
        held = hold(money, business, order)
        if len(asked) == 1:
            trading.street.clock.ahead += 2
            raise Unavailable("PAYMENT_UNKNOWN", "cannot tell whether the money is held: the process was killed")
        return held

    monkeypatch.setattr(ExchangeMoney, "hold", crashing)
    live = trading.trade("weak")
    assert traded(trading, live)
    assert len(asked) == 2
    assert asked[0] == asked[1]
    assert trading.street.money()["merchant"] == before["merchant"] + PRICE.minor


@pytest.mark.parametrize("name", ["weak", "none", "none-package"])
def test_nothing_is_paid_for_what_is_handed_over_and_is_worth_nothing(
    trading: Trading, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    worthless, handed = {"weak": encode([b"k" * 32])}.get(name, b"no credential"), ItemMaker.handed

    def cheating(maker: ItemMaker, business: Business, item: ItemName, step: str) -> bytes:
        good = name == "none-package" and item.name == "course"  # one of several is enough
        return handed(maker, business, item, step) if good else worthless

    monkeypatch.setattr(ItemMaker, "handed", cheating)
    before = trading.street.money()
    live = trading.agree(name)
    said = " ".join(" ".join(trading.street.person.screens[-1]).split())
    assert f"no trustee guards trade: {PRICE} can be lost" in said
    trading.street.settle(live)
    assert not traded(trading, live)
    assert live.over
    assert "not what was agreed" in live.state.why
    assert trading.street.money() == before


@pytest.mark.parametrize("cheat", list(CHEATS))
def test_a_seller_that_brings_something_else_is_refused_before_anything_is_approved(
    trading: Trading, monkeypatch: pytest.MonkeyPatch, cheat: str
) -> None:
    name, change = CHEATS[cheat]
    holder = desk(trading, trading.street.customer)
    passport = desk(trading, trading.street.merchant).issue(
        "passport", "Passport", (), holder.new_holder(), "main", 30, once=False
    )
    holder.wallet.put(passport, desk(trading, trading.street.merchant).issuer.signing.public)
    OFFERED[:] = [Offer.decode(cose.peek(trading.offers[name]).payload)]
    shown = len(trading.street.person.screens)
    with monkeypatch.context() as patched:
        with_brought(patched, change)
        with pytest.raises(PeerDeviated) as caught:
            trading.agree(name)
    assert caught.value.code in ("OFFER_INVALID", "PEER_IDENTITY", "MESSAGE_UNEXPECTED")
    assert not any("held at" in line for screen in trading.street.person.screens[shown:] for line in screen)
    with trading.street.hurrying():
        trading.street.quiet()


def test_mail_whose_sender_goes_away_at_once_is_acted_upon_all_the_same(trading: Trading) -> None:
    """A task that is cancelled while its commit is under way leaves the deal where its journal says that it is."""
    street, live = trading.street, trading.agree("access")
    sale, deals = trading.sale(live), street.seller.deals
    until(lambda: sale.state.exchange is not None and sale.state.exchange.phase is Phase.OFFERED)

    async def post() -> None:
        loop = asyncio.get_running_loop()

        def work(tx: Any) -> Any:
            loop.call_soon_threadsafe(task.cancel)
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.01), loop).result()
            return deals.record.advance(tx, sale, Ticked(street.clock() + 10**6))

        task = asyncio.create_task(deals.durable(sale, work))
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(post())
    assert sale.standing.entries == len(street.merchant.archive.journal(sale.id))
    assert any(isinstance(owed.effect, AskTrustee) for owed in sale.todo.values())
    street.settle(live)
    assert not traded(trading, live)


def test_a_credential_for_the_key_of_another_deal_does_not_take_that_key_away(trading: Trading) -> None:
    """Who sold a ticket knows the key that it is for, and may hand over another one for that key later."""
    street, earlier = trading.street, trading.trade("access")
    wallet, key = desk(trading, street.customer), earlier.business.plan.me.signing
    issuer = desk(trading, street.merchant)
    decoy = issuer.issue("ticket", "Decoy", (), key, "main", 30, once=True)
    with pytest.raises(UsageError):
        wallet.pocket(decoy, earlier.business.beginning.counter + 1)
    [ticket] = [held for held in wallet.wallet.all() if held.credential.described.holder == key]
    assert wallet.present(ticket.name, issuer.audience, b"challenge".ljust(32))


def test_money_that_the_payee_has_is_not_asked_back_for_ever(trading: Trading) -> None:
    street, live = trading.street, trading.trade("access")
    [label] = [past.label for past in live.state.past if past.name == "trade"]
    money = ExchangeMoney(street.buyer.payments, street.buyer.watcher, street.clock)
    done = money.reclaim(live.business, Reclaim("trade", label))
    assert isinstance(done, Followed)
    assert (done.what, done.kind) == ("Reclaim", CAPTURED)


def rubbish(keeper: StatusKeeper, label: bytes) -> Token:
    return Token(REVOKED, cose.sign1(encode(StatusEnd(label, -1, 0)), REVOKED, keeper.signing))


@pytest.mark.parametrize("says", ["nothing", "no place", "a place that no list has"])
def test_an_issuer_that_never_answers_is_not_asked_for_ever(
    trading: Trading, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    """It stands last: time flies by a week. What the issuer did not do, the operator of the trustee sees."""
    street = trading.street
    if says == "nothing":
        street.line.cut.add(ISSUER_PATH)
    said = rubbish if says.startswith("a place") else None
    monkeypatch.setattr(StatusKeeper, "obey", lambda kept, label, *_: (said(kept, label),) if said else ())
    live = trade_with_cheat(trading, monkeypatch, "access", "seller", 1, with_body(CUT))
    assert not traded(trading, live)
    [label] = [past.label for past in trading.sale(live).state.past if past.name == "trade"]

    def case() -> Case:
        return next(each for each in cases(street.trustee, 10) if each.label == label)

    until(lambda: case().tries > 1)
    assert (case().open, [each.state for each in case().issuers]) == (True, ["ordered"])
    street.clock.ahead += REVOKE_SECONDS + 3600
    until(lambda: not case().open)
    assert [(each.name, each.state) for each in case().issuers] == [("EUROCOM", "unreachable")]
    street.line.cut.clear()
