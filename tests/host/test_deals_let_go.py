"""What is long over leaves a merchant's memory, and its mail is answered all the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.commerce.deal_state import outcome
from semper_host.host import buyer_mail, live_deal
from semper_host.model.errors import Unavailable
from tests.host.street import MAIL, Send, Street, street_in


@pytest.fixture
def street(tmp_path: Path, authorities: Any, packs: Any, market_mint: Any, zygote: Any) -> Iterator[Street]:
    with street_in(tmp_path, authorities, packs, market_mint, zygote) as made:
        made.arrive()
        yield made


def test_a_deal_that_is_over_leaves_the_memory_and_comes_back_when_it_is_asked_for(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, other = street.agree(), street.agree()
    street.run(live)
    street.run(other)
    street.quiet()
    assert {live.id, other.id} <= set(street.seller.deals.live)
    monkeypatch.setattr(live_deal, "KEPT_SECONDS", -1)
    with street.seller.deals.watching(street.sale(other), lambda: None):
        street.seller.deals.let_go()
        assert live.id not in street.seller.deals.live and other.id in street.seller.deals.live
    assert live.business.ends.session not in street.seller.deals.sessions
    found = street.seller.deals.of_session(live.business.ends.session)
    assert found is not None and found.over and found.state == street.sale(live).state
    assert street.seller.deals.of_session(bytes(32)) is None


def test_a_buyer_gets_its_last_mail_from_a_merchant_that_began_anew_after_the_deal_was_over(street: Street) -> None:
    live = street.agree()

    def deaf(url: str, body: bytes, send: Send) -> bytes:
        said = send(url, body)
        if MAIL in url and street.sale(live).over:
            raise Unavailable("PEER_UNREACHABLE", "cannot hear the merchant's answer: the line is noisy")
        return said

    street.buyer_line.relay = deaf
    street.buyer.run(live, lambda: street.sale(live).over)
    session = live.business.ends.session
    sent = street.merchant.archive.session_state(session).sent
    assert street.customer.archive.session_state(session).received < sent
    street.reopen()
    assert session not in street.seller.deals.sessions
    street.buyer_line.relay = lambda url, body, send: send(url, body)
    street.run(live)
    assert street.sold(live) and street.customer.archive.session_state(session).received == sent


def test_a_merchant_that_never_heard_the_end_hears_it_when_the_buyer_takes_its_deals_up(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buyer_mail, "LINGERING", 0)
    live = street.agree()

    def mute(url: str, body: bytes, send: Send) -> bytes:
        if MAIL in url and outcome(live.business.plan, live.state) is not None:
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the merchant: it is away")
        return send(url, body)

    street.buyer_line.relay = mute
    street.run(live)
    session = live.business.ends.session
    assert live.over and session in street.customer.archive.unheard()
    street.arrive()
    (taken,) = street.buyer.take_up()
    assert taken.id == live.id
    street.run(taken)
    assert street.customer.archive.unheard() == []
    street.buyer.deliver(taken)
    assert street.buyer.take_up() == []
