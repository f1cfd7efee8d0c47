"""Truncated, tampered, reordered, duplicated and replaced messages: refused with a reason, and nothing changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from semper_host.exchange.events import Begin, Consent, Event, Received
from semper_host.exchange.fair_exchange import join, step
from semper_host.exchange.messages import Message, digest_of, make, parse
from semper_host.exchange.state import Phase, Role, State
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError
from tests.protocol.world import BUYER, OTHER, SELLER, START, Side, World, begin, refused

RECEIVER = {1: "b", 2: "a", 3: "b", 4: "a"}


def stop_before(world: World, number: int) -> tuple[Side, bytes]:
    """Run until message `number` is on its way; return who waits for it, and the message."""
    caught: list[bytes] = []

    def catch(at: int, message: bytes) -> bytes | None:
        if at == number:
            caught.append(message)
            return None
        return message

    world.relay = catch
    world.begin()
    world.run()
    side: Side = getattr(world, RECEIVER[number])
    return side, caught[0]


def refuse(side: Side, message: bytes) -> SemperError:
    """Require that `side` refuses the message as an error of ours; by the signature of `step` its state stays."""
    with pytest.raises(SemperError) as caught:
        step(side.context, side.state, Received(message), START)
    assert str(caught.value).startswith("cannot ")
    return caught.value


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_truncated_message_is_refused(world: World, number: int) -> None:
    side, message = stop_before(world, number)
    for length in (0, 1, len(message) // 2, len(message) - 1):
        refuse(side, message[:length])
    refuse(side, message + b"\x00")


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_any_single_changed_byte_is_detected(world: World, number: int) -> None:
    side, message = stop_before(world, number)
    for at in range(len(message)):
        changed = bytearray(message)
        changed[at] ^= 1 + at % 255
        refuse(side, bytes(changed))
    side.feed(Received(message), START)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_duplicated_message_changes_nothing(world: World, number: int) -> None:
    side, message = stop_before(world, number)
    side.feed(Received(message), START)
    assert step(side.context, side.state, Received(message), START) == (side.state, ())
    world.relay = lambda at, sent: sent
    world.run()
    assert step(side.context, side.state, Received(message), START) == (side.state, ())


def test_messages_out_of_order_are_refused(world: World) -> None:
    side, _ = stop_before(World(world.kind), 1)
    seen: dict[int, bytes] = {}
    world.relay = seen.setdefault
    world.begin()
    world.run()
    for number, message in seen.items():
        if number != 1:
            assert refuse(side, message).code in ("MESSAGE_UNEXPECTED", "SIG_INVALID")
    assert side.state == State(side.state.role)


def test_a_reflected_message_is_no_message_of_the_peer(world: World) -> None:
    side, _ = stop_before(world, 2)
    assert side.state.m1 is not None
    assert step(side.context, side.state, Received(side.state.m1), START) == (side.state, ())
    message = parse(side.state.m1)
    refuse(side, encode(Message(2, message.signed, message.attachments)))


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_message_signed_by_somebody_else_is_refused(world: World, number: int) -> None:
    side, message = stop_before(world, number)
    found = parse(message)
    attachments = tuple(each or b"" for each in found.attachments)
    state = side.state
    previous = {1: None, 2: state.m1, 3: state.m2, 4: state.m2}[number]
    chained = None if previous is None else digest_of(previous)
    forged = make(OTHER.crypto, number, world.a.context.case.id, attachments, previous=chained, preimage=found.label)
    assert refuse(side, forged).code == "SIG_INVALID"


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_message_chained_to_another_one_is_refused(world: World, number: int) -> None:
    side, message = stop_before(world, number)
    keys = BUYER if number in (2, 4) else SELLER
    attachments = tuple(each or b"" for each in parse(message).attachments)
    for previous in (None, b"\x00" * 32):
        forged = make(keys.crypto, number, world.a.context.case.id, attachments, previous=previous)
        assert refuse(side, forged).code == "MESSAGE_UNEXPECTED"


@pytest.mark.parametrize(("number", "author"), [pytest.param(1, "a", id="two m1"), pytest.param(2, "b", id="two m2")])
def test_a_second_different_message_in_the_same_place_convicts_its_author(number: int, author: str) -> None:
    world = World("fair-purchase")
    side, message = stop_before(world, number)
    side.feed(Received(message), START)
    keys = SELLER if author == "a" else BUYER
    if number == 1:
        twin = World("fair-purchase")
        twin.begin()
        second = twin.a.state.m1 or b""  # other randomness in the sealing, so other bytes under the same label
    else:
        attachments = (*(each or b"" for each in parse(message).attachments), b"another order")
        previous = digest_of(world.a.state.m1 or b"")
        second = make(keys.crypto, 2, world.a.context.case.id, attachments, previous=previous)
    error = refuse(side, second)
    assert isinstance(error, PeerDeviated) and error.code == "PEER_DEVIATED"
    assert error.evidence == encode([message, second])


def test_a_forged_second_message_convicts_nobody() -> None:
    world = World("fair-purchase")
    side, message = stop_before(world, 1)
    side.feed(Received(message), START)
    found = parse(message)
    forged = make(
        OTHER.crypto, 1, world.a.context.case.id, tuple(each or b"" for each in found.attachments), preimage=found.label
    )
    assert refuse(side, forged).code == "SIG_INVALID"


def test_message_1_of_another_exchange_is_refused(world: World) -> None:
    world.begin()
    for name, value in (("nonce_a", b"z" * 16), ("step", "other"), ("iteration", 1), ("deal", b"E" * 32)):
        label = replace(world.label, **{name: value})
        stranger = Side(*join(label, Role.RESPONDER, BUYER.crypto))
        assert refuse(stranger, world.a.state.m1 or b"").code == "MESSAGE_UNEXPECTED"


def test_what_our_own_side_may_not_do_now_is_a_usage_error(world: World) -> None:
    begun = begin(world.a.context)
    world.begin()
    refusals: list[tuple[Side, Event]] = [(world.a, begun), (world.a, Consent(())), (world.b, Begin(()))]
    for side, event in refusals:
        with refused("USAGE_INVALID"):
            step(side.context, side.state, event, START)


def test_a_finished_exchange_ignores_what_comes_late(world: World) -> None:
    twin = World(world.kind)
    _, m2 = stop_before(twin, 2)
    world.drop(1)
    world.begin()
    world.run()
    world.pass_time(world.label.t2 + 1)
    world.run()
    assert world.a.state.phase == Phase.FINISHED
    assert step(world.a.context, world.a.state, Received(m2), world.now) == (world.a.state, ())


def test_attachments_are_bounded(world: World) -> None:
    world.a.feed(Begin((b"x",) * 17), START)
    assert refuse(world.b, world.a.state.m1 or b"").code == "PEER_DEVIATED"
    assert refuse(world.b, b"\x00" * 300_000).code == "PEER_DEVIATED"
