"""A bank whose processes die and whose disk fills, and all that a customer and a seller do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from semper_host.api_v1 import HoldOrder, Paid, Settled, Unknown
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.held_money import grant_capture
from semper_host.exchange.items import Party
from semper_host.exchange.kinds import open_case
from semper_host.exchange.trustee import Trustee, judge
from semper_host.host import home as homes
from semper_host.host.accounts import Accounts
from semper_host.host.bank_line import account_of
from semper_host.host.banking import Bank, accounts_of
from semper_host.host.home import Home
from semper_host.host.payments import OpenPurse, Payments
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURED, HELD, Held
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.ledger.ledger import Ledger
from tests.free_ports import free_address
from tests.host.marketplace import Keys, Marketplace, Purchase, now, purchase
from tests.host.mortals import Running, mortal

START, PRICE = 2000, 7
SELLER = account_of(SigningKey.from_seed(b"seller account".ljust(32)).public)


@dataclass
class Desk:
    """A bank whose processes come and go, and its customer."""

    market: Marketplace
    home: Home
    accounts: Accounts
    payments: Payments
    purse: OpenPurse
    number: int = 0

    def order(self) -> tuple[Purchase, HoldOrder]:
        self.number += 1
        party = Party(self.trustee.signing, self.trustee.sealing)
        made = purchase(self.purse, self.payments, party, SELLER, Money(PRICE, "EUR"), number=self.number)
        terms = made.label.holds[0]
        order = HoldOrder(
            made.id, terms.payee, terms.amount, terms.least_expiry, made.buyer.signing.public,
            made.seller.signing.public, self.trustee.signing, terms.system,
        )  # fmt: skip
        return made, order

    @property
    def trustee(self) -> Trustee:
        keys = Keys.of("trustee")
        return Trustee(keys.crypto, keys.signing.public, keys.sealing.public)

    def money(self) -> dict[str, int]:
        ledger = Ledger(self.home.archive.store)
        assert not any(ledger.trial_balance().values()) and not ledger.differences()
        purse = self.purse.purse
        totals = self.accounts.totals()
        assert purse.balance().minor + purse.reserved().minor == totals["mint:outstanding"].minor
        return {
            "buyer": purse.balance().minor + self.accounts.balance(self.purse.account_name).minor,
            "reserved": purse.reserved().minor,
            "seller": self.accounts.balance(SELLER).minor,
            "held": totals["mint:held"].minor,
        }


def desk_in(market: Marketplace) -> Desk:
    """Make bank and customer; the bank's home is in the database that `market` names for its role, and not served."""
    address = free_address()
    home = market.home("bank", url=f"http://{address}")
    homes.write_config(home.path, msgspec.structs.replace(home.config, listen=address))
    payments = market.payments(market.home("buyer"))
    with mortal(home.path):
        return _opened(market, home, payments)


def served_desk(market: Marketplace) -> Desk:
    """Make bank and customer; the bank is served in this process."""
    home, _, _ = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home)))
    return _opened(market, home, market.payments(market.home("buyer")))


def _opened(market: Marketplace, home: Home, payments: Payments) -> Desk:
    purse = payments.open(home.config.url, now())
    accounts = accounts_of(home)
    accounts.open(purse.account_name, "Bea Buyer")
    accounts.credit(purse.account_name, Money(START, "EUR"))
    return Desk(market, home, accounts, payments, purse)


class Course:
    """What a customer and a seller do at the bank, step by step; each is repeated until the bank has answered."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.voided = False
        self.sold, self.sold_order = desk.order()
        self.back, self.back_order = desk.order()
        self.held: dict[bytes, bytes] = {}
        self.captured = b""
        self.steps: list[Callable[[], bool]] = [
            self.withdraw, lambda: self.hold(self.sold_order), self.capture, lambda: self.hold(self.back_order),
            self.give_back,
        ]  # fmt: skip

    def run(self, running: Running | None = None) -> None:
        """Do the steps that are left; return early where the bank was killed."""
        while self.steps:
            if running is not None and running.killed:
                return
            self.step()

    def step(self) -> bool:
        """Try the next step; say whether it is done."""
        try:
            done = self.steps[0]()
        except SemperError as error:
            assert error.code == "STORAGE_FULL", error
            return False
        if done:
            self.steps.pop(0)
        return done

    def withdraw(self) -> bool:
        return _done(self.desk.payments.withdraw(self.desk.purse, Money(64, "EUR")))

    def hold(self, order: HoldOrder) -> bool:
        paid = self.desk.payments.hold(self.desk.purse, order)
        if isinstance(paid, Settled):
            held = Held.decode(cose.open1(paid.proof, HELD, self.desk.purse.keys.signing))
            assert self.held.setdefault(order.label, paid.proof) == paid.proof, "the same hold, the same bytes"
            assert held.amount == order.amount
        return _done(paid)

    def capture(self) -> bool:
        made = self.sold
        held = Held.decode(cose.open1(self.held[made.id], HELD, self.desk.purse.keys.signing))
        case, _ = open_case(made.label, crypto_for(made.buyer.signing, made.buyer.sealing))
        right = grant_capture(case, held.hold)
        purse = self.desk.purse
        paid = self.desk.payments.party(purse.bundle, purse.keys, "payee", "capture", (made.id, right))
        if isinstance(paid, Settled):
            assert cose.peek(paid.proof).kind == CAPTURED
        return _done(paid)

    def give_back(self) -> bool:
        """The trustee calls the second exchange off, and the payer takes the money back."""
        desk, purse = self.desk, self.desk.purse
        if not self.voided:
            decided = judge(desk.trustee, None, self.back.abort(), now()).row.decision
            said = desk.payments.party(purse.bundle, purse.keys, "trustee", "void", (self.back.id, decided))
            self.voided = _done(said)
            return False
        return _done(desk.payments.reclaim(purse, self.back.id))


def _done(paid: Paid) -> bool:
    assert isinstance(paid, Settled | Unknown), paid
    return isinstance(paid, Settled)
