"""`semper up` in a process of its own: ready, answering, stopped cleanly or killed."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import msgspec
import pytest

from semper_host.api_v1 import Settled
from semper_host.host import home as homes
from semper_host.host import serving
from semper_host.host.banking import Bank, accounts_of
from semper_host.host.home import Home
from semper_host.host.serving import Health
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.model.money import Money
from service_repo import writing
from tests.free_ports import free_address
from tests.host.marketplace import PASSPHRASE, Marketplace, now, process


def at_free_port(market: Marketplace, home: Home) -> Home:
    """Give a home an address that its next process has too."""
    address = free_address()
    config = msgspec.structs.replace(home.config, listen=address, url=f"http://{address}")
    homes.write_config(home.path, config)
    return market.open(home.path)


@pytest.fixture
def bank(market: Marketplace) -> Home:
    return at_free_port(market, market.home("bank"))


def test_a_bank_serves_customers_until_told_to_stop(market: Marketplace, bank: Home) -> None:
    customer = market.home("buyer")
    payments = market.payments(customer)
    with process(bank.path) as (served, url):
        assert url == bank.config.url
        health = Health.decode(market.client.get(url + serving.HEALTH_PATH))
        assert health.role == "bank"
        purse = payments.open(url, now())
        accounts = accounts_of(bank)  # the operator's command line, while the bank is up
        accounts.open(purse.account_name, "Bea")
        accounts.credit(purse.account_name, Money(1000, "EUR"))
        assert isinstance(payments.withdraw(purse, Money(640, "EUR")), Settled)
        assert accounts.balance(purse.account_name) == Money(360, "EUR")
        served.send_signal(signal.SIGTERM)
        assert served.wait(20) == 0
        assert served.stdout is not None and served.stdout.read() == "stopped\n"


def test_a_killed_bank_loses_nothing(market: Marketplace, bank: Home) -> None:
    payments = market.payments(market.home("buyer"))
    with process(bank.path) as (served, url):
        purse = payments.open(url, now())
        accounts_of(bank).open(purse.account_name, "Bea")
        accounts_of(bank).credit(purse.account_name, Money(1000, "EUR"))
        payments.withdraw(purse, Money(300, "EUR"))
        working = threading.Thread(target=payments.withdraw, args=(purse, Money(211, "EUR")))
        working.start()
        served.kill()
        working.join(60)
    with process(bank.path):
        assert isinstance(payments.withdraw(purse, Money(211, "EUR")), Settled)
        coins, left = purse.purse.balance().minor, accounts_of(bank).balance(purse.account_name).minor
        assert coins + left == 1000 and coins == 511


def test_a_purse_says_unknown_while_its_bank_is_down(market: Marketplace, bank: Home) -> None:
    payments = market.payments(market.home("buyer"))
    with process(bank.path) as (_, url):
        purse = payments.open(url, now())
    assert type(payments.withdraw(purse, Money(5, "EUR"))).__name__ == "Unknown"
    with pytest.raises(Unavailable):
        payments.open(bank.config.url, now())


def test_an_address_that_is_taken_is_said_before_anything_runs(market: Marketplace, bank: Home) -> None:
    with process(bank.path), pytest.raises(AssertionError) as caught, process(bank.path):
        pass
    assert "PEER_UNREACHABLE cannot listen" in str(caught.value)


def test_a_buyer_has_nothing_to_serve(market: Marketplace) -> None:
    with pytest.raises(UsageError, match="cannot serve"):
        serving.serve(market.home("buyer"))


@pytest.mark.parametrize("listen", ["", "8080", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":80"])
def test_a_malformed_address_is_refused(market: Marketplace, listen: str) -> None:
    home = market.home("buyer")
    homes.write_config(home.path, msgspec.structs.replace(home.config, listen=listen))
    with pytest.raises(SemperError) as caught:
        serving.serve(homes.open_home(home.path, PASSPHRASE))
    assert caught.value.code == "CONFIG_INVALID"


def test_every_role_is_a_role(market: Marketplace, bank: Home) -> None:
    role: serving.Role = Bank(bank, market.sandbox(bank))
    service = serving.service_of(bank, role)
    assert set(service.pages) == {serving.HEALTH_PATH, "/semper/v1/keys", "/semper/v1/payment-system"}
    assert set(service.handlers) == {"/semper/v1/bank"}
    assert writing.HEALTH_PATH == serving.HEALTH_PATH


def test_the_services_pages_say_who_it_is(market: Marketplace, bank: Home, tmp_path: Path) -> None:
    with process(bank.path) as (_, url):
        purse = market.payments(market.home("buyer")).open(url, now())
        assert purse.record.bank == "bank" and purse.keys.system == "semper/ecash"
        for path in ("/", "/semper/v1/nothing", "/archive.db", "/../config.yaml", "/keys/master"):
            with pytest.raises(SemperError):
                market.client.get(url + path)
