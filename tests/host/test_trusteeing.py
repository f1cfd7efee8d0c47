"""The trustee decides each exchange once; who asks again or otherwise gets the same decision."""

from __future__ import annotations

import threading
import time

import pytest
from msgspec.structs import replace

from semper_host.api_v1 import Settled
from semper_host.exchange.accountability import RECEIPT, Equivocation, Receipt, acknowledge, convicts
from semper_host.exchange.items import Party
from semper_host.exchange.requests import RESOLVED, Answer, Request
from semper_host.host.trustee_receipts import keep_receipt, receipts_of
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, Unavailable
from semper_host.model.holds import DECISION, RELEASED, VOIDED, Decision
from semper_host.model.money import Money
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic import cose
from tests.host.courtroom import PRICE, SELLER_ACCOUNT, WAITS, Court, cut_off, decision, refused, until
from tests.host.marketplace import Keys, Purchase, now, purchase


def test_resolve_pays_the_seller_and_gives_the_buyer_the_key(court: Court) -> None:
    made = court.purchase()
    made.hold()
    answer = court.ask(made.resolve())
    verdict = decision(made, answer)
    assert verdict.verdict == RESOLVED
    assert [record.name for record in answer.records] == [RELEASED]
    assert made.buyer.sealing.open(verdict.sealed, made.id) == made.first
    assert court.seller_has() == PRICE.minor
    assert court.ask(made.resolve()) == answer


def test_abort_before_the_hold_stands_against_a_later_hold(court: Court) -> None:
    made = court.purchase()
    answer = court.ask(made.abort())
    assert decision(made, answer).verdict == "aborted"
    until(lambda: court.service.rows.unended() == [])
    with pytest.raises(SemperError) as caught:
        made.hold()
    assert caught.value.code == "TOO_LATE"
    assert court.banked.purse.purse.balance() == Money(1500, "EUR")


def test_abort_after_the_hold_sends_the_money_back(court: Court) -> None:
    made = court.purchase()
    made.hold()
    assert decision(made, court.ask(made.abort())).verdict == "aborted"
    until(lambda: court.service.rows.unended() == [])
    assert [record.name for record in court.ask(made.abort()).records] == [VOIDED]
    assert isinstance(court.banked.payments.reclaim(made.purse, made.id), Settled)
    assert court.banked.purse.purse.balance() == Money(1500, "EUR")
    assert court.seller_has() == 0


def test_the_first_decision_stands_against_the_other_request(court: Court) -> None:
    one, other = court.purchase(1), court.purchase(2)
    court.ask(one.abort())
    until(lambda: court.service.rows.unended() == [])
    other_sum = court.banked.purse.purse.balance()
    assert other_sum == Money(1500, "EUR")
    other.hold()
    court.ask(other.resolve())
    assert decision(other, court.ask(other.abort())).verdict == RESOLVED
    row = court.service.rows.find(one.id)
    assert row is not None and row.verdict == "aborted"


def test_racing_abort_and_resolve_make_one_row(court: Court) -> None:
    made = court.purchase()
    made.hold()
    requests = [made.abort(), made.resolve()] * 3
    verdicts: list[str] = []

    def ask(request: bytes) -> None:
        for _ in range(100):
            try:
                verdicts.append(decision(made, court.ask(request)).verdict)
                return
            except Unavailable:  # the row stands, the bank has not confirmed it: the answer says to ask again
                time.sleep(0.05)

    threads = [threading.Thread(target=ask, args=(each,)) for each in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(verdicts) == 6 and len(set(verdicts)) == 1
    until(lambda: court.service.rows.unended() == [])
    assert court.seller_has() == (PRICE.minor if verdicts[0] == RESOLVED else 0)


def test_a_trustee_resolves_nothing_at_a_bank_that_it_does_not_know(court: Court) -> None:
    made = court.purchase()
    made.hold()
    market = court.banked.market
    home = market.home("trustee", "lonely")
    lonely = TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)
    vouch = market.authorities.vouch(lonely.keys.identity.signing.public, Keys.of("seller").party)
    refused("MESSAGE_UNEXPECTED", lonely.answer, made.resolve(), vouch)
    keys = lonely.keys.identity
    theirs = purchase(
        made.purse, made.payments, Party(keys.signing.public, keys.sealing.public), SELLER_ACCOUNT, Money(100, "EUR")
    )
    theirs.hold()
    refused("PEER_UNREACHABLE", lonely.answer, theirs.resolve(), vouch)
    assert lonely.rows.find(theirs.id) is None
    answer = Answer.decode(lonely.answer(theirs.abort(), vouch))
    assert decision(theirs, answer).verdict == "aborted"  # a promise that needs no bank


