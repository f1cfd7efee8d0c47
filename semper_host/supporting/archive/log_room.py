"""Room in SQLite's write-ahead log: written once beforehand, so that commits need not make the file grow.

Syncing a file that has grown costs a commit of the file system's own journal as well: twice the time, as a rule. The
log only grows until its first checkpoint and is then written from its start again, but it is new each time that a home
is opened. So a process that keeps committing has SQLite fill the log with a transaction that is then rolled back: its
pages go into the file when the cache is too small for them, and what comes next is written over them
(sqlite.org/walformat, §2: a frame counts only up to the last commit, and if its checksum continues those before it).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from semper_host.supporting.archive.storage_errors import STORAGE_FAULTS

LENGTH = 4_200_000
"""Bytes of a log when its checkpoint is due: a thousand pages, SQLite's own default, and a little more."""
_WORTH_IT = 200_000  # bytes
_SMALL_CACHE = 16  # pages


def make_room(cursor: Any, log: Path) -> None:
    """Have the file `log` LENGTH bytes long, unless it is; `cursor` is the driver's, outside a transaction.

    Writes nothing that counts. Where there is no room on the disk, or another process writes, leaves it.
    """
    with suppress(OSError, *STORAGE_FAULTS):
        missing = LENGTH - log.stat().st_size
        if missing > _WORTH_IT:
            _fill(cursor, missing)


def _fill(cursor: Any, size: int) -> None:
    kept = {name: cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("cache_size", "busy_timeout")}
    cursor.execute(f"PRAGMA cache_size={_SMALL_CACHE}")
    cursor.execute("PRAGMA busy_timeout=0")  # never wait for another process with it
    try:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            cursor.execute("CREATE TABLE log_room (filling BLOB)")
            cursor.execute("INSERT INTO log_room VALUES (zeroblob(?))", (size,))
        finally:
            if cursor.connection.in_transaction:  # some faults undo everything by themselves
                cursor.execute("ROLLBACK")
    finally:
        for name, value in kept.items():
            cursor.execute(f"PRAGMA {name}={value}")
