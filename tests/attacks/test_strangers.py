"""Attacks by certified strangers: names that a merchant chooses, calls that a bank passes on, records that lie."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.api_v1 import pack
from semper_host.commerce import offers
from semper_host.commerce.offers import Offer, OfferArticle
from semper_host.commerce.plan import Payee, Stake
from semper_host.exchange.items import ItemRef
from semper_host.host.bank_line import ask_bank
from semper_host.host.banking import Bank
from semper_host.host.buyer_effects import SPENT, BuyerEffects
from semper_host.host.settling import settlement_kind
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated
from semper_host.model.holds import CAPTURED, VOIDED, Settlement
from semper_host.model.money import Money
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import MOST_BYTES, Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.courtroom import Banked
from tests.host.marketplace import Marketplace

OFFER = Offer(
    "a/b", "1.0.0", bytes(32), "s", "http://x", (OfferArticle("course", "Course", Money(0, "EUR")),), (), (), b"", "",
    0, 10, bytes(32),
)  # fmt: skip


@pytest.mark.parametrize("name", ["/tmp/x", "../x", "..", ".", "", "a/b", ".ssh", "a" * 65, "a\\b", "é"])
def test_an_article_cannot_be_called_so_that_its_goods_land_elsewhere(name: str) -> None:
    offers._check(OFFER)
    with pytest.raises(AdmissionRefused) as caught:
        offers._check(replace(OFFER, articles=(replace(OFFER.articles[0], name=name),)))
    assert caught.value.code == "OFFER_INVALID"


def test_what_a_customer_signed_for_one_bank_moves_nothing_at_another(banked: Banked) -> None:
    """The account has the same number everywhere; a bank must not pass its customers' calls on to another."""
    caught: list[bytes] = []

    market: Marketplace = banked.market
    _, thief, _ = market.up(market.home("bank", "thief"), lambda home: Bank(home, market.sandbox(home)))
    assert isinstance(thief, Bank)
    thief.answer = lambda body: caught.append(body) or b""  # type: ignore[method-assign,func-returns-value]
    thief_route = sealed_call.serve(thief.keys.identity.sealing, "/semper/v1/bank", thief.answer)
    account = SigningKey.from_seed(banked.customer.keyring.seed("account"))
    message = pack({"ecash/1": "withdraw", "amount": Money(8, "EUR"), "outputs": _outputs(banked)})

    class Line(Client):
        def post(self, url: str, body: bytes, most: int = MOST_BYTES) -> bytes:
            return thief_route(body)

    ask_bank(Line(), thief.keys.identity.stated, account, message, True)
    path = banked.home.config.url + "/semper/v1/bank"
    with pytest.raises(RefusedByPeer) as refused:
        sealed_call.call(market.client, path, banked.purse.keys.sealing, caught[0], fresh_seed())
    assert refused.value.code == "SIG_INVALID"
    assert banked.balance() == 2000


def test_a_bank_that_publishes_anothers_keys_as_its_own_moves_nothing_there(banked: Banked) -> None:
    """It cannot read what its customer seals, but it can pass it on as it is, to whom can."""
    market, own = banked.market, banked.bank.keys.identity.stated
    account = SigningKey.from_seed(banked.customer.keyring.seed("account"))
    message = pack({"ecash/1": "withdraw", "amount": Money(8, "EUR"), "outputs": _outputs(banked)})
    thief = SigningKey.from_seed(b"thief".ljust(32)).public
    for changes in ({"name": "Thief"}, {"signing": thief}, {"signing": thief, "name": "Thief"}):
        with pytest.raises(RefusedByPeer, match="signed for another bank") as refused:
            ask_bank(market.client, replace(own, **changes), account, message, True)  # its address passes all on
        assert refused.value.code == "SIG_INVALID"
    assert banked.balance() == 2000


def _outputs(banked: Banked) -> list[Any]:
    from semper_host.host.handlers.coin_secrets import CoinSecrets

    return [CoinSecrets(bytes(32), banked.purse.keyset).make(8, 0).output]


def test_a_mandate_is_used_up_by_all_steps_together(banked: Banked) -> None:
    archive = banked.customer.archive
    effects = BuyerEffects(banked.customer, banked.payments, banked.market.client, None, lambda: 0)  # type: ignore[arg-type]
    business: Any = SimpleNamespace(deal=b"D" * 32)
    for step, minor in (("one", 5), ("two", 7)):
        archive.commit(lambda tx, s=step, m=minor: archive.keep(tx, SPENT + business.deal, s, encode(Money(m, "EUR"))))  # type: ignore[misc]
    assert effects._already(business, "one") == Money(7, "EUR")
    assert effects._already(business, "three") == Money(12, "EUR")
    assert effects._already(SimpleNamespace(deal=b"E" * 32), "one") is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind, payee, minor", [(CAPTURED, "s", 1), (CAPTURED, "x", 900), (CAPTURED, "", 0), (VOIDED, "s", 1)]
)
def test_a_bank_that_settles_another_amount_or_payee_is_not_believed(kind: str, payee: str, minor: int) -> None:
    bank, label = SigningKey.from_seed(b"b" * 32), b"L" * 32
    price = ItemRef("money", "price", amount=Money(900, "EUR"))
    stake = Stake((ItemRef("statement", "course", b"d" * 32),), (price,), (Payee(bank.public, "s"),))
    business: Any = SimpleNamespace(
        bank=SimpleNamespace(signing=bank.public), plan=SimpleNamespace(stakes={"pay": stake})
    )

    def record(payee: str, minor: int) -> bytes:
        return cose.sign1(encode(Settlement(label, b"h" * 16, payee, Money(minor, "EUR"), 0)), kind, bank)

    assert settlement_kind(business, label, record("s", 900)) == kind
    with pytest.raises(PeerDeviated):
        settlement_kind(business, label, record(payee, minor))
