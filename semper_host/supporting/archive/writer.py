"""The one writing connection of a store in SQLite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.log_room import make_room
from semper_host.supporting.archive.storage_errors import STORAGE_FAULTS

BUSY_AFTER = 64
"""Commits after which a process is taken for one that keeps committing: a growing log has then cost it as much as room
costs."""


class Writer:
    """Satisfies `group_commit.Transaction`. While it has a transaction, nobody else writes, in whichever process.

    `log` is the database's write-ahead log, where it has one in a file.
    """

    def __init__(self, engine: Engine, log: Path | None = None) -> None:
        self._engine = engine
        self._log, self._begun = log, 0
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._version: object = None

    def begin(self) -> Connection:
        """Begin, and return what works are given."""
        if self._connection is None:
            self._connection = self._engine.connect()
            self._cursor = self._connection.connection.cursor()
            self._version = None
        self._begun += 1
        if self._begun == BUSY_AFTER and self._log is not None:
            make_room(self._cursor, self._log)
        self._cursor.execute("BEGIN IMMEDIATE")
        return self._connection

    def unchanged(self) -> bool:
        """Say whether nobody else has written since this was last asked (sqlite.org/pragma, data_version)."""
        (version,) = self._cursor.execute("PRAGMA data_version").fetchone()
        before, self._version = self._version, version
        return bool(version == before)

    def commit(self) -> None:
        """Make everything since `begin` durable."""
        try:
            self._cursor.execute("COMMIT")
        except BaseException:
            self.rollback()
            self.drop()  # after a failed sync the state of cached pages is unknown: start from the file
            raise

    def rollback(self) -> None:
        """Undo everything since `begin`; never raises."""
        try:
            if self._connection is not None and self._in_transaction():
                self._cursor.execute("ROLLBACK")
        except STORAGE_FAULTS:
            self.drop()

    def savepoint(self) -> None:
        """Mark where the next work starts."""
        self._cursor.execute("SAVEPOINT work")

    def keep(self) -> None:
        """Keep what came since the savepoint."""
        self._cursor.execute("RELEASE SAVEPOINT work")

    def undo(self) -> None:
        """Undo what came since the savepoint."""
        if not self._in_transaction():  # on some faults SQLite undoes everything (sqlite.org/lang_transaction)
            raise Unavailable("STORAGE_FULL", "cannot use the archive: the disk is full or failed, nothing was written")
        self._cursor.execute("ROLLBACK TO SAVEPOINT work")
        self._cursor.execute("RELEASE SAVEPOINT work")

    def drop(self) -> None:
        """Close the connection; the next `begin` opens a new one."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _in_transaction(self) -> bool:
        assert self._connection is not None
        driver: Any = self._connection.connection.driver_connection
        return bool(getattr(driver, "in_transaction", True))
