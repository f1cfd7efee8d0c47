"""Partial files of full tiles become those of the next ones: nothing that anybody reads changes by that."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo import layout
from service_repo.durable_file import Folder
from service_repo.log.append import Row
from service_repo.log.growth import Growth
from service_repo.log.spares import MOST, PLACE, Spares
from service_repo.log.tiles import WIDTH, Tiles
from service_repo.log.tree import root as root_of


def rows(start: int, count: int) -> list[Row]:
    """Return entries as they wait in the database."""
    leaves = [b"leaf %d" % number for number in range(start, start + count)]
    return [
        Row(number, "", 0, "", b"", b"", leaf, leaf_hash(leaf), b"said %d" % number)
        for number, leaf in enumerate(leaves, start)
    ]


def grown(folder: Folder, growth: Growth, until: int, step: int = 2) -> None:
    """Let the log grow by steps, each with files of its own."""
    while growth.edge.size < until:
        waiting = rows(growth.edge.size, step)
        made = growth.grow(waiting)
        growth.write(waiting, made)
        growth.shown(made.edge)
        read = Tiles(growth.edge.size, lambda name: folder.read(layout.LOG + name))
        if growth.edge.size % 14 == 0:
            assert root_of(growth.edge.size, read.node) == growth.root(growth.edge.size)


def partial(folder: Folder) -> dict[str, int]:
    """Return the inodes of the partial files, by path."""
    found = (folder.path / "log" / "tile").rglob("*.p/*")
    return {file.relative_to(folder.path).as_posix(): file.stat().st_ino for file in found}


def test_files_of_a_full_tile_become_those_of_the_next_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = Folder(tmp_path, durable=False)
    growth = Growth(folder, lambda end, column: [])
    grown(folder, growth, WIDTH - 2)
    first = set(partial(folder).values())
    grown(folder, growth, 2 * WIDTH - 2)
    second = partial(folder)
    assert not [name for name in second if "/000.p/" in name and "tile/1/" not in name]
    of_leaves = {inode for name, inode in second.items() if "tile/1/" not in name}
    assert of_leaves <= first and len(of_leaves) > 200


def test_spare_files_that_are_read_or_gone_are_left_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path, durable=False)
    spares = Spares(folder)
    for number in range(3):
        folder.write(f"log/tile/0/000.p/{number}", b"old and long")
    spares.keep("log/tile/0/000.p")
    names = sorted(os.listdir(tmp_path / PLACE))
    with open(tmp_path / PLACE / names[2], "rb") as reader:
        folder.place({"log/tile/0/001.p/1": b"new"}, spares.take)
        assert reader.read() == b"old and long" and folder.read("log/tile/0/001.p/1") == b"new"
    os.link(tmp_path / PLACE / names[1], tmp_path / "backup")
    folder.place({"log/tile/0/001.p/2": b"new"}, spares.take)
    assert folder.read("backup") == b"old and long" and folder.read("log/tile/0/001.p/2") == b"new"
    shutil.rmtree(tmp_path / PLACE)
    folder.place({"log/tile/0/001.p/3": b"new"}, spares.take)
    assert folder.read("log/tile/0/001.p/3") == b"new" and spares.take() is None


def test_no_more_are_kept_than_are_of_use_and_another_writer_finds_them(tmp_path: Path) -> None:
    folder = Folder(tmp_path, durable=False)
    spares = Spares(folder)
    for number in range(MOST + 5):
        folder.place({f"log/tile/0/000.p/{number}": b"x"})
    spares.keep("log/tile/0/000.p")
    spares.keep("log/tile/0/001.p")  # which nobody made
    assert len(os.listdir(tmp_path / PLACE)) == MOST and not os.listdir(tmp_path / "log/tile/0/000.p")
    taken = Spares(folder).take()
    assert taken is not None and folder.read(taken) == b"x"
