"""A disk that is full from one commit of a home on, until somebody frees it."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.archive import Archive

_CHUNK = 64 * 1024


def _waste(size: int, tx: Any) -> None:
    tx.exec_driver_sql("INSERT INTO wasted VALUES (zeroblob(?))", (size,))


@contextmanager
def small_disk(place: Path, size: str = "48m") -> Iterator[Path | None]:
    """Mount a small file system at `place` and give it; None where this user may not mount."""
    place.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place)], check=False, capture_output=True
    ).returncode
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=True)


class FillingStore:
    """The store of an archive; its disk is full just before commit number `at`, and until `free()`.

    On a small disk it is filled with ballast; elsewhere SQLite itself is told that its file may not grow.
    """

    def __init__(self, archive: Archive, disk: Path | None) -> None:
        self._archive, self._store, self._disk = archive, archive.store, disk
        self._at, self.count, self.refused, self._lock = 0, 0, 0, threading.Lock()
        self._since = math.inf
        self._store.commit(lambda tx: tx.exec_driver_sql("CREATE TABLE IF NOT EXISTS wasted (b)"))
        archive.store = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, work: Callable[[Any], Any]) -> Any:
        with self._lock:
            self.count += 1
            if self.count == self._at:
                self._fill()
                self._since = time.monotonic()
        try:
            return self._store.commit(work)
        except Exception as error:
            self.refused += getattr(error, "code", "") == "STORAGE_FULL"
            raise

    async def committed(self, work: Callable[[Any], Any]) -> Any:
        return await asyncio.to_thread(self.commit, work)

    def full_at(self, at: int) -> None:
        """Let the disk be full at the commit number `at` from now on."""
        self.count, self.refused, self._at = 0, 0, at

    def long_full(self, seconds: float) -> bool:
        """Say whether the disk has been full for so many seconds."""
        return time.monotonic() - self._since > seconds

    def free(self) -> None:
        """Free some space; not while it is being filled."""
        with self._lock:
            self._at, self._since = 0, math.inf
            if self._disk is not None:
                (self._disk / "ballast").unlink(missing_ok=True)
            else:
                self._limit(0xFFFFFFFE)

    def leave(self) -> None:
        """Give the archive its own store back."""
        self.free()
        self._archive.store = self._store

    def _fill(self) -> None:
        if self._disk is None:
            self._limit(1)  # SQLite makes it what the file has now
            return
        with (self._disk / "ballast").open("ab", buffering=0) as ballast:
            for size in (_CHUNK, 512):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(bytes(size))
        self._use_up_the_log()

    def _use_up_the_log(self) -> None:
        """The write-ahead log keeps room that it has: fill that too, down to the last page."""
        for size in (_CHUNK, 8192, 1):
            with contextlib.suppress(Unavailable):
                while True:
                    self._store.commit(partial(_waste, size))

    def _limit(self, pages: int) -> None:
        self._store.commit(lambda tx: tx.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar())
