"""The trustee decides once, durably, and its decisions reach the bank in the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from semper_host.admission.service_keys import ServiceKeys, open_service_keys
from semper_host.api_v1 import Settled
from semper_host.exchange.case import Case
from semper_host.exchange.items import Party
from semper_host.exchange.kinds import open_case
from semper_host.exchange.requests import RESOLVED, Answer, Request, read_decision
from semper_host.exchange.trustee import Row
from semper_host.host import trusting
from semper_host.host.bank_line import account_of
from semper_host.host.home import Home
from semper_host.host.trustee_line import ask_trustee
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, Unavailable
from semper_host.model.holds import RELEASED, VOIDED, Decision
from semper_host.model.money import Money
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.conftest import Banked
from tests.host.marketplace import Keys, Purchase, now, purchase

PRICE = Money(990, "EUR")
WAITS = (0.05, 0.1, 0.2)
SELLER_ACCOUNT = account_of(SigningKey.from_seed(b"seller account".ljust(32)).public)


@dataclass
class Court:
    """A trustee that knows the bank, and a buyer with coins."""

    banked: Banked
    home: Home
    service: TrusteeService
    keys: ServiceKeys
    ending: ExitStack

    def purchase(self, number: int = 0, t2: int = 60) -> Purchase:
        banked = self.banked
        trustee = Party(self.keys.signing, self.keys.sealing)
        return purchase(banked.purse, banked.payments, trustee, SELLER_ACCOUNT, PRICE, t2=t2, number=number)

    def ask(self, request: bytes) -> Answer:
        return Answer.decode(ask_trustee(self.banked.market.client, self.keys, request))

    def restarted(self) -> TrusteeService:
        """The trustee's home in a new process, as far as it can tell."""
        market = self.banked.market
        home = market.open(self.home.path)
        return TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)

    def seller_has(self) -> int:
        return self.banked.balance(SELLER_ACCOUNT)


@pytest.fixture
def court(banked: Banked) -> Court:
    market = banked.market
    home = market.home("trustee")
    market.payments(home).open(banked.home.config.url, now())
    there, service, ending = market.up(
        home, lambda home: TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)
    )
    assert isinstance(service, TrusteeService)
    service.start()
    ending.callback(service.stop)
    roots = trusting.load(banked.customer.trust).roots
    statement = market.client.get(there.config.url + "/semper/v1/keys")
    keys, certified = open_service_keys(statement, "trustee", roots, now())
    assert certified.name == "trustee"
    assert isinstance(banked.payments.withdraw(banked.purse, Money(1500, "EUR")), Settled)
    return Court(banked, there, service, keys, ending)


def decision(made: Purchase, answer: Answer) -> Decision:
    assert answer.decision is not None
    return read_decision(case_of(made), answer.decision)


def case_of(made: Purchase) -> Case:
    return open_case(made.label, Keys.of("buyer").crypto)[0]


