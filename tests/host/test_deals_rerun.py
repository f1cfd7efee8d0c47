"""Every work of a commit may run again, as it does in PostgreSQL when another process was in the way.

Here each of them does, at every party: run, undone, run again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from semper_host.supporting.archive.archive import Archive
from tests.host.street import Street, street_in


class Undone(Exception):
    """The first run was undone."""


class Twice:
    """A store in which every work runs twice, and counts once."""

    def __init__(self, archive: Archive) -> None:
        self._store = archive.store
        self.runs = 0
        archive.store = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, work: Callable[[Any], Any]) -> Any:
        def undone(tx: Any) -> None:
            work(tx)
            raise Undone

        with contextlib.suppress(Undone):
            self._store.commit(undone)
        self.runs += 1
        return self._store.commit(work)

    async def committed(self, work: Callable[[Any], Any]) -> Any:
        return await asyncio.to_thread(self.commit, work)


@pytest.fixture
def street(tmp_path: Any, authorities: Any, packs: Any, market_mint: Any, zygote: Any) -> Iterator[Street]:
    with street_in(tmp_path / "street", authorities, packs, market_mint, zygote) as made:
        yield made


def test_a_deal_is_the_same_when_every_work_of_every_party_runs_twice(street: Street) -> None:
    stores = [Twice(home.archive) for home in (street.bank, street.merchant, street.customer)]
    street.reopen()
    street.arrive()
    live = street.agree()
    street.run(live, 30)
    assert street.sold(live)
    street.buyer.deliver(live)
    street.check_money(sales=1)
    for home in (street.merchant, street.customer):
        home.archive.verify_evidence(live.id)
    assert all(store.runs > 1 for store in stores)
    assert not street.troubles
