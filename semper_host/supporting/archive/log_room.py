"""Room ahead in SQLite's write-ahead log, so that commits need not make the file longer.

Syncing a file that has grown also syncs the file system's own journal, and takes about twice the time. SQLite appends
to the log until it is checkpointed at 1,000 pages, and begins anew whenever a home is opened. So where it grows, zeros
are written beyond its end, in one go for many commits to come. They are no frames: those carry the salts of the log's
header and a running checksum, and whoever reads the log stops at the first that does not (sqlite.org/fileformat2, 4.1).
"""

from __future__ import annotations

import os
from pathlib import Path

STEP = 1 << 20
"""Bytes that are added at once: for some forty commits."""
FULL = 5 << 20
"""Bytes of a log that has been checkpointed at its usual length: it does not grow any more."""
EVERY = 16
"""Commits from one look at the file to the next; who commits less often than this gains nothing from room."""


class LogRoom:
    """Looks after the log of one database file; of none where the database is in memory."""

    def __init__(self, database: str | None) -> None:
        self._path = Path(f"{database}-wal") if database else None
        self._until_look = EVERY
        self._made = 0

    def look(self) -> None:
        """Call inside a transaction that holds SQLite's writer lock, before it writes: nobody else then appends."""
        self._until_look -= 1
        if self._until_look or self._path is None:
            return
        self._until_look = EVERY
        try:
            log = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            return
        try:
            self._extend(log)
        finally:
            os.close(log)

    def _extend(self, log: int) -> None:
        """Add room where SQLite has used up what was made."""
        end = os.fstat(log).st_size
        if end <= self._made or end >= FULL:
            return
        try:
            self._made = end + os.pwrite(log, bytes(STEP), end)
            os.fdatasync(log)
        except OSError:  # a full disk: commits will say so, if they still need more
            os.ftruncate(log, end)
            self._path = None
