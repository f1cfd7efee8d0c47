"""Whatever bytes come in, the exchange answers with an error of ours or with a value that encodes to the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from semper_host.exchange.accountability import Equivocation, Receipt, acknowledge, check_receipt
from semper_host.exchange.certifying import certify
from semper_host.exchange.composition import Half, Own
from semper_host.exchange.escrows import Certify
from semper_host.exchange.events import Decided, Event, Received, Tick, dump_event, load_event
from semper_host.exchange.fair_exchange import step
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.legs import information
from semper_host.exchange.messages import Message, parse
from semper_host.exchange.places import rights
from semper_host.exchange.preparing import certificate_request
from semper_host.exchange.requests import Answer, Request, label_in, resolve_request
from semper_host.exchange.state import State
from semper_host.exchange.status import StatusEnd
from semper_host.exchange.trustee import Row, conclude, judge
from semper_host.exchange.two_transfers import Handed, Swapped
from semper_host.model.credentials import Presentation
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import SemperError
from semper_host.supporting.cryptographic import cose
from tests.protocol.samples import promised
from tests.protocol.world import CAST, START, T2, TRUSTEE, Side, World

RECORDS: tuple[type[Record], ...] = (
    Message, Label, Request, Answer, Row, State, Certify, Receipt, Equivocation, Half, Own,
    StatusEnd, Handed, Swapped, information.Escrow, Presentation,
)  # fmt: skip


@cache
def committed(kind: str) -> World:
    """Both sides are bound, the trustee decided, message 2 was lost."""
    world = World(kind)
    world.drop(2)
    world.begin()
    world.run()
    return world


def resolution(world: World) -> bytes:
    return resolve_request(world.b.context.rules, world.a.state.m1 or b"", world.b.state.m2 or b"")


def refuses(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(SemperError) as caught:
        read(data)
    assert str(caught.value).startswith("cannot ")


def decide(side: Side, answer: bytes) -> object:
    return step(side.context, side.state, Decided(answer), T2 + 1)


def changes(data: bytes, every: int = 1) -> list[bytes]:
    found = []
    for at in range(0, len(data), every):
        changed = bytearray(data)
        changed[at] ^= 1 + at % 255
        found.append(bytes(changed))
    return found


@pytest.mark.parametrize("kind", ["information", "package-wide"])
def test_any_changed_byte_of_what_is_to_be_certified_is_noticed(kind: str) -> None:
    """The trustee refuses it, or certifies something else than the initiator will be shown."""
    context = World(kind).b.context
    items = [promised(context.case, place, CAST) for place in rights(context.case.label)]
    request = certificate_request(context.case, context.rules, items) or b""
    good = certify(CAST.trustee, request, START)
    for changed in changes(request, every=2):
        try:
            assert certify(CAST.trustee, changed, START) != good
        except SemperError as error:
            assert str(error).startswith("cannot ")


@pytest.mark.parametrize("kind", ["information", "money-money", "package", "access-shown"])
def test_any_changed_byte_of_the_trustees_answer_is_noticed(kind: str) -> None:
    world = World(kind)
    world.drop(2)
    world.begin()
    world.run()
    answer = world.court.ask(resolution(world), START) or b""
    for side in (world.a, world.b):
        side.feed(Tick(), T2 + 1)
        good, _ = step(side.context, side.state, Decided(answer), T2 + 1)
        for changed in changes(answer, every=5):
            refuses(partial(decide, side), changed)
        assert good.outcome == "done"


def test_any_changed_byte_of_a_keepers_record_is_noticed() -> None:
    world = World("money-money")
    world.drop(2)
    world.begin()
    world.run()
    row = judge(CAST.trustee, None, resolution(world), START).row
    order = judge(CAST.trustee, None, resolution(world), START).effects[0]
    record = world.court.system(order.system).obey(order, START)
    assert record is not None and conclude(CAST.trustee, row, record).write
    for changed in changes(record.data):
        refuses(lambda data: conclude(CAST.trustee, row, Token(record.name, data)), changed)


def test_any_changed_byte_of_a_receipt_is_noticed() -> None:
    world = committed("contract")
    request = resolution(world)
    row = judge(CAST.trustee, None, request, START).row
    for changed in changes(acknowledge(CAST.trustee, row, request, START)):
        refuses(lambda data: check_receipt(cose.open1, TRUSTEE.signing.public, row.label, request, data), changed)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200), kind=st.sampled_from(RECORDS))
def test_decoders_of_strange_bytes_refuse_them_or_read_what_they_would_write(data: bytes, kind: type[Record]) -> None:
    try:
        found = kind.decode(data)
    except SemperError as error:
        assert str(error).startswith("cannot ")
        return
    assert encode(found) == data


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), kind=st.sampled_from(["contract", "fair-purchase", "information", "package-wide"]))
def test_no_spoiled_message_or_request_does_more_than_be_refused(data: st.DataObject, kind: str) -> None:
    world = committed(kind)
    whole = data.draw(st.sampled_from([world.a.state.m1 or b"", world.b.state.m2 or b"", resolution(world)]))
    at, cut = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 8))
    spoiled = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + cut :]
    for read in (parse, label_in, lambda each: judge(CAST.trustee, None, each, START)):
        try:
            read(spoiled)
        except SemperError as error:
            assert str(error).startswith("cannot ")
    for side in (world.a, world.b):
        try:
            step(side.context, side.state, Received(spoiled), START)
        except SemperError as error:
            assert str(error).startswith("cannot ")


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60))
def test_a_spoiled_journal_is_refused(data: bytes) -> None:
    good = dump_event(Received(b"a message"), START)
    assert load_event(good) == (Received(b"a message"), START)
    for spoiled in (data, good[:-1] + data, good[: len(data)]):
        try:
            event, now = load_event(spoiled)
            assert isinstance(event, Event) and dump_event(event, now) == spoiled
        except SemperError as error:
            assert str(error).startswith("cannot ")


def test_a_message_with_a_label_that_only_looks_like_one_is_refused() -> None:
    world = World("contract")
    world.begin()
    message = parse(world.a.state.m1 or b"")
    for label in (b"", encode([]), encode(replace(world.label, step="other"))):
        refuses(
            lambda data: step(world.b.context, world.b.state, Received(data), START),
            encode(replace(message, label=label)),
        )
