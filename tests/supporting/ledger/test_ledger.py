"""The ledger: balanced, once, never below zero for customers, never changed afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from semper_host.model.money import MAX_MINOR, Money
from semper_host.model.requests import Entry, HoldRow, Post, Posted
from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.ledger.ledger import Ledger
from tests.supporting.ledger.conftest import Bank

ROOT = Path(__file__).resolve().parents[3]


def balanced(ledger: Ledger) -> bool:
    return not any(ledger.trial_balance().values()) and not ledger.differences()


def test_money_moves_and_the_books_balance(bank: Bank) -> None:
    assert bank.move(b"1", "customer:ann", "customer:ben", 300) == Posted(True)
    assert (bank.minor("customer:ann"), bank.minor("customer:ben"), bank.minor("bank:vault")) == (700, 300, -1000)
    assert bank.ledger.trial_balance() == {"EUR": 0}
    assert bank.ledger.statement(None, "customer:ann") == [Money(1000, "EUR"), Money(-300, "EUR")]


def test_a_repetition_answers_as_the_first_did_and_moves_nothing(bank: Bank) -> None:
    for _ in range(3):
        assert bank.move(b"1", "customer:ann", "customer:ben", 300) == Posted(True)
    assert bank.minor("customer:ben") == 300


CHANGED = [
    {"entries": [Entry("bank:vault", Money(-1, "EUR")), Entry("customer:ben", Money(1, "EUR"))]},
    {"spend": [b"coin"]},
    {"label": b"L2"},
    {"become": "captured"},
    {"detail": b"other"},
]


@pytest.mark.parametrize("fields", CHANGED, ids=lambda fields: next(iter(fields)))
def test_a_key_with_other_fields_is_a_conflict_and_moves_nothing(bank: Bank, fields: dict[str, Any]) -> None:
    first = Post(b"1", [], [], b"L", "", "held", b"detail")
    assert bank.post(first).done
    assert bank.post(msgspec.structs.replace(first, **fields)) == Posted(False, "conflict")
    assert bank.minor("customer:ben") == 0


def test_entries_that_do_not_sum_to_zero_are_refused(bank: Bank) -> None:
    entries = [Entry("customer:ann", Money(-10, "EUR")), Entry("customer:ben", Money(9, "EUR"))]
    assert bank.post(Post(b"1", entries)) == Posted(False, "unbalanced")


def test_currencies_balance_each_by_itself(bank: Bank) -> None:
    entries = [Entry("bank:vault", Money(-10, "EUR")), Entry("customer:ben", Money(10, "USD"))]
    assert bank.post(Post(b"1", entries)) == Posted(False, "unbalanced")
    assert balanced(bank.ledger)


def test_a_customer_cannot_go_below_zero(bank: Bank) -> None:
    assert bank.move(b"1", "customer:ann", "customer:ben", 1001) == Posted(False, "funds")
    assert bank.move(b"2", "customer:ann", "customer:ben", 1000) == Posted(True)


def test_a_customer_cannot_hide_an_overdraft_in_several_entries(bank: Bank) -> None:
    entries = [
        Entry("customer:ann", Money(-600, "EUR")),
        Entry("customer:ann", Money(-600, "EUR")),
        Entry("customer:ben", Money(1200, "EUR")),
    ]
    assert bank.post(Post(b"1", entries)) == Posted(False, "funds")


@pytest.mark.parametrize("account", ["escrow", "merchant:x", "mint:outstanding2", "bank", "CUSTOMER:ann", "mint:"])
def test_only_the_banks_own_accounts_can_go_below_zero(bank: Bank, account: str) -> None:
    assert bank.move(b"1", account, "customer:ben", 1) == Posted(False, "funds")


@pytest.mark.parametrize("account", ["bank:vault", "mint:outstanding"])
def test_the_banks_own_accounts_can_go_below_zero(bank: Bank, account: str) -> None:
    assert bank.move(b"1", account, "customer:ben", 1) == Posted(True)


def test_a_refusal_stands_also_when_it_could_succeed_later(bank: Bank) -> None:
    assert not bank.move(b"1", "customer:ann", "customer:ben", 1001).done
    bank.move(b"2", "bank:vault", "customer:ann", 5000)
    assert bank.move(b"1", "customer:ann", "customer:ben", 1001) == Posted(False, "funds")
    assert bank.move(b"3", "customer:ann", "customer:ben", 1001) == Posted(True)


def test_a_coin_is_spent_once_and_the_second_time_gets_the_first_ones_proof(bank: Bank) -> None:
    assert bank.post(Post(b"1", [], [b"coin a", b"coin b"], detail=b"first deposit")).done
    again = bank.move(b"2", "bank:vault", "customer:ben", 5, spend=[b"coin c", b"coin b"], detail=b"second")
    assert again == Posted(False, "spent", b"first deposit")
    assert bank.minor("customer:ben") == 0
    assert bank.ledger.spent(None, b"coin c") is None


def test_a_coin_named_twice_in_one_posting_is_spent_twice(bank: Bank) -> None:
    assert bank.post(Post(b"1", [], [b"coin", b"coin"], detail=b"mine")) == Posted(False, "spent", b"mine")
    assert bank.ledger.spent(None, b"coin") is None


def test_a_hold_moves_only_from_the_expected_state_and_keeps_each_detail(bank: Bank) -> None:
    def to(key: bytes, expect: str, become: str) -> Posted:
        return bank.post(Post(key, [], [], b"L", expect, become, become.encode()))

    assert bank.ledger.hold(None, b"L") is None
    assert to(b"1", "held", "captured") == Posted(False, "state", b"")
    assert to(b"2", "", "held") == Posted(True)
    assert to(b"3", "", "held") == Posted(False, "state", b"held")
    assert to(b"4", "held", "voided") == Posted(True)
    assert to(b"5", "held", "captured") == Posted(False, "state", b"voided")
    assert bank.ledger.hold(None, b"L") == HoldRow("voided", [b"held", b"voided"])


@pytest.mark.parametrize(
    "post",
    [
        Post(b"", []),
        Post(b"1", [], expect="held"),
        Post(b"1", [], become="held"),
        Post(b"1", [], label=b"L"),
        Post(b"1", [Entry("", Money(0, "EUR"))]),
        Post(b"1", [Entry("customer:\0", Money(0, "EUR"))]),
        Post(b"1", [], label=b"L", become="he\0ld"),
    ],
)
def test_a_posting_that_can_not_be_meant_is_refused(bank: Bank, post: Post) -> None:
    assert bank.post(post) == Posted(False, "malformed")


def test_an_account_cannot_outgrow_what_money_can_count(bank: Bank) -> None:
    assert bank.move(b"1", "bank:vault", "customer:ben", MAX_MINOR - 1000).done
    assert bank.move(b"2", "bank:other", "customer:ben", MAX_MINOR) == Posted(False, "limit")
    assert balanced(bank.ledger)


def test_the_answer_is_the_same_after_a_restart(bank: Bank) -> None:
    bank.move(b"1", "customer:ann", "customer:ben", 300, spend=[b"coin"], detail=b"first")
    bank.move(b"2", "customer:ann", "customer:ben", 300, spend=[b"coin"])
    bank.store.close()
    again = Bank(bank.place)
    assert again.move(b"1", "customer:ann", "customer:ben", 300, spend=[b"coin"], detail=b"first") == Posted(True)
    assert again.move(b"2", "customer:ann", "customer:ben", 300, spend=[b"coin"]) == Posted(False, "spent", b"first")
    assert again.minor("customer:ben") == 300


@pytest.mark.parametrize("table", ["ledger_postings", "ledger_entries", "ledger_spent", "ledger_holds"])
@pytest.mark.parametrize("change", ["DELETE FROM {0}", "UPDATE {0} SET {2}", "UPDATE {0} SET {1} = {1}"])
def test_what_was_posted_can_not_be_changed_or_deleted(bank: Bank, table: str, change: str) -> None:
    bank.move(b"1", "customer:ann", "customer:ben", 3, spend=[b"c"], label=b"L", become="held", detail=b"d")
    column = {"ledger_postings": "why", "ledger_entries": "minor", "ledger_spent": "detail", "ledger_holds": "state"}
    key = "seq = 9" if table == "ledger_holds" else "rowid = rowid"
    if not bank.is_sqlite:
        key = {"ledger_holds": "seq = 9", "ledger_entries": "id = 9"}.get(table, "key = 'x'")
    with pytest.raises(IntegrityError, match="append-only"):
        bank.store.commit(lambda tx: tx.execute(text(change.format(table, column[table], key))))
    assert balanced(bank.ledger)


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", ["ledger_postings", "ledger_entries", "ledger_spent", "ledger_holds"])
def test_no_book_can_be_emptied_at_once(bank: Bank, table: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        bank.store.commit(lambda tx: tx.execute(text(f"TRUNCATE {table}")))


def test_a_changed_balance_shows(bank: Bank) -> None:
    bank.store.commit(lambda tx: tx.execute(text("UPDATE ledger_balances SET minor = 5 WHERE account = 'bank:vault'")))
    assert bank.ledger.differences() == {("bank:vault", "EUR"): 1005}


def test_after_kill_9_the_books_balance_and_all_that_was_answered_is_posted(place: Path | str) -> None:
    script = Path(__file__).with_name("posting_process.py")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, str(script), str(place)], stdout=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    answered = [process.stdout.readline().strip() for _ in range(150)]
    process.kill()
    answered += [line for line in process.stdout.read().split() if len(line) == 16]
    process.wait(10)
    ledger = Ledger(open_store(place))
    assert balanced(ledger)
    for key in map(bytes.fromhex, answered):
        assert ledger.spent(None, b"coin" + key) == b"detail" + key
        assert ledger.hold(None, b"hold" + key) == HoldRow("held", [b"detail" + key])
