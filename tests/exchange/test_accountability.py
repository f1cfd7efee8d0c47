"""A trustee's receipts: what they promise, and that two different decisions on one label convict it and nobody else."""

from __future__ import annotations

from msgspec.structs import replace

from semper_host.exchange.accountability import (
    RECEIPT,
    Equivocation,
    acknowledge,
    check_receipt,
    convicts,
    equivocation,
)
from semper_host.exchange.items import Token
from semper_host.exchange.labels import label_of
from semper_host.exchange.requests import abort_request, resolve_request
from semper_host.exchange.trustee import Judgement, judge
from semper_host.model.holds import DECISION
from semper_host.supporting.cryptographic import cose
from tests.protocol.world import CAST, OTHER, START, TRUSTEE, World, refused

KEY = TRUSTEE.signing.public


def asked(world: World) -> tuple[bytes, bytes]:
    world.drop(2)
    world.begin()
    world.run()
    m1, m2 = world.a.state.m1 or b"", world.b.state.m2 or b""
    return abort_request(world.a.context.case, m1), resolve_request(world.b.context.rules, m1, m2)


def judged(request: bytes) -> Judgement:
    return judge(CAST.trustee, None, request, START)


def test_every_request_on_a_row_gets_a_receipt_that_names_the_decision_and_no_key(purchase: World) -> None:
    abort, resolve = asked(purchase)
    row = judged(resolve).row
    for request in (resolve, abort):
        signed = acknowledge(CAST.trustee, row, request, START)
        receipt = check_receipt(cose.open1, KEY, label_of(purchase.label), request, signed)
        assert (receipt.verdict, receipt.at) == ("resolved", START) and row.sealed not in signed
    with refused("MESSAGE_UNEXPECTED"):
        check_receipt(cose.open1, KEY, label_of(purchase.label), abort, acknowledge(CAST.trustee, row, resolve, START))


def test_a_trustee_that_decides_twice_is_convicted_by_any_two_of_its_words(world: World) -> None:
    abort, resolve = asked(world)
    said = []
    for request in (abort, resolve):
        row = judged(request).row
        said.append((Token(RECEIPT, acknowledge(CAST.trustee, row, request, START)), Token(DECISION, row.decision)))
    for first in said[0]:
        for second in said[1]:
            evidence = equivocation(cose.open1, KEY, first, second)
            assert evidence is not None and convicts(cose.open1, evidence)


def test_an_honest_trustee_is_never_convicted(world: World) -> None:
    abort, resolve = asked(world)
    row = judged(resolve).row
    words = [Token(DECISION, row.decision)]
    words += [Token(RECEIPT, acknowledge(CAST.trustee, row, each, START + 5)) for each in (abort, resolve)]
    other_kind = "payment-receipt" if world.kind == "contract" else "contract"
    other = judge(CAST.trustee, None, asked(World(other_kind))[0], START).row
    words.append(Token(DECISION, other.decision))
    for first in words:
        for second in words:
            assert equivocation(cose.open1, KEY, first, second) is None
            assert not convicts(cose.open1, Equivocation(KEY, first, second))


def test_forged_words_convict_nobody(world: World) -> None:
    abort, resolve = asked(world)
    row, twin = judged(resolve).row, judged(abort).row
    forged = Token(DECISION, OTHER.crypto.sign(cose.open1(twin.decision, DECISION, KEY), DECISION))
    evidence = Equivocation(KEY, Token(DECISION, row.decision), forged)
    assert not convicts(cose.open1, evidence)
    assert not convicts(cose.open1, replace(evidence, second=Token("trustee.escrow", twin.decision)))
    assert not convicts(cose.open1, replace(evidence, second=Token(RECEIPT, b"")))
