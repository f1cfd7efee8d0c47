"""Attacks on deals of every kind: a side that cheats in what it pays, hands over, asks for or says; a crash between."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.admission.offers import Offer
from semper_host.commerce import planning, swap_money
from semper_host.commerce.brought import Brought, Content
from semper_host.commerce.events import AskTrustee, Followed, Reclaim, Ticked
from semper_host.commerce.plan import Plan
from semper_host.commerce.planning import editions
from semper_host.commerce.projection import StepSpec
from semper_host.exchange.goods import Goods, Part
from semper_host.exchange.state import Phase, Role
from semper_host.exchange.transfer import Parcel
from semper_host.host import bringing, selling
from semper_host.host.business import Business
from semper_host.host.buyer_effects import MANDATES, BuyerEffects
from semper_host.host.exchange_effects import SEVERAL
from semper_host.host.exchange_items import ItemMaker
from semper_host.host.exchange_money import ExchangeMoney
from semper_host.model.credentials import Claim, Described
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, Unavailable, UsageError
from semper_host.model.holds import CAPTURED, HELD, Held
from semper_host.model.money import Money
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.trusted_ui.mandate import KIND, Mandate
from tests.commerce.test_exchanges_of_terms import swap
from tests.host.conftest import dollar_mint
from tests.host.courtroom import until
from tests.host.street import START
from tests.host.test_exchanges import desk, membership, traded
from tests.host.trades import FLOAT, PRICE, Trading, trading_street
from tests.protocol.world import BUYER, MINT, Keys, refused
from tests.protocol.world import START as THEN

__all__ = ["dollar_mint"]

OWN = Keys.of("a trustee that the payer made up")
OTHERS = SigningKey.from_seed(b"o" * 32)
"""Another issuer's key."""


def paying() -> tuple[Plan, StepSpec]:
    """The plan of whoever is paid in an exchange by two transfers, and its step."""
    one, first, other, second = swap(["info.course"], ["money.euros"], "fair-purchase", "weak")
    return (one, first) if first.gets[0].family == "money" else (other, second)


def payment(plan: Plan, spec: StepSpec, **changes: Any) -> bytes:
    """What is handed over for the money: the bank's word on a hold, and the payer's right to collect it."""
    giver = next(role for role in Role if role is not plan.role_in(spec))
    paid, name = swap_money.paid_by(plan, spec, giver), swap_money.name_for(plan, spec, giver)
    assert paid is not None
    assert paid.item.amount is not None
    held = Held(
        name, b"h" * 16, paid.payee.account, paid.item.amount, THEN + 7200, plan.peer.signing, plan.me.signing,
        plan.trustee.signing, paid.payee.system, b"r" * 32,
    )  # fmt: skip
    payer = BUYER if plan.peer == BUYER.party else OWN
    signed = MINT.crypto.sign(encode(replace(held, **changes)), HELD)
    return encode(Parcel(name, swap_money.payment(payer.crypto, name, signed, MINT.signing.public)))


def test_a_payment_that_the_payers_own_trustee_could_void_is_not_taken() -> None:
    plan, spec = paying()
    swap_money.check_payment(plan, spec, payment(plan, spec), THEN)
    with refused("HOLD_INVALID"):
        swap_money.check_payment(plan, spec, payment(plan, spec, trustee=OWN.signing.public), THEN)


@pytest.mark.parametrize("left", [0, 1, swap_money.LEAST_LEFT - 1])
def test_a_payment_that_runs_out_before_anybody_can_collect_it_is_not_taken(left: int) -> None:
    plan, spec = paying()
    with refused("HOLD_INVALID"):
        swap_money.check_payment(plan, spec, payment(plan, spec, expiry=THEN + left), THEN)


@pytest.fixture
def covered(tmp_path: Path) -> Iterator[Callable[[str, int], str]]:
    """What the buyer's host says to a payment of so many cents in a step; 100 were approved."""
    steps = ("agree", "pay", "pay#1", "pay#2", "month#1.2")
    mandate = Mandate(b"D" * 32, steps, Money(100, "EUR"), "seller", THEN + 10, b"s" * 32)
    archive = Archive.open(tmp_path / "archive", bytes(range(32)))
    signed = cose.sign1(encode(mandate), KIND, BUYER.signing)
    archive.commit(lambda tx: archive.keep(tx, MANDATES, mandate.deal.hex(), signed))
    plan = SimpleNamespace(me=BUYER.party)
    business: Any = SimpleNamespace(deal=mandate.deal, offer=SimpleNamespace(seller="seller"), plan=plan)
    home: Any = SimpleNamespace(archive=archive)
    unused: Any = None
    effects = BuyerEffects(home, unused, unused, unused, lambda: THEN)
    yield lambda use, cents: effects._cover(business, use, Money(cents, "EUR"))
    archive.close()


