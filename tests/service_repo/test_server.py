"""The read side over real HTTP: the layout's files, and nothing else of the disk."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from service_repo import layout
from service_repo.log.statement_pages import page_path
from service_repo.server import app, read


@pytest.fixture
def ask(repository: Any, bundle: Any) -> Iterator[object]:
    """Return the function that sends one request, exactly as written, to a served repository."""
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    (repository.directory / "private.txt").write_text("private")
    ready = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets=None) -> None:  # type: ignore[no-untyped-def]
            await super().startup(sockets)
            ready.set()

    server = Server(uvicorn.Config(app(repository.directory), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    assert ready.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]

    def send(path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest(method, path, skip_accept_encoding=True)
        connection.endheaders()
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found

    yield send
    server.should_exit = True
    thread.join(10)


def test_every_published_file_is_served_as_it_lies_there(ask: Any, repository: Any, bundle: Any) -> None:
    paths = ["log/tile/0/000.p/3", "log/tile/entries/000.p/3", "log/checkpoint", page_path(0)]
    paths += [layout.pack_path(bundle.digest), layout.index_path("semper/items")]
    for path in paths:
        status, headers, body = ask("/" + path)
        assert (status, body) == (200, (repository.directory / path).read_bytes())
        assert headers["x-content-type-options"] == "nosniff"
    assert ask("/" + paths[0], "HEAD")[2] == b""
    assert "immutable" in ask("/" + paths[0])[1]["cache-control"]
    for path in (layout.pack_path(bundle.digest), page_path(0)):
        assert "immutable" not in ask("/" + path)[1]["cache-control"]


def test_health_is_answered(ask: Any) -> None:
    assert ask("/health")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/private.txt",
        "/repository.txt",
        "/.lock",
        "/packs",
        "/packs/",
        "/packs/../private.txt",
        "/packs/..%2fprivate.txt",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/packs/" + "0" * 64 + ".smpack",
        "/packs/" + "0" * 64 + ".smpack%00",
        "/packs/" + "0" * 64 + ".smpack%0a",
        "/index/semper/others.cbor",
        "/log/checkpoint.draft",
        "/log/.checkpoint.draft",
        "/log/tile/0/../0/000.p/3",
        "/anchor/drafts/2.root.json",
        "/anchor/../private.txt",
    ],
)
def test_nothing_else_is_served(ask: Any, path: Any) -> None:
    status, _, body = ask(path)
    assert status == 404
    assert b"private" not in body
    assert b"Traceback" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written_over_the_network(ask: Any, bundle: Any, method: Any) -> None:
    assert ask("/" + layout.pack_path(bundle.digest), method)[0] == 405


def test_a_file_that_outgrew_its_limit_is_not_served(repository: Any) -> None:
    path = layout.statement_path(bytes(32))
    (repository.directory / "statements").mkdir()
    with open(repository.directory / path, "wb") as file:
        os.ftruncate(file.fileno(), 10**9)
    assert read(repository.directory, path) is None
