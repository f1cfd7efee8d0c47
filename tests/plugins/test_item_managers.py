"""What the item managers say of money and of statements: an exchange's fairness rests on it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from types import ModuleType
from typing import Any

import pytest

from semper_host.api_v1 import Accepted, Declined, Item, ItemTraits, Money

Load = Callable[[str], ModuleType]
PRICE = Item("money", "price", amount=Money(1990, "EUR"), title="Course")
GOODS = Item("statement", "information", digest=bytes(32), title="Course")


@pytest.fixture
def money(bundle: Load) -> Any:
    return bundle("items/payment/manager.py")


@pytest.fixture
def statements(bundle: Load) -> Any:
    return bundle("items/statement/manager.py")


@pytest.mark.parametrize("kind", ["price", "deposit", "held", ""])
def test_held_money_is_revocable_and_a_trustee_can_generate_it(money: Any, kind: str) -> None:
    assert money.traits(Item("money", kind)) == ItemTraits(generatable=True, revocable=True)


def test_captured_money_is_final_and_cash_promises_nothing(money: Any) -> None:
    assert money.traits(Item("money", "captured")) == ItemTraits(generatable=True, revocable=False)
    assert money.traits(Item("money", "cash")) == ItemTraits(generatable=False, revocable=False)


STATEMENTS = ["offer", "order", "contract", "receipt", "certificate", "information", "software", "video", "warranty"]


@pytest.mark.parametrize("kind", STATEMENTS)
def test_statements_and_escrowed_information_are_generatable_and_final(statements: Any, kind: str) -> None:
    assert statements.traits(Item("statement", kind)) == ItemTraits(generatable=True, revocable=False)


def test_another_familys_item_promises_nothing(money: Any, statements: Any) -> None:
    nothing = ItemTraits(generatable=False, revocable=False)
    assert money.traits(GOODS) == statements.traits(PRICE) == nothing
    assert money.traits(Item("credential", "price")) == statements.traits(Item("credential", "receipt")) == nothing


def test_only_the_exact_amount_fits(money: Any) -> None:
    assert money.fits(PRICE, PRICE) == Accepted()
    for other in (
        Item("money", "price", amount=Money(1989, "EUR")),
        Item("money", "price", amount=Money(1991, "EUR")),
        Item("money", "price", amount=Money(1990, "USD")),
        Item("money", "price"),
        Item("money", "cash", amount=Money(1990, "EUR")),
        GOODS,
    ):
        assert isinstance(money.fits(other, PRICE), Declined)
    nothing = Item("money", "price", amount=Money(0, "EUR"))
    assert isinstance(money.fits(nothing, nothing), Declined)


def test_only_the_agreed_statement_fits(statements: Any) -> None:
    assert statements.fits(GOODS, GOODS) == Accepted()
    assert statements.fits(GOODS, Item("statement", "information")) == Accepted()
    another = Item("statement", "information", digest=b"\x01" * 32)
    for other in (another, Item("statement", "offer", digest=bytes(32)), PRICE):
        assert isinstance(statements.fits(other, GOODS), Declined)


def test_items_are_described_in_lines_for_people(money: Any, statements: Any) -> None:
    assert money.describe(PRICE)[:2] == ["19.90 EUR", "Course"]
    assert statements.describe(GOODS)[0] == "Course"
    for manager in (money, statements):
        for item in (PRICE, GOODS, Item("money", "?"), Item("statement", "?")):
            lines = manager.describe(item)
            assert lines and all(isinstance(line, str) and line for line in lines)


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_statement_is_committed_to_verified_and_released_as_it_is_and_no_other(statements: Any, kind: str) -> None:
    body = f"what {kind} says".encode()
    item = statements.commit(Item("statement", kind, title="It"), body)
    assert item == Item("statement", kind, sha256(body).digest(), None, "It")
    assert statements.verify(item, body) == Accepted()
    assert statements.release(item, body) == body
    assert isinstance(statements.verify(item, body + b" "), Declined)
    known = {"warranty": "statement (warranty)"}.get(kind, kind)
    lines = statements.describe(item)
    assert known in " ".join(lines)
    assert sha256(body).hexdigest()[:16] in lines[-1]


def test_money_is_committed_to_by_its_amount_and_has_no_body_to_release(money: Any) -> None:
    assert money.commit(PRICE, b"") == PRICE
    assert money.verify(PRICE, b"") == Accepted()
    assert money.release(PRICE, b"") == b""
    for item, body in ((PRICE, b"coins"), (Item("money", "price"), b"")):
        assert isinstance(money.commit(item, body), Declined)
        assert isinstance(money.verify(item, body), Declined)


def test_each_manager_names_its_family(money: Any, statements: Any) -> None:
    assert (money.families(), statements.families()) == (["money"], ["statement"])
