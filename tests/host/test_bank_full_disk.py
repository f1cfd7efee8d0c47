"""A bank's disk is full at each of its postings: nobody loses money, and it goes on when there is space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import Unavailable
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from tests.host.bank_desk import PRICE, START, Course, Desk, served_desk
from tests.host.full_disk import FillingStore, small_disk
from tests.host.marketplace import Marketplace

COMMITS = 6
"""The postings of one course; see `bank_desk.Course`."""


@pytest.fixture(scope="module")
def filling(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Zygote
) -> Iterator[tuple[Desk, FillingStore]]:
    root = tmp_path_factory.mktemp("full")
    with small_disk(root / "disk") as disk, Client(connect_seconds=1, read_seconds=10, whole_seconds=15) as client:
        market = Marketplace(root, authorities, packs, market_mint, zygote, client)
        market.places["bank"] = disk or root
        with market.opened:
            desk = served_desk(market)
            store = FillingStore(desk.home.archive, disk)
            yield desk, store
            store.leave()


@pytest.mark.parametrize("at", range(1, COMMITS + 1))
def test_a_full_disk_at_a_posting_loses_no_money(filling: tuple[Desk, FillingStore], at: int) -> None:
    desk, store = filling
    before, course = desk.money(), Course(desk)
    store.full_at(at)
    while course.steps and not store.refused:
        course.step()
    assert store.refused or (at == COMMITS and not course.steps)
    if store.refused:
        assert not course.step(), "it stays full until somebody frees space"
    desk.money()
    store.free()
    course.run()
    after = desk.money()
    assert after == {
        "buyer": before["buyer"] - PRICE, "reserved": 0, "seller": before["seller"] + PRICE, "held": 0,
    }  # fmt: skip
    assert sum(after.values()) == START


def test_the_operator_is_told_what_is_wrong(filling: tuple[Desk, FillingStore]) -> None:
    desk, store = filling
    held = desk.accounts.balance(desk.purse.account_name)
    store.full_at(1)
    with pytest.raises(Unavailable) as caught:
        desk.accounts.credit(desk.purse.account_name, Money(5, "EUR"), b"letter 1")
    assert caught.value.code == "STORAGE_FULL" and "disk is full" in caught.value.message
    assert desk.accounts.balance(desk.purse.account_name) == held
    with pytest.raises(RefusedByPeer) as told:
        desk.payments.withdraw(desk.purse, Money(1, "EUR"))
    assert told.value.code == "STORAGE_FULL" and told.value.retryable
    store.free()
    desk.accounts.credit(desk.purse.account_name, Money(5, "EUR"), b"letter 1")
    assert desk.accounts.balance(desk.purse.account_name).minor == held.minor + 5
