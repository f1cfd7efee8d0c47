"""Commerce services: what they ask for must be exactly what their terms make necessary, and in their time."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from semper_host.admission.build import build
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import Money

C = Capability
LEGAL = b"We deliver.\n"
NEEDED = frozenset({C.MONEY_PAY, C.MONEY_RECEIVE})
BOTH = """
  - {capability: money.pay, most: 50.00 EUR, reason: the buyer pays}
  - {capability: money.receive, reason: the seller is paid}"""


@pytest.fixture
def service(world: Any) -> Any:
    def make(requests: str = BOTH, since: str = "2026-01-01", until: str = "2030-12-31") -> bytes:
        text = f"""\
schema: semper.manifest/1
id: eurocom/courseware
kind: commerce-service
version: 1.0.0
publisher: "{world.publisher.public.hex()}"
api: 1
entry: {{seller: seller.py}}
files: [seller.py, terms.yaml, legal.en.txt]
requests:{requests}
terms:
  legal: {{en: {{file: legal.en.txt, sha256: "{sha256(LEGAL).hexdigest()}"}}}}
  valid_from: "{since}"
  valid_until: "{until}"
"""
        files = {"seller.py": b"", "terms.yaml": b"{}\n", "legal.en.txt": LEGAL}
        return build({**files, "manifest.yaml": text.encode()})

    return make


@pytest.fixture
def enter(world: Any) -> Any:
    def enter(archive: bytes, *evaluations: bytes, **more: object) -> Any:
        release = world.release(archive, id="eurocom/courseware", kind="commerce-service")
        return world.admit(archive, *evaluations, release=release, **{"needed": NEEDED, **more})

    return enter


def refused(code: str, call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value.message
    return caught.value.message


def test_a_service_that_asks_for_what_its_terms_need_is_admitted(world: Any, service: Any, enter: Any) -> None:
    archive = service()
    evaluation = world.evaluation(archive, Grant(C.MONEY_PAY, most=Money(2_000, "EUR")), Grant(C.MONEY_RECEIVE))
    items = enter(archive, evaluation).grants.items
    assert items == (Grant(C.MONEY_PAY, most=Money(2_000, "EUR")), Grant(C.MONEY_RECEIVE))


def test_a_service_whose_terms_take_a_payment_and_that_nobody_evaluated_is_refused(service: Any, enter: Any) -> None:
    message = refused("EVAL_MISSING", enter, service())
    assert "have terms under which money is paid (at most 50.00 EUR)" in message


@pytest.mark.parametrize("needed", [frozenset(), frozenset({C.MONEY_PAY}), NEEDED | {C.STATEMENT_SIGN}])
def test_a_service_that_asks_for_more_or_less_than_its_terms_need_is_refused(
    world: Any, service: Any, enter: Any, needed: Any
) -> None:
    archive = service()
    evaluation = world.evaluation(archive, Grant(C.MONEY_PAY), Grant(C.MONEY_RECEIVE))
    refused("MANIFEST_REQUESTS", enter, archive, evaluation, needed=needed)


def test_a_service_whose_terms_nobody_checked_is_refused(service: Any, enter: Any) -> None:
    refused("MANIFEST_REQUESTS", enter, service(), needed=None)


def test_what_the_terms_need_may_be_derived_from_the_examined_bundle(world: Any, service: Any, enter: Any) -> None:
    archive, seen = service(" []"), []

    def derive(examined: Any) -> Any:
        seen.append(examined.files["terms.yaml"])
        return frozenset()

    assert not enter(archive, needed=derive).grants.items
    assert seen == [b"{}\n"]


def test_terms_hold_from_their_first_day_to_the_end_of_their_last(world: Any, service: Any, enter: Any) -> None:
    today = 1_800_000_000 // 86_400 * 86_400  # 2027-01-15
    archive = service(" []", since="2027-01-15", until="2027-01-15")
    release = world.release(archive, id="eurocom/courseware", kind="commerce-service")
    for now in (today + 28_740, today + 86_399):
        assert world.admit(archive, release=release, needed=frozenset(), now=now)
    for now in (today + 86_400,):
        refused("TERMS_EXPIRED", world.admit, archive, release=release, needed=frozenset(), now=now)
    later = service(" []", since="2027-01-16", until="2027-02-01")
    refused("TERMS_EXPIRED", enter, later, needed=frozenset())
