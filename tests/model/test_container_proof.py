"""The tree over a node's children: what RFC 6962 says, short proofs, and none for a wrong place."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.container import Container, Group, item_at, pack, read, show, sign, verify, write
from semper_host.model.container_nodes import INNER_TAG, LEAF_TAG, Inner, Leaf
from semper_host.model.container_proof import MAX_CHILDREN, levels_of, proof_of, root_of
from semper_host.model.encoding import encode
from semper_host.model.items import Item
from semper_host.model.security import NOTHING, make_security
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

ARTICLES = 100_000
SELLER = SigningKey.from_seed(b"s" * 32)


def digests(count: int) -> list[bytes]:
    return [sha256(b"%d" % index).digest() for index in range(count)]


def merkle(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + merkle(leaves[:split]) + merkle(leaves[split:])).digest()


def audit_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    if index < split:
        return [*audit_path(index, leaves[:split]), merkle(leaves[split:])]
    return [*audit_path(index - split, leaves[split:]), merkle(leaves[:split])]


@pytest.mark.parametrize("count", [*range(1, 34), 63, 64, 65, 100, 127, 129])
def test_trees_and_proofs_are_those_of_the_rfc(count: int) -> None:
    leaves = digests(count)
    levels = levels_of(leaves)
    assert levels[-1] == (merkle(leaves),)
    for index in range(count):
        proof = proof_of(levels, index)
        assert proof == b"".join(audit_path(index, leaves))
        assert root_of(leaves[index], index, count, proof) == levels[-1][0]


@given(st.integers(1, 200), st.data())
def test_a_proof_holds_for_its_index_and_digest_only(count: int, data: st.DataObject) -> None:
    leaves, index = digests(count), data.draw(st.integers(0, count - 1))
    levels = levels_of(leaves)
    proof, root = proof_of(levels, index), levels[-1][0]
    others = [other for other in range(count) if other != index]
    assert not [other for other in others if root_of(leaves[index], other, count, proof) == root]
    assert root_of(b"other", index, count, proof) != root
    assert root_of(leaves[index], index, count, proof + b"\x00" * 32) is None
    if proof:
        at, change = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(1, 255))
        assert root_of(leaves[index], index, count, proof[:-1]) is None
        assert root_of(leaves[index], index, count, proof[:-32]) is None
        changed = proof[:at] + bytes((proof[at] ^ change,)) + proof[at + 1 :]
        assert root_of(leaves[index], index, count, changed) != root


def test_a_place_outside_of_the_tree_has_no_root() -> None:
    for index, count in ((0, 0), (1, 1), (-1, 2), (5, 5), (0, MAX_CHILDREN + 1)):
        assert root_of(b"d" * 32, index, count, b"") is None


# --- no digest of one kind is one of another


def preimage_of_a_leaf(leaf: Leaf) -> bytes:
    return LEAF_TAG + bytes((len(leaf.kind),)) + leaf.kind.encode() + leaf.salt + leaf.body


def preimage_of_a_node(node: Inner) -> bytes:
    return INNER_TAG + len(node.children).to_bytes(4, "big") + node.levels[-1][0] + encode(node.security)


def test_the_beginnings_of_all_preimages_keep_them_apart() -> None:
    beginnings = [b"\x00", b"\x01", LEAF_TAG, INNER_TAG]
    assert not [1 for one in beginnings for other in beginnings if one is not other and one.startswith(other)]


@given(st.binary(max_size=80))
def test_a_leaf_that_holds_a_preimage_does_not_get_its_digest(body: bytes) -> None:
    pair = pack(Group(NOTHING, [Item("statement.note", body), Item("statement.note", b"")]), b"s" * 32).root
    assert isinstance(pair, Inner) and isinstance(pair.children[0], Leaf)
    assert sha256(preimage_of_a_node(pair)).digest() == pair.digest
    assert sha256(preimage_of_a_leaf(pair.children[0])).digest() == pair.children[0].digest
    inside = b"\x01" + b"".join(pair.levels[0])
    for preimage in (preimage_of_a_node(pair), preimage_of_a_leaf(pair.children[0]), inside, pair.digest):
        forged = Leaf("statement.note", preimage[:16].ljust(16, b"\x00"), preimage[16:])
        assert forged.digest not in {pair.digest, pair.children[0].digest, pair.levels[-1][0]}


@given(st.lists(st.binary(max_size=8), min_size=3, max_size=9))
def test_an_inner_hash_of_the_tree_passes_for_no_child(bodies: list[bytes]) -> None:
    """The second preimage that a tree without tags and without its count allows: a subtree shown as one child."""
    node = pack(Group(NOTHING, [Item("statement.note", body) for body in bodies]), b"s" * 32).root
    assert isinstance(node, Inner)
    for level in node.levels[1:]:
        for index, inner_hash in enumerate(level):
            for count in range(1, len(bodies)):
                proof = proof_of((level,) if len(level) == 1 else levels_above(node, level), index)
                assert root_of(inner_hash, index, count, proof) != node.levels[-1][0]


def levels_above(node: Inner, level: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], ...]:
    return node.levels[node.levels.index(level) :]


def test_the_same_tree_with_another_count_is_another_node() -> None:
    """One of a node's children that is itself the last half of its tree does not shorten the tree."""
    three, two = (pack(Group(NOTHING, [Item("statement.note", b"")] * n), b"s" * 32) for n in (3, 2))
    assert three.digest != two.digest


# --- a merchant's catalogue


@pytest.fixture(scope="module")
def catalogue() -> Container:
    articles = [Item("statement.article", b"course %d, 19.90 EUR, edition %064d" % (n, n)) for n in range(ARTICLES)]
    packed = pack(Group(make_security(origin=True), articles), b"seed" * 8)
    return sign(packed, lambda payload, kind: cose.sign1(payload, kind, SELLER))


@pytest.mark.parametrize("index", [0, 1, 4711, 65_535, 65_536, ARTICLES - 1])
def test_one_article_of_100_000_is_shown_in_two_kilobytes_without_the_rest(catalogue: Container, index: int) -> None:
    data = write(show(catalogue, (index,)))
    assert len(data) <= 2_000
    shown = read(data, 2_000)
    assert verify(shown, cose.open1, [SELLER.public]) == catalogue.digest
    assert item_at(shown, (index,)).body.startswith(b"course %d," % index)
    assert b"course %d," % (index ^ 1) not in data


def test_an_article_shown_under_another_number_is_refused(catalogue: Container) -> None:
    from semper_host.model.errors import SemperError

    plain: Any = show(catalogue, (4711,)).to_map()
    for index in (4710, 4712, 0, ARTICLES - 1):
        plain[1][6] = index
        with pytest.raises(SemperError) as caught:
            verify(read(encode(plain)), cose.open1, [SELLER.public])
        assert caught.value.code == "CONTAINER_INVALID"