def until(true: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def refused(code: str, call: Callable[..., object], *arguments: object) -> None:
    with pytest.raises(SemperError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value
    assert caught.value.message.startswith("cannot ")


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
        verdicts.append(decision(made, court.ask(request)).verdict)

    threads = [threading.Thread(target=ask, args=(each,)) for each in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(verdicts) == 6 and len(set(verdicts)) == 1
    until(lambda: court.service.rows.unended() == [])
    assert court.seller_has() == (PRICE.minor if verdicts[0] == RESOLVED else 0)


def test_two_trustee_processes_of_one_home_give_one_decision(court: Court) -> None:
    made = court.purchase()
    made.hold()
    another = court.restarted()
    answers = [court.service.answer(made.resolve()), another.answer(made.abort())]
    assert [decision(made, Answer.decode(each)).verdict for each in answers] == [RESOLVED, RESOLVED]


def test_no_key_is_told_before_the_bank_confirms(court: Court) -> None:
    made = court.purchase()
    made.hold()
    _cut_off(court)
    refused("PEER_UNREACHABLE", court.ask, made.resolve())
    row = court.service.rows.find(made.id)
    assert row is not None and row.verdict == RESOLVED and row.ended == ()
    assert court.seller_has() == 0


def test_a_decision_reaches_the_bank_when_it_is_back(court: Court) -> None:
    made = court.purchase()
    made.hold()
    mend = _cut_off(court)
    refused("PEER_UNREACHABLE", court.service.answer, made.resolve())
    mend()
    until(lambda: court.service.rows.unended() == [])
    assert court.seller_has() == PRICE.minor
    assert [each.name for each in court.ask(made.resolve()).records] == [RELEASED]


def test_a_restarted_trustee_goes_on_with_what_it_decided(court: Court) -> None:
    made = court.purchase()
    made.hold()
    _cut_off(court)
    refused("PEER_UNREACHABLE", court.service.answer, made.resolve())
    court.service.stop()
    again = court.restarted()
    before = again.rows.find(made.id)
    again.start()
    until(lambda: again.rows.unended() == [])
    again.stop()
    after = again.rows.find(made.id)
    assert before is not None and after is not None
    assert before.decision == after.decision and court.seller_has() == PRICE.minor


def test_a_trustee_resolves_nothing_at_a_bank_that_it_does_not_know(court: Court) -> None:
    made = court.purchase()
    made.hold()
    market = court.banked.market
    home = market.home("trustee", "lonely")
    lonely = TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)
    refused("MESSAGE_UNEXPECTED", lonely.answer, made.resolve())
    keys = lonely.keys.identity
    theirs = purchase(
        made.purse, made.payments, Party(keys.signing.public, keys.sealing.public), SELLER_ACCOUNT, Money(100, "EUR")
    )
    theirs.hold()
    refused("PEER_UNREACHABLE", lonely.answer, theirs.resolve())
    assert lonely.rows.find(theirs.id) is None
    answer = Answer.decode(lonely.answer(theirs.abort()))
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
            court.service.answer(request)
        with pytest.raises(RefusedByPeer):
            court.ask(request)
    assert court.service.rows.find(made.id) is None


def test_a_hold_by_another_bank_is_not_resolved(court: Court) -> None:
    made = court.purchase()
    made.hold()
    forged = Purchase(made.label, made.purse, made.payments, m1=made.m1)
    forged.m2 = made.m2.replace(made.m2[-80:], bytes(80))
    refused("SIG_INVALID", court.service.answer, forged.resolve())
    assert court.service.rows.find(made.id) is None


def test_nobody_resolves_after_the_deadline(court: Court) -> None:
    made = court.purchase()
    made.hold()
    late = TrusteeService(
        court.home, court.banked.market.sandbox(court.home), court.banked.market.client,
        clock=lambda: made.label.t_resolve + 1, waits=WAITS,
    )  # fmt: skip
    assert decision(made, Answer.decode(late.answer(made.resolve()))).verdict == "lapsed"
    assert court.seller_has() == 0


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
    court.service.answer(made.resolve())
    paid = court.service.rows.find(made.id)
    assert paid is not None
    stranger = paid.ended[0]
    monkeypatch.setattr(court.service._payments, "party", lambda *_: Settled(stranger.data))
    court.service.answer(other.abort())
    until(lambda: court.service.rows.contradiction(other.id) is not None)
    assert court.service.rows.contradiction(other.id) == stranger.data
    row = court.service.rows.find(other.id)
    assert isinstance(row, Row) and row.ended == ()


def _cut_off(court: Court) -> Callable[[], None]:
    """Let nothing of the trustee's reach the bank; return how to mend the line."""
    payments = court.service._payments
    working = payments.client

    class Cut(type(working)):  # type: ignore[misc]
        def post(self, url: str, body: bytes, most: int = 0) -> bytes:
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the bank: the line is cut")

    payments.client = Cut()

    def mend() -> None:
        payments.client = working

    return mend
