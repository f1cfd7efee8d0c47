"""What was erased of a deal is gone, and what stays still checks."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.host import evidence
from semper_host.host.forgetting import FORGOTTEN, forget
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.evidence import verify_chain
from tests.host.street import Street, street_in


@pytest.fixture
def street(tmp_path: Path, authorities: Any, packs: Any, market_mint: Any, zygote: Any) -> Iterator[Street]:
    with street_in(tmp_path, authorities, packs, market_mint, zygote) as made:
        made.arrive()
        yield made


def holds(home: Home, said: bytes) -> bool:
    """Whether the file of the archive has these bytes anywhere."""
    with sqlite3.connect(home.path / "archive.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return said in (home.path / "archive.db").read_bytes()


def test_a_forgotten_deal_leaves_its_number_its_end_and_a_chain_without_messages(street: Street) -> None:
    live, kept = street.agree(), street.agree()
    for each in (live, kept):
        street.run(each)
        assert street.sold(each)
        street.buyer.deliver(each)
    street.quiet()
    archive = street.customer.archive
    said = [each.message or b"" for each in archive.evidence(live.id)][2][:300]
    assert holds(street.customer, said)

    forget(street.customer, live.id, 1_900_000_000)
    row = archive.deal(live.id)
    assert row is not None and (row.state, row.summary["place"], row.summary["seller"]) == (FORGOTTEN, "END.sold", "")
    assert not holds(street.customer, said) and not archive.journal(live.id)
    exhibits = archive.evidence(live.id)
    assert exhibits and {(each.message, each.salt) for each in exhibits} == {(None, None)}
    assert verify_chain(live.id, exhibits) == archive.evidence_head(live.id)
    with pytest.raises(UsageError, match="no such deal"):
        evidence.export(street.customer, live.id)
    with pytest.raises(UsageError, match="cannot find the deal"):
        forget(street.customer, live.id, 1_900_000_000)

    street.arrive()  # the buyer's host begins anew
    assert street.buyer.take_up() == [] and street.buyer.deals.find(kept.id).over
    assert evidence.export(street.customer, kept.id)


def test_a_deal_that_goes_on_or_whose_goods_are_not_here_is_not_forgotten(street: Street) -> None:
    live = street.agree()
    for why in ("it is not over", "its goods are not all here"):
        with pytest.raises(UsageError, match=why) as caught:
            forget(street.customer, live.id, 1_900_000_000)
        assert caught.value.code == "DEAL_UNFINISHED" and street.customer.archive.journal(live.id)
        street.run(live)
    street.buyer.deliver(live)
    forget(street.customer, live.id, 1_900_000_000)


def test_a_merchant_that_forgot_a_deal_answers_its_buyer_with_a_clear_refusal(street: Street) -> None:
    live = street.agree()
    street.run(live)
    street.quiet()
    forget(street.merchant, live.id, 1_900_000_000)
    street.reopen()
    assert street.seller.deals.of_session(live.business.ends.session) is None
    again = street.agree()
    street.run(again)
    assert street.sold(again)
