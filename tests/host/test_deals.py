"""Whole deals between a buyer and a merchant in one process: real bank, trustee, bundles, walls and HTTP on loopback.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from semper_host.api_v1 import Order
from semper_host.host import identity, installed, offers
from semper_host.host.accounts import Accounts
from semper_host.host.banking import Bank, accounts_of
from semper_host.host.buying import Buyer
from semper_host.host.home import Home
from semper_host.host.payments import Payments, proof_of
from semper_host.host.selling import Seller
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.money import Money
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.marketplace import Marketplace, now

PARAMETERS = {"answer_within": "PT6S", "resolve_within": "PT1M", "price_ceiling": "30.00 EUR"}


class Yes:
    """A person who approves everything, and remembers what was shown."""

    name = "yes"

    def __init__(self) -> None:
        self.screens: list[tuple[str, ...]] = []

    def show(self, lines: tuple[str, ...]) -> None:
        self.screens.append(lines)

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        self.screens.append(lines)
        return True

    def prompt_secret(self, label: str) -> str:
        return ""


@dataclass
class Street:
    """Bank, trustee and merchant at work, and a buyer with money."""

    market: Marketplace
    bank: Home
    books: Accounts
    merchant: Home
    seller: Seller
    buyer: Buyer
    person: Yes
    signed: bytes
    content: Path

    def buy(self) -> Buyer:
        return self.buyer

    def merchant_has(self) -> int:
        purse = Payments(self.merchant, self.market.sandbox(self.merchant), self.market.client).purses(now())[0]
        return self.books.balance(purse.account_name).minor


@pytest.fixture
def street(market: Marketplace, tmp_path: Path) -> Iterator[Street]:
    with ExitStack() as ending:
        bank, _, _ = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home)))
        trustee_home = market.home("trustee")
        trustee_home, trustee, _ = market.up(
            trustee_home, lambda home: TrusteeService(home, market.sandbox(home), market.client)
        )
        market.payments(trustee_home).open(bank.config.url, now())
        merchant = market.home("merchant", "EUROCOM")
        served: list[Seller] = []
        handlers = {
            path: (lambda body, path=path: served[0].routes()[path](body))
            for path in ("/semper/v1/hello", "/semper/v1/mail")
        }
        url = ending.enter_context(running(application(Service(handlers, {}, {"/public": merchant.public}))))
        merchant = replace(merchant, config=msgspec.structs.replace(merchant.config, url=url))
        till = market.payments(merchant).open(bank.config.url, now())
        books = accounts_of(bank)
        books.open(till.account_name, "EUROCOM")
        content = tmp_path / "course"
        content.mkdir()
        (content / "part-1.txt").write_bytes(b"one " * 300_000)
        (content / "part-2.txt").write_bytes(b"two")
        installed.install(merchant, market.packs["commerce-courseware"], now())
        signed = offers.make(
            merchant,
            "course",
            market.packs["commerce-courseware"],
            [offers.ForSale("course", "A course", Money(199, "EUR"), content)],
            PARAMETERS,
            [till],
            trustee.keys(),
            (now() - 60, now() + 3600),
            now(),
        )
        seller = Seller(merchant, market.sandbox(merchant), market.client)
        served.append(seller)
        seller.start()
        ending.callback(seller.stop)
        customer = market.home("buyer", "Alice")
        for home in (merchant, customer):
            for name in ("payment-ecash", "items-payment", "items-statement"):
                installed.install(home, market.packs[name], now())
        purse = market.payments(customer).open(bank.config.url, now())
        books.open(purse.account_name, "Alice")
        books.credit(purse.account_name, Money(1000, "EUR"))
        proof_of(market.payments(customer).withdraw(purse, Money(1000, "EUR")), "withdraw")
        person = Yes()
        buyer = Buyer(customer, market.sandbox(customer), market.client, TrustedInterface(person))
        yield Street(market, bank, books, merchant, seller, buyer, person, signed, content)


def test_strangers_trade_courseware_for_ecash(street: Street) -> None:
    buyer = street.buyer
    considered = buyer.consider(street.signed, [])
    buyer.review(considered)
    live = buyer.agree(considered, Order([]))
    done = threading.Timer(30, lambda: None)
    buyer.run(live)
    assert live.state.place == "END.sold", (live.state, live.trouble)
    folders = buyer.deliver(live)
    for file in street.content.iterdir():
        assert sha256((folders[0] / file.name).read_bytes()).digest() == sha256(file.read_bytes()).digest()
    assert street.merchant_has() == 199
    assert buyer.payments.purses(now())[0].purse.balance() == Money(801, "EUR")
    assert len(street.person.screens) == 2
    done.cancel()
