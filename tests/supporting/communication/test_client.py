"""The client: whatever the other side does, a bounded answer or a clear error."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import pytest

from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import ErrorBody, RefusedByPeer
from tests.supporting.communication.conftest import Answering

OK = b"HTTP/1.1 200 OK\r\n"


def says(data: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(data)


def test_an_answer_within_the_limit_is_returned(client: Client, answering: Answering) -> None:
    with answering(says(OK + b"Connection: close\r\nContent-Length: 5\r\n\r\nhello")) as url:
        assert client.get(url, most=5) == b"hello"
        assert client.post(url, b"body") == b"hello"


NOT_THE_PROTOCOL = {
    "garbage": b"\x00\x01\x02 what is this\r\n\r\n",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "a body over the limit": OK + b"Content-Length: 101\r\n\r\n" + b"x" * 101,
    "a body over the limit in chunks": OK
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + b"40\r\n"
    + b"x" * 64
    + b"\r\n40\r\n"
    + b"x" * 64
    + b"\r\n0\r\n\r\n",
    "a body over the limit without length": OK + b"Connection: close\r\n\r\n" + b"x" * 200,
    "wrong chunks": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a compressed body": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "not found": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "a refusal that is none": b"HTTP/1.1 409 Conflict\r\nContent-Length: 5\r\n\r\nhello",
    "a refusal too long": b"HTTP/1.1 409 Conflict\r\nContent-Length: 9999\r\n\r\n" + b"x" * 9999,
    "a failure": b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
    "an endless head": OK + b"X-Header: y\r\n" * 20_000 + b"\r\n",
}


@pytest.mark.parametrize("answer", NOT_THE_PROTOCOL.values(), ids=NOT_THE_PROTOCOL.keys())
def test_what_is_not_the_protocol_is_named_so(client: Client, answering: Answering, answer: bytes) -> None:
    with answering(says(answer)) as url, pytest.raises(Unavailable) as error:
        client.get(url, most=100)
    assert error.value.code == "PEER_RESPONSE"
    assert error.value.message.startswith("cannot ")


@pytest.mark.parametrize("answer", [b"", OK + b"Content-Le", OK + b"Content-Length: 50\r\n\r\nhello"])
def test_an_answer_that_breaks_off_is_like_none(client: Client, answering: Answering, answer: bytes) -> None:
    with answering(says(answer)) as url, pytest.raises(Unavailable) as error:
        client.get(url)
    assert error.value.code == "PEER_UNREACHABLE"


def test_a_body_that_never_ends_is_cut_at_the_limit(client: Client, answering: Answering) -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(OK + b"Connection: close\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)
            sent += 65536

    with answering(endless) as url, pytest.raises(Unavailable) as error:
        client.get(url, most=100_000)
    assert error.value.code == "PEER_RESPONSE"
    assert sent < 50_000_000


def test_nobody_listening_is_unreachable(client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
    with pytest.raises(Unavailable) as error:
        client.get(url)
    assert error.value.code == "PEER_UNREACHABLE"


def test_a_server_that_says_nothing_is_unreachable(client: Client, answering: Answering) -> None:
    silent = threading.Event()
    with answering(lambda connection: silent.wait(5)) as url, pytest.raises(Unavailable, match="in time") as error:
        client.get(url)
    silent.set()
    assert error.value.code == "PEER_UNREACHABLE"


def test_a_server_that_drips_is_given_up_after_the_whole_time(answering: Answering) -> None:
    done = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 1000\r\n\r\n")
        while not done.wait(0.05):
            connection.sendall(b"x")

    with Client(read_seconds=1, whole_seconds=1) as client, answering(drip) as url:
        with pytest.raises(Unavailable, match="too slowly"):
            client.get(url)
        done.set()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://",
        "not an address",
        "http://u:p@127.0.0.1/",
        "http://[::1/",
        "",
    ],
)
def test_only_plain_http_addresses_are_followed(client: Client, url: str) -> None:
    with pytest.raises(Unavailable) as error:
        client.get(url)
    assert error.value.code == "PEER_UNREACHABLE"
    assert "p@" not in error.value.message or "u:p" in url


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, answering: Answering) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with answering(says(OK + b"Content-Length: 5\r\n\r\nhello")) as url, Client() as client:
        assert client.get(url) == b"hello"


def refusal(status: bytes, code: str, message: str) -> bytes:
    body = encode(ErrorBody(code, message))
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body


@pytest.mark.parametrize("status", [b"409 Conflict", b"422 Unprocessable", b"503 Busy"])
def test_a_refusal_keeps_its_code_and_its_words_become_harmless(
    client: Client, answering: Answering, status: bytes
) -> None:
    words = "cannot: \x1b[2Jgone\u202e" + "x" * 1000
    with answering(says(refusal(status, "HOLD_INVALID", words))) as url, pytest.raises(RefusedByPeer) as error:
        client.post(url, b"")
    assert error.value.code == "HOLD_INVALID"
    assert error.value.message.isprintable()
    assert len(error.value.message) < 400


def test_a_refusal_with_a_code_nobody_knows_still_is_an_error_of_ours(client: Client, answering: Answering) -> None:
    with answering(says(refusal(b"409 Conflict", "NEVER_HEARD", "why"))) as url, pytest.raises(SemperError) as error:
        client.post(url, b"")
    assert error.value.code == "PEER_RESPONSE"


def partial(head: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 206 Partial Content\r\n" + head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def test_a_range_is_exactly_what_was_asked(client: Client, answering: Answering) -> None:
    with answering(says(partial(b"Content-Range: bytes 10-14/100", b"hello"))) as url:
        assert client.get_range(url, 10, 5) == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        partial(b"Content-Range: bytes 0-4/100", b"hello"),
        partial(b"Content-Range: bytes 10-14/100", b"hell"),
        partial(b"Content-Range: bytes 10-14/100", b"hello!"),
        partial(b"X: y", b"hello"),
        OK + b"Content-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_another_range_than_asked_is_refused(client: Client, answering: Answering, answer: bytes) -> None:
    with answering(says(answer)) as url, pytest.raises(Unavailable) as error:
        client.get_range(url, 10, 5)
    assert error.value.code == "PEER_RESPONSE"


def test_one_client_serves_many_threads(answering: Answering) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def slowly(connection: socket.socket) -> None:
        time.sleep(0.01)
        connection.sendall(OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nhello")

    with answering(slowly) as url, Client() as client, ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: client.get(url), range(24))) == {b"hello"}