def test_a_second_message_1_under_the_same_label_is_kept_as_equivocation(court: Court) -> None:
    made = court.purchase()
    other = Purchase(made.label, made.purse, made.payments, first=b"\x07" * 32)
    other.offer()
    assert made.m1 != other.m1
    first = court.ask(made.abort())
    assert court.service.rows.equivocation(made.id) is None
    assert court.ask(other.abort()).decision == first.decision
    assert court.service.rows.equivocation(made.id) == other.abort()


def test_an_invalid_request_leaves_no_row(court: Court) -> None:
    made = court.purchase()
    made.hold()
    asked = Request.decode(made.resolve())
    assert asked.m2 is not None
    tampered = asked.m2[:-1] + bytes([asked.m2[-1] ^ 1])
    for request in (
        b"",
        b"\xff",
        encode(Request("resolve", asked.m1)),
        encode(Request("abort", asked.m1, abort=b"x")),
        encode(Request("pardon", asked.m1, asked.m2)),
        encode(Request("resolve", asked.m1, tampered)),
        encode(Request("resolve", asked.m2, asked.m1)),
    ):
        with pytest.raises(SemperError):
            court.answer(request)
        with pytest.raises(RefusedByPeer):
            court.ask(request)
    assert court.service.rows.find(made.id) is None


def test_a_hold_by_another_bank_is_not_resolved(court: Court) -> None:
    made = court.purchase()
    made.hold()
    forged = Purchase(made.label, made.purse, made.payments, m1=made.m1)
    forged.m2 = made.m2.replace(made.m2[-80:], bytes(80))
    refused("SIG_INVALID", court.answer, forged.resolve())
    assert court.service.rows.find(made.id) is None


def test_nobody_resolves_after_the_deadline(court: Court) -> None:
    made = court.purchase()
    made.hold()
    late = TrusteeService(
        court.home, court.banked.market.sandbox(court.home), court.banked.market.client,
        clock=lambda: made.label.t_resolve + 1, waits=WAITS,
    )  # fmt: skip
    assert decision(made, Answer.decode(court.answer(made.resolve(), late))).verdict == "lapsed"
    assert court.seller_has() == 0


def test_every_answer_comes_with_a_receipt_and_a_second_decision_convicts_the_trustee(court: Court) -> None:
    made, customer = court.purchase(), court.banked.customer
    court.ask(made.abort())
    first, proof = receipts_of(customer, made.id)
    assert first is not None and proof is None
    court.ask(made.abort())
    row, crypto = court.service.rows.find(made.id), court.service._trustee.crypto
    assert row is not None
    said = Decision.decode(cose.open1(row.decision, DECISION, court.keys.signing))
    other = crypto.sign(encode(replace(said, verdict=RESOLVED)), DECISION)
    twisted = acknowledge(court.service._trustee, replace(row, verdict=RESOLVED, decision=other), made.abort(), now())
    refused("PEER_DEVIATED", keep_receipt, customer, court.keys, made.abort(), twisted)
    kept, evidence = receipts_of(customer, made.id)
    assert kept == first and evidence is not None
    assert convicts(cose.open1, Equivocation.decode(evidence))


def test_a_receipt_comes_also_while_the_bank_has_not_confirmed_the_decision(court: Court) -> None:
    made = court.purchase()
    made.hold()
    mend = cut_off(court)
    refused("PEER_UNREACHABLE", court.ask, made.resolve())
    signed, _ = receipts_of(court.banked.customer, made.id)
    assert signed is not None
    assert Receipt.decode(cose.open1(signed, RECEIPT, court.keys.signing)).verdict == RESOLVED
    mend()
    assert [record.name for record in court.ask(made.resolve()).records] == [RELEASED]
