"""Attacks on a merchant's threads: hellos too large to read, and old mail replayed to keep everybody waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.host.deal_mail import DealMail
from semper_host.host.selling import MOST_HELLO
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication.mail import outgoing
from semper_host.supporting.communication.session import Batch
from tests.host.street import Street, street_in


@pytest.fixture
def street(tmp_path: Path, authorities: Any, packs: Any, market_mint: Any, zygote: Any) -> Iterator[Street]:
    with street_in(tmp_path, authorities, packs, market_mint, zygote) as made:
        made.arrive()
        yield made


def test_a_hello_too_large_is_refused_before_anything_is_kept_or_run(street: Street) -> None:
    with pytest.raises(PeerDeviated, match="cannot answer the hello: it has over"):
        street.seller.hello(bytes(MOST_HELLO + 1))
    assert street.merchant.archive.deals() == []


def test_replayed_mail_keeps_one_waiting_and_no_more(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    live, desk = street.agree(), street.seller.desk
    batch = encode(Batch(outgoing(DealMail(street.buyer.deals, live), live.business.ends), wait=5))
    monkeypatch.setattr(desk, "_longest", 60)
    monkeypatch.setattr(DealMail, "waiting", lambda self: False)  # so that there is never any news

    async def replayed() -> None:
        first = await waiting()
        await desk.answer(batch)  # the same mail again, while the first still waits
        assert not first.done()
        with monkeypatch.context() as news:
            news.setattr(DealMail, "waiting", lambda self: True)
            street.seller.deals.wake()
            assert Batch.decode(await first).envelopes
        second = await waiting()  # who waited before has made room
        await asyncio.to_thread(desk.stop)
        await second

    async def waiting() -> asyncio.Task[bytes]:
        task = asyncio.create_task(desk.answer(batch))
        while not desk._waiting:
            await asyncio.sleep(0.01)
        return task

    asyncio.run(replayed())
    monkeypatch.undo()
    street.reopen()
    street.run(live)
    assert street.sold(live)
