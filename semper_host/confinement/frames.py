"""Frames between host and worker: a 4-byte length, a tag, a number, and MessagePack; at most 64 KiB.

What a frame may become in memory is bounded before it is decoded: a frame of over a KiB is first scanned for
its nesting and number of elements, and decoding is always into a strict type of semper_host.api_v1 or model,
none of which holds a free-form value.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

MAX_FRAME = 64 * 1024
"""The most bytes of one frame: tag, number and payload."""
MAX_ELEMENTS = 8192
"""The most MessagePack elements in one frame."""
MAX_DEPTH = 16
"""The deepest nesting of arrays and maps in one frame."""
SCAN_ABOVE = 1024
"""Frames of up to this many bytes cannot become large, and are not scanned."""

_HEAD = struct.Struct(">IBI")
_PACK, _UNPACK = _HEAD.pack, _HEAD.unpack_from
_START = _HEAD.size
_LENGTH = 4
_TAIL = 5
"""Bytes of tag and number, which the length counts."""


class Tag(IntEnum):
    """What a frame is: the first five go to the worker, the others come from it."""

    SOURCE = 1
    SOURCE_END = 2
    LINT = 3
    CALL = 4
    ANSWER = 5
    READY = 16
    NOT_LOCKED = 17
    REQUEST = 18
    RESULT = 19
    RAISED = 20
    FINDINGS = 21


class Frame(NamedTuple):
    """One frame: what it is, the number of the call or request it belongs to, and its MessagePack payload."""

    tag: int
    number: int
    payload: bytes


_NEW = tuple.__new__
"""Makes a Frame of its three parts, in half the time."""


class FrameError(ValueError):
    """Bytes that are not a frame, or a frame that would decode into too much."""


def pack(tag: Tag, number: int, payload: bytes) -> bytes:
    """Return the bytes of a frame. Raises FrameError if it is over MAX_FRAME."""
    length = len(payload) + _TAIL
    if length > MAX_FRAME:
        raise FrameError(f"a frame of {length} bytes exceeds {MAX_FRAME}")
    return _PACK(length, tag, number) + payload


def whole(data: bytes) -> Frame | None:
    """Return the frame if `data` is precisely one, as it nearly always is; None tells nothing: see `split` then."""
    if _START <= len(data) <= _LENGTH + MAX_FRAME:
        length, tag, number = _UNPACK(data)
        if length == len(data) - _LENGTH:
            return _NEW(Frame, (tag, number, data[_START:]))
    return None


def split(buffer: bytearray) -> Frame | None:
    """Take the first whole frame off `buffer`; None while it is incomplete. Raises FrameError for a false length."""
    if len(buffer) < _LENGTH:
        return None
    length = int.from_bytes(buffer[:_LENGTH], "big")
    if not _TAIL <= length <= MAX_FRAME:
        raise FrameError(f"a frame claims {length} bytes")
    end = _LENGTH + length
    if len(buffer) < end:
        return None
    _, tag, number = _UNPACK(buffer)
    payload = bytes(buffer[_START:end])
    del buffer[:end]
    return _NEW(Frame, (tag, number, payload))


def bound(payload: bytes) -> bytes:
    """Return `payload` if decoding it can't nest or amplify beyond the limits. Raises FrameError."""
    if len(payload) > SCAN_ABOVE:
        _scan(payload)
    return payload


def _scan(data: bytes) -> None:
    """Walk the MessagePack structure without decoding it; count elements and nesting (MessagePack spec, formats)."""
    position, seen = 0, 0
    open_counts = [1]  # elements still to come, per open array or map
    while open_counts:
        if open_counts[-1] == 0:
            open_counts.pop()
            continue
        open_counts[-1] -= 1
        seen += 1
        if seen > MAX_ELEMENTS:
            raise FrameError(f"a frame holds over {MAX_ELEMENTS} elements")
        if position >= len(data):
            raise FrameError("a frame ends early")
        position, children = _element(data, position)
        if children > len(data):
            raise FrameError("a frame claims more elements than it has bytes")
        if children:
            open_counts.append(children)
            if len(open_counts) > MAX_DEPTH + 1:
                raise FrameError(f"a frame nests deeper than {MAX_DEPTH}")
    if position != len(data):
        raise FrameError("a frame has bytes after its value")


_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_COUNTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


def _element(data: bytes, at: int) -> tuple[int, int]:
    """Return the position after the element head (and scalar body) at `at`, and how many children follow."""
    head = data[at]
    if head <= 0x7F or head >= 0xE0 or head in _FIXED:
        return at + 1 + _FIXED.get(head, 0), 0
    if head <= 0x8F:
        return at + 1, (head & 0x0F) * 2
    if head <= 0x9F:
        return at + 1, head & 0x0F
    if head <= 0xBF:
        return at + 1 + (head & 0x1F), 0
    if head in _SIZED:
        width = _SIZED[head]
        return at + 1 + width + int.from_bytes(data[at + 1 : at + 1 + width], "big"), 0
    if head in _COUNTED:
        width, each = _COUNTED[head]
        return at + 1 + width, int.from_bytes(data[at + 1 : at + 1 + width], "big") * each
    raise FrameError("a frame holds a float or an extension type")
