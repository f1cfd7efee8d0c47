"""Under TLS: only a server whose certificate fits its name, also behind a proxy; bounded in time as without it."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from semper_host.model.errors import Unavailable
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.proxy import Proxy
from tests.supporting.communication.conftest import Answering
from tests.supporting.communication.socks_server import NAME, socks_server

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for 127.0.0.1 and merchant.example, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("merchant.example")]
    signed = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - datetime.timedelta(1)).not_valid_after(now + datetime.timedelta(1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(plain + signed.public_bytes(pem))
    return path


@contextlib.contextmanager
def server(certificate: Path, says: list[bytes]) -> Iterator[int]:
    """Serve one connection at a time under TLS, its requests with what is in `says`; gives the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listening, gone = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def run() -> None:
        while not gone.is_set():
            with contextlib.suppress(OSError):
                plain, _ = listening.accept()
                plain.settimeout(5)
                with context.wrap_socket(plain, server_side=True) as line:
                    for each in says:
                        line.recv(65536)
                        line.sendall(each)
                    gone.wait(5)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        gone.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


@pytest.mark.usefixtures("trusted")
def test_a_server_with_a_fitting_certificate_answers_again_and_again(client: Client, certificate: Path) -> None:
    with server(certificate, [HELLO, HELLO]) as port:
        assert client.get(f"https://127.0.0.1:{port}/") == b"hello"
        assert client.post(f"https://127.0.0.1:{port}/", bytes(10)) == b"hello"


def test_a_certificate_of_nobody_we_trust_is_refused(client: Client, certificate: Path) -> None:
    with server(certificate, [HELLO]) as port, pytest.raises(Unavailable) as error:
        client.get(f"https://127.0.0.1:{port}/")
    assert error.value.code == "PEER_UNREACHABLE" and "certificate" in error.value.message


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_name_is_refused(client: Client, certificate: Path) -> None:
    with server(certificate, [HELLO]) as port, pytest.raises(Unavailable, match="certificate"):
        client.get(f"https://localhost:{port}/")


@pytest.mark.usefixtures("trusted")
def test_through_a_proxy_the_name_is_checked_at_the_far_end(certificate: Path) -> None:
    with server(certificate, [HELLO]) as port, socks_server(merchant_example="127.0.0.1") as proxy:
        with Client(proxy=Proxy("127.0.0.1", proxy.port)) as client:
            assert client.get(f"https://merchant.example:{port}/") == b"hello"
        assert [(each.form, each.host) for each in proxy.asked] == [(NAME, "merchant.example")]


@pytest.mark.usefixtures("trusted")
def test_a_server_that_says_nothing_is_given_up(certificate: Path) -> None:
    quick = Client(connect_seconds=2, read_seconds=1)
    with server(certificate, []) as port, quick as client, pytest.raises(Unavailable, match="in time"):
        client.get(f"https://127.0.0.1:{port}/")


def test_what_does_not_speak_tls_is_unreachable(client: Client, answering: Answering) -> None:
    with answering(lambda connection: connection.sendall(HELLO)) as url, pytest.raises(Unavailable) as error:
        client.get(f"https://127.0.0.1:{urlsplit(url).port}/")
    assert error.value.code == "PEER_UNREACHABLE"
