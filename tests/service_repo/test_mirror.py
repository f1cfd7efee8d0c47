"""Copying a repository: all of it verified, resumed where it stopped, and no server can make it endless."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.statements import Withdrawal, sign
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.runner import running
from service_repo import layout
from service_repo.audit import audit
from service_repo.durable_file import Folder
from service_repo.fetch import Remote, Source
from service_repo.mirror import Mirror, Mirrored
from service_repo.server import app as files
from tests.service_repo.conftest import NOW, PUBLISHER, World, content, refused, series, world_at

MADE = series(4)


@pytest.fixture
def filled(world: World) -> World:
    """Return a repository with three versions, one of them withdrawn."""
    for each in MADE[:3]:
        world.repository.publish(each.archive, each.release, each.evaluations)
    world.repository.say(sign(Withdrawal("semper/items", MADE[0].digest, "old", NOW), PUBLISHER))
    world.repository.sequencer.catch_up()
    return world


@pytest.fixture
def copy(tmp_path: Path) -> Folder:
    """Return an empty folder for the copy."""
    (tmp_path / "copy").mkdir()
    return Folder(tmp_path / "copy")


def mirror(world: World, copy: Folder, source: Source | None = None, **options: int) -> Mirrored:
    return Mirror(source or world.repository.folder, copy, world.repository.policy, NOW, **options).run()


def test_a_copy_holds_all_that_readers_and_auditors_need(filled: World, copy: Folder) -> None:
    with running(files(filled.repository.directory)) as url, Remote(url) as remote:
        done = mirror(filled, copy, remote)
    theirs, ours = content(filled.repository.directory), content(copy.path)
    assert done.size == 11 and done.bytes >= sum(map(len, (ours[name] for name in ours if "tile/0" not in name)))
    assert ours == {name: theirs[name] for name in ours}
    assert {name for name in theirs if name not in ours and ".p/" not in name} == {"repository.txt"}
    assert audit(copy, filled.repository.policy).findings == ()


def test_a_second_run_fetches_only_what_is_new(filled: World, copy: Folder) -> None:
    first = mirror(filled, copy)
    assert mirror(filled, copy).files <= 5
    added = MADE[3]
    filled.repository.publish(added.archive, added.release, added.evaluations)
    again = mirror(filled, copy)
    assert again.size == 14 and again.bytes < first.bytes
    assert audit(copy, filled.repository.policy).findings == ()


class Changed:
    """A source that answers some paths otherwise."""

    def __init__(self, source: Source, change: Callable[[str, bytes | None], bytes | None]) -> None:
        self._source, self._change = source, change
        self.asked: list[str] = []

    def read(self, name: str, most: int = -1) -> bytes | None:
        self.asked.append(name)
        return self._change(name, self._source.read(name, most))


def test_an_interrupted_copy_goes_on_where_it_stopped_and_shows_nothing_before(filled: World, copy: Folder) -> None:
    count = len(content(filled.repository.directory))
    fetched: set[str] = set()
    for stop in range(count):
        source = Breaking(filled.repository.folder, stop)
        try:
            mirror(filled, copy, source)
        except SemperError:
            assert copy.read(layout.CHECKPOINT) is None
            kept = {name for name in source.asked[:-1] if name.startswith("packs/")}
            assert not kept & fetched, "something was fetched twice"
            fetched |= kept
    mirror(filled, copy)
    assert audit(copy, filled.repository.policy).findings == ()


class Breaking(Changed):
    """A source that breaks off after so many answers."""

    def __init__(self, source: Source, stop: int) -> None:
        super().__init__(source, self._broken)
        self._stop = stop

    def _broken(self, name: str, data: bytes | None) -> bytes | None:
        if len(self.asked) > self._stop:
            raise SemperError("PEER_UNREACHABLE", "cannot reach it: it broke off")
        return data


TAMPERED = [
    ("log/checkpoint", "LOG_INVALID"),
    ("log/tile/entries/000.p/11", "LOG_INVALID"),
    ("statements/*", "ARCHIVE_DIGEST"),
    ("packs/*", "ARCHIVE_DIGEST"),
    ("index/semper/items.cbor", "ARCHIVE_DIGEST"),
    ("status.cose", "STATUS_INVALID"),
]


@pytest.mark.parametrize(("pattern", "code"), TAMPERED)
@pytest.mark.parametrize("change", ["flip", "cut", "gone"])
def test_a_lying_server_is_found_out_and_nothing_is_shown(
    filled: World, copy: Folder, pattern: str, code: str, change: str
) -> None:
    def lie(name: str, data: bytes | None) -> bytes | None:
        if data is None or not Path(name).match(pattern):
            return data
        flipped = data[:-2] + bytes([data[-2] ^ 1]) + data[-1:]
        return {"flip": flipped, "cut": data[:-1], "gone": None}[change]

    if (pattern, change) == ("status.cose", "gone"):
        pytest.skip("an auditor misses it; a copy without it is only less fresh")
    with pytest.raises(SemperError) as caught:
        mirror(filled, copy, Changed(filled.repository.folder, lie))
    assert caught.value.code in (code, "LOG_INVALID") and caught.value.message.startswith("cannot ")
    assert copy.read(layout.CHECKPOINT) is None


def test_a_server_that_still_offers_what_was_withdrawn_is_found_out(filled: World, copy: Folder) -> None:
    index = filled.repository.index("semper/items")
    assert index is not None and len(index.versions) == 2
    stale = encode(layout.Index(index.id, tuple(each.version for each in index.entries), index.entries))
    path = layout.index_path(index.id)
    lying = Changed(filled.repository.folder, lambda name, data: stale if name == path else data)
    assert "was withdrawn" in refused("ARCHIVE_DIGEST", mirror, filled, copy, lying)
    assert copy.read(layout.CHECKPOINT) is None
    mirror(filled, copy)
    filled.repository.publish(MADE[3].archive, MADE[3].release)
    grown = filled.repository.index(index.id)
    assert grown is not None
    stale = encode(layout.Index(index.id, tuple(each.version for each in grown.entries), grown.entries))
    assert "was withdrawn" in refused("ARCHIVE_DIGEST", mirror, filled, copy, lying)  # as the copy knows since before


def test_a_server_that_goes_back_or_shows_another_history_is_refused(
    filled: World, copy: Folder, tmp_path: Path
) -> None:
    older = Folder(tmp_path / "older")
    (tmp_path / "older").mkdir()
    mirror(filled, older)
    added = MADE[3]
    filled.repository.publish(added.archive, added.release, added.evaluations)
    mirror(filled, copy)
    refused("ROLLBACK", mirror, filled, copy, older)
    other = world_at(tmp_path / "other")
    for each in reversed(MADE[:1]):
        other.repository.publish(each.archive, each.release)
    refused("LOG_INVALID", mirror, filled, copy, other.repository.folder)
    other.repository.close()


def test_no_more_is_fetched_than_a_run_may(filled: World, copy: Folder) -> None:
    with running(files(filled.repository.directory)) as url, Remote(url) as remote:
        refused("PEER_RESPONSE", mirror, filled, copy, remote, most_bytes=3000)
    assert copy.read(layout.CHECKPOINT) is None


@pytest.fixture
def hostile() -> Iterator[Callable[[Callable[[Any], None]], Remote]]:
    """Return the function that serves a behaviour and gives the source that reads it, with short limits."""
    opened: list[Any] = []

    def serve(behaviour: Callable[[Any], None]) -> Remote:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                try:
                    behaviour(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *arguments: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        opened.append(server)
        return Remote(f"http://127.0.0.1:{server.server_address[1]}", whole_seconds=1, stall_seconds=0.5)

    yield serve
    for server in opened:
        server.shutdown()
        server.server_close()


def endless(request: Any) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(bytes(65_536))


def slow(request: Any) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"x")
        request.wfile.flush()
        time.sleep(0.1)


def stalled(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.flush()
    time.sleep(3)


def truncated(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b"too little")
    request.close_connection = True


def redirecting(request: Any) -> None:
    request.send_response(302)
    request.send_header("Location", request.path)
    request.end_headers()


def compressed(request: Any) -> None:
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.end_headers()


def refusing(request: Any) -> None:
    request.send_response(500)
    request.end_headers()


@pytest.mark.parametrize(
    ("behaviour", "codes"),
    [
        (endless, ("PEER_RESPONSE",)),
        (slow, ("PEER_UNREACHABLE",)),
        (stalled, ("PEER_UNREACHABLE",)),
        (truncated, ("PEER_RESPONSE",)),
        (redirecting, ("PEER_RESPONSE",)),
        (compressed, ("PEER_RESPONSE",)),
        (refusing, ("PEER_RESPONSE",)),
    ],
)
def test_an_endless_slow_truncated_or_redirecting_server_is_given_up(
    filled: World, copy: Folder, hostile: Any, behaviour: Any, codes: tuple[str, ...]
) -> None:
    with hostile(behaviour) as remote, pytest.raises(SemperError) as caught:
        mirror(filled, copy, remote)
    assert caught.value.code in codes and not content(copy.path)


def test_a_server_that_is_not_there_is_unreachable(filled: World, copy: Folder) -> None:
    refused("PEER_UNREACHABLE", mirror, filled, copy, Remote("http://127.0.0.1:1"))
