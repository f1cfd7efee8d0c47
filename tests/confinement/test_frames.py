"""Frames: what is split, and what is refused before it is decoded."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.confinement import frames, wall_types
from semper_host.confinement.frames import FrameError, Tag

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=40) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=6),
    max_leaves=40,
)


def test_frames_come_out_as_they_went_in_however_they_are_cut() -> None:
    sent = [(Tag.REQUEST, 1, b"abc"), (Tag.RESULT, 2**32 - 1, b"")]
    buffer, received = bytearray(), []
    for byte in b"".join(frames.pack(*each) for each in sent):
        buffer.append(byte)
        while frame := frames.split(buffer):
            received.append(tuple(frame))
    assert received == sent
    assert not buffer


@pytest.mark.parametrize("size", [0, 1, frames.MAX_FRAME - 5])
def test_what_is_precisely_one_frame_is_taken_at_once(size: int) -> None:
    data = frames.pack(Tag.REQUEST, 7, bytes(size))
    assert frames.whole(data) == frames.split(bytearray(data)) == (Tag.REQUEST, 7, bytes(size))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=40) | st.binary(max_size=30).map(lambda rest: len(rest).to_bytes(4, "big") + rest))
def test_what_is_taken_at_once_is_what_would_be_split_off(data: bytes) -> None:
    buffer = bytearray(data)
    frame = frames.whole(data)
    if frame is not None:
        assert frames.split(buffer) == frame
        assert not buffer


def test_more_or_less_than_one_frame_and_a_false_length_are_not_taken_at_once() -> None:
    data = frames.pack(Tag.REQUEST, 7, b"abc")
    over = (frames.MAX_FRAME + 1).to_bytes(4, "big") + bytes(frames.MAX_FRAME + 1)
    for other in (b"", data[:-1], data + b"x", data + data, bytes(4), over):
        assert frames.whole(other) is None


def test_a_frame_over_64_kib_cannot_be_made() -> None:
    frames.pack(Tag.RESULT, 1, bytes(frames.MAX_FRAME - 5))
    with pytest.raises(FrameError):
        frames.pack(Tag.RESULT, 1, bytes(frames.MAX_FRAME - 4))


@pytest.mark.parametrize("length", [0, 4, frames.MAX_FRAME + 1, 2**32 - 1])
def test_a_false_length_is_refused_before_anything_is_kept(length: int) -> None:
    with pytest.raises(FrameError):
        frames.split(bytearray(length.to_bytes(4, "big")))


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_the_scan_passes_whatever_an_honest_side_writes(value: object) -> None:
    frames._scan(msgspec.msgpack.encode(value))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x91" * 2000 + b"\xc0", "nests"),
        (b"\xdc\xff\xff" + b"\xc0" * 65535, "elements"),
        (b"\xdd\xff\xff\xff\xff" + b"\xc0" * 2000, "more elements"),
        (b"\xcb" + bytes(8) + bytes(2000), "float"),
        (b"\xc0" + bytes(2000), "after its value"),
        (b"\xdc\x07\xd1" + b"\xc0" * 2000, "ends early"),
    ],
)
def test_a_large_frame_is_bounded_before_it_is_decoded(data: bytes, words: str) -> None:
    with pytest.raises(FrameError, match=words):
        frames.bound(data)


def test_no_type_at_the_wall_holds_a_free_form_value() -> None:
    for decoder in (wall_types.REQUESTS, wall_types.RAISED, wall_types.FINDINGS, wall_types.REPORTS, wall_types.LOCKS):
        assert "typing.Any" not in str(msgspec.json.schema(decoder.type))
        with pytest.raises(ValueError, match=r"Expected|Object|truncated|Invalid"):
            decoder.decode(b"\x91\x91\x91\xc0")
