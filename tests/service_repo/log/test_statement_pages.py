"""Files of statements only grow: what a killed writer left at their end is nobody's, and is cut off."""

from __future__ import annotations

from pathlib import Path

import pytest

from semper_host.admission.statements import MAX_STATEMENT, Status, digest, sign
from semper_host.supporting.cryptographic.merkle import leaf_hash, node_hash, root
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.audit import audit
from service_repo.durable_file import Folder
from service_repo.layout import statement_path
from service_repo.log import tiles, tree
from service_repo.log.nodes import Nodes
from service_repo.log.statement_pages import Pages, Statements, page, page_path, split
from service_repo.log.tiles import WIDTH, Edge
from service_repo.publish import Repository
from tests.service_repo.conftest import NOW, World, series


def said(start: int, count: int) -> list[bytes]:
    return [b"statement %d" % number for number in range(start, start + count)]


def test_statements_are_read_by_the_numbers_of_their_entries(tmp_path: Path) -> None:
    folder, every = Folder(tmp_path), said(0, 2 * WIDTH + 40)
    pages = Pages(folder)
    for start, count in ((0, 3), (3, 1), (4, WIDTH), (WIDTH + 4, WIDTH - 4), (2 * WIDTH, 40)):
        assert pages.extend(start, every[start : start + count])
    read = Statements(folder.read)
    assert [read.get(number, b"") for number in range(len(every))] == every
    assert read.get(len(every), bytes(32)) == b""
    assert [len(split(folder.read(page_path(number)) or b"")) for number in range(3)] == [WIDTH, WIDTH, 40]


def test_a_torn_end_is_cut_off_by_who_knows_the_end_and_written_anew_by_who_does_not(tmp_path: Path) -> None:
    folder, every = Folder(tmp_path), said(0, 9)
    pages = Pages(folder)
    pages.extend(0, every[:4])
    file = tmp_path / page_path(0)
    file.write_bytes(file.read_bytes() + b"\x00\x00\x00\x40torn")
    assert split(file.read_bytes()) == every[:4]
    assert pages.extend(4, every[4:6]) and file.read_bytes() == page(every[:6])
    file.write_bytes(file.read_bytes()[:-1])
    assert not pages.extend(6, every[6:]), "it was cut off"
    other = Pages(folder)
    assert not other.extend(6, every[6:]), "who comes new has to say what was there before"
    assert other.extend(6, every[6:], every[:6]) and file.read_bytes() == page(every)


def test_a_status_too_long_to_lie_with_others_has_a_file_of_its_own(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    long = sign(Status(0, bytes(32), NOW, (bytes(MAX_STATEMENT),)), SigningKey.from_seed(b"s" * 32))
    Pages(folder).extend(0, [b"one", long, b"three"])
    assert len(folder.read(page_path(0)) or b"") < 30 and folder.read(statement_path(digest(long))) == long
    assert Statements(folder.read).get(1, digest(long)) == long


def test_what_waits_behind_the_checkpoint_disturbs_no_reader(world: World) -> None:
    first, second = series(2)
    repository = world.repository
    repository.publish(first.archive, first.release, first.evaluations)
    file = repository.directory / page_path(0)
    file.write_bytes(file.read_bytes() + page([second.release])[:40])
    assert audit(repository.folder, repository.policy).findings == ()
    again = Repository.open(repository.directory, witnesses=world.witnesses, clock=world.clock)
    again.publish(second.archive, second.release, second.evaluations)
    repository.publish(second.archive, second.release)  # the first one follows what another process did
    assert audit(again.folder, again.policy).findings == ()
    assert split(file.read_bytes()) == [
        *(first.release, *first.evaluations), *(second.release, *second.evaluations)
    ]  # fmt: skip
    again.close()


@pytest.mark.parametrize("steps", [[1, 2, 3, 250, 1], [256, 1, 255], [700]])
def test_remembered_nodes_give_the_root_and_proofs_of_the_leaves(tmp_path: Path, steps: list[int]) -> None:
    folder, edge, hashes = Folder(tmp_path), Edge(0), list[bytes]()
    nodes = Nodes(0, folder.read)
    for count in steps:
        added = [leaf_hash(b"%d" % number) for number in range(len(hashes), len(hashes) + count)]
        edge, files = edge.grow(added)
        nodes.grow(added)
        hashes += added
        assert tree.root(nodes.size, nodes.node) == root(hashes)  # also while its tiles are not there yet
        folder.write_all(files)
        nodes.laid()
        fresh = tiles.Tiles(edge.size, folder.read)
        for index in {0, len(hashes) // 2, len(hashes) - 1}:
            proof = tree.inclusion(index, edge.size, nodes.node)
            assert proof == tree.inclusion(index, edge.size, fresh.node)
    assert nodes.node(1, 0) == node_hash(hashes[0], hashes[1])
