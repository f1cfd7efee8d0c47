"""Merkle trees (RFC 6962): against the RFC's own recursive definition, and against roots that other logs agree on."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.supporting.cryptographic.merkle import (
    EMPTY,
    MAX_PROOF,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

MOST = 70
LEAVES = [bytes((n,)) for n in range(MOST)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]

KNOWN_INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
KNOWN_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Inputs and roots that implementations of Certificate Transparency are tested with."""


# --- the naive model: RFC 6962 §2.1 as it is written


def mth(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


# --- roots


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_that_other_logs_compute(size: int) -> None:
    leaves = [bytes.fromhex(text) for text in KNOWN_INPUTS[:size]]
    assert root([leaf_hash(leaf) for leaf in leaves]).hex() == KNOWN_ROOTS[size - 1]


def test_roots_are_those_of_the_definition() -> None:
    assert root([]) == EMPTY == mth([])
    for size in range(1, MOST):
        assert root(HASHES[:size]) == mth(LEAVES[:size])


# --- inclusion


def test_every_leaf_of_every_small_tree_is_proven() -> None:
    for size in range(1, 34):
        whole = mth(LEAVES[:size])
        for index in range(size):
            assert verify_inclusion(HASHES[index], index, size, path(index, LEAVES[:size]), whole)


@given(st.integers(1, MOST - 1), st.data())
def test_a_proof_of_inclusion_fits_no_other_place_leaf_root_or_size(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, whole = path(index, LEAVES[:size]), mth(LEAVES[:size])
    other = data.draw(st.integers(0, MOST - 1).filter(lambda n: n != index))
    assert not verify_inclusion(HASHES[other], index, size, proof, whole)
    assert not verify_inclusion(HASHES[index], other, size, proof, whole)
    assert not verify_inclusion(HASHES[index], index, size, proof, mth(LEAVES[: size + 1]))
    assert not verify_inclusion(HASHES[index], index, size, [*proof, HASHES[0]], whole)
    assert not proof or not verify_inclusion(HASHES[index], index, size, proof[:-1], whole)


@given(st.integers(2, MOST - 1), st.data())
def test_every_changed_bit_of_a_proof_of_inclusion_is_detected(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = path(index, LEAVES[:size])
    changed = data.draw(st.integers(0, len(proof) - 1))
    proof[changed] = flip(proof[changed], data.draw(st.integers(0, 255)))
    assert not verify_inclusion(HASHES[index], index, size, proof, mth(LEAVES[:size]))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 1), (1, 1), (5, 3), (0, -1)])
def test_a_leaf_outside_the_tree_is_not_included(index: int, size: int) -> None:
    assert not verify_inclusion(HASHES[0], index, size, [], HASHES[0])


def test_an_inner_node_does_not_pass_for_a_leaf() -> None:
    whole = mth(LEAVES[:4])
    inner = mth(LEAVES[:2])
    assert not verify_inclusion(inner, 0, 4, path(0, LEAVES[:4])[1:], whole)
    assert leaf_hash(HASHES[0] + HASHES[1]) != inner


def test_proofs_of_absurd_length_or_of_short_hashes_are_refused() -> None:
    assert not verify_inclusion(HASHES[0], 0, 2**62, [HASHES[1]] * (MAX_PROOF + 1), HASHES[2])
    assert not verify_inclusion(HASHES[0], 0, 2, [HASHES[1][:31]], mth(LEAVES[:2]))
    assert not verify_consistency(1, 2, HASHES[0], mth(LEAVES[:2]), [HASHES[1] + b"\x00"])


# --- consistency


def test_every_small_tree_is_consistent_with_each_that_it_grew_from() -> None:
    for new in range(34):
        for old in range(new + 1):
            proof = subproof(old, LEAVES[:new], True) if old > 0 else []
            assert verify_consistency(old, new, mth(LEAVES[:old]), mth(LEAVES[:new]), proof), (old, new)


@given(st.integers(1, MOST - 1), st.data())
def test_a_tree_whose_past_was_changed_is_not_consistent(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    forged = [*LEAVES[:changed], b"another", *LEAVES[changed + 1 : new]]
    assert not verify_consistency(old, new, mth(LEAVES[:old]), mth(forged), subproof(old, forged, True))
    assert not verify_consistency(old, new, mth(LEAVES[:old]), mth(forged), subproof(old, LEAVES[:new], True))


@given(st.integers(2, MOST - 1), st.data())
def test_every_changed_bit_of_a_proof_of_consistency_is_detected(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new - 1))
    proof = subproof(old, LEAVES[:new], True)
    changed = data.draw(st.integers(0, len(proof) - 1))
    proof[changed] = flip(proof[changed], data.draw(st.integers(0, 255)))
    assert not verify_consistency(old, new, mth(LEAVES[:old]), mth(LEAVES[:new]), proof)


def test_a_tree_does_not_shrink_and_equal_sizes_have_equal_roots() -> None:
    assert not verify_consistency(3, 2, mth(LEAVES[:3]), mth(LEAVES[:2]), [])
    assert not verify_consistency(2, 2, mth(LEAVES[:2]), mth([b"x", b"y"]), [])
    assert not verify_consistency(2, 2, mth(LEAVES[:2]), mth(LEAVES[:2]), [HASHES[0]])
    assert not verify_consistency(0, 2, HASHES[0], mth(LEAVES[:2]), [])
    assert not verify_consistency(-1, 2, HASHES[0], mth(LEAVES[:2]), [])
    assert not verify_consistency(3, 5, mth(LEAVES[:3]), mth(LEAVES[:5]), [])


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
