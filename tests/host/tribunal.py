"""A bank at work, a buyer with coins, and a trustee's home whose processes die and whose disk fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from semper_host.admission.service_keys import ServiceKeys
from semper_host.api_v1 import Settled
from semper_host.exchange.items import Party
from semper_host.exchange.requests import RESOLVED, Answer
from semper_host.host import identity
from semper_host.host.bank_line import account_of
from semper_host.host.banking import Bank
from semper_host.host.home import Home
from semper_host.host.payments import OpenPurse, Payments
from semper_host.host.trustee_line import ask_trustee
from semper_host.host.trustee_receipts import keep_receipt
from semper_host.host.trustee_rows import Rows
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.errors import SemperError
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.courtroom import decision, until
from tests.host.marketplace import Keys, Marketplace, Purchase, now, purchase

PRICE, START = 7, 2000
SELLER = account_of(SigningKey.from_seed(b"seller account".ljust(32)).public)


@dataclass
class Tribunal:
    """A bank at work, a buyer with coins, and a trustee's home; its processes come and go."""

    market: Marketplace
    home: Home
    bank: Bank
    payments: Payments
    purse: OpenPurse
    numbers: list[int] = field(default_factory=list)

    @property
    def keys(self) -> ServiceKeys:
        made = identity.service(self.home, now())
        return ServiceKeys(
            "trustee", "trustee", made.signing.public, made.sealing.public, "http://127.0.0.1:1", 0, now() + 1
        )

    def purchase(self) -> Purchase:
        self.numbers.append(1)
        trustee = Party(self.keys.signing, self.keys.sealing)
        made = purchase(
            self.purse, self.payments, trustee, SELLER, Money(PRICE, "EUR"), number=len(self.numbers), t2=600
        )
        made.hold()
        return made

    def ask(self, url: str, request: bytes) -> Answer | None:
        """Ask the process at `url`; None where no answer came."""
        vouch = self.market.authorities.vouch(self.keys.signing, Keys.of("seller").party)
        keys = msgspec.structs.replace(self.keys, url=url)
        try:
            with Client(connect_seconds=2, read_seconds=20, whole_seconds=25) as client:
                return Answer.decode(ask_trustee(client, keys, request, vouch, self.keep(request)))
        except SemperError:
            return None

    def keep(self, request: bytes) -> Callable[[bytes], None]:
        """How the buyer keeps receipts: two that contradict each other raise here."""
        return lambda receipt: keep_receipt(self.payments.home, self.keys, request, receipt)

    def restarted(self) -> TrusteeService:
        home = self.market.open(self.home.path)
        return TrusteeService(home, self.market.sandbox(home), self.market.client, waits=(0.05,), lease_ms=1)

    def finish(self, made: Purchase, first: bytes, told: Answer | None) -> str:
        """Restart; ask again, `first` before the other; return the one verdict, once all money has moved."""
        standing = Rows(self.home.archive).find(made.id)
        service = self.restarted()
        service.start()
        vouch = self.market.authorities.vouch(self.keys.signing, Keys.of("seller").party)
        try:
            other = made.abort() if first == made.resolve() else made.resolve()
            answers = [Answer.decode(service.answer(request, vouch)) for request in (first, other)]
            until(lambda: made.id not in service.rows.unended())
            decisions = {decision(made, each) for each in answers}
            decisions |= {decision(made, told)} if told is not None else set()
            assert len(decisions) == 1
            assert standing is None or answers[0].decision == standing.decision, "a row was forgotten"
        finally:
            service.stop()
        verdict = decisions.pop().verdict
        if verdict != RESOLVED:
            assert isinstance(self.payments.reclaim(self.purse, made.id), Settled)
        return verdict

    def money(self) -> dict[str, int]:
        purse, balance = self.purse.purse, self.bank.accounts.balance
        assert not any(self.bank.accounts._ledger.trial_balance().values())
        assert not self.bank.accounts._ledger.differences()
        return {
            "buyer": purse.balance().minor + purse.reserved().minor + balance(self.purse.account_name).minor,
            "seller": balance(SELLER).minor,
            "held": balance("mint:held").minor,
        }


def tribunal_in(market: Marketplace) -> Tribunal:
    """Make everybody; the trustee's home is in the database that `market` names for its role."""
    there, bank, _ = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home)))
    assert isinstance(bank, Bank)
    customer, home = market.home("buyer"), market.home("trustee")
    market.payments(home).open(there.config.url, now())
    payments = market.payments(customer)
    purse = payments.open(there.config.url, now())
    bank.accounts.open(purse.account_name, "Bea Buyer")
    bank.accounts.credit(purse.account_name, Money(START, "EUR"))
    for _ in range(12):
        assert isinstance(payments.withdraw(purse, Money(63, "EUR")), Settled)
    return Tribunal(market, home, bank, payments, purse)
