"""A decision is never lost between the trustee's row, the bank and the answer."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.api_v1 import Settled
from semper_host.exchange.requests import RESOLVED, Answer
from semper_host.exchange.trustee import Row
from semper_host.host import trusting
from semper_host.host.trustee_rows import Rows
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.encoding import encode
from semper_host.model.holds import RELEASED, VOIDED
from semper_host.model.money import Money
from tests.host.courtroom import PRICE, Court, cut_off, decision, refused, until
from tests.host.marketplace import DAY, now


def test_two_trustee_processes_of_one_home_give_one_decision(court: Court) -> None:
    made = court.purchase()
    made.hold()
    another = court.restarted()
    answers = [court.answer(made.resolve()), court.answer(made.abort(), another)]
    assert [decision(made, Answer.decode(each)).verdict for each in answers] == [RESOLVED, RESOLVED]


def test_no_key_is_told_before_the_bank_confirms(court: Court) -> None:
    made = court.purchase()
    made.hold()
    cut_off(court)
    refused("PEER_UNREACHABLE", court.ask, made.resolve())
    row = court.service.rows.find(made.id)
    assert row is not None and row.verdict == RESOLVED and row.ended == ()
    assert court.seller_has() == 0


def test_a_decision_reaches_the_bank_when_it_is_back(court: Court) -> None:
    made = court.purchase()
    made.hold()
    mend = cut_off(court)
    refused("PEER_UNREACHABLE", court.answer, made.resolve())
    mend()
    until(lambda: court.service.rows.unended() == [])
    assert court.seller_has() == PRICE.minor
    assert [each.name for each in court.ask(made.resolve()).records] == [RELEASED]


def test_a_restarted_trustee_goes_on_with_what_it_decided(court: Court) -> None:
    made = court.purchase()
    made.hold()
    cut_off(court)
    refused("PEER_UNREACHABLE", court.answer, made.resolve())
    court.service.stop()
    again = court.restarted()
    before = again.rows.find(made.id)
    again.start()
    until(lambda: again.rows.unended() == [])
    again.stop()
    after = again.rows.find(made.id)
    assert before is not None and after is not None
    assert before.decision == after.decision and court.seller_has() == PRICE.minor


def test_money_that_went_back_before_the_release_releases_no_key(court: Court) -> None:
    made = court.purchase()
    made.hold()
    court.banked.clock.ahead = 10_000  # the hold has expired by the bank's clock
    assert isinstance(court.banked.payments._pay(made.purse, "payer.reclaim", (made.id,)), Settled)
    answer = court.ask(made.resolve())
    assert answer.decision is None
    assert [record.name for record in answer.records] == [VOIDED]
    assert court.seller_has() == 0


def test_a_record_that_contradicts_the_decision_is_kept_and_not_believed(
    court: Court, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, other = court.purchase(1), court.purchase(2)
    made.hold()
    court.answer(made.resolve())
    paid = court.service.rows.find(made.id)
    assert paid is not None
    stranger = paid.ended[0]
    monkeypatch.setattr(court.service._payments, "party", lambda *_: Settled(stranger.data))
    court.answer(other.abort())
    until(lambda: court.service.rows.contradiction(other.id) is not None)
    assert court.service.rows.contradiction(other.id) == stranger.data
    row = court.service.rows.find(other.id)
    assert isinstance(row, Row) and row.ended == ()


@pytest.mark.parametrize("what", ["expired", "withdrawn"])
def test_a_decision_is_carried_though_its_bundle_would_not_be_admitted_any_more(court: Court, what: str) -> None:
    made, other = (court.purchase(number, t2=25 * DAY) for number in (0, 3))
    court.banked.bank.accounts.credit(court.banked.account, Money(1500, "EUR"))
    court.banked.payments.withdraw(court.banked.purse, Money(1500, "EUR"))
    made.hold()
    other.hold()
    cut_off(court)
    refused("PEER_UNREACHABLE", court.answer, made.resolve())
    court.service.stop()
    market, shift = court.banked.market, 21 * DAY if what == "expired" else 0
    if what == "withdrawn":
        trusting.remove(court.home.trust, "Evaluators")
        trusting.remove(court.home.trust, "Registrars")
    home = market.open(court.home.path)
    sandbox = market.sandbox(home)
    again = TrusteeService(home, sandbox, market.client, lambda: now() + shift, (0.05,), lease_ms=1)
    assert isinstance(again.settle(made.id).answer, bytes)
    assert court.seller_has() == PRICE.minor
    refused("EVAL_EXPIRED" if shift else "CHAIN_UNTRUSTED", court.answer, other.resolve(), again)
    assert again.rows.find(other.id) is None


def test_who_waits_for_a_worker_that_died_is_answered_when_its_lease_ends(court: Court) -> None:
    made = court.purchase()
    made.hold()
    mend = cut_off(court)
    court.service.rows._lease_ms = 1500
    court.service._carrier.put_off = lambda *_: None  # type: ignore[method-assign]  # dies with the lease
    refused("PEER_UNREACHABLE", court.answer, made.resolve())
    mend()
    another = court.restarted()
    assert [each.name for each in Answer.decode(court.answer(made.resolve(), another)).records] == [RELEASED]


def test_rows_of_before_there_was_a_docket_stand_and_are_carried(court: Court) -> None:
    paid, lost = court.purchase(1), court.purchase(2)
    paid.hold()
    court.ask(paid.resolve())
    court.ask(lost.abort())
    until(lambda: court.service.rows.unended() == [])
    before = [court.service.rows.find(each.id) for each in (paid, lost)]
    old = court.banked.market.home("trustee", "old").archive

    def as_it_was(tx: Any) -> None:
        for row in before:
            assert row is not None
            old.write_once(tx, "trustee", row.label, encode(replace(row, ended=())))
        assert before[0] is not None
        old.write_once(tx, "trustee-ended", paid.id, encode(before[0].ended[0]))

    old.commit(as_it_was)
    rows = Rows(old)
    assert [rows.find(each.id) for each in (paid, lost)] == before
    assert rows.unended() == [lost.id], "nothing was noted of it: its order is brought once more"
    rows.done(lost.id)
    assert Rows(old).unended() == [], "they are taken over once"
