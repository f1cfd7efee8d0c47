"""A bank, a trustee and a purse, real ones, on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.admission.pack import Pack
from semper_host.admission.service_keys import open_service_keys
from semper_host.api_v1 import Settled
from semper_host.confinement.zygote import Zygote
from semper_host.host import trusting
from semper_host.host.banking import Bank
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.minting import MINT_SECONDS
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from tests.host.courtroom import WAITS, Banked, Clock, Court
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


@pytest.fixture
def court(banked: Banked) -> Court:
    market = banked.market
    home = market.home("trustee")
    market.payments(home).open(banked.home.config.url, now())
    there, service, ending = market.up(
        home, lambda home: TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)
    )
    assert isinstance(service, TrusteeService)
    service.start()
    ending.callback(service.stop)
    roots = trusting.load(banked.customer.trust).roots
    statement = market.client.get(there.config.url + "/semper/v1/keys")
    keys, certified = open_service_keys(statement, "trustee", roots, now())
    assert certified.name == "trustee"
    assert isinstance(banked.payments.withdraw(banked.purse, Money(1500, "EUR")), Settled)
    return Court(banked, there, service, keys, ending)


@pytest.fixture(scope="session")
def dollar_mint() -> MintKeys:
    return MintKeys.generate("USD", now() + MINT_SECONDS, [2**power for power in range(8)])
