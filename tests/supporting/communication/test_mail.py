"""Envelopes and mail: authentic, once, in order, over a wire that loses, repeats and reorders."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection

from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, Unavailable
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.mail import MAIL_PATH, answer_mail, call_out, incoming, outgoing
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.communication.session import (
    Batch,
    Ends,
    Envelope,
    open_envelope,
    seal_envelope,
    session_between,
)
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey

SIGNING = {name: SigningKey.from_seed(name.encode() * 32) for name in "ABC"}
SEALING = {name: SealingKey.from_seed(name.lower().encode() * 32) for name in "ABC"}
SESSION = session_between(b"d" * 32, SIGNING["A"].public, SIGNING["B"].public)


def ends(own: str, peer: str, session: bytes = SESSION) -> Ends:
    return Ends(session, SIGNING[own], SEALING[own], SIGNING[peer].public, SEALING[peer].public)


class Party:
    """One side: its archive, its ends, and what it handled."""

    def __init__(self, place: Path, own: str, peer: str) -> None:
        self.place, self.own, self.peer = place, own, peer
        self.restart()

    def restart(self) -> None:
        self.archive = Archive.open(self.place, bytes(32))
        self.ends = ends(self.own, self.peer)

    def say(self, text: str) -> None:
        self.archive.commit(lambda tx: self.archive.enqueue(tx, SESSION, text.encode()))

    def handle(self, tx: Connection, session: bytes, payload: bytes) -> None:
        self.archive.append_journal(tx, session, payload)

    @property
    def heard(self) -> list[str]:
        return [payload.decode() for payload in self.archive.journal(SESSION)]

    async def answering(self, data: bytes) -> bytes:
        known = {SESSION: self.ends}
        return await answer_mail(self.archive, known.get, self.handle)(data)

    def answer(self, data: bytes) -> bytes:
        return asyncio.run(self.answering(data))


@pytest.fixture
def ann(tmp_path: Path) -> Party:
    return Party(tmp_path / "ann.db", "A", "B")


@pytest.fixture
def ben(tmp_path: Path) -> Party:
    return Party(tmp_path / "ben.db", "B", "A")


def test_an_envelope_opens_for_the_peer_alone() -> None:
    envelope = seal_envelope(ends("A", "B"), 1, 0, b"hello")
    assert open_envelope(ends("B", "A"), envelope) == b"hello"
    assert b"hello" not in encode(envelope)
    with pytest.raises(PeerDeviated):
        open_envelope(ends("C", "A"), envelope)


def test_the_session_has_one_name_from_both_sides() -> None:
    a, b = SIGNING["A"].public, SIGNING["B"].public
    assert session_between(b"d", a, b) == session_between(b"d", b, a) != session_between(b"e", a, b)


@pytest.mark.parametrize(
    "fields", [{"seq": 2}, {"ack": 1}, {"session": bytes(32)}, {"sender": bytes(32)}, {"sealed": b"x" * 60}]
)
def test_a_changed_header_or_content_is_refused(fields: dict[str, Any]) -> None:
    envelope = msgspec.structs.replace(seal_envelope(ends("A", "B"), 1, 0, b"hello"), **fields)
    with pytest.raises(PeerDeviated):
        open_envelope(ends("B", "A"), envelope)


def test_an_envelope_of_somebody_else_is_refused_also_when_he_names_the_peer_as_sender() -> None:
    forged = seal_envelope(ends("C", "B"), 1, 0, b"hello")
    for envelope in (forged, msgspec.structs.replace(forged, sender=SIGNING["A"].public)):
        with pytest.raises(PeerDeviated):
            open_envelope(ends("B", "A"), envelope)


def test_an_envelope_can_not_be_turned_back_to_its_sender() -> None:
    with pytest.raises(PeerDeviated):
        open_envelope(ends("A", "B"), seal_envelope(ends("A", "B"), 1, 0, b"hello"))


def test_a_peer_with_a_key_of_small_order_gets_and_gives_nothing() -> None:
    weak = dataclasses.replace(ends("A", "B"), peer_sealing=bytes(32))
    with pytest.raises(PeerDeviated) as refusal:
        seal_envelope(weak, 1, 0, b"hello")
    assert refusal.value.code == "SIG_KEY_WEAK"


def test_the_same_message_sealed_again_looks_different() -> None:
    one, other = (seal_envelope(ends("A", "B"), 1, 0, b"hello") for _ in range(2))
    assert one.sealed != other.sealed and open_envelope(ends("B", "A"), one) == open_envelope(ends("B", "A"), other)


def test_a_call_out_brings_mail_both_ways_over_real_http(ann: Party, ben: Party, client: Client) -> None:
    ann.say("one")
    ann.say("two")
    ben.say("three")
    with running(application(Service(handlers={MAIL_PATH: ben.answering}))) as url:
        assert call_out(client, url + MAIL_PATH, ann.archive, ann.ends, ann.handle) == 1
        assert call_out(client, url + MAIL_PATH, ann.archive, ann.ends, ann.handle) == 0
    assert (ben.heard, ann.heard) == (["one", "two"], ["three"])
    assert ann.archive.outbox(SESSION) == ben.archive.outbox(SESSION) == []


class Bad:
    """A wire that loses, repeats, keeps back and reorders batches and envelopes."""

    def __init__(self, party: Party, seed: int) -> None:
        self.party, self.random, self.late = party, random.Random(seed), [encode(Batch())]

    def post(self, url: str, body: bytes) -> bytes:
        self.late.append(body)
        answer = b""
        for _ in range(self.random.randrange(3)):
            envelopes = list(Batch.decode(self.random.choice([body, self.random.choice(self.late)])).envelopes)
            envelopes += self.random.sample(envelopes, len(envelopes) // 2)
            self.random.shuffle(envelopes)
            answer = self.party.answer(encode(Batch(tuple(envelopes))))
        if not answer or self.random.random() < 0.3:
            raise Unavailable("PEER_UNREACHABLE", "cannot reach: lost")
        return answer


@pytest.mark.parametrize("seed", range(4))
def test_over_a_bad_wire_with_restarts_everything_arrives_once_and_in_order(ann: Party, ben: Party, seed: int) -> None:
    wire = Bad(ben, seed)
    for n in range(12):
        ann.say(f"a{n}")
        ben.say(f"b{n}")
        for _ in range(3):
            try:
                call_out(wire, "http://x", ann.archive, ann.ends, ann.handle)
            except Unavailable:
                continue
        if n % 4 == 3:
            ann.restart()
            ben.restart()
    for _ in range(60):
        try:
            call_out(wire, "http://x", ann.archive, ann.ends, ann.handle)
        except Unavailable:
            continue
    assert ben.heard == [f"a{n}" for n in range(12)]
    assert ann.heard == [f"b{n}" for n in range(12)]


def test_a_message_whose_handling_failed_comes_again(ann: Party, ben: Party) -> None:
    ann.say("one")

    def fail(tx: Connection, session: bytes, payload: bytes) -> None:
        ben.handle(tx, session, payload)
        raise ValueError

    with pytest.raises(ValueError):
        incoming(ben.archive, ben.ends, outgoing(ann.archive, ann.ends), fail)
    assert ben.heard == []
    assert incoming(ben.archive, ben.ends, outgoing(ann.archive, ann.ends), ben.handle) == 1
    assert ben.heard == ["one"]


def test_a_message_out_of_order_waits_for_the_ones_before(ann: Party, ben: Party) -> None:
    for n in range(3):
        ann.say(str(n))
    envelopes = outgoing(ann.archive, ann.ends)
    assert incoming(ben.archive, ben.ends, envelopes[1:], ben.handle) == 0
    assert incoming(ben.archive, ben.ends, envelopes[:2], ben.handle) == 2
    assert ben.heard == ["0", "1"]


def test_a_session_nobody_knows_is_refused(ann: Party, ben: Party) -> None:
    stranger = seal_envelope(ends("A", "B", b"x" * 32), 1, 0, b"hello")
    with pytest.raises(PeerDeviated) as error:
        ben.answer(encode(Batch((stranger,))))
    assert error.value.code == "MESSAGE_UNEXPECTED"


def test_too_many_envelopes_at_once_are_refused(ben: Party) -> None:
    one = seal_envelope(ends("A", "B"), 1, 0, b"")
    with pytest.raises(PeerDeviated):
        ben.answer(encode(Batch((one,) * 65)))


def test_a_false_acknowledgement_is_the_peers_deviation(ann: Party, ben: Party) -> None:
    with pytest.raises(PeerDeviated) as error:
        incoming(ben.archive, ben.ends, [seal_envelope(ann.ends, 0, 7, b"")], ben.handle)
    assert error.value.code == "PEER_DEVIATED"


@pytest.mark.parametrize("number", [-1, 2, 2**63, 2**64])
def test_a_number_out_of_place_is_never_handled(ann: Party, ben: Party, number: int) -> None:
    assert incoming(ben.archive, ben.ends, [seal_envelope(ann.ends, number, 0, b"")], ben.handle) == 0
    assert ben.heard == []


def test_a_bare_acknowledgement_is_never_delivered(ann: Party, ben: Party) -> None:
    envelopes = outgoing(ann.archive, ann.ends)
    assert [(e.seq, e.ack) for e in envelopes] == [(0, 0)]
    assert incoming(ben.archive, ben.ends, envelopes, ben.handle) == 0


def test_whoever_relays_can_count_envelopes(ann: Party) -> None:
    ann.say("one")
    ann.say("two")
    batch = Batch.decode(encode(Batch(outgoing(ann.archive, ann.ends))))
    assert [(e.session, e.sender, e.seq) for e in batch.envelopes] == [
        (SESSION, SIGNING["A"].public, n) for n in (1, 2)
    ]
    assert all(type(e) is Envelope for e in batch.envelopes)
