"""Attacks on servers by whoever can reach them."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from pathlib import Path

import pytest

from semper_host.exchange.items import Party
from semper_host.exchange.requests import Answer
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.money import Money
from semper_host.supporting.communication import runner
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Limits, Service, application
from tests.host.courtroom import SELLER_ACCOUNT, WAITS, Court, decision, until
from tests.host.marketplace import purchase


def connect(url: str) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX: "])
def test_a_connection_that_brings_no_request_is_cut(begun: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "HEAD_SECONDS", 0.3)
    with running(application(Service())) as url, connect(url) as idle:
        idle.sendall(begun)
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):
            assert idle.recv(100) == b""
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "begun",
    [
        b"GET /x HTTP/1.1\r\nHost: x\r\nX: ",  # one header without an end
        b"GET /",  # an address without an end
        b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ",  # a trailer without
        b"GET /x HTTP/1.1\r\nHost: x\r\n\r\nGET /x HTTP/1.1\r\nX: ",  # a second request, while the first is answered
    ],
)
def test_a_head_without_an_end_is_cut_before_it_fills_the_memory(begun: bytes) -> None:
    service = Service(handlers={"/x": lambda body: body}, pages={"/x": lambda: b"there"})
    with running(application(service)) as url, connect(url) as endless:
        endless.sendall(begun)
        sent = 0
        with pytest.raises(OSError):
            while sent < 64 * 1024 * 1024:
                sent += endless.send(b"a" * 65536)
        assert sent < 64 * 1024 * 1024


def test_a_long_body_in_many_chunks_is_no_endless_head() -> None:
    service = Service(handlers={"/x": lambda body: str(len(body)).encode()})
    chunk = b"400\r\n" + b"a" * 1024 + b"\r\n"
    with running(application(service)) as url, connect(url) as sending:
        sending.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        sending.sendall(chunk * 7000 + b"0\r\n\r\n")
        answer = b"".join(iter(lambda: sending.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"7168000")


def test_dripping_after_an_answer_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "HEAD_SECONDS", 0.3)
    service = Service(pages={"/x": lambda: b"there"})
    with running(application(service)) as url, connect(url) as slow:
        slow.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError):
            for _ in range(60):
                slow.sendall(b"G")
                time.sleep(0.1)


def test_idle_connections_keep_nobody_out_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(runner, "MOST_CONNECTIONS", 8)
    service = Service(pages={"/x": lambda: b"there"})
    with running(application(service)) as url, Client() as client:
        idle = [connect(url) for _ in range(10)]
        time.sleep(1.5)
        assert client.get(url + "/x") == b"there"
        for each in idle:
            each.close()


def test_who_takes_no_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "STALL_SECONDS", 0.3)
    service = Service(pages={"/x": lambda: bytes(30_000_000)})
    with running(application(service)) as url, connect(url) as slow:
        slow.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: not _established(slow))
        taken = 0
        with pytest.raises((ConnectionResetError, EOFError)):
            while chunk := slow.recv(1_000_000):
                taken += len(chunk)
            raise EOFError
        assert taken < 30_000_000


def _established(connection: socket.socket) -> bool:
    """Say whether the other side, which is in this process too, still keeps the connection."""
    ours, theirs = (f":{address[1]:04X}" for address in (connection.getsockname(), connection.getpeername()))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[1].endswith(theirs) and row[2].endswith(ours) and row[3] == "01" for row in rows)


def test_bodies_that_come_slowly_take_nobodys_turn() -> None:
    service = Service(handlers={"/x": lambda body: body}, limits=Limits(under_way=2, threads=2))
    with running(application(service)) as url, Client() as client:
        slow = [connect(url) for _ in range(6)]
        for each in slow:
            each.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx")
        time.sleep(0.3)
        assert client.post(url + "/x", b"abc") == b"abc"
        for each in slow:
            each.close()


def test_large_bodies_together_are_bounded_and_small_ones_still_come_through() -> None:
    limits = Limits(body_bytes=10_000_000, receiving_bytes=1_000_000)
    service = Service(handlers={"/x": lambda body: str(len(body)).encode()}, limits=limits)
    with running(application(service)) as url, Client() as client:
        large = [connect(url) for _ in range(3)]
        for each in large:
            each.sendall(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + bytes(600_000))
        refused, _, _ = select.select(large, [], [], 30)
        assert client.post(url + "/x", bytes(1000)) == b"1000"
        assert refused and all(b" 503 " in each.recv(100) for each in refused)
        for each in large:
            each.close()


def test_aborts_at_banks_nobody_knows_are_not_carried_for_ever(court: Court) -> None:
    """A merchant can make up exchanges at a bank of its own; the trustee's background must not fill up with those."""
    market = court.banked.market
    home = market.home("trustee", "lonely")
    lonely = TrusteeService(home, market.sandbox(home), market.client, waits=WAITS)
    keys = lonely.keys.identity
    made_up = [
        purchase(
            court.banked.purse, court.banked.payments, Party(keys.signing.public, keys.sealing.public),
            SELLER_ACCOUNT, Money(100, "EUR"), number=number,
        )
        for number in range(3)
    ]  # fmt: skip
    lonely.start()
    try:
        for made in made_up:
            vouch = market.authorities.vouch(keys.signing.public, made.seller.party)
            answer = Answer.decode(lonely.answer(made.abort(), vouch))
            assert decision(made, answer).verdict == "aborted"
        until(lambda: lonely.rows.unended() == [])
    finally:
        lonely.stop()
