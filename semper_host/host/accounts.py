"""A bank's accounts: who holds which, what is in them, and play money from the bank's own reserve."""

from __future__ import annotations

import re
from dataclasses import dataclass

from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.model.money import Money
from semper_host.model.requests import Entry, Post
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.cryptographic.entropy import fresh
from semper_host.supporting.ledger.ledger import Ledger

RESERVE = "bank:reserve"
"""The bank's own account that credits come from; it may go below zero."""

_SCOPE = b"bank-accounts"
_ACCOUNT = re.compile(r"customer:[0-9a-f]{64}")
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Account:
    """An opened account: `account` is its number (see `bank_line.account_of`), `name` says whose it is."""

    account: str
    name: str
    balance: Money


class Accounts:
    """What a bank's operator does with accounts; other processes of the home may serve it meanwhile."""

    def __init__(self, home: Home, ledger: Ledger, currency: str) -> None:
        self._archive, self._ledger, self.currency = home.archive, ledger, currency

    def open(self, account: str, name: str) -> Account:
        """Open `account` ("customer:" and 64 hexadecimal digits) for `name`; again, it changes the name.

        Raises UsageError USAGE_INVALID.
        """
        if not _ACCOUNT.fullmatch(account):
            raise UsageError(
                "USAGE_INVALID",
                f"cannot open the account {account[:90]!r}: its holder's `semper purse list` shows the right number",
            )
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
            raise UsageError("USAGE_INVALID", f"cannot open it: a name has 1 to {_LONGEST_NAME} printable characters")
        self._archive.commit(lambda tx: self._archive.keep(tx, _SCOPE, account, name.encode()))
        return self.account(account)

    def credit(self, account: str, amount: Money, reference: bytes = b"") -> Money:
        """Credit an opened account with play money and return its new balance.

        With the same `reference` again it is the same credit. Raises UsageError USAGE_INVALID.
        """
        self._name(account)
        if amount.currency != self.currency or amount.minor <= 0:
            raise UsageError(
                "USAGE_INVALID", f"cannot credit {amount}: it must be a positive amount of {self.currency}"
            )
        key = encode(["semper/bank-credit/1", account, reference or fresh(16)])
        post = Post(key, [Entry(RESERVE, -amount), Entry(account, amount)])
        posted = self._archive.commit(lambda tx: self._ledger.post(tx, post))
        if not posted.done:
            raise UsageError("USAGE_INVALID", f"cannot credit the account: the ledger refused it ({posted.why})")
        return self.balance(account)

    def balance(self, account: str) -> Money:
        """Return what is in an account, opened or not: zero where nothing was ever posted."""
        return self._ledger.balance(None, account, self.currency)

    def account(self, account: str) -> Account:
        """Return an opened account. Raises UsageError USAGE_INVALID where there is none."""
        return Account(account, self._name(account), self.balance(account))

    def all(self) -> list[Account]:
        """Return every opened account, by number."""
        return [self.account(each) for each in self._archive.kept_names(_SCOPE)]

    def totals(self) -> dict[str, Money]:
        """Return the bank's own accounts: its reserve, the coins at large, and money held under labels."""
        return {name: self.balance(name) for name in (RESERVE, "mint:outstanding", "mint:held")}

    def _name(self, account: str, tx: Transaction | None = None) -> str:
        name = self._archive.recall(_SCOPE, account, tx)
        if name is None:
            raise UsageError("USAGE_INVALID", f"cannot find the account {account[:90]!r}: `semper bank open` opens it")
        return name.decode()
