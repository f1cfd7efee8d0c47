"""The tree of RFC 6962 from tile files: roots and proofs that the readers' own verification accepts, at every size."""

from __future__ import annotations

from hashlib import sha256

import pytest

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic import merkle
from service_repo.log import replay, tiles, tree
from service_repo.log.tiles import Edge, Tiles

LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(1200)]
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, 1024, 1200)


def grown(*sizes: int) -> dict[str, bytes]:
    """Return the files of a tree that grew in these steps."""
    files: dict[str, bytes] = {}
    edge = Edge(0)
    for size in sizes:
        edge, added = edge.grow(LEAVES[edge.size : size])
        files |= added
    return files


def test_root_and_proofs_hold_at_every_size() -> None:
    files = grown(*SIZES)
    for size in SIZES:
        node = Tiles(size, files.get).node
        expected = merkle.root(LEAVES[:size])
        assert tree.root(size, node) == expected
        for index in {0, size // 3, size // 2, size - 1}:
            proof = tree.inclusion(index, size, node)
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, expected)
            assert len(proof) <= size.bit_length()
        for old in (each for each in SIZES if each <= size):
            proof = tree.consistency(old, size, node)
            assert merkle.verify_consistency(old, size, merkle.root(LEAVES[:old]), expected, proof)


def test_a_tree_grows_the_same_whatever_the_steps() -> None:
    at_once, by_steps = grown(1200), grown(*range(1, 1201))
    assert all(by_steps[name] == data for name, data in at_once.items())
    for size in SIZES:
        edge = Edge.at(size, by_steps.get)
        assert replay.root_of(edge) == merkle.root(LEAVES[:size])
        assert edge.grow(LEAVES[size:])[0] == Edge.at(1200, at_once.get)


def test_a_proof_reads_a_number_of_tiles_that_grows_with_the_logarithm() -> None:
    edge, files = Edge(0).grow([sha256(str(number).encode()).digest() for number in range(70_000)])
    read: list[str] = []

    def counted(name: str) -> bytes | None:
        read.append(name)
        return files.get(name)

    tree.inclusion(12_345, 70_000, Tiles(70_000, counted).node)
    assert len(set(read)) <= 5 and edge.size == 70_000


def test_paths_are_those_of_the_specification() -> None:
    assert tiles.tile_path(0, 0) == "tile/0/000"
    assert tiles.tile_path(1, 1_234_067) == "tile/1/x001/x234/067"
    assert tiles.tile_path(0, 1000, 17) == "tile/0/x001/000.p/17"
    assert tiles.entries_path(5, 3) == "tile/entries/005.p/3"


def test_a_full_tile_serves_for_the_partial_one_that_was_removed() -> None:
    files = grown(300)
    assert not any(name.startswith("tile/0/000.p") for name in files)
    assert tree.root(40, Tiles(40, files.get).node) == merkle.root(LEAVES[:40])


def test_entries_are_read_back_and_truncated_ones_refused() -> None:
    items = [b"", b"a" * 300, b"\x00" * 65_535]
    data = tiles.bundle(items)
    assert tiles.entries(0, 3, {tiles.entries_path(0, 3): data}.get) == items
    assert tiles.entries(0, 2, {tiles.entries_path(0): data}.get) == items[:2]
    for length in (0, 1, 2, 3, len(data) - 1):
        with pytest.raises(AdmissionRefused, match="instead of 3"):
            tiles.entries(0, 3, {tiles.entries_path(0, 3): data[:length]}.get)
    with pytest.raises(ValueError, match=r"65,535"):
        tiles.bundle([bytes(65_536)])


@pytest.mark.parametrize("spoiled", [b"", b"x", bytes(31), bytes(32 * 3 - 1)])
def test_a_missing_or_truncated_tile_is_refused(spoiled: bytes) -> None:
    with pytest.raises(AdmissionRefused) as caught:
        tree.root(4, Tiles(4, {"tile/0/000.p/4": spoiled}.get).node)
    assert caught.value.code == "LOG_INVALID"
    with pytest.raises(AdmissionRefused):
        tree.root(4, Tiles(4, lambda name: None).node)


def test_a_tampered_tile_leads_to_another_root() -> None:
    files = grown(300)
    for name, data in files.items():
        changed = {**files, name: data[:5] + bytes([data[5] ^ 1]) + data[6:]}
        node = Tiles(300, changed.get).node
        proof = tree.inclusion(7, 300, node)
        whole = merkle.verify_inclusion(LEAVES[7], 7, 300, proof, merkle.root(LEAVES[:300]))
        assert not whole or tree.root(300, node) != merkle.root(LEAVES[:300]) or name == "tile/0/000"
