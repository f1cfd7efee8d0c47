"""A file that two inodes take turns at: readers find it whole, also those who opened it long before they read it."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Event, Thread

import pytest

from service_repo.durable_file import Folder
from service_repo.swapped_file import swap

pytestmark = pytest.mark.skipif(not hasattr(os, "link"), reason="no hard links here")


def text(number: int) -> bytes:
    """Return contents of different lengths that show when two of them are mixed."""
    return b"%d" % (number % 10) * (5 + number * 7 % 300)


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_each_content_takes_the_place_of_the_one_before_in_two_inodes(tmp_path: Path) -> None:
    folder, inodes = Folder(tmp_path), set[int]()
    for number in range(9):
        folder.swap("note", text(number))
        assert folder.read("note") == text(number)
        inodes.add((tmp_path / "note").stat().st_ino)
    assert len(inodes) == 2 and names(tmp_path) == {"note", ".note.0", ".note.1"}


def test_who_opened_it_before_reads_what_it_was_then(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.swap("note", b"first")
    with open(tmp_path / "note", "rb") as early:
        folder.swap("note", b"second")
        with open(tmp_path / "note", "rb") as later:
            assert not swap(f"{tmp_path}/note", b"third", durable=True)  # both are being read
            folder.swap("note", b"third")
            assert (early.read(), later.read(), folder.read("note")) == (b"first", b"second", b"third")
    folder.swap("note", b"fourth")
    assert folder.read("note") == b"fourth"


def test_a_reader_beside_a_busy_writer_never_sees_two_contents_mixed(tmp_path: Path) -> None:
    folder, done = Folder(tmp_path, durable=False), Event()
    folder.swap("note", text(0))
    seen: list[bytes] = []

    def read() -> None:
        while not done.is_set():
            seen.append(folder.read("note") or b"")

    reader = Thread(target=read)
    reader.start()
    for number in range(2000):
        folder.swap("note", text(number))
    done.set()
    reader.join()
    assert seen and set(seen) <= {text(number) for number in range(2000)}


def test_a_writer_killed_before_the_rename_leaves_the_old_content_and_no_harm(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.swap("note", b"first")
    os.link(tmp_path / ".note.1" if (tmp_path / ".note.1").exists() else tmp_path / ".note.0", tmp_path / ".note.link")
    assert folder.read("note") == b"first"
    for content in (b"second", b"third"):
        folder.swap("note", content)
        assert folder.read("note") == content and ".note.link" not in names(tmp_path)


def test_a_file_that_was_written_otherwise_is_swapped_all_the_same(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for number in range(6):
        (folder.swap if number % 3 else folder.write)("note", text(number))
        assert folder.read("note") == text(number)


def test_files_that_nobody_reads_yet_are_written_over_what_a_killed_writer_left(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    for content in (b"a longer beginning", b"short", b"", b"again"):
        folder.place({"tile/000.p/3": content, "tile/000.p/4": content})
        assert folder.read("tile/000.p/3") == folder.read("tile/000.p/4") == content