def test_every_round_of_a_circle_and_each_of_several_amounts_uses_up_the_approval(
    covered: Callable[[str, int], str],
) -> None:
    for use in ("pay", f"pay{SEVERAL}1", "pay#1", "pay#2", f"pay#1{SEVERAL}1"):
        assert covered(use, 20) == ""
        assert covered(use, 20) == ""  # again, it is the same payment
    assert "exceeds the approved" in covered("month#1.2", 1)
    assert "was not approved" in covered("other#1", 0)


@pytest.fixture(scope="module")
def trading(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Trading]:  # fmt: skip
    root, names = tmp_path_factory.mktemp("attacked"), ("weak", "none", "shown", "access")
    with trading_street(root, authorities, packs, market_mint, dollar_mint, zygote, names) as made:
        membership(made)
        yield made


@pytest.fixture(autouse=True)
def conserved(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "trading" in request.fixturenames:
        trading: Trading = request.getfixturevalue("trading")
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


@pytest.mark.parametrize("name", ["weak", "none"])
def test_nothing_is_paid_for_what_is_handed_over_and_is_worth_nothing(
    trading: Trading, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    worthless = {"weak": encode([b"k" * 32]), "none": b"no credential"}[name]
    monkeypatch.setattr(ItemMaker, "handed", lambda *_: worthless)
    before = trading.street.money()
    live = trading.agree(name)
    assert "no trustee guards trade" in " ".join(" ".join(trading.street.person.screens[-1]).split())
    trading.street.settle(live)
    assert not traded(trading, live)
    assert live.over
    assert "not what was agreed" in live.state.why
    assert trading.street.money() == before


def with_brought(monkeypatch: pytest.MonkeyPatch, change: Callable[[Brought], Brought]) -> None:
    """Have the seller bring something else than its terms and the order say, and find nothing wrong with it."""
    honest, here = bringing.of_seller, threading.local()

    def bring(*given: Any) -> Brought:
        here.cheating = True
        return change(honest(*given) or Brought())

    monkeypatch.setattr(selling, "of_seller", bring)

    def blind(check: Callable[..., None]) -> Callable[..., None]:
        return lambda *asked: None if hasattr(here, "cheating") else check(*asked)

    for name in ("check_issued", "check_brought"):
        monkeypatch.setattr(planning, name, blind(getattr(planning, name)))


def saying(**changes: Any) -> Callable[[Brought], Brought]:
    """Have it describe its credentials otherwise."""

    def change(brought: Brought) -> Brought:
        issued = (
            replace(each, description=encode(replace(Described.decode(each.description), **changes)))
            for each in brought.issued
        )
        return replace(brought, issued=tuple(issued))

    return change


def asking(**changes: Any) -> Callable[[Brought], Brought]:
    """Have it ask to see others."""
    return lambda brought: replace(brought, asked=tuple(replace(each, **changes) for each in brought.asked))


def giving(times: int) -> Callable[[Brought], Brought]:
    """Have it give other content of its offer than what was ordered."""

    def change(brought: Brought) -> Brought:
        [part] = editions(OFFERED[0]).values()
        goods = Goods((Part("course", part.root, part.ck_hash),) * times)
        return replace(brought, contents=(Content("info.course", goods),))

    return change


OFFERED: list[Offer] = []
"""The offer that is dealt under."""
CHEATS: dict[str, tuple[str, Callable[[Brought], Brought]]] = {
    "a passport is asked for in place of the membership": ("shown", asking(kind="passport")),
    "the membership of another club is asked for": ("shown", asking(issuer=OTHERS.public)),
    "the ticket has run out": ("access", saying(not_before=1, not_after=2)),
    "the ticket is good in a thousand years": ("access", saying(not_before=32_503_680_000, not_after=32_503_690_000)),
    "the ticket is for another evening": ("access", saying(claims=(Claim("othello", "1"),))),
    "the ticket opens the door for ever": ("access", saying(once=False)),
    "the key to nothing is sold": ("weak", giving(0)),
    "other content of the offer is sold": ("weak", giving(2)),
    "the ticket is another issuer's": (
        "none",
        lambda brought: replace(
            saying(issuer=OTHERS.public)(brought),
            issued=tuple(replace(each, issuer=OTHERS.public) for each in saying(issuer=OTHERS.public)(brought).issued),
        ),
    ),
}  # fmt: skip


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
