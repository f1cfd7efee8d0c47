"""Fuzz target: everything that a worker can send. Whatever comes, the host gets a typed value or a BundleMisbehaved.

A bounded run is part of `make test`; SEMPER_FUZZ=100000 before the command asks for that many examples of each target:

    SEMPER_FUZZ=100000 .venv/bin/python -m pytest -q tests/confinement/test_fuzz_frames.py
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

import msgspec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semper_host.api_v1 import Item
from semper_host.confinement import frames, wall_types
from semper_host.confinement.bundle_process import Worker
from semper_host.confinement.frames import FrameError, Tag, pack
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.wall_types import ENCODE
from semper_host.model.errors import BundleMisbehaved, SemperError, Unavailable
from semper_host.model.request_tables import NEEDS

EXAMPLES = int(os.environ.get("SEMPER_FUZZ", "0"))
SOURCE = Source(b"", "item-manager", {"manager": b"#"})
ITEM = Item("statement", "offer")
READY = pack(Tag.READY, 0, ENCODE(wall_types.Report({})))

_WIRE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=20) | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)
_FIELDS = st.sampled_from(["count", "name", "value", "message", "coins"])
_REQUESTS = st.sampled_from(sorted(kind.__name__ for kind in NEEDS)).flatmap(
    lambda name: st.dictionaries(_FIELDS, _WIRE, max_size=3).map(lambda fields: {"type": name, **fields})
)
_PAYLOADS = st.binary(max_size=400) | (_WIRE | _REQUESTS).map(msgspec.msgpack.encode)
_FRAMES = st.builds(pack, st.sampled_from(list(Tag)), st.integers(0, 3), _PAYLOADS)
_STREAMS = st.binary(max_size=300) | st.lists(_FRAMES | st.binary(max_size=12), max_size=5).map(b"".join)


@settings(max_examples=EXAMPLES or 300, deadline=None)
@given(_STREAMS, st.booleans())
@example(pack(Tag.RESULT, 1, ENCODE(["line"])), True)
@example(pack(Tag.REQUEST, 1, b"\x81\xa4type\xa3Now") + pack(Tag.RESULT, 1, ENCODE(["line"])), True)
def test_any_stream_of_a_worker_is_a_typed_result_or_its_misbehaviour(stream: bytes, ready: bool) -> None:
    ours, theirs = socket.socketpair()
    leash, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.sendall((READY if ready else b"") + stream)
    theirs.shutdown(socket.SHUT_WR)
    other.close()
    with theirs, Worker(ours, leash, SOURCE, Limits(wall_seconds=5)) as worker:
        try:
            result = worker.call("manager.describe", (ITEM,), _typed)
        except SemperError as error:
            assert isinstance(error, BundleMisbehaved | Unavailable)
            assert error.message.isprintable()
            assert len(error.message) < 2500
        else:
            assert all(type(line) is str for line in result)


def _typed(request: Any) -> Any:
    assert type(request) in NEEDS
    return None


@settings(max_examples=EXAMPLES or 300, deadline=None)
@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=10))
def test_how_a_stream_is_cut_changes_nothing(stream: bytes, cuts: list[int]) -> None:
    assert _split(stream, [len(stream) or 1]) == _split(stream, cuts)


def _split(stream: bytes, cuts: list[int]) -> list[object]:
    buffer, found, start = bytearray(), list[object](), 0
    for cut in [*cuts, len(stream)]:
        buffer += stream[start : start + cut]
        start += cut
        try:
            while frame := frames.split(buffer):
                found.append(frame)
        except FrameError as error:
            return [*found, str(error)]
    return found


@settings(max_examples=EXAMPLES or 300, deadline=None)
@given(st.binary(max_size=300) | _WIRE.map(msgspec.msgpack.encode))
def test_the_scan_of_any_bytes_ends_in_an_answer(data: bytes) -> None:
    try:
        frames._scan(data)
    except FrameError:
        return
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        msgspec.msgpack.decode(data)


@settings(max_examples=EXAMPLES or 300, deadline=None)
@given(st.binary(max_size=300) | _REQUESTS.map(msgspec.msgpack.encode))
def test_any_bytes_are_a_request_or_malformed(data: bytes) -> None:
    try:
        request = wall_types.REQUESTS.decode(frames.bound(data))
    except ValueError:
        return
    assert type(request) in NEEDS
