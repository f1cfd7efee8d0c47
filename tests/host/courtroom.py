"""A bank with a customer, and a trustee that knows it: real services on loopback, as the tests hold them."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from semper_host.admission.service_keys import ServiceKeys
from semper_host.exchange.case import Case
from semper_host.exchange.items import Party
from semper_host.exchange.kinds import open_case
from semper_host.exchange.requests import Answer, read_decision
from semper_host.host.bank_line import account_of
from semper_host.host.banking import Bank
from semper_host.host.home import Home
from semper_host.host.payments import OpenPurse, Payments
from semper_host.host.trustee_line import ask_trustee
from semper_host.host.trustee_receipts import keep_receipt
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.errors import SemperError, Unavailable
from semper_host.model.holds import Decision
from semper_host.model.money import Money
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.marketplace import Keys, Marketplace, Purchase, now, purchase

PRICE = Money(990, "EUR")
WAITS = (0.05, 0.1, 0.2)
SELLER_ACCOUNT = account_of(SigningKey.from_seed(b"seller account".ljust(32)).public)


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


@dataclass
class Court:
    """A trustee that knows the bank, and a buyer with coins."""

    banked: Banked
    home: Home
    service: TrusteeService
    keys: ServiceKeys
    ending: ExitStack

    def purchase(self, number: int = 0, t2: int = 60) -> Purchase:
        banked = self.banked
        trustee = Party(self.keys.signing, self.keys.sealing)
        return purchase(banked.purse, banked.payments, trustee, SELLER_ACCOUNT, PRICE, t2=t2, number=number)

    def ask(self, request: bytes) -> Answer:
        customer = self.banked.customer

        def keep(receipt: bytes) -> None:
            keep_receipt(customer, self.keys, request, receipt)

        return Answer.decode(ask_trustee(self.banked.market.client, self.keys, request, self.vouch, keep))

    @property
    def vouch(self) -> bytes:
        """The merchant's word for its keys in every purchase here."""
        return self.banked.market.authorities.vouch(self.keys.signing, Keys.of("seller").party)

    def answer(self, request: bytes, service: TrusteeService | None = None) -> bytes:
        return (service or self.service).answer(request, self.vouch)

    def restarted(self) -> TrusteeService:
        """The trustee's home in a new process, as far as it can tell."""
        market = self.banked.market
        home = market.open(self.home.path)
        return TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)

    def seller_has(self) -> int:
        return self.banked.balance(SELLER_ACCOUNT)


def decision(made: Purchase, answer: Answer) -> Decision:
    assert answer.decision is not None
    return read_decision(case_of(made), answer.decision)


def case_of(made: Purchase) -> Case:
    return open_case(made.label, Keys.of("buyer").crypto)[0]


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def refused(code: str, call: Callable[..., object], *arguments: object) -> None:
    with pytest.raises(SemperError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value
    assert caught.value.message.startswith("cannot ")


def cut_off(court: Court) -> Callable[[], None]:
    """Let nothing of the trustee's reach the bank; return how to mend the line."""
    payments = court.service._payments
    working = payments.client

    class Cut(type(working)):  # type: ignore[misc]
        def post(self, url: str, body: bytes, most: int = 0) -> bytes:
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the bank: the line is cut")

    payments.client = Cut()

    def mend() -> None:
        payments.client = working

    return mend
