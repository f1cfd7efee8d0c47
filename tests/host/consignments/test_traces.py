"""What an anonymous sender leaves behind: every byte that recipients and a SOCKS proxy get is looked through."""

from __future__ import annotations

import getpass
import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from semper_host.cli.transfer import _file
from semper_host.commerce.consignment import File, Part, files_in
from semper_host.commerce.consignment_evidence import Handed
from semper_host.host import identity
from semper_host.host.business import deal_keys
from semper_host.host.consignments.calling import HOUR, Recipient
from semper_host.host.consignments.letterbox import LetterCall
from semper_host.host.consignments.sending import Attributes
from semper_host.host.home import Home
from semper_host.model.encoding import decode, encode
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.proxy import read_proxy
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.x509 import CertifiedKey
from tests.host.consignments.post import SERVING, Post
from tests.host.street import Clock
from tests.supporting.communication import socks_server as socks
from tests.supporting.communication.socks_server import NAME, SocksServer, socks_server

H, L = SERVING
SKEW = 137
"""Seconds that the sender's clock is ahead of everybody's, so that its time would be known as its own."""
PROTOCOL = {"semper", "host", "user", "agent", "accept", "encoding", "content", "type", "length", "http", "post", "get"}
"""Words of every call, whoever's machine or user is called so."""
MTIME = 1_234_567_890
"""When the file was modified: on 2009-02-13."""


