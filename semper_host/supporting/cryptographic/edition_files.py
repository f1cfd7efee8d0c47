"""The plaintext files of an edition while they grow: one stream of bytes, spread over several files.

Where all is to be on the disk in the end, what was written goes there while the next is decrypted. What is written
of a large edition does so in any case, and then leaves the system's cache: otherwise it would push everything else
out, and keep every other file's sync waiting behind gigabytes.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import accumulate
from pathlib import Path
from types import TracebackType

from semper_host.model.errors import Unavailable
from semper_host.supporting.cryptographic import durable_file
from semper_host.supporting.cryptographic.edition import Edition

_LARGE = 512 << 20
"""Bytes of an edition that may stay in the system's cache: who opened it reads it next."""
_STRETCH = 8 << 20
"""Bytes of a file that are handed to the disk at a time."""
_BEHIND = 64 << 20
"""Bytes behind the place of writing after which the disk has a stretch, as a rule, and the cache need not keep it."""


class PartialFiles:
    """The files of `edition` under `folder`, addressed by offset in their stream. One file is open at a time.

    `durable`: `sync` is called in the end.
    """

    def __init__(self, edition: Edition, folder: Path, *, durable: bool) -> None:
        self._paths = [folder / file.name for file in edition.files]
        self._sizes = [file.size for file in edition.files]
        self._starts = list(accumulate(self._sizes, initial=0))
        self._folder = folder
        large = edition.size > _LARGE
        self._behind = (0, _BEHIND) if large else (0,) if durable else ()
        """How far behind the place of writing stretches are handed over."""
        self._current = -1
        self._descriptor = -1

    def __enter__(self) -> PartialFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def present(self) -> int:
        """Return how many bytes of the stream are there without a gap."""
        there = 0
        for path, size in zip(self._paths, self._sizes, strict=True):
            found = path.stat().st_size if path.exists() else 0
            there += min(found, size)
            if found < size:
                break
        return there

    def cut(self, end: int) -> None:
        """Forget everything from offset `end` on, and make the empty files."""
        for path, size, start in zip(self._paths, self._sizes, self._starts, strict=False):
            with storing(path):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = _open(path)
                os.ftruncate(descriptor, max(0, min(size, end - start)))
                os.close(descriptor)

    def pieces(self, offset: int, data: memoryview) -> Iterator[tuple[int, int, memoryview]]:
        """Yield (number of the file, offset in it, piece) for `data` at `offset` of the stream."""
        end = offset + len(data)
        number = bisect_right(self._starts, offset) - 1
        while offset < end:
            start = self._starts[number]
            last = min(start + self._sizes[number], end)
            if offset < last:
                yield number, offset - start, data[: last - offset]
                data, offset = data[last - offset :], last
            number += 1

    def write(self, offset: int, data: memoryview) -> None:
        """Write `data` at `offset` of the stream."""
        for number, at, piece in self.pieces(offset, data):
            with storing(self._paths[number]):
                self._switch(number)
                while piece:
                    count = os.pwrite(self._descriptor, piece, at)
                    self._hand_over(at, at + count)
                    piece, at = piece[count:], at + count

    def read(self, offset: int, target: memoryview) -> int:
        """Fill `target` from `offset` of the stream; return how many bytes there were."""
        total = 0
        for number, at, piece in self.pieces(offset, target):
            with storing(self._paths[number]):
                self._switch(number)
                total += os.preadv(self._descriptor, [piece], at)
        return total

    def sync(self) -> None:
        """Make all files and folders durable."""
        self._close()
        with storing(self._folder):
            for path in self._paths:
                descriptor = _open(path)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            for folder in {parent for path in self._paths for parent in path.parents if self._folder in parent.parents}:
                durable_file.sync_directory(folder)
            durable_file.sync_directory(self._folder)

    def _hand_over(self, before: int, after: int) -> None:
        """Have the disk take the stretch that writing up to `after` ended, and the cache let go an older one.

        On Linux, POSIX_FADV_DONTNEED starts to write what is dirty, waits for nothing, and drops what is clean.
        """
        end = after // _STRETCH * _STRETCH
        if end <= before:
            return
        with suppress(OSError):  # advice: a file system without it stores all the same
            for behind in self._behind:
                if end - behind >= _STRETCH:
                    start = end - behind - _STRETCH
                    os.posix_fadvise(self._descriptor, start, _STRETCH, os.POSIX_FADV_DONTNEED)

    def _switch(self, number: int) -> None:
        if number != self._current:
            self._close()
            self._descriptor = _open(self._paths[number])
            self._current = number

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = self._current = -1


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the operating system's refusal to store at `path` into Unavailable (STORAGE_FULL)."""
    try:
        yield
    except OSError as error:
        raise Unavailable("STORAGE_FULL", f"cannot write to {path}: {error.strerror}") from None


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
