"""Sealed calls: only the service reads, only the service answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from semper_host.model.encoding import MalformedEncoding, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.sealed_call import Answer, SealedRequest
from semper_host.supporting.communication.server import Service, application
from semper_host.supporting.cryptographic.sealing import SealingKey, seal

PATH = "/semper/v1/bank"
URL = "http://bank.example" + PATH
SERVICE = SealingKey.from_seed(b"s" * 32)
ENTROPY = b"e" * 32

Change = Callable[[bytes], bytes]


class Wire:
    """Carries bytes to a handler and lets a test change them on the way."""

    def __init__(self, handler: Change, asking: Change = bytes, answering: Change = bytes) -> None:
        self.handler, self.asking, self.answering = handler, asking, answering
        self.seen: list[bytes] = []

    def post(self, url: str, body: bytes) -> bytes:
        answer = self.answering(self.handler(self.asking(body)))
        self.seen += [body, answer]
        return answer


def echo(body: bytes) -> bytes:
    return b"you said " + body


def test_a_call_goes_over_real_http(client: Client) -> None:
    service = Service(handlers={PATH: sealed_call.serve(SERVICE, PATH, echo)})
    with running(application(service)) as url:
        assert sealed_call.call(client, url + PATH, SERVICE.public, b"hello", ENTROPY) == b"you said hello"


def test_nobody_on_the_way_reads_anything() -> None:
    wire = Wire(sealed_call.serve(SERVICE, PATH, echo))
    sealed_call.call(wire, URL, SERVICE.public, b"a question", ENTROPY)
    assert not any(b"question" in data for data in wire.seen)


def test_a_refusal_travels_inside_the_seal() -> None:
    def refuse(body: bytes) -> bytes:
        raise PeerDeviated("DOUBLE_SPENT", "cannot take the coin: it was spent")

    wire = Wire(sealed_call.serve(SERVICE, PATH, refuse))
    with pytest.raises(RefusedByPeer, match="it was spent") as error:
        sealed_call.call(wire, URL, SERVICE.public, b"", ENTROPY)
    assert error.value.code == "DOUBLE_SPENT"
    assert not any(b"DOUBLE_SPENT" in data for data in wire.seen)


def test_a_fault_of_the_handler_is_not_told_to_the_caller() -> None:
    def fail(body: bytes) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        sealed_call.call(Wire(sealed_call.serve(SERVICE, PATH, fail)), URL, SERVICE.public, b"", ENTROPY)


def test_a_request_for_one_path_is_refused_on_another() -> None:
    wire = Wire(sealed_call.serve(SERVICE, "/semper/v1/trustee", echo))
    with pytest.raises(PeerDeviated) as error:
        sealed_call.call(wire, URL, SERVICE.public, b"", ENTROPY)
    assert error.value.code == "SIG_INVALID"


def test_a_request_whose_reply_key_was_exchanged_is_refused() -> None:
    def steal(data: bytes) -> bytes:
        return encode(
            SealedRequest(SealingKey.from_seed(b"thief" + bytes(27)).public, SealedRequest.decode(data).sealed)
        )

    with pytest.raises(PeerDeviated):
        sealed_call.call(Wire(sealed_call.serve(SERVICE, PATH, echo), steal), URL, SERVICE.public, b"", ENTROPY)


def test_who_could_not_open_the_request_cannot_answer_it() -> None:
    def forge(data: bytes) -> bytes:
        request = SealedRequest.decode(data)
        guessed = sealed_call.Question(bytes(32), b"")
        return seal(request.reply, encode(Answer(b"forged")), sealed_call._answering(PATH, request, guessed))

    with pytest.raises(PeerDeviated) as error:
        sealed_call.call(Wire(forge), URL, SERVICE.public, b"", ENTROPY)
    assert error.value.code == "SIG_INVALID"


def test_an_answer_to_another_request_is_refused() -> None:
    handler = sealed_call.serve(SERVICE, PATH, echo)
    earlier = Wire(handler)
    sealed_call.call(earlier, URL, SERVICE.public, b"one", ENTROPY)
    with pytest.raises(PeerDeviated):
        sealed_call.call(Wire(handler, answering=lambda _: earlier.seen[1]), URL, SERVICE.public, b"one", ENTROPY)


@pytest.mark.parametrize("at", [0, 40, -1])
def test_a_changed_byte_shows(at: int) -> None:
    def change(data: bytes) -> bytes:
        changed = bytearray(data)
        changed[at] ^= 1
        return bytes(changed)

    handler = sealed_call.serve(SERVICE, PATH, echo)
    for wire in (Wire(handler, asking=change), Wire(handler, answering=change)):
        with pytest.raises((PeerDeviated, MalformedEncoding)):
            sealed_call.call(wire, URL, SERVICE.public, b"one", ENTROPY)


def test_a_reply_key_of_small_order_is_refused() -> None:
    handler = sealed_call.serve(SERVICE, PATH, echo)
    question = encode(sealed_call.Question(bytes(32), b""))
    request = SealedRequest(bytes(32), seal(SERVICE.public, question, sealed_call._asking(PATH, bytes(32))))
    with pytest.raises(PeerDeviated) as error:
        handler(encode(request))
    assert error.value.code == "SIG_KEY_WEAK"
