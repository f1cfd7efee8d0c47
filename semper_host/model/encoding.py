"""The one encoding of everything that is signed, stored as evidence or sent: deterministic CBOR.

RFC 8949 §4.2.1 core deterministic encoding, with integers of at most 64 bits, byte and text strings,
arrays, maps, booleans and null; no floats, tags, indefinite lengths or duplicate keys. What comes in
must be exactly what we would write: `encode(decode(data)) == data`.

A `Record` is a frozen value whose fields are numbered by their order: field n is map key n, an absent
optional field (None) is an absent key, an unknown key is refused.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection
from typing import Any, ClassVar, NoReturn, TypeVar

import cbor2
import msgspec

from semper_host.model.errors import SemperError
from semper_host.model.learning import convert

MAX_DEPTH = 32
_ALWAYS = frozenset((bytes, str, bool, type(None)))
_PLAIN = _ALWAYS | {int}
_PRESENT = _PLAIN - {type(None)}
_INTEGER = frozenset((int,))
_TEXT = frozenset((str,))
_TAGS = dict.fromkeys((*range(2048), 43_000, 55_799), lambda decoder: _refuse_tag())
"""Tags are refused before cbor2 makes anything of them: a peer's regular expression (tag 35) compiles for minutes."""
_SMALL = 24
"""Whole numbers below it are one byte each when encoded (RFC 8949 §3.1), so their encodings are in their own order."""

R = TypeVar("R", bound="Record")


class MalformedEncoding(SemperError):
    """Bytes that are not the deterministic encoding of any value, or not of the value expected."""


def encode(value: Any) -> bytes:
    """Return the deterministic CBOR of `value`: plain data or a `Record`, nested as deep as MAX_DEPTH."""
    return cbor2.dumps(value.to_map() if isinstance(value, Record) else to_plain(value))


def decode(data: bytes) -> Any:
    """Return the plain data that `data` encodes; refuse whatever `encode` would not have written.

    Arrays become lists and maps dicts. Raises MalformedEncoding (ENCODING_INVALID).
    """
    try:
        value = cbor2.loads(
            data, max_depth=MAX_DEPTH, allow_indefinite=False, allow_duplicate_keys=False, semantic_decoders=_TAGS
        )
        _refuse_foreign(value)
        again = cbor2.dumps(value)
    except MalformedEncoding:
        raise
    except (cbor2.CBORError, ValueError, TypeError, OverflowError) as error:
        raise MalformedEncoding("ENCODING_INVALID", f"cannot decode the message: {error}") from None
    if again != data:
        raise MalformedEncoding("ENCODING_INVALID", "cannot decode the message: it is not in deterministic form")
    return value


def _refuse_tag() -> NoReturn:
    raise ValueError("a tag is outside the profile")


def _refuse_foreign(value: Any) -> None:
    """Refuse every type outside the profile: floats, tags, big integers, undefined, keys but integers and text."""
    kind = type(value)
    if kind is dict:
        _refuse_keys(value)
        value = value.values()
    elif kind is not list:
        value = (value,)
    for item in value:
        kind = type(item)
        if kind is bytes or kind is str:
            continue
        if kind is int:
            if not -(2**63) <= item < 2**64:
                raise MalformedEncoding("ENCODING_INVALID", "cannot decode the message: an integer exceeds 64 bits")
        elif kind is list or kind is dict:
            _refuse_foreign(item)
        elif kind not in _ALWAYS:
            raise MalformedEncoding(
                "ENCODING_INVALID", f"cannot decode the message: {kind.__name__} is outside the profile"
            )


def _refuse_keys(keys: Collection[Any]) -> None:
    """Refuse keys other than integers and text, and keys out of order (RFC 8949 §4.2.1: by their encodings)."""
    if _small_and_rising(keys):
        return
    for key in keys:
        if type(key) not in (int, str):
            raise MalformedEncoding(
                "ENCODING_INVALID", f"cannot decode the message: a map key is a {type(key).__name__}"
            )
    if list(keys) != sorted(keys, key=cbor2.dumps):
        raise MalformedEncoding("ENCODING_INVALID", "cannot decode the message: its map keys are out of order")


