"""Containers that the tests share: keys, an offer with a private part, any content, any mix of hiding parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import strategies as st

from semper_host.model.container import (
    Container,
    Group,
    elide,
    pack,
    read,
    show_child,
    sign,
    verify,
    write,
)
from semper_host.model.container_nodes import Elided, Sealed
from semper_host.model.container_rules import Path, walk
from semper_host.model.container_sealing import audience_at, open_sealed, seal, sealed_for
from semper_host.model.errors import SemperError
from semper_host.model.items import Item
from semper_host.model.security import Fairness, Receipt, make_security
from semper_host.supporting.cryptographic import cose, sealing
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey

SELLER, BUYER, OTHER = (SigningKey.from_seed(letter * 32) for letter in (b"s", b"b", b"o"))
ANNA, BERT, CARL = sorted((SealingKey.from_seed(letter * 32) for letter in (b"A", b"B", b"C")), key=lambda k: k.public)
PARTIES = {key.public: key for key in (ANNA, BERT, CARL)}
SEED, DEAL = b"seed" * 8, b"D" * 32
ASKED = make_security(origin=True, receipt=Receipt.OPENED, fairness=Fairness.STRONG)
PRIVATE = make_security(confidential=(ANNA.public, BERT.public))
OFFER = Group(
    ASKED,
    [
        Item("statement.offer", b"a course"),
        Group(PRIVATE, [Item("statement.address", b"Rome"), Item("credential.member-card", b"No. 7")]),
        Item("money.price", b"19.90 EUR"),
    ],
)
ADDRESS = (1, 0)


def signer(key: SigningKey) -> Callable[[bytes, str], bytes]:
    return lambda payload, kind: cose.sign1(payload, kind, key)


def signed(content: Item | Group = OFFER) -> Container:
    return sign(pack(content, SEED), signer(SELLER), context=DEAL)


def holds(container: Container) -> bytes:
    return verify(read(write(container)), cose.open1, [SELLER.public], context=DEAL)


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    with pytest.raises(SemperError) as caught:
        yield
    assert caught.value.code in codes, caught.value.message
    assert caught.value.message.startswith("cannot ")


KINDS = st.sampled_from(["statement.offer", "money.price", "credential.ticket-2", "statement.software.video"])
ITEMS = st.builds(Item, KINDS, st.binary(max_size=40))
SECURITIES = st.builds(
    make_security, origin=st.booleans(), receipt=st.sampled_from(Receipt), anonymous=st.booleans(),
    fairness=st.sampled_from(Fairness), confidential=st.sampled_from([(), (ANNA.public, BERT.public)]),
)  # fmt: skip
CONTENTS = st.recursive(
    ITEMS, lambda inner: st.builds(Group, SECURITIES, st.lists(inner, min_size=1, max_size=5)), max_leaves=14
)


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[Container, Container]:
    """Return a signed container, and the same after any mix of eliding, sealing, showing and opening."""
    whole = mixed = signed(draw(CONTENTS))
    for _ in range(draw(st.integers(0, 5))):
        path, node = draw(st.sampled_from(list(walk(mixed.root))))
        acts = ["elide"]
        acts += ["show"] if path else []
        acts += ["seal"] if audience_at(mixed, path) and not isinstance(node, Elided | Sealed) else []
        acts += ["open"] if isinstance(node, Sealed) else []
        mixed = done(draw(st.sampled_from(acts)), mixed, path)
    return whole, mixed


def done(act: str, container: Container, path: Path) -> Container:
    if act == "elide":
        return elide(container, [path])
    if act == "show":
        return show_child(container, path)
    if act == "seal":
        return seal(container, path, audience_at(container, path), sealing.seal)
    recipient = sealed_for(container, ANNA.public) and ANNA
    return open_sealed(container, path, ANNA.public, ANNA.open) if recipient else container
