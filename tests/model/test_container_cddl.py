"""The CDDL of docs/reference/container.md (RFC 8610) describes the golden vectors: all of them, and not whatever comes.

Of CDDL it reads what that page uses: rules, choices, maps with number keys, arrays, ranges, .size and .regexp.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbor2
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "container.md").read_text()
VECTORS = json.loads((ROOT / "tests" / "vectors" / "container.json").read_text())
TOKEN = re.compile(r'"[^"]*"|\.\.|\.[a-z]+|\d+|[a-z][a-z0-9-]*|[{}\[\]:,/*=]')
Match = Callable[[Any], bool]
FORMAL = {
    "a node without children", "a salt of 15 bytes", "an attribute is missing", "an unknown family", "another format",
}  # fmt: skip
"""The published faults that are faults of form; of the others, the words around the CDDL say what is wrong."""
PLAIN: dict[str, Match] = {
    "bstr": lambda value: isinstance(value, bytes),
    "tstr": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "uint": lambda value: type(value) is int and value >= 0,
}


class Grammar:
    """The rules of a page, each a predicate; `used` are those by which something was recognised."""

    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(re.sub(r";.*", "", text))
        self.rules: dict[str, Match] = {}
        self.used: set[str] = set()
        while self.tokens:
            name = self.next()
            self.next("=")
            self.rules[name] = self.choice()

    def next(self, wanted: str = "") -> str:
        token: str = self.tokens.pop(0)
        assert wanted in ("", token), (wanted, token, self.tokens[:5])
        return token

    def ahead(self, *wanted: str) -> bool:
        return bool(self.tokens) and self.tokens[0] in wanted

    def choice(self) -> Match:
        found = [self.single()]
        while self.ahead("/"):
            self.next()
            found.append(self.single())
        return lambda value: any(each(value) for each in found)

    def single(self) -> Match:
        token = self.next()
        if token in "{[":
            return self.map() if token == "{" else self.array()
        if token.startswith('"'):
            return lambda value: type(value) is str and value == token[1:-1]
        if token.isdigit():
            low, high = int(token), int(token)
            if self.ahead(".."):
                self.next()
                high = int(self.next())
            return lambda value: type(value) is int and low <= value <= high
        return self.controlled(token)

    def controlled(self, name: str) -> Match:
        if self.ahead(".size"):
            size = int((self.next(), self.next())[1])
            return lambda value: self.named(name, value) and len(value) == size
        if self.ahead(".regexp"):
            pattern = re.compile((self.next(), self.next())[1][1:-1])
            return lambda value: self.named(name, value) and pattern.fullmatch(value) is not None
        return lambda value: self.named(name, value)

    def named(self, name: str, value: Any) -> bool:
        found = PLAIN[name](value) if name in PLAIN else self.rules[name](value)
        if found:
            self.used.add(name)
        return found

    def map(self) -> Match:
        members: dict[int, Match] = {}
        for _ in self.members("}"):
            key = int(self.next())
            self.next(":")
            members[key] = self.choice()
        return lambda value: (
            type(value) is dict and value.keys() == members.keys() and all(members[key](value[key]) for key in members)
        )

    def array(self) -> Match:
        if self.tokens[1] == "*":
            low, high = int(self.next()), int((self.next(), self.next())[1])
            each = self.choice()
            self.next("]")
            return lambda value: type(value) is list and low <= len(value) <= high and all(map(each, value))
        items: list[Match] = []
        for _ in self.members("]"):
            self.next()
            self.next(":")
            items.append(self.choice())
        return lambda value: (
            type(value) is list
            and len(value) == len(items)
            and all(item(part) for item, part in zip(items, value, strict=True))
        )

    def members(self, end: str) -> Iterator[None]:
        while not self.ahead(end):
            yield
            if self.ahead(","):
                self.next()
        self.next(end)


@pytest.fixture
def grammar() -> Grammar:
    (text,) = re.findall(r"```cddl\n(.*?)```", PAGE, re.DOTALL)
    return Grammar(text)


def encodings(part: Any) -> Iterator[str]:
    """Every container in a part of the vectors."""
    for name, value in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        if name == "encoded":
            yield value
        yield from encodings(value)


def test_every_published_container_has_the_published_form(grammar: Grammar) -> None:
    published = [each for key in ("containers", "forms", "sealed") for each in encodings(VECTORS[key])]
    good = [cbor2.loads(bytes.fromhex(each)) for each in published]
    assert len(good) > 10
    for container in good:
        assert grammar.named("container", container)
        for signed in container[2]:
            assert grammar.named("signed", cbor2.loads(cbor2.loads(signed)[2]))
    assert grammar.used == {*grammar.rules, *PLAIN}, "a rule of the page describes nothing"


def test_the_published_form_leaves_out_what_is_malformed(grammar: Grammar) -> None:
    left_out = set()
    for fault in VECTORS["refused"]:
        try:
            value = cbor2.loads(bytes.fromhex(fault["encoded"]))
        except cbor2.CBORDecodeError:
            continue
        if not grammar.named("container", value):
            left_out.add(fault["why"])
    assert left_out == FORMAL
