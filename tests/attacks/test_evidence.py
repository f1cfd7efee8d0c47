"""Attacks on the record: a peer that wants our evidence to be refused, or to grow without end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from semper_host.commerce.dispatch import DEVIATION, Dispatch, Waiting, sign_dispatch
from semper_host.host import evidence, trusting
from semper_host.host.deal_record import MOST_EARLY, MOST_PAYLOAD
from semper_host.model.encoding import encode
from tests.host.cheating import cheater, with_fields
from tests.host.marketplace import now
from tests.host.street import Street, street_in


@pytest.fixture
def street(tmp_path: Path, authorities: Any, packs: Any, market_mint: Any, zygote: Any) -> Iterator[Street]:
    with street_in(tmp_path, authorities, packs, market_mint, zygote) as made:
        made.arrive()
        yield made


def test_a_seller_that_names_a_record_nobody_has_spoils_no_evidence(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cheater(monkeypatch, "seller", "agree", 1, with_fields(seen=bytes(32))) as done:
        live = street.agree()
        street.arrive()  # the buyer's host restarts before the seller's first message
        live = street.buyer.deals.find(live.id)
        street.buyer.run(live, done.is_set)
        street.settle(live)
    data = evidence.export(street.customer, live.id)
    assert evidence.verify_file(data, trusting.load(street.customer.trust), now()).deal == live.id


def test_chatter_of_a_peer_does_not_fill_the_evidence(street: Street) -> None:
    live = street.agree()
    sale = street.seller.deals.find(live.id)
    archive, session = street.merchant.archive, sale.business.ends.session
    for size in (MOST_PAYLOAD, 10):
        signed = sign_dispatch(sale.business.plan.crypto.sign, Dispatch(live.id, "", "chatter", bytes(size), b"", b""))
        archive.commit(partial(archive.enqueue, session=session, payload=encode(Waiting(signed))))
    street.run(live)
    assert street.sold(live)
    kept = [each for each in street.customer.archive.evidence(live.id) if each.evidence.step == DEVIATION]
    assert [len(each.message or b"") < 1000 for each in kept] == [True]
    data = evidence.export(street.customer, live.id)
    assert evidence.verify_file(data, trusting.load(street.customer.trust), now()).outcome.end == "sold"


def test_a_stranger_who_only_said_hello_stores_no_more_than_a_mebibyte(street: Street) -> None:
    live = street.agree()
    sale = street.seller.deals.find(live.id)
    archive, session = street.customer.archive, live.business.ends.session
    for number in range(8):
        said = Dispatch(live.id, "", "chatter", bytes((number,)) * (MOST_PAYLOAD - 1000), b"", b"")
        signed = sign_dispatch(live.business.plan.crypto.sign, said)
        archive.commit(partial(archive.enqueue, session=session, payload=encode(Waiting(signed))))
    street.run(live)
    assert street.sold(live)
    kept = [each for each in street.merchant.archive.evidence(live.id) if each.evidence.role == sale.peer_side]
    early = [len(each.message or b"") for each in kept if each.evidence.step == DEVIATION]
    assert len(early) == 3 and sum(early) < MOST_EARLY
