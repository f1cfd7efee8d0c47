"""Files that are there whole or not at all, also after a power failure: written aside, synced, renamed.

One writer at a time; a draft that a killed one left behind is written over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service_repo.swapped_file import swap, write_over

_READ = os.O_RDONLY | os.O_CLOEXEC
_IN_PLACE = os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC
_DRAFT = _IN_PLACE | os.O_TRUNC


@dataclass(frozen=True)
class Folder:
    """A directory of files named by relative paths. `durable` off (measurements only) leaves syncing to the system."""

    path: Path
    durable: bool = True

    def read(self, name: str, most: int = -1) -> bytes | None:
        """Return the file's content (its first `most` bytes), or None where there is none."""
        try:
            descriptor = os.open(f"{self.path}/{name}", _READ)
        except (FileNotFoundError, NotADirectoryError):
            return None
        try:
            return _read(descriptor, most)
        finally:
            os.close(descriptor)

    def write(self, name: str, data: bytes) -> None:
        """Make `data` the content of `name`, durable on return. Raises OSError, and then the file is as it was."""
        self.write_all({name: data})

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write several files, each whole or not at all, in any order; all are durable on return."""
        drafts = [self._drafted(name, data) for name, data in files.items()]
        for draft, target in drafts:
            os.replace(draft, target)
        if self.durable:
            self._sync_folders({Path(target).parent for _, target in drafts})

    def place(self, files: Mapping[str, bytes], spare: Callable[[], str | None] = lambda: None) -> None:
        """Write files that no reader asks for yet, durable on return; one that a killed writer began is written over.

        Without a draft: until something written later points to them, it does not matter what is there. Each becomes
        of one that `spare` names as long as it does, of those that nobody reads any more.
        """
        for name, data in files.items():
            if not self._reused(spare(), name, data):
                self._put(f"{self.path}/{name}", data, _IN_PLACE)
        if self.durable:
            self._sync_folders({Path(f"{self.path}/{name}").parent for name in files})

    def swap(self, name: str, data: bytes) -> None:
        """Make `data` the content of a file that changes very often, as `write` does, but cheaper."""
        target = f"{self.path}/{name}"
        if not swap(target, data, durable=self.durable):
            self.write(name, data)
        elif self.durable:
            self._sync_folders({Path(target).parent})

    def add(self, files: Mapping[str, bytes]) -> None:
        """Write those of the files whose content is not there yet."""
        self.write_all({name: data for name, data in files.items() if self.read(name) != data})

    def extend(self, name: str, at: int, data: bytes) -> bool:
        """Make `data` what follows the first `at` bytes of a file, and its end, durable on return.

        Only for files of which readers know how far they may read. Say False, and do nothing, where it is shorter.
        """
        try:
            descriptor = os.open(f"{self.path}/{name}", os.O_WRONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            size = os.fstat(descriptor).st_size
            if size < at:
                return False
            if size > at:  # what a killed writer left behind
                os.ftruncate(descriptor, at)
            os.lseek(descriptor, at, os.SEEK_SET)
            _write(descriptor, data)
            if self.durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return True

    def remove(self, name: str) -> None:
        """Remove a file, if it is there. It may come back after a power failure."""
        (self.path / name).unlink(missing_ok=True)

    def _drafted(self, name: str, data: bytes) -> tuple[str, str]:
        """Write `data` beside the file `name`; return where, and where it belongs."""
        target = f"{self.path}/{name}"
        folder, _, last = target.rpartition("/")
        draft = f"{folder}/.{last}.draft"
        self._put(draft, data)
        return draft, target

    def _reused(self, spare: str | None, name: str, data: bytes) -> bool:
        """Write `data` into the file `spare` and make it `name`; say False where that does not work."""
        with suppress(OSError):
            if spare and write_over(f"{self.path}/{spare}", data, durable=self.durable):
                self._renamed(f"{self.path}/{spare}", f"{self.path}/{name}")
                return True
        return False

    def _renamed(self, old: str, new: str) -> None:
        try:
            os.replace(old, new)
        except FileNotFoundError:
            self._make_folder(Path(new).parent)
            os.replace(old, new)

    def _put(self, place: str, data: bytes, flags: int = _DRAFT) -> None:
        """Write a file where nobody looks, synced by itself."""
        try:
            descriptor = os.open(place, flags, 0o644)
        except FileNotFoundError:
            self._make_folder(Path(place).parent)
            descriptor = os.open(place, flags, 0o644)
        try:
            _write(descriptor, data)
            if flags == _IN_PLACE and os.fstat(descriptor).st_size > len(data):
                os.ftruncate(descriptor, len(data))
            if self.durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _make_folder(self, folder: Path) -> None:
        """Make `folder` and those above it, each durable in the one that holds it."""
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            self._sync_folders({folder.parent})

    def _sync_folders(self, folders: set[Path]) -> None:
        for folder in folders if self.durable else ():
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _read(descriptor: int, most: int) -> bytes:
    """Return a regular file's content, at most `most` bytes of it (-1: all), in however many pieces it comes."""
    found = b""
    while most != 0:
        room = os.fstat(descriptor).st_size - len(found) + 1
        asked = room if most < 0 else min(room, most - len(found))
        more = os.read(descriptor, asked) if asked > 0 else b""
        found = found + more if found else more
        if len(more) < asked or not more:
            break
    return found


def _write(descriptor: int, data: bytes) -> None:
    """Write all of `data`, in however many pieces the system takes it."""
    done = os.write(descriptor, data)
    while done < len(data):
        done += os.write(descriptor, memoryview(data)[done:])


def write_file(path: Path, data: bytes) -> None:
    """Write one file durably; see `Folder.write`."""
    Folder(path.parent).write(path.name, data)
