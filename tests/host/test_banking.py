"""The bank answers its account holders, and nobody else gets anything."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from semper_host.api_v1 import Refused, Settled, decode, pack
from semper_host.host import installed, minting, trusting
from semper_host.host.accounts import RESERVE
from semper_host.host.bank_line import BANK_PATH, BankCall, ask_bank
from semper_host.host.banking import Bank, accounts_of
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, UsageError
from semper_host.model.holds import RELEASED
from semper_host.model.money import Money
from semper_host.supporting.communication.client import MOST_BYTES, Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.courtroom import PRICE, Banked, Court
from tests.host.marketplace import DAY, Marketplace, now


def refused(code: str, call: Any, *arguments: Any) -> SemperError:
    with pytest.raises(SemperError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value
    assert caught.value.message.startswith("cannot ")
    return caught.value


def test_customer_turns_money_of_the_account_into_coins(banked: Banked) -> None:
    assert isinstance(banked.payments.withdraw(banked.purse, Money(1234, "EUR")), Settled)
    assert banked.purse.purse.balance() == Money(1234, "EUR")
    assert banked.balance() == 766
    assert banked.balance("mint:outstanding") == 1234


def test_nobody_withdraws_more_than_the_account_holds(banked: Banked) -> None:
    said = banked.payments.withdraw(banked.purse, Money(2001, "EUR"))
    assert isinstance(said, Refused) and said.code == "PAYMENT_REFUSED"
    assert banked.balance() == 2000 and banked.purse.purse.balance() == Money(0, "EUR")


def test_another_key_cannot_withdraw_from_the_account(banked: Banked) -> None:
    message = pack({"ecash/1": "withdraw", "amount": Money(1, "EUR"), "outputs": []})
    stranger = SigningKey.from_seed(b"stranger".ljust(32))
    for account, sign in ((stranger, True), (None, False)):
        said = ask_bank(banked.market.client, banked.purse.keys, account, message, sign)
        assert decode(said.message)["ecash/1"] == "refused"
    assert banked.balance() == 2000


class Recorder(Client):
    """A client that remembers what it sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, bytes]] = []

    def post(self, url: str, body: bytes, most: int = MOST_BYTES) -> bytes:
        self.sent.append((url, body))
        return super().post(url, body, most)


def test_a_replayed_withdrawal_debits_once(banked: Banked) -> None:
    recorder = Recorder()
    with recorder:
        banked.payments.client = recorder
        banked.payments.withdraw(banked.purse, Money(100, "EUR"))
        for url, body in list(recorder.sent) * 2:
            recorder.post(url, body)
    assert banked.balance() == 1900 and banked.balance("mint:outstanding") == 100


def test_the_same_call_gets_the_same_answer(banked: Banked) -> None:
    body = encode(BankCall(message=pack({"ecash/1": "spent", "keys": [bytes(32)]})))
    assert banked.bank.answer(body) == banked.bank.answer(body)