def _small_and_rising(keys: Collection[Any]) -> bool:
    """Say whether these map keys are small whole numbers, each greater than the one before: as records have them."""
    if not _INTEGER.issuperset(map(type, keys)):
        return False
    before = -1
    for key in keys:
        if not before < key < _SMALL:
            return False
        before = key
    return True


def to_plain(value: Any) -> Any:
    """Return `value` with every record replaced by its map; floats and foreign types are refused (TypeError)."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return list(value) if _PLAIN.issuperset(map(type, value)) else [to_plain(item) for item in value]
    if isinstance(value, Record):
        return value.to_map()
    if kind is dict:
        keys = value if len(value) < 2 or _small_and_rising(value) else _sorted(value)
        return {key: item if type(item := value[key]) in _PLAIN else to_plain(item) for key in keys}
    if isinstance(value, str):  # StrEnum members
        return str(value)
    raise TypeError(f"cannot encode a {kind.__name__}")


def _sorted(keys: Collection[Any]) -> list[Any]:
    """Return the keys of a map in the order of their encodings (RFC 8949 §4.2.1): of text, the shorter one first."""
    if _TEXT.issuperset(map(type, keys)) and "".join(keys).isascii():
        return sorted(sorted(keys), key=len)
    return sorted(keys, key=cbor2.dumps)


class Record(msgspec.Struct, frozen=True, gc=False):
    """A frozen value with numbered fields: `encode(record)`, `Kind.decode(data)`.

    What never changes never becomes part of a cycle, so the collector of cycles need not look at records.
    """

    _readers: ClassVar[tuple[tuple[str, Callable[[Any], Any] | None], ...] | None] = None

    def to_map(self) -> dict[int, Any]:
        """Return the map from field number to plain value; None is left out."""
        values = msgspec.structs.astuple(self)
        if _PRESENT.issuperset(map(type, values)):
            return dict(enumerate(values))
        return {
            number: value if type(value) in _PLAIN else to_plain(value)
            for number, value in enumerate(values)
            if value is not None
        }

    @classmethod
    def decode(cls: type[R], data: bytes) -> R:
        """Return the record that `data` encodes; raise MalformedEncoding if it is not exactly one."""
        return cls.from_plain(decode(data))

    @classmethod
    def from_plain(cls: type[R], value: Any) -> R:
        """Return the record of a decoded map (integer keys); types are checked strictly."""
        if type(value) is not dict:
            raise MalformedEncoding("ENCODING_INVALID", f"cannot read a {cls.__name__}: it is not a map")
        readers = _readers_of(cls)
        named: dict[str, Any] = {}
        for key, item in value.items():
            if type(key) is not int or not 0 <= key < len(readers):
                raise MalformedEncoding("ENCODING_INVALID", f"cannot read a {cls.__name__}: unknown field {key!r}")
            name, read = readers[key]
            named[name] = item if read is None else read(item)
        try:
            return convert(named, cls, builtin_types=(bytes,))
        except (msgspec.ValidationError, ValueError) as error:
            raise MalformedEncoding("ENCODING_INVALID", f"cannot read a {cls.__name__}: {error}") from None


def _readers_of(cls: type[Record]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    known = cls.__dict__.get("_readers")
    if known is None:
        hints = typing.get_type_hints(cls)
        known = tuple((name, _reader(hints[name])) for name in cls.__struct_fields__)
        type.__setattr__(cls, "_readers", known)
    return known


def _reader(hint: Any) -> Callable[[Any], Any] | None:
    """Return how to turn a plain value into one of type `hint` before the strict check, or None where nothing is to
    do.
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [_reader(a) for a in arguments if a is not type(None)]
        only = inner[0] if len(inner) == 1 else None
        return None if only is None else lambda value: None if value is None else only(value)
    if isinstance(hint, type) and issubclass(hint, Record):
        return hint.from_plain
    if origin in (list, tuple) and arguments:
        item = _reader(arguments[0])
        return None if item is None else lambda value: [item(each) for each in value] if type(value) is list else value
    return None