@contextmanager
def overheard(post: Post, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """All bytes that pass the proxy in either direction; and, in each box, the calls that its recipient opened."""
    heard = list[bytes]()

    def pump(source: socket.socket, target: socket.socket, real: Any = socks._pump) -> None:
        class Ear:
            def sendall(self, data: bytes) -> None:
                heard.append(data)
                target.sendall(data)

            def shutdown(self, how: int) -> None:
                target.shutdown(how)

        real(source, Ear())

    for box in post.boxes.values():
        box.heard.clear()
    with monkeypatch.context() as patch:
        patch.setattr(socks, "_pump", pump)
        yield heard


def identifying(post: Post, home: Home, counter: int) -> dict[str, bytes]:
    """All that tells this home from another one, keys up to a `counter` included, and is too long for chance."""
    certified, service = identity.certified(home), identity.service(home, post.clock())
    found = {
        "name": home.config.name.encode(), "address": urlsplit(home.config.url).netloc.encode(),
        "certificate": certified.chain[0], "certified key": certified.key.public, "certified point": _point(certified),
        "service signing": service.signing.public, "service sealing": service.sealing.public,
        "path": str(home.path).encode(), "root": str(post.market.root).encode(),
        "kernel": os.uname().release.encode(), "library": b"python", "modified": b"2009-02-13",
    }  # fmt: skip
    for number in range(counter + 1):
        for kind in ("signing", "sealing"):
            found[f"{kind} key {number}"] = getattr(deal_keys(home, number), kind).public
    return found


def _point(certified: CertifiedKey) -> bytes:
    return certified.key.public[-64:]


def leaves(value: Any) -> Iterator[Any]:
    """All that stands in decoded bytes, however deep; statements are opened."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    elif isinstance(value, bytes) and len(value) > 64:
        try:
            yield from leaves(decode(value))
        except SemperError:
            yield value
    else:
        yield value


def test_nothing_that_recipients_or_the_wire_get_tells_who_sends(
    post: Post, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sender, clock = post.sender, Clock()
    clock.ahead = post.clock.ahead + SKEW
    if clock() % HOUR > HOUR - 60 or clock() % HOUR < 60:
        clock.ahead += 120  # a whole hour would be told as itself
    path = tmp_path / "letter.txt"
    path.write_bytes(b"What I saw.")
    os.utime(path, (MTIME, MTIME))
    began = clock()
    with overheard(post, monkeypatch) as heard, socks_server() as server:
        line = Client(proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}"))
        with line:
            party = post.stranger(line, clock)
            number = party.begin("Heard", post.recipients(), [Part((), (_file(path),))], Attributes(), 600)
            party.run(number, give_up=lambda: True)
            for name in SERVING:
                post.accept(name, number)
            assert post.stranger(line, clock).run(number, give_up=lambda: True).over
    mine = post.stranger().consignments.read(number)[0].counter
    marks = identifying(post, sender, mine + 8)
    own = [marks.pop(f"{kind} key {mine}") for kind in ("signing", "sealing")]
    calls = b"\n".join(data for box in post.boxes.values() for data in box.heard)
    assert all(key in calls for key in own), "what is looked for would be found"
    wire, files = b"\n".join(heard), [post.exported(name, number) for name in ("sender", H)]
    assert wire.count(b"POST /semper/v1/transfer/letter") >= 4 and b"What I saw." not in wire
    for what, mark in marks.items():
        for where, data in (("recipients", calls), ("the wire", wire), *(("evidence", file) for file in files)):
            assert mark not in data and mark.lower() not in data.lower(), f"{where} has the sender's {what}"
    told = {each for box in post.boxes.values() for data in box.heard for each in leaves(decode(data))}
    told |= {each for name in SERVING for file in files_of(post, name, number) for each in leaves(decode(file))}
    assert "letter.txt" in told and b"What I saw." in told, "nothing is kept from this search"
    assert not {*range(began - 5, began + 60), MTIME} & told, "a moment of the sender's clock, or of its disk"
    words = {each.lower() for each in told if isinstance(each, str)} | {
        *b" ".join(headers(heard)).decode().lower().split()
    }
    for short in {getpass.getuser(), os.uname().nodename, *time.tzname, str(began), str(MTIME)} - PROTOCOL:
        assert not [each for each in words if short.lower() in re.split(r"\W", each)], short


def headers(heard: list[bytes]) -> list[bytes]:
    """The heads of all requests that passed the proxy, without where they go."""
    heads = [data.partition(b"\r\n\r\n")[0] for data in heard if data.startswith((b"GET ", b"POST "))]
    assert heads
    return heads


def files_of(post: Post, name: str, number: bytes) -> list[bytes]:
    """The encoded files that a recipient found in its container."""
    standing = post.standing(name, number)
    assert standing.taken is not None
    container, _ = post.party(name).opened(standing, Handed(standing.taken.digest, standing.taken.parcel))
    return [encode(file) for file in files_in(container)]


def test_two_transfers_of_one_sender_have_nothing_in_common_but_what_both_are_about(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each recipient compares all that it got in two transfers; a third one, of another home, is as alike."""
    found = list[set[Any]]()
    other = post.stranger()
    other.home = post.homes["Cleo"]
    other.__post_init__()
    for party, title in ((post.stranger(), "One"), (post.stranger(), "Two"), (other, "Three")):
        with overheard(post, monkeypatch):
            number = party.begin(
                title, post.recipients(), [Part((), (File(title, title.encode()),))], Attributes(), 600
            )
            party.run(number, give_up=lambda: True)
        said = [LetterCall.decode(data) for data in post.boxes[H].heard]
        assert [each.handed is not None for each in said] == [False, True]
        invitation = decode(cose.peek(said[1].invitation).payload)
        told = [invitation, said[1].secret, said[1].handed.to_map() if said[1].handed else b""]
        found.append({each for each in leaves(told) if not isinstance(each, bool)})
    one, two, three = found
    assert one & two == one & three == two & three
    assert not [each for each in one & two if isinstance(each, bytes) and each], "no key, nonce or digest comes twice"


def users(server: SocksServer, post: Post, name: str) -> set[str]:
    """Who called a recipient, as the proxy sees them."""
    return {each.user for each in server.asked if each.port == urlsplit(post.homes[name].config.url).port}


def test_each_recipient_of_each_transfer_has_a_circuit_of_its_own_and_nothing_goes_around_the_proxy(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, resolved = list[Any](), list[Any]()
    connect, resolve, here = socket.socket.connect, socket.getaddrinfo, threading.current_thread()

    def connecting(self: socket.socket, address: Any) -> None:
        if threading.current_thread() is here:
            reached.append(address)
        connect(self, address)

    def resolving(host: Any, *more: Any, **named: Any) -> Any:
        resolved.append(host)
        return resolve(host, *more, **named)

    names = {f"{name.lower()}_example": "127.0.0.1" for name in SERVING}
    with socks_server(**names) as server, Client(proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}")) as line:
        monkeypatch.setattr(socket.socket, "connect", connecting)
        monkeypatch.setattr(socket, "getaddrinfo", resolving)
        recipients = [
            Recipient(name, f"http://{name.lower()}.example:{urlsplit(post.homes[name].config.url).port}")
            for name in SERVING
        ]
        seen = list[set[str]]()
        for _ in range(2):
            sender = post.stranger(line)
            number = sender.begin("Heard", recipients, [Part((), (File("x", b"y"),))], Attributes(), 600)
            sender.run(number, give_up=lambda: True)
            seen += [users(server, post, name) - set().union(*seen) for name in SERVING]
            assert post.standing("sender", number).acknowledged == {1, 2}
        assert [len(each) for each in seen] == [1, 1, 1, 1] and "" not in set().union(*seen)
        assert len(set().union(*seen)) == 4, "no user asked for two recipients, or for two transfers"
        assert {each.form for each in server.asked} == {NAME} and {each.host for each in server.asked} == {
            f"{name.lower()}.example" for name in SERVING
        }
        assert reached and set(reached) == {("127.0.0.1", server.port)}
        assert set(resolved) == {"127.0.0.1"}, "only the proxy looked names up"
        server.refusing, count = True, len(reached)
        sender = post.stranger(Client(proxy=read_proxy(f"socks5h://127.0.0.1:{server.port}")))
        with pytest.raises(SemperError, match="cannot reach"):
            sender.begin("Heard", recipients, [Part((), (File("x", b"y"),))], Attributes(), 600)
        assert {*reached[count:]} == {("127.0.0.1", server.port)}
