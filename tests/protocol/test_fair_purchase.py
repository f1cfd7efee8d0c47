"""Fair purchase: what the keys prove, and what convicts a seller that wrapped something else."""

from __future__ import annotations

import pytest

from semper_host.exchange.case import Progress
from semper_host.exchange.events import Begin, Received
from semper_host.exchange.fair_exchange import step
from semper_host.exchange.goods import Goods, Part
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.kinds.fair_purchase import CONVICTION, HASHES, KEY, SEALED, WRAPPED, Conviction, Hashes
from semper_host.exchange.legs import information
from semper_host.exchange.legs.leg import promise_of
from semper_host.exchange.messages import read
from semper_host.exchange.places import lefts
from semper_host.exchange.primitives import digest
from semper_host.model.encoding import encode
from tests.protocol.world import (
    BUYER,
    CONTENT_KEY,
    GOODS,
    K1,
    K2,
    OTHER,
    SELLER,
    START,
    T2,
    World,
    begin,
    refused,
)


def run_with(changes: dict[int, bytes], drop: int = 0) -> World:
    """Run a purchase whose seller puts other attachments into message 1."""
    world = World("fair-purchase")
    if drop:
        world.drop(drop)
    good = begin(world.a.context)
    parts = tuple(changes.get(at, part) for at, part in enumerate(good.attachments))
    world.a.feed(Begin(parts, good.secret), START)
    world.run()
    return world


def wrong_wraps() -> dict[str, bytes]:
    case = World("fair-purchase").a.context.case
    other_keys = fair_purchase.prepare(case, GOODS, (b"\x0d" * 32,), K1, K2)[0][WRAPPED]
    two_keys = fair_purchase.prepare(case, GOODS, (CONTENT_KEY, CONTENT_KEY), K1, K2)[0][WRAPPED]
    no_keys = fair_purchase.prepare(case, GOODS, (), K1, K2)[0][WRAPPED]
    return {"rubbish": b"rubbish", "empty": b"", "another key": other_keys, "too many": two_keys, "none": no_keys}


@pytest.mark.parametrize("name", list(wrong_wraps()))
@pytest.mark.parametrize("drop", [0, 3])
def test_a_wrap_that_does_not_give_the_goods_keys_convicts_the_seller(name: str, drop: int) -> None:
    world = run_with({WRAPPED: wrong_wraps()[name]}, drop)
    world.pass_time(T2 + 1)
    world.run()
    assert world.b.state.outcome == "done" and world.b.gained(KEY) == K1
    conviction = Conviction.decode(world.b.gained(CONVICTION) or b"")
    assert convicts(world, conviction)


def test_nobody_can_convict_an_honest_seller() -> None:
    world = run_with({})
    name = world.a.context.case.id
    assert world.b.gained(CONVICTION) is None
    claims = [(K1, K2), (K2, K1), (K1, b"\x09" * 32), (b"\x09" * 32, K2), (K1 + K2, b"")]
    assert not any(convicts(world, Conviction(name, *claim)) for claim in claims)
    assert not convicts(world, Conviction(b"\x00" * 32, K1, K2))


def convicts(world: World, conviction: Conviction) -> bool:
    """Judge as a stranger who has nothing but message 1 and the conviction."""
    case = world.a.context.case
    m1 = read(OTHER.crypto, world.a.state.m1 or b"", 1, case.id, SELLER.signing.public)
    return fair_purchase.convicts(case, m1, conviction)


def test_a_second_key_that_is_not_the_promised_one_is_refused_before_the_buyer_is_bound() -> None:
    name = World("fair-purchase").a.context.case.id
    for second in (b"\x09" * 32, b""):
        world = World("fair-purchase")
        sealed = SELLER.crypto.seal(BUYER.sealing.public, second, name)
        parts = list(begin(world.a.context).attachments)
        parts[SEALED] = sealed
        world.a.feed(Begin(tuple(parts)), START)
        with refused("ESCROW_INVALID"):
            step(world.b.context, world.b.state, Received(world.a.state.m1 or b""), START)


def test_message_1_with_other_goods_or_malformed_parts_is_refused() -> None:
    other_goods = encode(fair_purchase.Goods((fair_purchase.Part("course", b"\x0f" * 32, digest(CONTENT_KEY)),)))
    bad = {
        "PEER_DEVIATED": [{0: other_goods}, {HASHES: encode(Hashes(digest(K1), b"short"))}, {2: b"x" * 257}],
        "ENCODING_INVALID": [{HASHES: b""}, {HASHES: b"\xff"}],
        "SIG_INVALID": [{SEALED: b"rubbish"}],
    }
    for code, cases in bad.items():
        for changes in cases:
            world = World("fair-purchase")
            good = begin(world.a.context)
            parts = tuple(changes.get(at, part) for at, part in enumerate(good.attachments))
            world.a.feed(Begin(parts), START)
            with refused(code):
                step(world.b.context, world.b.state, Received(world.a.state.m1 or b""), START)


def test_a_key_that_is_not_the_promised_one_is_refused() -> None:
    world = run_with({}, drop=3)
    from semper_host.exchange.messages import digest_of, make

    for keys in ((K2,), (), (K1, K1)):
        previous = digest_of(world.b.state.m2 or b"")
        forged = make(SELLER.crypto, 3, world.a.context.case.id, keys, previous=previous)
        with refused("ESCROW_INVALID" if len(keys) == 1 else "PEER_DEVIATED"):
            step(world.b.context, world.b.state, Received(forged), START)


def test_a_capture_right_for_another_hold_is_refused() -> None:
    world = run_with({}, drop=4)
    from semper_host.exchange.messages import digest_of, make
    from semper_host.model.holds import CAPTURE_RIGHT, CaptureRight

    case = world.a.context.case
    for right in (CaptureRight(case.id, b"other"), CaptureRight(b"\x00" * 32, b"h" * 16)):
        signed = BUYER.crypto.sign(encode(right), CAPTURE_RIGHT)
        forged = make(BUYER.crypto, 4, case.id, (signed,), previous=digest_of(world.a.state.m2 or b""))
        with refused("HOLD_INVALID"):
            step(world.a.context, world.a.state, Received(forged), START)
    empty = make(BUYER.crypto, 4, case.id, (), previous=digest_of(world.a.state.m2 or b""))
    with refused("PEER_DEVIATED"):
        step(world.a.context, world.a.state, Received(empty), START)


@pytest.mark.parametrize("size", [16, 31, 33])
def test_a_seller_that_promised_the_hash_of_no_key_is_convicted_by_it(size: int) -> None:
    """A content key has 32 bytes: what has fewer opens nothing, whatever hash of it stands in the offer."""
    joined = b"k" * size
    parts = tuple(Part(f"part-{at}", b"\x0e" * 32, digest(joined[at : at + 32])) for at in range(0, size, 32))
    case = World("fair-purchase").a.context.case
    first = fair_purchase.prepare(case, Goods(parts), (joined,), K1, K2)[0]
    gains = fair_purchase.claim(case, Progress(first, (), K2, b""), K1)
    assert [token.name for token in gains] == [KEY, CONVICTION]
    case = World("information").a.context.case
    (place,) = lefts(case.label)
    promise = promise_of(information.promise(case, place, Goods(parts), (joined,), K1, K2))
    gains = information.take(case, place, promise, K2, K1)
    assert [token.name for token in gains] == [KEY, CONVICTION]
    assert information.convicts(case, place, promise, digest(K2), Conviction.decode(gains[1].data))
