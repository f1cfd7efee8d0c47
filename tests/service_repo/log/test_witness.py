"""Witnesses cosign what continues what they saw, and nothing else; a dead or lying one of three changes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.log_evidence import verify_checkpoint
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.communication.runner import running
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signed_note import Note, cosign, parse, sign
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import layout
from service_repo.fetch import Remote
from service_repo.log import tree, witness_server
from service_repo.log.cosigning import Asked, Conflict, Cosigner, RemoteWitness, Request
from service_repo.log.tiles import Edge, Tiles
from service_repo.log.witness import Equivocated, WatchedLog, Witness
from service_repo.server import app as files
from tests.service_repo.conftest import NAMES, Clock, World, refused, series

ORIGIN = "log.example/test"


def published(world: World, count: int = 2) -> None:
    for made in series(count):
        world.repository.publish(made.archive, made.release, made.evaluations)


def request_for(world: World, checkpoint: Checkpoint, old: int, key: SigningKey | None = None) -> bytes:
    """Return a request to cosign `checkpoint`, signed by the log's own key unless another is given."""
    text = checkpoint.text()
    signer = key or world.repository.identity.keys.log
    note = Note(text, (sign(text, checkpoint.origin, signer),)).encode()
    size = world.repository.sequencer.published()
    tiles = Tiles(size, lambda name: world.repository.folder.read("log/" + name))
    proof = tree.consistency(old, checkpoint.size, tiles.node) if 0 < old <= checkpoint.size <= size else ()
    return Request(old, proof, note).encode()


def current(world: World) -> Checkpoint:
    found = world.repository.sequencer.checkpoint()
    assert found is not None
    return found


def test_a_checkpoint_carries_the_cosignatures_of_a_quorum(world: World) -> None:
    published(world)
    note = world.repository.folder.read(layout.CHECKPOINT)
    seen = verify_checkpoint(note or b"", world.repository.policy)
    assert (seen.checkpoint.size, seen.at) == (6, world.clock.now)


def test_a_witness_cosigns_again_what_it_cosigned(world: World) -> None:
    published(world)
    one = world.witnesses[0]
    answer = one.add_checkpoint(request_for(world, current(world), 6))
    note = parse(current(world).text().encode() + b"\n" + answer)
    assert note.cosigned_at([(NAMES[0], one.key)], 1) == (world.clock.now,)
    assert one.size(ORIGIN) == 6


def test_a_witness_remembers_after_a_restart(world: World, tmp_path: Path) -> None:
    published(world)
    world.witnesses[0].close()
    key = SigningKey.from_seed(bytes([1]) * 32)
    again = Witness(NAMES[0], key, tmp_path / NAMES[0], world.witnesses[0]._logs, world.clock)
    assert again.size(ORIGIN) == 6
    with pytest.raises(Conflict) as caught:
        again.add_checkpoint(request_for(world, current(world), 0))
    assert caught.value.size == 6


def test_a_split_view_is_not_cosigned_and_both_notes_are_kept(world: World, tmp_path: Path) -> None:
    published(world)
    other = Checkpoint(ORIGIN, 6, bytes(32))
    with pytest.raises(SemperError) as caught:
        world.witnesses[0].add_checkpoint(request_for(world, other, 6))
    assert caught.value.code == "LOG_EQUIVOCATION"
    kept = Equivocated.decode(caught.value.evidence)
    log = world.repository.identity.keys.log.public
    roots = {parse_checkpoint(parse(note).text).root for note in (kept.one, kept.other)}
    assert len(roots) == 2 and all(parse(note).signed_by(ORIGIN, log) for note in (kept.one, kept.other))
    assert [file.read_bytes() for file in (tmp_path / NAMES[0]).glob("equivocation-*")] == [encode(kept)]


def test_a_rollback_is_not_cosigned(world: World) -> None:
    published(world)
    smaller = Checkpoint(ORIGIN, 3, Edge(0).grow([])[0].size.to_bytes(32, "big"))
    for old in (0, 3):
        with pytest.raises(Conflict) as caught:
            world.witnesses[0].add_checkpoint(request_for(world, smaller, old))
        assert caught.value.size == 6


