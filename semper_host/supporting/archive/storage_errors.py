"""What a failing disk or database becomes: an error that says who can act and that nothing was half written."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from semper_host.model.errors import SemperError, Unavailable

_CODES = {
    "SQLITE_FULL": ("STORAGE_FULL", "the disk is full"),
    "SQLITE_IOERR": ("STORAGE_FULL", "the disk failed to read or write"),
    "SQLITE_CANTOPEN": ("STORAGE_FULL", "the database file cannot be opened"),
    "SQLITE_READONLY": ("STORAGE_FULL", "the database file is read-only"),
    "SQLITE_CORRUPT": ("STORAGE_CORRUPT", "the database file is damaged"),
    "SQLITE_NOTADB": ("STORAGE_CORRUPT", "the file is not a database"),
    "SQLITE_BUSY": ("HOME_BUSY", "another process is writing to this home"),
    "SQLITE_LOCKED": ("HOME_BUSY", "another process is writing to this home"),
    "SQLITE_NOLFS": ("STORAGE_FULL", "the disk does not take so large a file"),
}
"""SQLite's primary result codes (sqlite.org/rescode.html) that are nobody's programming error."""

STORAGE_FAULTS = (DBAPIError, sqlite3.Error)
"""What the database driver raises, wrapped by SQLAlchemy or bare."""


def translated(error: BaseException) -> SemperError | None:
    """Return the Unavailable (STORAGE_FULL, STORAGE_CORRUPT, HOME_BUSY) that `error` stands for, else None."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = getattr(cause, "sqlite_errorname", None) or ""
    primary = "_".join(name.split("_")[:2])  # SQLITE_IOERR_WRITE is a kind of SQLITE_IOERR
    if primary not in _CODES:
        return None
    code, words = _CODES[primary]
    return Unavailable(code, f"cannot use the archive: {words} ({cause})")
