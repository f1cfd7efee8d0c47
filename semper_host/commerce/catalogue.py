"""A merchant's catalogue: one container of articles, signed once; a single one is shown with a short proof. Pure.

Every article says of which moment its catalogue is and until when it holds, so that one shown alone says it too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from semper_host.commerce.agreement import MOST_SKEW
from semper_host.model import container as containers
from semper_host.model.container import Container, Group
from semper_host.model.container_nodes import Leaf, Shown
from semper_host.model.container_rules import MAX_SIZE
from semper_host.model.credentials import END_OF_TIME
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, SemperError, UsageError
from semper_host.model.items import Item
from semper_host.model.money import Money
from semper_host.model.security import make_security
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot

ARTICLE = "statement.article"
CONTEXT = b"semper.catalogue/1"
"""For what the container is signed: a catalogue and nothing else that a merchant signs."""
MOST_ARTICLES = 200_000
MOST_SHOWN = 2_000
"""Bytes of one article with its proof, at most."""
MOST_TITLE, MOST_TEXT, MOST_OFFER = 120, 600, 200
"""Bytes in UTF-8."""
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PLACE = re.compile(r"(?!.*(?:/\.\.?(?:/|$)|//))(?:/[^\\?#]*)?")
"""A path below an address, or "": whoever puts it behind the address stays at that address."""


class Article(Record, frozen=True):
    """One article; `offer`: where an offer of it is found, below the merchant's address ("": none).

    Its catalogue was made at `made` and holds until `until`, seconds since 1970, excluded.
    """

    number: str
    title: str
    text: str
    price: Money
    offer: str
    made: int
    until: int


class OpenedArticle(NamedTuple):
    """An article that verified: who signed its catalogue, the digest of that, and how many articles it has."""

    article: Article
    merchant: Certified
    catalogue: bytes
    size: int


def check_number(number: str) -> str:
    """Return the number of an article if it can be one: it names a file. Raises UsageError USAGE_INVALID."""
    if not _NUMBER.fullmatch(number):
        why = "1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit"
        raise UsageError("USAGE_INVALID", f"cannot take {number[:80]!r} as the number of an article: {why}")
    return number


def check_article(article: Article) -> None:
    """Require what every article keeps. Raises UsageError USAGE_INVALID."""
    check_number(article.number)
    texts = (
        ("title", article.title, MOST_TITLE),
        ("text", article.text, MOST_TEXT),
        ("offer", article.offer, MOST_OFFER),
    )
    for name, text, most in texts:
        if len(text.encode()) > most:
            raise UsageError("USAGE_INVALID", f"cannot take an article: its {name} has more than {most} bytes")
        if not text.isprintable():
            raise UsageError("USAGE_INVALID", f"cannot take an article: its {name} has what cannot be printed")
    if not article.title.strip():
        raise UsageError("USAGE_INVALID", "cannot take an article: it has no title")
    if article.price.minor < 0:
        raise UsageError("USAGE_INVALID", "cannot take an article: its price is negative")
    if not _PLACE.fullmatch(article.offer):
        why = "its offer is found below the merchant's address: '/', then no '//', '..', '?', '#' or backslash"
        raise UsageError("USAGE_INVALID", f"cannot take an article: {why}")
    if not 0 <= article.made < article.until <= END_OF_TIME:
        raise UsageError("USAGE_INVALID", "cannot take an article: it holds until before it was made, or for ever")


def sign(articles: Sequence[Article], seed: bytes, key: CertifiedKey) -> Container:
    """Return the signed catalogue of `articles`, each number once; `seed`: 32 fresh secret bytes.

    Raises UsageError USAGE_INVALID, PeerDeviated CONTAINER_LIMITS.
    """
    if not 1 <= len(articles) <= MOST_ARTICLES:
        raise UsageError("USAGE_INVALID", f"cannot make the catalogue: it has 1 to {MOST_ARTICLES} articles")
    if len({article.number for article in articles}) != len(articles):
        raise UsageError("USAGE_INVALID", "cannot make the catalogue: a number stands twice")
    for article in articles:
        check_article(article)
    content = Group(make_security(origin=True), [Item(ARTICLE, encode(article)) for article in articles])
    signer: containers.Signer = lambda payload, kind: cose.sign1_certified(payload, kind, key)  # noqa: E731
    return containers.sign(containers.pack(content, seed), signer, context=CONTEXT)


def open_whole(data: bytes, roots: Sequence[TrustedRoot], at: int) -> tuple[Container, list[Article], Certified]:
    """Return a whole catalogue, its articles and who signed it. Raises like `open_article`."""
    catalogue, articles = read_whole(data, at)
    return catalogue, articles, _signer(catalogue, roots, at)


def read_whole(data: bytes, at: int) -> tuple[Container, list[Article]]:
    """Return a whole catalogue and its articles, whoever signed it: to cut one out, which its readers verify.

    Raises PeerDeviated CONTAINER_INVALID, AdmissionRefused OFFER_EXPIRED.
    """
    catalogue = _read(data, MAX_SIZE)
    if not containers.complete(catalogue) or isinstance(catalogue.root, Leaf | Shown):
        raise _invalid("a part of the catalogue is left out")
    children = range(len(getattr(catalogue.root, "children", ())))
    articles = [_article(catalogue, index, at) for index in children]
    if len({article.number for article in articles}) != len(articles):
        raise _invalid("a number stands twice in the catalogue")
    return catalogue, articles


def shown(catalogue: Container, index: int) -> bytes:
    """Return the bytes of the article with this index, its proof and the signature: nothing of the rest."""
    return containers.write(containers.show(catalogue, (index,)))


def open_article(data: bytes, roots: Sequence[TrustedRoot], at: int) -> OpenedArticle:
    """Return the one article in `data`, that a merchant certified under `roots` signed, valid at `at`.

    Raises PeerDeviated CONTAINER_INVALID (form, proof, signature), AdmissionRefused OFFER_EXPIRED, CHAIN_*.
    """
    one = _read(data, MOST_SHOWN)
    merchant = _signer(one, roots, at)
    if not isinstance(one.root, Shown) or not isinstance(one.root.child, Leaf):
        raise _invalid("it does not show exactly one article", data)
    return OpenedArticle(_article(one, one.root.index, at), merchant, one.digest, one.root.count)


def place_of(number: str) -> str:
    """Return where the file of an article lies in the folder of its catalogue: 256 folders, none with too many."""
    return f"{sha256(check_number(number).encode()).hexdigest()[:2]}/{number}.article"


def _read(data: bytes, most: int) -> Container:
    try:
        return containers.read(data, most)
    except SemperError as error:
        raise _invalid(error.message, data) from None


def _signer(catalogue: Container, roots: Sequence[TrustedRoot], at: int) -> Certified:
    """Return who signed, a merchant certified under `roots`."""
    found: list[Certified] = []

    def opened(signed: bytes, kind: str, _: bytes) -> bytes:
        found.append(cose.open1_certified(signed, kind, Purpose.MERCHANT, roots, at))
        return found[0].payload

    try:
        containers.verify(catalogue, opened, [b""], context=CONTEXT)
    except AdmissionRefused:
        raise
    except SemperError as error:
        raise _invalid(error.message) from None
    return found[0]


def _article(catalogue: Container, index: int, at: int) -> Article:
    try:
        kind, body = containers.item_at(catalogue, (index,))
        article = Article.decode(body)
        check_article(article)
    except SemperError as error:
        raise _invalid(error.message) from None
    if kind != ARTICLE:
        raise _invalid("it shows something else than an article")
    if article.made > at + MOST_SKEW:
        raise _invalid("its catalogue says that it was made in the future; check this computer's clock")
    if at >= article.until:
        raise AdmissionRefused("OFFER_EXPIRED", "cannot rely on the article: its catalogue holds no longer")
    return article


def _invalid(cause: str, evidence: bytes = b"") -> PeerDeviated:
    return PeerDeviated("CONTAINER_INVALID", f"cannot accept the article: {cause}", evidence=evidence)
