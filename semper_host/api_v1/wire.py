"""The messages between a payment system's sides: maps with a tag, exactly typed, in the one encoding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from semper_host.model.encoding import MalformedEncoding, Record, decode, encode
from semper_host.model.learning import convert

R = TypeVar("R", bound=Record)


def pack(value: Any) -> bytes:
    """Return the deterministic CBOR of plain data in which structs stand as maps from field name to value."""
    return encode(msgspec.to_builtins(value, builtin_types=(bytes,)))


def unpack(data: bytes, tag: str, shapes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the fields of a message, the tag included, or None if it is not exactly of the shape its tag names.

    A shape gives each field's type: bytes, str, int, bool, a struct such as Coin, or [type] for a list of them. No
    field may be missing or added, at any depth: `pack` of the result gives `data` again.
    """
    try:
        plain = decode(data)
        shape = shapes[plain[tag]]
        if plain.keys() != shape.keys() | {tag}:
            return None
        fields = {name: _typed(plain[name], kind) for name, kind in shape.items()}
        fields[tag] = plain[tag]
        return fields if pack(fields) == data else None
    except (MalformedEncoding, msgspec.ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None


def opened(kind: type[R], payload: bytes | None) -> R | None:
    """Return the record in the payload of a verified statement; None if there is none, or it is another kind."""
    try:
        return None if payload is None else kind.decode(payload)
    except MalformedEncoding:
        return None


def _typed(value: Any, kind: Any) -> Any:
    wanted = list[kind[0]] if type(kind) is list else kind
    return convert(value, wanted, builtin_types=(bytes,))
