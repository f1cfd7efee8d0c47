"""Area exchange: containers against what no container can do without, their hashes and one signature."""

from __future__ import annotations

import time
from collections.abc import Iterator
from hashlib import sha256
from hmac import digest as hmac_digest

from benchmarks.measure import Bench, Goal, Row, clocked, in_turn, per_second, rate
from semper_host.model import container as containers
from semper_host.model.container import Container, Group
from semper_host.model.items import Item
from semper_host.model.security import NOTHING
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

LEAVES, ARTICLES = 100, 100_000
ROUNDS = 20
ARTICLE_BYTES = 200
SHOWN_BYTES = 2_000
"""What one article with its proof may have at most."""
SEED = bytes(range(32))


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    key = SigningKey.from_seed(SEED)
    content = Group(NOTHING, [_article(number) for number in range(LEAVES)])

    def whole() -> None:
        for _ in range(ROUNDS):
            sent = containers.write(_signed(content, key))
            containers.verify(containers.read(sent), cose.open1, [key.public])

    def bare() -> None:
        for _ in range(ROUNDS):
            _hashed(LEAVES, salted=True)
            cose.open1(cose.sign1(SEED, containers.KIND, key), containers.KIND, key.public)
            _hashed(LEAVES, salted=False)

    timings = in_turn(bench.runs, clocked(whole), clocked(bare))
    limit = per_second(ROUNDS, timings[1])
    yield rate("exchange.container_of_100", "containers/s", ROUNDS, timings[0], limit, least=0.5)
    yield from _catalogue(bench, key)


def _catalogue(bench: Bench, key: SigningKey) -> Iterator[Row]:
    """A merchant's catalogue of ARTICLES: one article out of it, read and hashed up to the signed root."""
    catalogue = _signed(Group(NOTHING, [_article(number) for number in range(ARTICLES)]), key)
    shown = [containers.write(containers.show(catalogue, (number,))) for number in range(0, ARTICLES, ARTICLES // 100)]
    yield Row("exchange.catalogue_article", max(map(len, shown)), "bytes", goal=Goal("value", most=SHOWN_BYTES))

    def reading() -> float:
        started = time.perf_counter()
        for data in shown:
            assert containers.read(data).digest == catalogue.digest
        return time.perf_counter() - started

    timings = in_turn(bench.runs, reading, clocked(lambda: _paths(len(shown))))
    limit = per_second(len(shown), timings[1])
    yield rate("exchange.catalogue_read", "articles/s", len(shown), timings[0], limit, least=0.3)

    def showing() -> float:
        started = time.perf_counter()
        for number in range(0, ARTICLES, ARTICLES // 100):
            containers.write(containers.show(catalogue, (number,)))
        return time.perf_counter() - started

    yield rate("exchange.catalogue_show", "articles/s", len(shown), in_turn(bench.runs, showing)[0])


def _signed(content: Group, key: SigningKey) -> Container:
    return containers.sign(containers.pack(content, SEED), lambda data, kind: cose.sign1(data, kind, key))


def _article(number: int) -> Item:
    return Item("statement.article", number.to_bytes(4, "big") * (ARTICLE_BYTES // 4))


def _hashed(leaves: int, *, salted: bool) -> None:
    """Hash a tree of `leaves` bodies as nobody could do with less: a salt each, a leaf each, a node each pair."""
    level = []
    for number in range(leaves):
        salt = hmac_digest(SEED, number.to_bytes(4, "big"), "sha256") if salted else SEED
        level.append(sha256(salt[:16] + number.to_bytes(4, "big") * (ARTICLE_BYTES // 4)).digest())
    while len(level) > 1:
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)] + odd


def _paths(count: int) -> None:
    for _ in range(count):
        _path(ARTICLES)


def _path(leaves: int) -> None:
    """Hash one leaf and the nodes on its way to the root."""
    found = sha256(SEED[:16] + bytes(ARTICLE_BYTES)).digest()
    for _ in range((leaves - 1).bit_length()):
        found = sha256(b"\x01" + found + SEED).digest()
