"""The bare durable write, the limit of everything that must be on disk: pwrite and fdatasync, one after the other."""

from __future__ import annotations

import os
from pathlib import Path

SIZE = 512
_PLACES = 4096


class DurableWrites:
    """A file written beforehand, so that no write of ours makes it grow: the fastest that a durable write can be."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._record = os.urandom(SIZE)
        self._next = 0
        os.write(self._file, bytes(SIZE * _PLACES))
        os.fsync(self._file)

    def write(self, count: int = 1) -> None:
        """Write and sync `count` records of SIZE bytes, one at a time."""
        for _ in range(count):
            os.pwrite(self._file, self._record, SIZE * (self._next % _PLACES))
            os.fdatasync(self._file)
            self._next += 1

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)
