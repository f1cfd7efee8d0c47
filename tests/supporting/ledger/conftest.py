"""A ledger in a real store: a SQLite file, or a database of a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.model.money import Money
from semper_host.model.requests import Entry, Post, Posted
from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.ledger.ledger import Ledger
from tests.supporting.archive.postgres_server import Server, server


class Bank:
    """A ledger with its store, and short words for postings."""

    def __init__(self, place: Path | str) -> None:
        self.place = place
        self.store = open_store(place)
        self.ledger = Ledger(self.store)

    def post(self, post: Post) -> Posted:
        return self.store.commit(lambda tx: self.ledger.post(tx, post))

    def move(self, key: bytes, giver: str, taker: str, minor: int, **fields: Any) -> Posted:
        return self.post(Post(key, moved(giver, taker, minor), **fields))

    def minor(self, account: str) -> int:
        return self.ledger.balance(None, account, "EUR").minor

    @property
    def is_sqlite(self) -> bool:
        return isinstance(self.place, Path)


def moved(giver: str, taker: str, minor: int, currency: str = "EUR") -> list[Entry]:
    return [Entry(giver, Money(-minor, currency)), Entry(taker, Money(minor, currency))]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a store can be opened: a new file, or the URL of a new database."""
    if request.param == "sqlite":
        return tmp_path / "bank.db"
    running: Server = request.getfixturevalue("postgres")
    return running.database()


@pytest.fixture
def bank(place: Path | str) -> Iterator[Bank]:
    opened = Bank(place)
    opened.move(b"open", "bank:vault", "customer:ann", 1000)
    yield opened
    opened.store.close()
