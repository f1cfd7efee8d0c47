"""Whatever is posted, in whatever order: money is conserved, no key is spent twice, holds move along their states."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection

from semper_host.model.money import Money
from semper_host.model.requests import Entry, Post, Posted
from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.archive.store import Store
from semper_host.supporting.ledger.ledger import Ledger, may_go_below_zero
from tests.supporting.archive.postgres_server import Server, server

ACCOUNTS = st.sampled_from(["bank:vault", "mint:outstanding", "customer:ann", "customer:ben", "escrow:x"])
KEYS = st.binary(min_size=1, max_size=1)
ENTRY = st.builds(Entry, ACCOUNTS, st.builds(Money, st.integers(-50, 50), st.sampled_from(["EUR", "USD"])))
COINS = st.lists(st.sampled_from([b"c1", b"c2", b"c3", b"c4"]), max_size=2)
STATES = st.sampled_from(["", "held", "captured", "voided"])
DETAILS = st.sampled_from([b"one", b"two"])


def balanced_entries(amounts: list[tuple[str, str, int]]) -> list[Entry]:
    return [e for a, b, n in amounts for e in (Entry(a, Money(-n, "EUR")), Entry(b, Money(n, "EUR")))]


class Crash(Exception):
    """The process is gone."""


class Books(RuleBasedStateMachine):
    """The ledger beside a model of three dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.place = self.make_place()
        self.store = open_store(self.place)
        self.ledger = Ledger(self.store)
        self.abandoned: list[Store] = []
        self.answers: dict[bytes, tuple[Post, Posted]] = {}
        self.balances: dict[tuple[str, str], int] = {}
        self.spent: dict[bytes, bytes] = {}
        self.holds: dict[bytes, list[tuple[str, bytes]]] = {}

    def make_place(self) -> Path | str:
        return Path(self.directory.name) / "bank.db"

    def post(self, post: Post) -> None:
        answer = self.store.commit(lambda tx: self.ledger.post(tx, post))
        if post.key in self.answers:
            first, answered = self.answers[post.key]
            assert answer == (answered if first == post else Posted(False, "conflict"))
            return
        self.answers[post.key] = (post, answer)
        if answer.done:
            self.apply(post)

    def apply(self, post: Post) -> None:
        for key in post.spend:
            assert key not in self.spent
            self.spent[key] = post.detail
        for entry in post.entries:
            at = (entry.account, entry.amount.currency)
            self.balances[at] = self.balances.get(at, 0) + entry.amount.minor
        if post.label:
            states = self.holds.setdefault(post.label, [])
            assert post.expect == (states[-1][0] if states else "")
            states.append((post.become, post.detail))

    @rule(
        key=KEYS,
        amounts=st.lists(st.tuples(ACCOUNTS, ACCOUNTS, st.integers(0, 60)), max_size=3),
        spend=COINS,
        d=DETAILS,
    )
    def moves(self, key: bytes, amounts: list[tuple[str, str, int]], spend: list[bytes], d: bytes) -> None:
        self.post(Post(key, balanced_entries(amounts), spend, detail=d))

    @rule(key=KEYS, entries=st.lists(ENTRY, max_size=3), spend=COINS)
    def posts_anything(self, key: bytes, entries: list[Entry], spend: list[bytes]) -> None:
        self.post(Post(key, entries, spend))

    @rule(key=KEYS, label=st.sampled_from([b"L", b"M"]), expect=STATES, become=STATES, d=DETAILS)
    def moves_a_hold(self, key: bytes, label: bytes, expect: str, become: str, d: bytes) -> None:
        self.post(Post(key, [], [], label, expect, become, d))

    @rule(data=st.data())
    def repeats(self, data: st.DataObject) -> None:
        if self.answers:
            self.post(data.draw(st.sampled_from([post for post, _ in self.answers.values()])))

    @rule()
    def restarts(self) -> None:
        self.store.close()
        self.store = open_store(self.place)
        self.ledger = Ledger(self.store)

    @rule(
        key=KEYS,
        amounts=st.lists(st.tuples(ACCOUNTS, ACCOUNTS, st.integers(0, 60)), max_size=3),
        spend=COINS,
        label=st.sampled_from([b"", b"L", b"M"]),
    )
    def crashes_before_the_commit(
        self, key: bytes, amounts: list[tuple[str, str, int]], spend: list[bytes], label: bytes
    ) -> None:
        """The process is gone with the posting written and not committed: as if it had never been asked."""
        post = Post(key, balanced_entries(amounts), spend, label, "", "held" if label else "", b"lost")

        def work(tx: Connection) -> None:
            self.ledger.post(tx, post)
            raise Crash

        with contextlib.suppress(Crash):
            self.store.commit(work)
        self.vanishes()

    @rule(key=KEYS, amount=st.integers(0, 60), account=ACCOUNTS, coins=COINS)
    def crashes_after_the_commit(self, key: bytes, amount: int, account: str, coins: list[bytes]) -> None:
        """The process is gone with the posting durable and nobody told: who asks again gets the answer of then."""
        post = Post(key, balanced_entries([("bank:vault", account, amount)]), coins, detail=b"untold")
        self.post(post)
        self.vanishes()
        self.post(post)

    def vanishes(self) -> None:
        """Nothing is closed as it should be; another process opens the books."""
        self.abandoned.append(self.store)
        self.store = open_store(self.place)
        self.ledger = Ledger(self.store)

    @rule(keys=st.lists(KEYS, min_size=2, max_size=4, unique=True), coin=st.sampled_from([b"c1", b"c5", b"c6"]))
    def race_for_a_coin(self, keys: list[bytes], coin: bytes) -> None:
        """Several processes spend the same coin at the same time: one of them has it, whoever that is."""
        fresh = [key for key in keys if key not in self.answers]
        posts = [Post(key, balanced_entries([("bank:vault", "escrow:x", 1)]), [coin], detail=key) for key in fresh]
        stores = [open_store(self.place) for _ in posts]
        ledgers = [Ledger(store) for store in stores]
        with ThreadPoolExecutor(4) as pool:
            jobs = [
                pool.submit(store.commit, partial(_post, ledger, post))
                for store, ledger, post in zip(stores, ledgers, posts, strict=True)
            ]
            answers = [job.result() for job in jobs]
        for store in stores:
            store.close()
        assert sum(answer.done for answer in answers) == (coin not in self.spent and bool(posts))
        for post, answer in sorted(zip(posts, answers, strict=True), key=lambda each: not each[1].done):
            self.answers[post.key] = (post, answer)
            if answer.done:
                self.apply(post)
            else:
                assert answer == Posted(False, "spent", self.spent[coin])

    @invariant()
    def money_is_conserved(self) -> None:
        assert not any(self.ledger.trial_balance().values())
        assert not self.ledger.differences()

    @invariant()
    def the_ledger_agrees_with_the_model(self) -> None:
        for (account, currency), minor in self.balances.items():
            assert self.ledger.balance(None, account, currency).minor == minor
            assert minor >= 0 or may_go_below_zero(account)
        for key, detail in self.spent.items():
            assert self.ledger.spent(None, key) == detail
        for label, states in self.holds.items():
            hold = self.ledger.hold(None, label)
            assert hold is not None
            assert (hold.state, hold.details) == (states[-1][0], [detail for _, detail in states])

    def teardown(self) -> None:
        for store in (self.store, *self.abandoned):
            store.close()
        self.directory.cleanup()


class BooksInPostgresql(Books):
    """The same over a real server, which the first of them starts."""

    ending = contextlib.ExitStack()
    running: ClassVar[Server | None] = None

    def make_place(self) -> str:
        cls = BooksInPostgresql
        if cls.running is None:
            cls.running = cls.ending.enter_context(server())
        return cls.running.database()


@pytest.fixture(scope="module", autouse=True)
def stopping() -> Iterator[None]:
    yield
    BooksInPostgresql.ending.close()
    BooksInPostgresql.running = None


def _post(ledger: Ledger, post: Post, tx: Connection) -> Posted:
    return ledger.post(tx, post)


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestBooksInPostgresql = BooksInPostgresql.TestCase
TestBooksInPostgresql.settings = settings(
    max_examples=5, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
