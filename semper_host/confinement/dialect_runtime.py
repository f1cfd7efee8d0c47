"""What a bundle's code finds at run time: a small set of builtins, and the guards that the compiler put in."""

from __future__ import annotations

import builtins
import re
from importlib import import_module
from typing import Any, NoReturn

import msgspec

from semper_host import api_v1
from semper_host.confinement import dialect_rules
from semper_host.model.money import Money

MAX_POWER = 10_000
"""The most bits that `**` may be asked for, roughly: bits of the base times the exponent."""
LARGE_DIVISION = "_pylong"
"""What Python (since 3.12) imports in the name of the code that divides numbers of thousands of bits."""
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
_real_type = type


def fresh_space() -> dict[str, Any]:
    """Return the globals of a new bundle module."""
    return {"__builtins__": dict(BUILTINS), "__name__": "bundle", "__metaclass__": BundleClass}


class BundleClass(type):
    """The metaclass of every class that a bundle defines: bases are its own classes or errors."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> BundleClass:
        """Make the class, unless a base is neither a bundle's class nor one of the dialect's errors."""
        for base in bases:
            if base not in _ERRORS and type(base) is not BundleClass:
                raise TypeError("a class extends your own class or an error")
        return super().__new__(cls, name, bases, space)


class _TextType(type):
    """Makes `str` of bundles: instances are ordinary text, but conversion shows plain values only."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, str)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, str)

    def __call__(cls, value: Any = "", encoding: str = "", errors: str = "strict") -> str:
        return str(value, encoding, errors) if encoding else text(value)


class Text(str, metaclass=_TextType):
    """What bundles know as `str`."""


def text(value: Any) -> str:
    """Return the text of a plain value, of Money, or of an error. Anything else would show an address (TypeError)."""
    kind = _real_type(value)
    if kind in _SHOWN:
        return str(value)
    if isinstance(value, _ERROR_TUPLE):
        return addressless(", ".join(text(part) for part in value.args if _real_type(part) in _SHOWN))
    raise TypeError(f"a {kind.__name__} has no text: convert its parts")


def addressless(words: str) -> str:
    """Return what an error says without the addresses that Python shows of objects: they differ from run to run."""
    return _ADDRESS.sub("0x?", words)


def plain(value: Any) -> Any:
    """Let a format apply to text and whole numbers as such; anything else becomes its text first."""
    return value if _real_type(value) in (int, str) else text(value)


def quoted(value: Any) -> str:
    """Return the source form of text, bytes or a number."""
    if _real_type(value) not in (*_SCALARS, bytes):
        raise TypeError(f"a {_real_type(value).__name__} has no source form: convert its parts")
    return repr(value)


def modulo(left: Any, right: Any) -> Any:
    """`%` for whole numbers: on text it would be a formatting language."""
    if _real_type(left) is _real_type(right) is int or (isinstance(left, int) and isinstance(right, int)):
        return left % right
    raise TypeError("`%` is for whole numbers; use an f-string for text")


def power(base: Any, exponent: Any) -> int:
    """`**` for whole numbers, to a size that is computed at once."""
    if not (isinstance(base, int) and isinstance(exponent, int)) or exponent < 0:
        raise TypeError("`**` is for whole numbers and exponents of zero or more")
    if base.bit_length() * exponent > MAX_POWER:
        raise OverflowError("the power is too large")
    return int(base**exponent)


def writable(target: Any) -> Any:
    """Return `target` if its attributes may be written: objects and classes of the bundle's own."""
    kind = _real_type(target)
    if _real_type(kind) is BundleClass or kind is BundleClass:
        return target
    raise TypeError("attributes can be set on objects of your own classes only")


def keys(mapping: Any) -> list[Any]:
    """Return the keys as a list: a view would act as a set."""
    return list(mapping.keys())


def items(mapping: Any) -> list[Any]:
    """Return the (key, value) pairs as a list: a view would act as a set."""
    return list(mapping.items())


