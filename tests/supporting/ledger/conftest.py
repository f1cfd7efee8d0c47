"""A ledger in a real store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semper_host.model.money import Money
from semper_host.model.requests import Entry, Post, Posted
from semper_host.supporting.archive.store import Store
from semper_host.supporting.ledger.ledger import Ledger


class Bank:
    """A ledger with its store, and short words for postings."""

    def __init__(self, place: Path) -> None:
        self.store = Store.open(place)
        self.ledger = Ledger(self.store)

    def post(self, post: Post) -> Posted:
        return self.store.commit(lambda tx: self.ledger.post(tx, post))

    def move(self, key: bytes, giver: str, taker: str, minor: int, **fields: Any) -> Posted:
        return self.post(Post(key, moved(giver, taker, minor), **fields))

    def minor(self, account: str) -> int:
        return self.ledger.balance(None, account, "EUR").minor


def moved(giver: str, taker: str, minor: int, currency: str = "EUR") -> list[Entry]:
    return [Entry(giver, Money(-minor, currency)), Entry(taker, Money(minor, currency))]


@pytest.fixture
def bank(tmp_path: Path) -> Bank:
    opened = Bank(tmp_path / "bank.db")
    opened.move(b"open", "bank:vault", "customer:ann", 1000)
    return opened
