"""The plain strategy: one parcel each way, receipts, and an affidavit where the terms ask for weak fairness."""

from __future__ import annotations

import pytest

from semper_host.exchange import transfer
from semper_host.exchange.events import Begin, Consent, Effect, Finished, Received, Review, Send, Tick, Withdraw
from semper_host.exchange.items import ItemRef
from semper_host.exchange.state import Phase, Role
from semper_host.exchange.strategy import STRATEGIES
from semper_host.exchange.two_transfers import AFFIDAVIT, ITEM, RECEIPT_TOKEN, Affidavit, Swap, Swapped
from semper_host.model.encoding import encode
from semper_host.model.security import Fairness
from tests.protocol.world import BUYER, OTHER, SELLER, START, T2, hashed, refused

PLAIN = STRATEGIES["two-transfers"]
COURSE, LETTER = b"the course itself", b"a letter in return"
TOKENS = (transfer.ORIGIN, transfer.RECEIPT)


def sent(effects: tuple[Effect, ...]) -> bytes:
    return next(each.message for each in effects if isinstance(each, Send))


def transfers(security: tuple[str, ...]) -> tuple[transfer.Transfer, transfer.Transfer]:
    first, second = (
        transfer.make_transfer(
            deal=b"D" * 32, step="swap", sender=a.party, recipient=b.party, nonce=b"n" * 16, security=security,
            item=ItemRef("statement", "text", hashed(text)),
        )
        for a, b, text in ((SELLER, BUYER, COURSE), (BUYER, SELLER, LETTER))
    )  # fmt: skip
    return first, second


def sides(fairness: Fairness, security: tuple[str, ...] = TOKENS) -> tuple[Swap, Swapped, Swap, Swapped]:
    both = transfers(security)
    a, at_a = PLAIN.join(*both, Role.INITIATOR, SELLER.crypto, T2, fairness)
    b, at_b = PLAIN.join(*both, Role.RESPONDER, BUYER.crypto, T2, fairness)
    return a, at_a, b, at_b


@pytest.mark.parametrize("security", [(), TOKENS, (*TOKENS, transfer.CONFIDENTIAL)])
def test_both_sides_get_the_others_item(security: tuple[str, ...]) -> None:
    a, at_a, b, at_b = sides(Fairness.NONE, security)
    at_a, first = PLAIN.step(a, at_a, Begin((COURSE,)), START)
    at_b, (review,) = PLAIN.step(b, at_b, Received(sent(first)), START)
    assert isinstance(review, Review)
    at_b, effects = PLAIN.step(b, at_b, Consent((LETTER,)), START)
    at_a, effects = PLAIN.step(a, at_a, Received(sent(effects)), START)
    for last in (each for each in effects if isinstance(each, Send)):
        at_b, _ = PLAIN.step(b, at_b, Received(last.message), START)
    assert (at_a.outcome, at_b.outcome) == ("done", "done")
    assert {token.data for token in at_a.gains if token.name == ITEM} == {LETTER}
    assert {token.data for token in at_b.gains if token.name == ITEM} == {COURSE}
    for state in (at_a, at_b):
        assert (RECEIPT_TOKEN in {token.name for token in state.gains}) is (transfer.RECEIPT in security)
        assert Swapped.decode(encode(state)) == state


def test_who_gave_and_got_nothing_has_an_affidavit_where_fairness_is_weak() -> None:
    for fairness in (Fairness.WEAK, Fairness.NONE):
        a, at_a, _, _ = sides(fairness)
        at_a, _ = PLAIN.step(a, at_a, Begin((COURSE,)), START)
        assert PLAIN.wakes_at(a, at_a) == T2 + 1 and PLAIN.step(a, at_a, Tick(), T2) == (at_a, ())
        at_a, (finished,) = PLAIN.step(a, at_a, Tick(), T2 + 1)
        assert isinstance(finished, Finished) and finished.outcome == "aborted"
        affidavits = [Affidavit.decode(token.data) for token in at_a.gains if token.name == AFFIDAVIT]
        assert bool(affidavits) is (fairness is Fairness.WEAK)
        assert all(each.transfer == transfer.name_of(a.first) for each in affidavits)


def test_weak_fairness_needs_both_tokens_and_strong_is_not_to_be_had() -> None:
    for fairness, security in ((Fairness.WEAK, ()), (Fairness.WEAK, (transfer.ORIGIN,)), (Fairness.STRONG, TOKENS)):
        with refused("PEER_DEVIATED"):
            sides(fairness, security)
    with refused("PEER_DEVIATED"):
        first, _ = transfers(TOKENS)
        PLAIN.join(first, first, Role.INITIATOR, SELLER.crypto, T2, Fairness.NONE)


def test_a_wrong_item_a_forged_parcel_and_a_missing_receipt_are_refused() -> None:
    a, at_a, b, at_b = sides(Fairness.NONE)
    with refused("PEER_DEVIATED"):
        PLAIN.step(a, at_a, Begin((LETTER,)), START)
    with refused("USAGE_INVALID"):
        PLAIN.step(a, at_a, Begin((COURSE, COURSE)), START)
    forger, _ = PLAIN.join(*transfers(TOKENS), Role.INITIATOR, OTHER.crypto, T2, Fairness.NONE)
    _, forged = PLAIN.step(forger, Swapped(), Begin((COURSE,)), START)
    with refused("SIG_INVALID"):
        PLAIN.step(b, at_b, Received(sent(forged)), START)


def test_before_giving_anybody_can_quit() -> None:
    a, at_a, b, at_b = sides(Fairness.NONE)
    assert PLAIN.step(a, at_a, Withdraw(), START)[0].outcome == "aborted"
    _, first = PLAIN.step(a, at_a, Begin((COURSE,)), START)
    at_b, _ = PLAIN.step(b, at_b, Received(sent(first)), START)
    at_b, _ = PLAIN.step(b, at_b, Tick(), T2 + 1)
    assert (at_b.phase, at_b.outcome) == (Phase.FINISHED, "aborted")
