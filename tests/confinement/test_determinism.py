"""The same inputs give the same bytes: in fresh workers, of servers with other address layouts, for any input."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.api_v1 import Item, Money
from semper_host.confinement.source import Source
from semper_host.confinement.wall_types import ENCODE
from semper_host.confinement.zygote import Zygote

MANAGER = b"""
from semper_host.api_v1 import Keep, Money, Random, Recall, decode, digest, encode

@record
class Row:
    word: str
    count: int = 0

class Thing:
    def __init__(self, number):
        self.number = number

class Sorted:
    def __init__(self, key):
        self.key = key
    def __lt__(self, other):
        return self.key < other.key

def describe(item):
    drawn = yield Random(16)
    things = {Thing(n): n for n in range(60)}
    pairs = {Row(word): number for number, word in enumerate(item.title.split(" "))}
    yield Keep("encoded", encode({"z": [row.word for row in pairs], "a": drawn, "m": Money(len(things), "EUR")}))
    order = [each.key for each in sorted([Sorted(byte) for byte in drawn])]
    try:
        order.index(describe)
    except ValueError as error:
        words = str(error)
    try:
        {}[Thing(1)]
    except KeyError as error:
        words += "/" + str(error)
    objects = [Thing(n) for n in range(30)]
    found = [f"{n}" for n in range(30) if objects[n] in objects[:20]]
    kept = yield Recall(digest(item.title.encode()).hex())
    many = [f"{each.number}" for each in things if each.number % 7 == 3] + found
    many += [words, f"{order[0]:>5d}", f"{item.title!r}", f"{kept is None}"]
    return many + [digest(b"".join([drawn, b"x"])).hex()]
"""
SOURCE = Source(b"d" * 32, "item-manager", {"manager": MANAGER})
ITEM = Item("statement", "offer", b"d" * 32, None, "A course in the art of b c a")


def _bytes(zygote: Zygote, item: Item) -> bytes:
    """Return a digest of every byte that one call in a fresh worker asks and returns."""
    said: list[bytes] = []

    def answer(request: Any) -> Any:
        said.append(ENCODE(request))
        return sha256(item.title.encode()).digest()[:16] if type(request).__name__ == "Random" else None

    said.append(ENCODE(zygote.call(SOURCE, "manager.describe", (item,), answer)))
    return sha256(b"".join(said)).digest()


@pytest.fixture(scope="module")
def servers() -> Iterator[list[Zygote]]:
    started = [Zygote.start() for _ in range(3)]
    yield started
    for each in started:
        each.close()


def _in_fresh_workers(servers: int, workers: int) -> set[bytes]:
    seen = set()
    for _ in range(servers):
        with Zygote.start() as zygote:
            seen |= {_bytes(zygote, ITEM) for _ in range(workers)}
    return seen


def test_the_same_bytes_in_100_fresh_workers_of_5_address_layouts() -> None:
    assert len(_in_fresh_workers(5, 20)) == 1


@pytest.mark.deep
def test_the_same_bytes_in_1000_fresh_workers_of_25_address_layouts() -> None:
    assert len(_in_fresh_workers(25, 40)) == 1


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda text: text.strip(" ")))
def test_any_input_gives_the_same_bytes_in_every_server(servers: list[Zygote], title: str) -> None:
    item = Item("statement", "offer", b"d" * 32, Money(5, "EUR"), title)
    assert len({_bytes(zygote, item) for zygote in servers}) == 1


ADDRESS = Source(b"a" * 32, "item-manager", {"manager": b"def describe(item):\n    return [f'{describe:}']\n"})


def test_the_servers_do_have_other_address_layouts() -> None:
    seen = set()
    for _ in range(3):
        with Zygote.start(("-m", "tests.confinement.weakened", "guard _plain_")) as zygote:  # which lets addresses out
            seen.add(zygote.call(ADDRESS, "manager.describe", (ITEM,), print)[0])
    assert all("0x" in each for each in seen)
    if Path("/proc/sys/kernel/randomize_va_space").read_text().strip() == "2":
        assert len(seen) == 3
