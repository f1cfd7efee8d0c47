"""Through a proxy: names are looked up at the far end, purposes share no connection, nothing goes around it."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.proxy import Proxy, read_proxy
from tests.supporting.communication.conftest import Answering
from tests.supporting.communication.socks_server import NAME, SocksServer, socks_server

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def proxy_of(server: SocksServer) -> Proxy:
    found = read_proxy(f"socks5h://127.0.0.1:{server.port}")
    assert found is not None
    return found


def say_hello(connection: socket.socket) -> None:
    connection.sendall(HELLO)


def test_the_proxy_resolves_the_name(answering: Answering) -> None:
    with answering(say_hello) as url, socks_server(merchant_example="127.0.0.1") as server:
        with Client(proxy=proxy_of(server)) as client:
            assert client.get(f"http://merchant.example:{urlsplit(url).port}/") == b"hello"
        assert [(each.form, each.host) for each in server.asked] == [(NAME, "merchant.example")]


def test_two_deals_share_no_connection_and_no_user(answering: Answering) -> None:
    with answering(say_hello) as url, socks_server() as server, Client(proxy=proxy_of(server)) as client:
        one, other = client.isolated("deal 1"), client.isolated("deal 2")
        for each in (one, other, one):
            assert each.get(url) == b"hello"
        users = [each.user for each in server.asked]
        assert len(users) >= 2 and len(set(users)) == 2 and "" not in users
        assert client.isolated("deal 1") is one


def test_two_clients_never_use_the_same_user(answering: Answering) -> None:
    with answering(say_hello) as url, socks_server() as server:
        for _ in range(2):
            with Client(proxy=proxy_of(server)) as client:
                client.isolated("deal 1").get(url)
        assert len({each.user for each in server.asked}) == 2


def test_without_a_proxy_there_is_one_client() -> None:
    with Client() as client:
        assert client.isolated("deal 1") is client


def test_nothing_goes_around_a_proxy_that_is_down(answering: Answering) -> None:
    reached: list[socket.socket] = []
    with socks_server() as server:
        gone = proxy_of(server)
    with answering(reached.append) as url, Client(proxy=gone) as client, pytest.raises(Unavailable) as error:
        client.isolated("deal 1").get(url)
    assert error.value.code == "PEER_UNREACHABLE" and not reached


def test_a_proxy_that_refuses_is_an_unreachable_peer(answering: Answering) -> None:
    with answering(say_hello) as url, socks_server() as server, Client(proxy=proxy_of(server)) as client:
        server.refusing = True
        with pytest.raises(Unavailable) as error:
            client.get(url)
    assert error.value.code == "PEER_UNREACHABLE"


@pytest.mark.parametrize(
    "text",
    ["socks5://127.0.0.1:9050", "http://127.0.0.1:8080", "socks5h://127.0.0.1", "socks5h://a:b@127.0.0.1:9050",
     "socks5h://127.0.0.1:99999", "127.0.0.1:9050", "socks5h://127.0.0.1:9050/path"],
)  # fmt: skip
def test_a_proxy_that_would_leak_or_is_misspelt_is_refused(text: str) -> None:
    with pytest.raises(SemperError) as error:
        read_proxy(text)
    assert error.value.code == "CONFIG_INVALID" and "socks5h://HOST:PORT" in error.value.message


def test_no_proxy_is_none() -> None:
    assert read_proxy("") is None