def test_entries_that_are_withheld_or_whose_root_is_another_are_not_cosigned(world: World) -> None:
    published(world)
    larger = Checkpoint(ORIGIN, 9, bytes(32))
    refused("LOG_INVALID", world.witnesses[0].add_checkpoint, request_for(world, larger, 6))
    assert world.witnesses[0].size(ORIGIN) == 6


def test_a_log_whose_chain_of_an_id_is_broken_is_not_cosigned(tmp_path: Path) -> None:
    """The log's operator itself leaves an entry of an id out, and signs a tree that is consistent."""
    from semper_host.supporting.cryptographic.merkle import leaf_hash
    from service_repo.log import replay, tiles
    from service_repo.log.heard import hear

    key, clock = SigningKey.from_seed(b"l" * 32), Clock()
    first, second, _ = series(3)
    honest = hear(first.release).entry("semper/items", 0, b"")
    skipped = hear(second.release).entry("semper/items", 2, honest.leaf_hash)
    kept: dict[str, bytes] = {}

    class Lying:
        def read(self, name: str, most: int = -1) -> bytes | None:
            return kept.get(name)

    watched = {ORIGIN: WatchedLog(key.public, Lying())}
    witness = Witness("w.example", SigningKey.from_seed(b"w" * 32), tmp_path, watched, clock)
    for leaves in ([honest.leaf], [honest.leaf, skipped.leaf]):
        kept["log/" + tiles.entries_path(0, len(leaves))] = tiles.bundle(leaves)
        edge, files = Edge(0).grow([leaf_hash(leaf) for leaf in leaves])
        text = Checkpoint(ORIGIN, len(leaves), replay.root_of(edge)).text()
        proof = tree.consistency(len(leaves) - 1, len(leaves), Tiles(len(leaves), files.get).node)
        body = Request(len(leaves) - 1, proof, Note(text, (sign(text, ORIGIN, key),)).encode()).encode()
        if len(leaves) == 1:
            witness.add_checkpoint(body)
        else:
            assert "entry 1" in refused("LOG_CHAIN", witness.add_checkpoint, body)


def test_a_log_that_is_not_watched_or_did_not_sign_is_refused(world: World) -> None:
    published(world)
    stranger = SigningKey.from_seed(b"s" * 32)
    refused("SIG_INVALID", world.witnesses[0].add_checkpoint, request_for(world, current(world), 6, stranger))
    other = Checkpoint("other.example", 6, current(world).root)
    refused("ANCHOR_MISSING", world.witnesses[0].add_checkpoint, request_for(world, other, 6))


@pytest.mark.parametrize(
    "body",
    [b"", b"old 1\n", b"old x\n\nnote", b"old 01\n\nx", b"old 1\nAAAA\n\nx", b"old 1\n*\n\nx", b"\xff\n\n"],
)
def test_a_malformed_request_is_refused(world: World, body: bytes) -> None:
    with pytest.raises(UsageError):
        world.witnesses[0].add_checkpoint(body)


def test_witnesses_are_asked_over_http(world: World) -> None:
    with running(files(world.repository.directory)) as at, running(witness_server.app(far(world, at))) as url:
        world.repository.sequencer.cosigner = Cosigner([RemoteWitness("four.example", FOUR.public, url)], 1)
        published(world)
        note = parse(world.repository.folder.read(layout.CHECKPOINT) or b"")
        assert note.cosigned_at([("four.example", FOUR.public)], 1)


def test_the_statuses_of_the_protocol_are_answered(world: World) -> None:
    published(world)
    with running(witness_server.app(world.witnesses[0])) as url, Remote(url) as remote:
        def post(body: bytes) -> tuple[int, bytes]:
            return remote.post("add-checkpoint", body, 10_000)

        assert post(request_for(world, current(world), 6))[0] == 200
        assert post(request_for(world, current(world), 0)) == (409, b"6\n")
        assert post(b"nonsense")[0] == 400
        assert post(request_for(world, current(world), 6, SigningKey.from_seed(b"s" * 32)))[0] == 403
        assert post(request_for(world, Checkpoint("other.example", 6, bytes(32)), 6))[0] == 404
        assert post(request_for(world, Checkpoint(ORIGIN, 7, bytes(32)), 6))[0] == 422
        assert post(b"x" * 200_000)[0] == 413


