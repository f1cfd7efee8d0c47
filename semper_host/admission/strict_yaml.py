"""YAML with one meaning: what a person reads is what every parser reads.

A signed file must not mean one thing here and another thing elsewhere, and YAML 1.1 and 1.2 disagree on plain
words like `on`, `no`, `010` or `12:30`. So a plain scalar is null, true, false, a decimal integer, or a
string that no version of YAML reads as anything else; all other strings must be quoted. Tags, anchors,
aliases, merge keys, directives, several documents and duplicate keys are refused.

libyaml gives the events; the values are built here, so no constructor of PyYAML ever runs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, NoReturn

import yaml

from semper_host.model.errors import AdmissionRefused

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_NODES = 20_000

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_CONSTANTS = {"null": None, "true": True, "false": False}
_SURPRISE = re.compile(
    r"""(?ix) y|n|yes|no|on|off|true|false|null|~|=|<<|
    [-+]?(0[xob][0-9a-f_]*|[0-9][0-9_]*|0o?[0-7_]+)|                    # integers but the plainest
    [-+]?(\.[0-9_]+|[0-9][0-9_]*\.?[0-9_]*)(e[-+]?[0-9]+)?|             # floats
    [-+]?\.inf|\.nan|
    [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|                       # base 60
    [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t\s].*)?                            # dates and times
    """
)
_NOTABLE = frozenset(("", *"+-.0123456789~=<ynotfYNOTF"))
"""How all begins that is not simply text when it stands without quotes: numbers, dates, signs and a few words."""
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
"""What of these has letters only."""
_LONGEST_WORD = 5
_SIGNS = frozenset("+-.0123456789~=<")
_DECEPTIVE = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
_UNSHOWN = ("Cc", "Cs", "Co", "Cn")

# libyaml's events, in the order in which they are expected to be frequent
_Scalar, _Mapping = yaml.ScalarEvent, yaml.MappingStartEvent
_Open = (_Mapping, yaml.SequenceStartEvent)
_Close = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def load(data: bytes, name: str = "the YAML file", code: str = "MANIFEST_INVALID") -> Any:
    """Return what `data` (UTF-8) says: dicts with text keys, lists, text, integers below 10^18, booleans, None.

    Raises AdmissionRefused with `code`, naming the line in `name`.
    """
    reader = _Reader(name, code)
    if len(data) > MAX_BYTES:
        reader.refuse(f"it is larger than {MAX_BYTES} bytes")
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        reader.refuse("it begins with a byte order mark")
    try:
        text = data.decode("utf-8")
        _parse(text, reader)
    except UnicodeDecodeError:
        reader.refuse("it is not UTF-8")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reader.refuse(str(getattr(error, "problem", None) or "it is not YAML"), mark.line if mark else None)
    return reader.result()


def _parse(text: str, reader: _Reader) -> None:
    parser = yaml.CSafeLoader(text)
    try:
        reader.read(parser.get_event)
    finally:
        parser.dispose()


class _Reader:
    """Builds the value from events."""

    def __init__(self, name: str, code: str) -> None:
        self._name, self._code = name, code
        self._documents = 0
        self._value: Any = None

    def read(self, next_event: Callable[[], Any]) -> None:
        """Take all events. `frame` is the innermost collection, `key` waits in it; `around` holds the outer ones."""
        frame: Any = None
        key: str | None = None
        around, nodes = list[tuple[Any, str | None]](), 0
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is _Scalar:
                value: Any = event.value
                if not value.isprintable() or (value[:1] in _NOTABLE and not _is_word(value)):
                    value = self._scalar(event)
            elif kind in _Open:
                value = {} if kind is _Mapping else []
            else:
                if kind in _Close:
                    frame, key = around.pop()
                else:
                    self._other(event)
                continue
            nodes += 1
            if event.anchor is not None or event.tag is not None or nodes > MAX_NODES:
                self._refuse_node(event)
            if key is not None:
                frame[key], key = value, None
            elif type(frame) is list:
                frame.append(value)
            elif frame is None:
                self._value = value
            else:
                key = self._new_key(value, frame, event)
            if kind is not _Scalar:
                around.append((frame, key))
                frame, key = value, None
                if len(around) > MAX_DEPTH:
                    self.refuse(f"it is nested more than {MAX_DEPTH} deep", event.start_mark.line)

    def result(self) -> Any:
        """Return the value after the last event."""
        if not self._documents:
            self.refuse("it is empty")
        return self._value

    def refuse(self, cause: str, line: int | None = None) -> NoReturn:
        """Refuse the file for `cause`; `line` counts from 0."""
        where = "" if line is None else f" line {line + 1}"
        raise AdmissionRefused(self._code, f"cannot read {self._name}{where}: {cause}")

    def _other(self, event: Any) -> None:
        """Take an event that neither begins nor ends a value."""
        kind: Any = type(event)
        if kind is yaml.AliasEvent:
            self.refuse(f"alias *{event.anchor} is not allowed", event.start_mark.line)
        if kind is yaml.DocumentStartEvent:
            self._documents += 1
            if event.version or event.tags:
                self.refuse("directives are not allowed", event.start_mark.line)
            if self._documents > 1:
                self.refuse("a second document begins", event.start_mark.line)

    def _refuse_node(self, event: Any) -> NoReturn:
        """Refuse a node that is more than its value, or one too many."""
        cause = f"it has more than {MAX_NODES} values"
        if event.anchor is not None or event.tag is not None:
            cause = f"{f'tag {event.tag}' if event.anchor is None else f'anchor &{event.anchor}'} is not allowed"
        self.refuse(cause, event.start_mark.line)

    def _new_key(self, value: Any, frame: dict[str, Any], event: Any) -> str:
        if type(value) is not str:
            self.refuse("a key must be text", event.start_mark.line)
        if value in frame:
            self.refuse(f"key {value[:80]!r} occurs twice", event.start_mark.line)
        return value

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        if not value.isprintable() and _deceptive(value):
            self.refuse("a text holds control or direction characters", event.start_mark.line)
        if not event.implicit[0]:  # quoted or block: always text
            return value
        if not value:
            self.refuse("a value is empty: write null or ''", event.start_mark.line)
        if value in _CONSTANTS:
            return _CONSTANTS[value]
        if _INTEGER.fullmatch(value):
            return int(value)
        if _SURPRISE.fullmatch(value):
            self.refuse(f"{value[:40]} has several meanings in YAML: put it in quotes", event.start_mark.line)
        return value


def _is_word(text: str) -> bool:
    """Say whether `text`, plain or quoted, is text and nothing else for a reason that is quickly seen.

    What is longer than the few words that mean something, and begins with no sign or digit, is; and what has ASCII
    letters only and is none of them.
    """
    if len(text) > _LONGEST_WORD:
        return text[0] not in _SIGNS
    return text.isalpha() and text.isascii() and text.lower() not in _WORDS


def _deceptive(text: str) -> bool:
    """Say whether `text` holds a character that changes how the rest is shown, or that can't be shown."""
    return any(c in _DECEPTIVE or (unicodedata.category(c) in _UNSHOWN and c not in "\n\t") for c in text)
