"""The broker: grants, quotas and amounts, each refusal told in words."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.confinement.broker import IN_WORDS, Broker, Quotas, Usage
from semper_host.model.errors import BundleMisbehaved, CapabilityRefused, SemperError
from semper_host.model.grants import BASELINE, Capability, Grant, Grants
from semper_host.model.money import Money
from semper_host.model.request_tables import NEEDS
from semper_host.model.requests import Ask, Attest, Blind, Keep, Now, Pay, Post, Random, Recall, Request

SAMPLES: dict[type[Request], Request] = {
    Ask: Ask(b"m"), Attest: Attest("k", b"p"), Blind: Blind([1]), Pay: Pay(Money(1, "EUR"), "p"), Post: Post(b"k", []),
}  # fmt: skip


def _broker(grants: Grants, quotas: Quotas | None = None) -> tuple[Broker, list[Any], list[str]]:
    answered: list[Any] = []
    words: list[str] = []

    def answer(request: Any) -> str:
        answered.append(request)
        return "answered"

    return Broker(grants, answer, lambda request, said: words.append(said), quotas), answered, words


def test_the_baseline_computes_draws_and_keeps_and_nothing_else() -> None:
    broker, answered, _ = _broker(BASELINE)
    for request in (Random(16), Now(), Keep("a", b"b"), Recall("a")):
        assert broker(request) == "answered"
    assert len(answered) == 4


@pytest.mark.parametrize("request_", SAMPLES.values(), ids=lambda each: type(each).__name__)
def test_what_nobody_granted_is_refused_in_words_and_never_answered(request_: Request) -> None:
    broker, answered, words = _broker(BASELINE)
    with pytest.raises(CapabilityRefused) as refusal:
        broker(request_)
    assert refusal.value.code == "CAPABILITY_REFUSED"
    needed = NEEDS[type(request_)]
    assert needed is not None
    assert words == [f"this service asked {IN_WORDS[needed]}; nobody you trust has evaluated it"]
    assert answered == []


def test_an_evaluated_bundle_is_refused_in_other_words() -> None:
    broker, _, words = _broker(Grants((), evaluated=True))
    with pytest.raises(CapabilityRefused):
        broker(Ask(b""))
    assert words == ["this service asked to send a message to your bank; its evaluation does not allow that"]


def test_a_grant_covers_its_number_of_calls() -> None:
    broker, answered, words = _broker(Grants((Grant(Capability.ASK_BANK, None, 2),)))
    broker(Ask(b"1"))
    broker(Ask(b"2"))
    with pytest.raises(CapabilityRefused):
        broker(Ask(b"3"))
    assert len(answered) == 2
    assert "more than 2 times" in words[0]


def test_payments_add_up_against_the_most_that_was_granted() -> None:
    broker, answered, _ = _broker(Grants((Grant(Capability.MONEY_PAY, Money(100, "EUR")),)))
    broker(Pay(Money(60, "EUR"), "p"))
    for too_much in (Money(41, "EUR"), Money(1, "USD"), Money(-60, "EUR")):
        with pytest.raises(CapabilityRefused):
            broker(Pay(too_much, "p"))
    broker(Pay(Money(40, "EUR"), "p"))
    assert len(answered) == 2


@pytest.mark.parametrize(
    ("quotas", "requests"),
    [
        (Quotas(requests=2), [Now(), Now(), Now()]),
        (Quotas(request_bytes=100), [Recall("a" * 90)]),
        (Quotas(random_bytes=10), [Random(6), Random(5)]),
        (Quotas(), [Random(1025)]),
        (Quotas(), [Random(-1)]),
        (Quotas(kept_bytes=10), [Keep("a", b"12345"), Keep("b", b"123456")]),
        (Quotas(kept_names=1), [Keep("a", b""), Keep("b", b"")]),
        (Quotas(), [Keep("", b"")]),
        (Quotas(), [Keep("a" * 129, b"")]),
    ],
)
def test_each_quota_stops_the_request_that_exceeds_it(quotas: Quotas, requests: list[Request]) -> None:
    broker, answered, words = _broker(BASELINE, quotas)
    for request in requests[:-1]:
        broker(request)
    with pytest.raises(BundleMisbehaved) as refusal:
        broker(requests[-1])
    assert refusal.value.code == "QUOTA_EXCEEDED"
    assert len(answered) == len(requests) - 1
    assert len(words) == 1


def test_keeping_again_under_the_same_name_replaces() -> None:
    broker, answered, _ = _broker(BASELINE, Quotas(kept_bytes=10))
    for _ in range(5):
        broker(Keep("a", b"12345678"))
    assert len(answered) == 5


def test_what_was_kept_before_a_restart_still_counts() -> None:
    used = Usage(kept={"a": 8})
    broker = Broker(BASELINE, lambda request: None, lambda request, words: None, Quotas(kept_bytes=10), used)
    with pytest.raises(BundleMisbehaved):
        broker(Keep("b", b"123"))


def test_a_second_call_goes_on_where_the_first_left_every_quota_and_grant() -> None:
    grants = Grants((Grant(Capability.MONEY_PAY, Money(100, "EUR")), Grant(Capability.ASK_BANK, None, 1)))
    first, _, _ = _broker(grants, Quotas(requests=4, random_bytes=10))
    for request in (Pay(Money(60, "EUR"), "p"), Ask(b""), Random(6)):
        first(request)
    refused = {
        Pay(Money(41, "EUR"), "p"): "CAPABILITY_REFUSED",
        Ask(b""): "CAPABILITY_REFUSED",
        Random(5): "QUOTA_EXCEEDED",
    }
    for wanted, code in refused.items():
        second = Broker(grants, lambda request: None, lambda request, words: None, Quotas(random_bytes=10), first.used)
        with pytest.raises(SemperError) as refusal:
            second(wanted)
        assert refusal.value.code == code
    third = Broker(grants, lambda request: None, lambda request, words: None, Quotas(requests=4), first.used)
    third(Now())
    with pytest.raises(BundleMisbehaved):
        third(Now())


def test_every_capability_can_be_said_in_words() -> None:
    assert set(IN_WORDS) == set(Capability)
