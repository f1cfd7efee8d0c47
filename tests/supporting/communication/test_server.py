"""The server: bounded, without tracebacks, with ranges; ready when it says so and gone when told."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import ErrorBody, RefusedByPeer
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Limits, Service, application
from tests.free_ports import free_port

ROOT = Path(__file__).resolve().parents[3]


def refusing(error: Exception) -> Callable[[bytes], bytes]:
    def handler(body: bytes) -> bytes:
        raise error

    return handler


def status_and_body(url: str, request: bytes) -> tuple[int, bytes]:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        data = b""
        while chunk := connection.recv(65536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def post(path: str, body: bytes) -> bytes:
    return (
        b"POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(body))
        + body
    )


def test_handlers_and_pages_answer_bytes_with_bytes(client: Client) -> None:
    service = Service(handlers={"/echo": lambda body: body[::-1]}, pages={"/offer": lambda: b"offer"})
    with running(application(service)) as url:
        assert client.post(url + "/echo", b"abc") == b"cba"
        assert client.get(url + "/offer") == b"offer"


@pytest.mark.parametrize(
    "error, status, code",
    [
        (PeerDeviated("HOLD_INVALID", "cannot take it"), 409, "HOLD_INVALID"),
        (MalformedEncoding("ENCODING_INVALID", "cannot decode"), 422, "ENCODING_INVALID"),
        (Unavailable("STORAGE_FULL", "cannot store"), 503, "STORAGE_FULL"),
        (ZeroDivisionError("secret detail"), 500, "BACKEND_FAILED"),
    ],
)
def test_a_failure_leaves_as_a_code_and_never_as_a_traceback(
    error: Exception, status: int, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(application(Service(handlers={"/x": refusing(error)}))) as url:
        found, body = status_and_body(url, post("/x", b""))
    assert found == status
    assert ErrorBody.decode(body).code == code
    assert b"secret detail" not in body
    assert "Traceback" not in "".join(capfd.readouterr())


def test_the_client_sees_the_code_of_the_refusal(client: Client) -> None:
    late = Service(handlers={"/x": refusing(PeerDeviated("TOO_LATE", "cannot: it is late"))})
    with running(application(late)) as url, pytest.raises(RefusedByPeer, match="it is late") as error:
        client.post(url + "/x", b"")
    assert error.value.code == "TOO_LATE"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_never_reaches_the_handler(chunked: bool) -> None:
    called: list[bytes] = []

    def handler(body: bytes) -> bytes:
        called.append(body)
        return b""

    service = Service(handlers={"/x": handler}, limits=Limits(body_bytes=1000))
    body = b"x" * 1001
    request = post("/x", body)
    if chunked:
        request = b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + b"\r\n0\r\n\r\n"
    with running(application(service)) as url:
        status, answer = status_and_body(url, request)
    assert (status, ErrorBody.decode(answer).code, called) == (422, "REQUEST_TOO_LARGE", [])


def test_a_coroutine_answers_on_the_servers_loop_and_many_wait_there_in_no_thread() -> None:
    waiting, names = 40, set[str]()
    all_here = asyncio.Event()

    async def meet(body: bytes) -> bytes:
        names.add(threading.current_thread().name)
        meet.here += 1  # type: ignore[attr-defined]
        if meet.here == waiting:  # type: ignore[attr-defined]
            all_here.set()
        await all_here.wait()
        return body[::-1]

    meet.here = 0  # type: ignore[attr-defined]
    service = Service(handlers={"/meet": meet}, limits=Limits(under_way=waiting, threads=1))
    with running(application(service)) as url, ThreadPoolExecutor(waiting) as pool, Client() as client:
        assert set(pool.map(lambda _: client.post(url + "/meet", b"abc"), range(waiting))) == {b"cba"}
    assert names == {"semper-server"}


def test_what_a_function_returns_to_be_awaited_is_awaited() -> None:
    async def later(body: bytes) -> bytes:
        raise PeerDeviated("TOO_LATE", "cannot: it is late")

    def returning(body: bytes) -> Awaitable[bytes]:
        return later(body)

    service = Service(handlers={"/x": returning})
    with running(application(service)) as url, Client() as client, pytest.raises(RefusedByPeer, match="it is late"):
        client.post(url + "/x", b"")


def test_a_body_that_comes_too_slowly_is_given_up() -> None:
    service = Service(handlers={"/x": lambda body: body}, limits=Limits(receive_seconds=0))
    with running(application(service)) as url:
        status, answer = status_and_body(url, post("/x", b"abc")[:-1])
    assert (status, ErrorBody.decode(answer).code) == (503, "OVERLOADED")


def test_more_requests_than_the_limit_are_told_to_come_again() -> None:
    inside, leave = threading.Semaphore(0), threading.Event()

    def wait(body: bytes) -> bytes:
        inside.release()
        leave.wait(10)
        return b"done"

    service = Service(handlers={"/x": wait}, limits=Limits(under_way=2, threads=2))
    with running(application(service)) as url, ThreadPoolExecutor(2) as pool, Client() as client:
        waiting = [pool.submit(client.post, url + "/x", b"") for _ in range(2)]
        for _ in waiting:
            assert inside.acquire(timeout=10)
        with pytest.raises(RefusedByPeer) as error:
            client.post(url + "/x", b"")
        leave.set()
        assert [each.result(10) for each in waiting] == [b"done"] * 2
        assert client.post(url + "/x", b"") == b"done"
    assert error.value.code == "OVERLOADED"
    assert error.value.retryable


def test_unknown_paths_and_methods_are_not_found(client: Client) -> None:
    with running(application(Service(handlers={"/x": lambda body: body}))) as url:
        for path, ask in (("/y", client.get), ("/x", client.get)):
            with pytest.raises(Unavailable) as error:
                ask(url + path)
            assert error.value.code == "PEER_RESPONSE"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "private").write_bytes(b"private")
    served = tmp_path / "served"
    served.mkdir()
    (served / "edition").write_bytes(bytes(range(256)) * 100)
    (served / "link").symlink_to(tmp_path / "private")
    return served


def test_files_come_whole_and_by_range(client: Client, files: Path) -> None:
    whole = (files / "edition").read_bytes()
    with running(application(Service(files={"/editions": files}))) as url:
        assert client.get(url + "/editions/edition") == whole
        assert client.get_range(url + "/editions/edition", 1000, 50) == whole[1000:1050]
        assert client.get_range(url + "/editions/edition", len(whole) - 7, 7) == whole[-7:]
        with pytest.raises(Unavailable):
            client.get_range(url + "/editions/edition", len(whole) - 7, 8)
        with pytest.raises(Unavailable):
            client.get_range(url + "/editions/edition", len(whole), 1)


@pytest.mark.parametrize("path", ["/../private", "/%2e%2e/private", "/..%2fprivate", "/link", "/", "//etc/passwd"])
def test_nothing_outside_the_directory_is_served(files: Path, path: str) -> None:
    request = f"GET /editions{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    with running(application(Service(files={"/editions": files}))) as url:
        status, body = status_and_body(url, request)
    assert status in (400, 404, 405)
    assert b"private" not in body


def test_garbage_gets_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with running(application(Service())) as url:
        status, body = status_and_body(url, b"\x16\x03\x01\x00 what\r\n\r\n")
    assert status == 400
    assert b"Traceback" not in body
    assert "Traceback" not in "".join(capfd.readouterr())


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def start(port: int = 0) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("serving_process.py")
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script), str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_process_says_ready_and_stops_cleanly_after_the_requests_under_way(sent: signal.Signals) -> None:
    process = start()
    line = first_line(process)
    assert line.startswith("ready http://127.0.0.1:")
    url = line.split()[1]
    with ThreadPoolExecutor(1) as pool, Client() as client:
        assert client.post(url + "/slow", b"first") == b"first"
        answer = pool.submit(client.post, url + "/slow", b"last")
        while not _has_connection(url):
            pass
        process.send_signal(sent)
        try:
            assert answer.result(30) == b"last"
        except SemperError as error:
            assert error.code == "PEER_UNREACHABLE"  # the signal was faster than the request
    assert process.wait(30) == 0
    assert process.communicate() == ("stopped\n", "")


def _has_connection(url: str) -> bool:
    port = f":{int(url.rsplit(':', 1)[1]):04X}"
    return any(
        port in line.split()[2] and line.split()[3] == "01"
        for line in Path("/proc/net/tcp").open()
        if "rem" not in line
    )


def test_an_address_in_use_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        out, err = start(taken.getsockname()[1]).communicate(timeout=30)
    assert out.startswith("Unavailable: cannot listen on 127.0.0.1:")
    assert err == ""


def test_a_server_that_restarts_on_its_port_is_reached_again(client: Client) -> None:
    first = start(free_port())
    url = first_line(first).split()[1]
    assert client.post(url + "/slow", b"a") == b"a"
    first.kill()
    first.communicate()
    with pytest.raises(Unavailable) as error:
        client.post(url + "/slow", b"b")
    assert error.value.code in ("PEER_UNREACHABLE", "PEER_RESPONSE")
    second = start(int(url.rsplit(":", 1)[1]))
    assert first_line(second) == f"ready {url}\n"
    assert client.post(url + "/slow", b"c") == b"c"
    second.terminate()
    second.communicate(timeout=30)
