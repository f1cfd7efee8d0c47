"""The types that cross the wall, and their MessagePack codecs: the same tables on both sides."""

from __future__ import annotations

import functools
from typing import Any, Union

import msgspec

from semper_host.api_v1.entry_points import ENTRY_POINTS, EntryPoint
from semper_host.confinement.source import Finding
from semper_host.model.request_tables import ANSWERS, NEEDS


class Report(msgspec.Struct, frozen=True):
    """What a worker says of its own walls once it is locked: optional wall -> how far it is there ("" for absent)."""

    walls: dict[str, str]


class Lock(msgspec.Struct, frozen=True):
    """Why a worker could not lock itself: the wall's name and the cause."""

    wall: str
    cause: str


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A call of one entry point; `arguments` is the MessagePack of the tuple of its parameters."""

    kind: str
    entry: str
    arguments: bytes


class Raised(msgspec.Struct, frozen=True):
    """What stopped a bundle: "failed" (its exception), "exhausted" (memory, recursion) or "misused" (no request)."""

    how: str
    text: str
    filename: str
    line: int


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A part of one module's source, in order."""

    role: str
    data: bytes


ENCODE = msgspec.msgpack.Encoder().encode
PIECES = msgspec.msgpack.Decoder(Piece)
CALLS = msgspec.msgpack.Decoder(Call)
REPORTS = msgspec.msgpack.Decoder(Report)
LOCKS = msgspec.msgpack.Decoder(Lock)
RAISED = msgspec.msgpack.Decoder(Raised)
FINDINGS = msgspec.msgpack.Decoder(list[Finding])
REQUESTS: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(Union[tuple(NEEDS)])  # noqa: UP007


def entry_point(kind: str, entry: str) -> EntryPoint:
    """Return the types of `entry` ("payer.hold") of a bundle of `kind`. Raises LookupError."""
    return ENTRY_POINTS[kind][entry]


@functools.cache
def parameters_of(kind: str, entry: str) -> msgspec.msgpack.Decoder[Any]:
    """Return the decoder of the tuple of an entry point's arguments."""
    return msgspec.msgpack.Decoder(tuple.__class_getitem__(entry_point(kind, entry).parameters))


@functools.cache
def result_of(kind: str, entry: str) -> msgspec.msgpack.Decoder[Any]:
    """Return the decoder of an entry point's result."""
    return msgspec.msgpack.Decoder(entry_point(kind, entry).result)


@functools.cache
def answer_of(request: Any) -> msgspec.msgpack.Decoder[Any]:
    """Return the decoder of the answer to a request of the given type."""
    return msgspec.msgpack.Decoder(ANSWERS[request])


def prepare() -> None:
    """Build every codec now, so that a locked worker builds none."""
    for kind, entries in ENTRY_POINTS.items():
        for entry in entries:
            parameters_of(kind, entry)
            result_of(kind, entry)
    for request in ANSWERS:
        answer_of(request)