def make_record(fields: tuple[tuple[Any, ...], ...]) -> Any:
    """Return the decorator that makes a class a frozen record of `fields`: (name,) or (name, default)."""
    typed = [(field[0], Any, *field[1:]) for field in fields]

    def decorate(kind: BundleClass) -> Any:
        methods = {name: value for name, value in vars(kind).items() if name not in _CLASS_SPACE}
        return msgspec.defstruct(kind.__name__, typed, namespace=methods, module="bundle", frozen=True)

    return decorate


class _Interface:
    """What `from semper_host.api_v1 import ...` reads from: the public names, nothing else."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        object.__setattr__(self, "_names", {name: getattr(api_v1, name) for name in api_v1.__all__})

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError("the interface has no such name") from None

    def __setattr__(self, name: str, value: object = None) -> NoReturn:
        raise AttributeError("the interface cannot be changed")

    __delattr__ = __setattr__


def guarded_import(name: str, space: Any = None, local: Any = None, wanted: Any = (), level: int = 0) -> Any:
    """Answer the one allowed import, without the import system, and Python's own for the division of large numbers."""
    if name == LARGE_DIVISION:  # no bundle can write this name; the rehearsal has loaded it
        return import_module(name)
    if name != "semper_host.api_v1" or level or any(each not in api_v1.__all__ for each in wanted or ("",)):
        raise ImportError("only semper_host.api_v1 can be imported")
    return _INTERFACE


REHEARSAL = b'''
from __future__ import annotations
from semper_host.api_v1 import Money, Keep, decode, digest, encode
@record
class Point:
    """A place."""
    x: int
    y: int = 0
    def moved(self, by: int) -> Point:
        return Point(self.x + by, self.y)
class Own(ValueError):
    def __init__(self, why: str) -> None:
        self.why = why
        self.count = 1
        self.count += 2
def walk(n: int):
    try:
        raise Own(f"{n:>4d} {n!r} {str(n)} {'x':>3}")
    except (Own, KeyError) as error:
        got = yield Keep("a", error.why.encode())
    match got:
        case None | 0:
            pass
        case [first, *rest]:
            got = first
        case {"k": value, **others}:
            got = value
    return [x % 7 ** 2 for x in range(n)] + [*{"a": 1}.keys()]
plain = Point(1).moved(2).x + len(encode([1, "a", b"b", None, {"k": Money(1, "EUR")}])) + decode(encode(5))
label = digest(b"x").hex() + Money(1250, "EUR").share(19, 100).decimal()
waiting = walk(3)
next(waiting)
text = "".join(sorted(["b", "a"])).encode("utf-8").decode("ascii") + str(b"x", "latin-1") + f"{Money(1, 'EUR')}"
try:
    Point("a", 2, 3)
except TypeError as error:
    shown = str(error) + str((1 << 40000) // ((1 << 15000) + 1) > 0)
'''
"""A module that uses each construct once, run before the fork server forks."""

_CLASS_SPACE = frozenset(
    ["__module__", "__qualname__", "__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__"]
)
_ERRORS: frozenset[type] = frozenset(getattr(builtins, name) for name in dialect_rules.ERRORS)
_ERROR_TUPLE: tuple[type[Exception], ...] = tuple(getattr(builtins, name) for name in dialect_rules.ERRORS)
_SCALARS = (str, int, bool, type(None))
_SHOWN = (*_SCALARS, Money)
_INTERFACE = _Interface()
BUILTINS: dict[str, Any] = {
    **{name: getattr(builtins, name) for name in (*dialect_rules.FUNCTIONS, *dialect_rules.ERRORS)},
    "str": Text,
    "__build_class__": builtins.__build_class__,
    "__import__": guarded_import,
    "_write_": writable, "_text_": text, "_plain_": plain, "_repr_": quoted, "_mod_": modulo, "_pow_": power,
    "_keys_": keys, "_items_": items, "_record_": make_record,
    "True": True, "False": False, "None": None,
}  # fmt: skip
"""All names that a bundle has beyond its own."""