def test_many_customers_at_once_are_each_debited_once(banked: Banked) -> None:
    names = ["ann", "bob", "cy", "di"]
    purses = []
    for name in names:
        payments = banked.market.payments(banked.market.home("buyer", name))
        purse = payments.open(banked.home.config.url, banked.clock())
        banked.bank.accounts.open(purse.account_name, name)
        banked.bank.accounts.credit(purse.account_name, Money(500, "EUR"))
        purses.append((payments, purse))
    threads = [threading.Thread(target=pays.withdraw, args=(purse, Money(321, "EUR"))) for pays, purse in purses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [purse.purse.balance().minor for _, purse in purses] == [321] * 4
    assert [banked.balance(purse.account_name) for _, purse in purses] == [179] * 4
    assert accounts_of(banked.home).totals()["mint:outstanding"] == Money(4 * 321, "EUR")


def test_what_is_no_call_is_refused_without_detail(banked: Banked) -> None:
    for body in (b"", b"\xff", encode(BankCall()), encode({"message": b"x"}), b"\x00" * 70_000):
        refused("ENCODING_INVALID", banked.bank.answer, body)
    url = banked.home.config.url + BANK_PATH
    for body in (b"", b"not a sealed call", b"\xa0"):
        with pytest.raises(RefusedByPeer) as caught:
            banked.market.client.post(url, body)
        assert caught.value.code in ("ENCODING_INVALID", "SIG_INVALID")


def test_a_message_of_another_form_is_answered_as_malformed(banked: Banked) -> None:
    said = decode(banked.bank.answer(encode(BankCall(message=b"\xff\xff"))))
    assert (said["ecash/1"], said["code"]) == ("refused", "ENCODING_INVALID")


def test_a_bank_stops_when_the_trust_in_its_bundle_is_withdrawn(banked: Banked) -> None:
    trusting.remove(banked.home.trust, "Evaluators")
    body = encode(BankCall(message=pack({"ecash/1": "spent", "keys": [bytes(32)]})))
    banked.bank.answer(body)  # decided less than a minute ago
    banked.clock.ahead += 61
    refused("CHAIN_UNTRUSTED", banked.bank.answer, body)


def test_the_statement_of_keys_is_signed_anew_each_day(banked: Banked) -> None:
    first = banked.bank.keys()
    banked.clock.ahead += 3600
    assert banked.bank.keys() == first
    banked.clock.ahead += DAY
    assert banked.bank.keys() != first


def test_a_restarted_bank_has_the_same_keys_and_balances(banked: Banked) -> None:
    banked.payments.withdraw(banked.purse, Money(100, "EUR"))
    again = Bank(banked.market.open(banked.home.path), banked.market.sandbox(banked.home))
    assert again.accounts.balance(banked.account) == Money(1900, "EUR")
    assert again.keys.identity.signing.public == banked.purse.keys.signing


def test_a_bank_without_mint_certificate_or_payment_system_does_not_start(market: Marketplace) -> None:
    home = market.home("buyer", "no-bank")
    refused("HOME_MISSING", Bank, home, market.sandbox(home))
    home.keyring.store(minting.MINT, market.mint.encode())
    assert "no certificate" in refused("USAGE_INVALID", Bank, home, market.sandbox(home)).message
    bank = market.home("bank")
    bank.archive.commit(lambda tx: bank.archive.keep(tx, b"installed", "semper/ecash", b"\x00" * 32))
    refused("BUNDLE_UNKNOWN", Bank, bank, market.sandbox(bank))


def test_a_bundle_without_a_bank_side_runs_no_bank(market: Marketplace) -> None:
    bank = market.home("bank")
    other = installed.install(bank, market.packs["items-payment"], now())
    bank.archive.commit(lambda tx: bank.archive.keep(tx, b"installed", "semper/ecash", other.digest))
    refused("MANIFEST_INVALID", Bank, bank, market.sandbox(bank))


def test_play_money_comes_from_the_banks_own_reserve(banked: Banked) -> None:
    assert banked.balance(RESERVE) == -2000
    accounts = banked.bank.accounts
    assert accounts.credit(banked.account, Money(50, "EUR"), b"letter 7") == Money(2050, "EUR")
    assert accounts.credit(banked.account, Money(50, "EUR"), b"letter 7") == Money(2050, "EUR")
    refused("USAGE_INVALID", accounts.credit, banked.account, Money(60, "EUR"), b"letter 7")
    assert [(each.name, each.balance.minor) for each in accounts.all()] == [("Bea Buyer", 2050)]


def test_accounts_refuse_what_cannot_be_meant(banked: Banked) -> None:
    accounts = banked.bank.accounts
    for number in ("", "bank:reserve", "customer:x", "customer:" + "A" * 64, "mint:held"):
        refused("USAGE_INVALID", accounts.open, number, "Name")
    for name in ("", " ", "a\nb", "x" * 121):
        refused("USAGE_INVALID", accounts.open, banked.account, name)
    for amount in (Money(0, "EUR"), Money(-5, "EUR"), Money(5, "USD")):
        refused("USAGE_INVALID", accounts.credit, banked.account, amount)
    refused("USAGE_INVALID", accounts.credit, "customer:" + "0" * 64, Money(5, "EUR"))
    assert banked.balance() == 2000


def test_a_mint_is_made_once_and_lies_encrypted(market: Marketplace) -> None:
    home = market.home("authority")
    seen: list[int] = []
    made = minting.init_mint(home, "CHF", 2, now(), lambda done, of: seen.append(done))
    assert seen == [1, 2] and made.keyset.values == (1, 2) and made.keyset.currency == "CHF"
    assert minting.open_mint(home).keyset == made.keyset
    refused("HOME_EXISTS", minting.init_mint, home, "CHF", 2, now())
    for file in (home.path / "keys").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600
        assert made.secret(1).to_der() not in file.read_bytes()


def test_a_mint_of_no_currency_or_no_coins_is_not_made(market: Marketplace) -> None:
    home = market.home("authority")
    for currency, count in (("XXX", 2), ("EUR", 0), ("EUR", 25)):
        with pytest.raises(UsageError):
            minting.init_mint(home, currency, count, now())
    refused("HOME_MISSING", minting.open_mint, home)


def test_a_bank_whose_evaluation_expired_ends_what_is_held_and_begins_nothing(court: Court) -> None:
    made, banked = court.purchase(t2=25 * DAY), court.banked
    banked.bank.accounts.credit(banked.account, Money(1500, "EUR"))
    banked.payments.withdraw(banked.purse, Money(1500, "EUR"))
    made.hold()
    banked.clock.ahead = 21 * DAY  # the evaluation holds for 20
    restarted = Bank(banked.market.open(banked.home.path), banked.market.sandbox(banked.home), banked.clock)
    body = encode(BankCall(message=pack({"ecash/1": "spent", "keys": [bytes(32)]})))
    assert decode(restarted.answer(body))["spent"] == [False]
    refused("EVAL_EXPIRED", restarted.bundle)
    before = banked.purse.purse.balance()
    for begin in (
        lambda: banked.payments.withdraw(banked.purse, Money(1, "EUR")),
        lambda: court.purchase(7, t2=25 * DAY).hold(),
    ):
        refused("EVAL_EXPIRED", begin)
    assert [record.name for record in court.ask(made.resolve()).records] == [RELEASED]
    assert court.seller_has() == PRICE.minor and banked.purse.purse.balance().minor <= before.minor