FOUR = SigningKey.from_seed(b"4" * 32)


def far(world: World, url: str) -> Witness:
    """Return a witness that reads the repository over HTTP."""
    watched = {ORIGIN: WatchedLog(world.repository.identity.keys.log.public, Remote(url))}
    return Witness("four.example", FOUR, world.repository.directory.with_name("four"), watched, world.clock)


class Dead:
    def __init__(self, number: int = 0) -> None:
        self.name, self.key = NAMES[number], SigningKey.from_seed(bytes([number + 1]) * 32).public

    def add_checkpoint(self, body: bytes) -> bytes:
        raise SemperError("PEER_UNREACHABLE", "cannot reach it: it is dead")


class Liar(Dead):
    """Signs whatever it is asked, but something else, or at another time."""

    def __init__(self, answer: Callable[[Note], bytes]) -> None:
        super().__init__()
        self._answer = answer

    def add_checkpoint(self, body: bytes) -> bytes:
        return self._answer(parse(Request.parse(body).note))


ONE = SigningKey.from_seed(bytes([1]) * 32)


def lines(signature: Any) -> bytes:
    return Note("x\n", (signature,)).encode()[3:]


LIES: list[Callable[[Note], bytes]] = [
    lambda note: b"",
    lambda note: b"\xff" * 1000,
    lambda note: lines(cosign("other\n1\nAAAA\n", NAMES[0], ONE, 1_800_000_000)),
    lambda note: lines(cosign(note.text, NAMES[0], FOUR, 1_800_000_000)),
    lambda note: lines(cosign(note.text, NAMES[1], ONE, 1_800_000_000)),
    lambda note: lines(cosign(note.text, NAMES[0], ONE, 1_700_000_000)),
]


@pytest.mark.parametrize("lie", range(len(LIES)))
def test_one_dishonest_witness_of_three_changes_nothing(world: World, lie: int) -> None:
    asked: list[Asked] = [Liar(LIES[lie]), *world.witnesses[1:]]
    world.repository.sequencer.cosigner = Cosigner(asked, 2)
    published(world)
    note = world.repository.folder.read(layout.CHECKPOINT) or b""
    assert verify_checkpoint(note, world.repository.policy).at == world.clock.now
    assert not parse(note).cosigned_at([(NAMES[0], ONE.public)], 1)


def test_without_a_quorum_nothing_becomes_visible_and_publishing_again_completes_it(world: World) -> None:
    made = series(1)[0]
    world.repository.sequencer.cosigner = Cosigner([Liar(LIES[0]), Dead(1), world.witnesses[2]], 2)
    message = refused("LOG_QUORUM", world.repository.publish, made.archive, made.release)
    assert "1 of 2" in message and "it is dead" in message
    assert world.repository.entry("semper/items", "1.0.0") is None and world.repository.sequencer.published() == 0
    world.repository.sequencer.cosigner = Cosigner(world.witnesses, 2)
    assert world.repository.publish(made.archive, made.release).version == "1.0.0"
    assert world.repository.sequencer.published() == 1


@contextmanager
def silent() -> Iterator[str]:
    """Serve somebody who takes requests and never answers."""

    released = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            released.wait(30)

        def log_message(self, *arguments: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        released.set()
        server.shutdown()
        server.server_close()


def test_a_witness_that_never_answers_is_not_waited_for_once_there_is_a_quorum(world: World) -> None:
    with silent() as url:
        hanging = RemoteWitness(NAMES[0], ONE.public, url, seconds=25)
        world.repository.sequencer.cosigner = Cosigner([hanging, *world.witnesses[1:]], 2, seconds=25)
        began = time.monotonic()
        published(world)
        assert time.monotonic() - began < 20
        world.repository.sequencer.cosigner = Cosigner([hanging, world.witnesses[1]], 2, seconds=1)
        made = series(3)[2]
        assert "no answer in time" in refused("LOG_QUORUM", world.repository.publish, made.archive, made.release)
