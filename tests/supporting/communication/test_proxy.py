"""Through a proxy: names are looked up at the far end, purposes share no connection, nothing goes around it."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
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


def test_every_server_is_called_as_another_user(answering: Answering) -> None:
    with answering(say_hello) as one, answering(say_hello) as other, socks_server() as server:
        with Client(proxy=proxy_of(server)) as client:
            for url in (one, other, one):
                assert client.get(url) == b"hello"
        users = {each.user for each in server.asked}
        assert len(users) == 2 and "" not in users


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad\r\n\r\n", b"\x05", b"\x05\x02\x01\x00", b"\x05\x02\xff\xff", b""])
def test_a_proxy_that_speaks_something_else_is_an_unreachable_peer(says: bytes) -> None:
    def talk(listening: socket.socket) -> None:
        near, _ = listening.accept()
        with near:
            near.recv(4096)
            near.sendall(says)

    with socket.create_server(("127.0.0.1", 0)) as listening, ThreadPoolExecutor(1) as pool:
        talking = pool.submit(talk, listening)
        proxy = read_proxy(f"socks5h://127.0.0.1:{listening.getsockname()[1]}")
        with Client(proxy=proxy) as client, pytest.raises(Unavailable) as error:
            client.get("http://merchant.example/")
        talking.result(10)
    assert error.value.code == "PEER_UNREACHABLE" and error.value.message.startswith("cannot reach http://merchant")


def test_a_name_too_long_for_the_proxy_is_an_unreachable_peer() -> None:
    with socks_server() as server, Client(proxy=proxy_of(server)) as client, pytest.raises(Unavailable) as error:
        client.get("http://" + ".".join(["a" * 60] * 6) + "/")
    assert error.value.code == "PEER_UNREACHABLE"


def test_a_proxys_secrets_show_in_no_message() -> None:
    proxy = Proxy("127.0.0.1", 1).isolated()
    assert proxy.credentials is not None
    with Client(proxy=proxy) as client, pytest.raises(Unavailable) as error:
        client.get("http://merchant.example/")
    assert all(secret not in repr((proxy, error.value.message)) for secret in proxy.credentials)
