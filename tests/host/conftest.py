"""A bank, a trustee and a purse, real ones, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from semper_host.admission.pack import Pack
from semper_host.confinement.zygote import Zygote
from semper_host.host.banking import Bank
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.minting import MINT_SECONDS
from semper_host.host.payments import OpenPurse, Payments
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from tests.host.marketplace import Authorities, Marketplace, first_party_packs, now


@pytest.fixture(scope="session")
def authorities() -> Authorities:
    return Authorities()


@pytest.fixture(scope="session")
def packs(authorities: Authorities) -> dict[str, Pack]:
    return first_party_packs(authorities)


@pytest.fixture(scope="session")
def market_mint() -> MintKeys:
    return MintKeys.generate("EUR", now() + MINT_SECONDS, [2**power for power in range(11)])


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote.start() as started:
        yield started


@pytest.fixture
def market(
    tmp_path: Path, authorities: Authorities, packs: dict[str, Pack], market_mint: MintKeys, zygote: Zygote
) -> Iterator[Marketplace]:
    with Client(connect_seconds=2, read_seconds=10, whole_seconds=20) as client:
        made = Marketplace(tmp_path, authorities, packs, market_mint, zygote, client)
        with made.opened:
            yield made


class Clock:
    """The bank's clock, so many seconds ahead of ours."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return now() + self.ahead


@dataclass
class Banked:
    """A bank that answers, and a customer with 20.00 EUR on the account."""

    market: Marketplace
    home: Home
    bank: Bank
    clock: Clock
    stop: object
    customer: Home
    payments: Payments
    purse: OpenPurse

    @property
    def account(self) -> str:
        return self.purse.account_name

    def balance(self, account: str = "") -> int:
        return self.bank.accounts.balance(account or self.account).minor


@pytest.fixture
def banked(market: Marketplace) -> Banked:
    clock = Clock()
    home, bank, stop = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home), clock))
    assert isinstance(bank, Bank)
    customer = market.home("buyer")
    payments = market.payments(customer)
    purse = payments.open(home.config.url, now())
    bank.accounts.open(purse.account_name, "Bea Buyer")
    bank.accounts.credit(purse.account_name, Money(2000, "EUR"))
    return Banked(market, home, bank, clock, stop, customer, payments, purse)
