"""The plain strategy: one parcel each way, receipts, and an affidavit where the terms ask for weak fairness."""

from __future__ import annotations

from itertools import product

import pytest

from semper_host.exchange import transfer
from semper_host.exchange.events import Begin, Consent, Effect, Finished, Received, Review, Send, Tick, Withdraw
from semper_host.exchange.items import ItemRef
from semper_host.exchange.state import Phase, Role
from semper_host.exchange.strategy import STRATEGIES
from semper_host.exchange.two_transfers import (
    AFFIDAVIT,
    ITEM,
    RECEIPT_TOKEN,
    Affidavit,
    Handed,
    Swap,
    Swapped,
    Transfers,
    handed,
)
from semper_host.model.encoding import encode
from semper_host.model.security import Fairness
from tests.protocol.world import BUYER, OTHER, SELLER, START, T2, hashed, refused

PLAIN = STRATEGIES["two-transfers"]
COURSE, NOTES = b"the course itself", b"notes on it"
LETTER, MAP, STAMP = b"a letter in return", b"a map", b"a stamp"
TOKENS = (transfer.ORIGIN, transfer.RECEIPT)


def sent(effects: tuple[Effect, ...]) -> bytes:
    return next(each.message for each in effects if isinstance(each, Send))


Items = tuple[bytes, ...]
SINGLE: tuple[Items, Items] = ((COURSE,), (LETTER,))
SEVERAL: tuple[Items, Items] = ((COURSE, NOTES), (LETTER, MAP, STAMP))


def transfers(security: tuple[str, ...], items: tuple[Items, Items] = SINGLE) -> tuple[Transfers, Transfers]:
    first, second = (
        tuple(
            transfer.make_transfer(
                deal=b"D" * 32, step="swap", sender=a.party, recipient=b.party, nonce=b"n" * 16, security=security,
                item=ItemRef("statement", "text", hashed(text)),
            )
            for text in texts
        )
        for a, b, texts in ((SELLER, BUYER, items[0]), (BUYER, SELLER, items[1]))
    )  # fmt: skip
    return first, second


def sides(
    fairness: Fairness, security: tuple[str, ...] = TOKENS, items: tuple[Items, Items] = SINGLE
) -> tuple[Swap, Swapped, Swap, Swapped]:
    both = transfers(security, items)
    a, at_a = PLAIN.join(*both, Role.INITIATOR, SELLER.crypto, T2, fairness)
    b, at_b = PLAIN.join(*both, Role.RESPONDER, BUYER.crypto, T2, fairness)
    return a, at_a, b, at_b


@pytest.mark.parametrize("items", [SINGLE, SEVERAL])
@pytest.mark.parametrize("security", [(), TOKENS, (*TOKENS, transfer.CONFIDENTIAL)])
def test_both_sides_get_all_of_the_others_items(security: tuple[str, ...], items: tuple[Items, Items]) -> None:
    a, at_a, b, at_b = sides(Fairness.NONE, security, items)
    at_a, first = PLAIN.step(a, at_a, Begin(items[0]), START)
    at_b, (review,) = PLAIN.step(b, at_b, Received(sent(first)), START)
    assert isinstance(review, Review)
    at_b, effects = PLAIN.step(b, at_b, Consent(items[1]), START)
    at_a, effects = PLAIN.step(a, at_a, Received(sent(effects)), START)
    for last in (each for each in effects if isinstance(each, Send)):
        at_b, _ = PLAIN.step(b, at_b, Received(last.message), START)
    assert (at_a.outcome, at_b.outcome) == ("done", "done")
    assert tuple(token.data for token in at_a.gains if token.name == ITEM) == items[1]
    assert tuple(token.data for token in at_b.gains if token.name == ITEM) == items[0]
    for state, given in ((at_a, items[0]), (at_b, items[1])):
        receipts = [token for token in state.gains if token.name == RECEIPT_TOKEN]
        assert len(receipts) == (len(given) if transfer.RECEIPT in security else 0)
        assert Swapped.decode(encode(state)) == state


def test_who_gave_and_got_nothing_has_an_affidavit_where_fairness_is_weak() -> None:
    for fairness, items in product((Fairness.WEAK, Fairness.NONE), (SINGLE, SEVERAL)):
        a, at_a, _, _ = sides(fairness, items=items)
        at_a, _ = PLAIN.step(a, at_a, Begin(items[0]), START)
        assert PLAIN.wakes_at(a, at_a) == T2 + 1 and PLAIN.step(a, at_a, Tick(), T2) == (at_a, ())
        at_a, (finished,) = PLAIN.step(a, at_a, Tick(), T2 + 1)
        assert isinstance(finished, Finished) and finished.outcome == "aborted"
        affidavits = [Affidavit.decode(token.data) for token in at_a.gains if token.name == AFFIDAVIT]
        sworn = [(each.transfer, each.parcel) for each in affidavits]
        given = [*zip(map(transfer.name_of, a.first), at_a.given, strict=True)]
        assert sworn == (given if fairness is Fairness.WEAK else [])


def test_weak_fairness_needs_both_tokens_and_strong_is_not_to_be_had() -> None:
    for fairness, security in ((Fairness.WEAK, ()), (Fairness.WEAK, (transfer.ORIGIN,)), (Fairness.STRONG, TOKENS)):
        with refused("PEER_DEVIATED"):
            sides(fairness, security)
    with refused("PEER_DEVIATED"):
        first, _ = transfers(TOKENS)
        PLAIN.join(first, first, Role.INITIATOR, SELLER.crypto, T2, Fairness.NONE)


def test_a_side_that_gives_nothing_or_the_same_twice_has_no_swap() -> None:
    first, second = transfers(TOKENS, SEVERAL)
    for lefts, rights in ((), second), (first, ()), ((*first, first[0]), second), (first, (*second, *second)):
        with refused("PEER_DEVIATED"):
            PLAIN.join(lefts, rights, Role.INITIATOR, SELLER.crypto, T2, Fairness.WEAK)


def test_a_single_item_is_written_as_ever_and_the_further_ones_of_a_package_behind_it() -> None:
    assert encode(Handed(b"p", b"r")) == handed((b"p",), (b"r",)) == bytes.fromhex("a20041700141 72")
    several = Handed.decode(handed((b"p", b"q"), (b"r", b"s")))
    assert (several.parcels, several.receipts) == ((b"p", b"q"), (b"r", b"s"))
    assert set(Swapped().to_map()) == set(range(7))


def test_a_restart_in_the_middle_of_a_package_owes_the_same() -> None:
    a, at_a, b, at_b = sides(Fairness.WEAK, items=SEVERAL)
    at_a, first = PLAIN.step(a, at_a, Begin(SEVERAL[0]), START)
    at_b, effects = PLAIN.step(b, at_b, Received(sent(first)), START)
    for context, state, owed in ((a, at_a, first), (b, at_b, effects)):
        assert PLAIN.owed(context, Swapped.decode(encode(state))) == owed


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
