"""The durable store of one home: SQLite with write-ahead log and full sync, through SQLAlchemy Core.

What `commit` returns from is on disk. Writers of one process share commits (see `group_commit`); processes of one
home exclude each other by SQLite's own lock, waiting `busy_seconds` before HOME_BUSY.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, event

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.group_commit import GroupCommit
from semper_host.supporting.archive.storage_errors import STORAGE_FAULTS, translated

T = TypeVar("T")
Transaction = Connection
"""What `Store.commit` hands to its work; passed on, never used directly above the archive."""


class Store:
    """One database: `commit` writes durably, `read` sees one consistent state."""

    def __init__(self, writing: Engine, reading: Engine) -> None:
        self._reading = reading
        self._writer = _Writer(writing)
        self._turns = GroupCommit[Connection](self._writer)
        self._begin_reading = "BEGIN" if _is_sqlite(reading) else "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"

    @classmethod
    def open(cls, place: Path | str, busy_seconds: int = 5) -> Store:
        """Open or create the store at a file path (owner-only) or a `postgresql://` URL.

        Raises Unavailable: STORAGE_CORRUPT, STORAGE_FULL, HOME_BUSY.
        """
        if isinstance(place, str) and "://" in place:
            engine = create_engine(place, isolation_level="AUTOCOMMIT")
            return cls(engine, engine)
        with _clear_errors():
            return cls(*_sqlite_engines(Path(place), busy_seconds))

    def create(self, metadata: MetaData) -> None:
        """Create the tables of `metadata` that are not there yet, with their triggers, in one commit."""
        self.commit(metadata.create_all)

    def commit(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)` and return its result once it is durable; its exception undoes all it wrote.

        Concurrent callers share one commit; `work` may run on the thread of another caller and must be short.
        Raises what `work` raises, and Unavailable: STORAGE_FULL, STORAGE_CORRUPT, HOME_BUSY; then nothing is written.
        """
        try:
            return self._turns.commit(work)
        except STORAGE_FAULTS as error:
            raise translated(error) or error from error

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)` on one consistent state and return its result; writing is refused."""
        with _clear_errors(), self._reading.connect() as connection:
            connection.exec_driver_sql(self._begin_reading)
            try:
                return work(connection)
            finally:
                connection.exec_driver_sql("ROLLBACK")

    def check(self) -> None:
        """Read the whole file and raise Unavailable (STORAGE_CORRUPT) if its structure is damaged."""
        if _is_sqlite(self._reading):
            found = self.read(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all())
            if found != ["ok"]:
                raise Unavailable("STORAGE_CORRUPT", f"cannot use the archive: {'; '.join(map(str, found))}")

    def close(self) -> None:
        """Close all connections; the store must be idle."""
        self._writer.drop()
        self._reading.dispose()


class _Writer:
    """The one writing connection; satisfies `group_commit.Transaction`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._begin = "BEGIN IMMEDIATE" if _is_sqlite(engine) else "BEGIN"
        self._connection: Connection | None = None
        self._cursor: Any = None

    def begin(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
            self._cursor = self._connection.connection.cursor()
        self._cursor.execute(self._begin)
        return self._connection

    def commit(self) -> None:
        try:
            self._cursor.execute("COMMIT")
        except BaseException:
            self.rollback()
            self.drop()  # after a failed sync the state of cached pages is unknown: start from the file
            raise

    def rollback(self) -> None:
        try:
            if self._connection is not None and self._in_transaction():
                self._cursor.execute("ROLLBACK")
        except STORAGE_FAULTS:
            self.drop()

    def savepoint(self) -> None:
        self._cursor.execute("SAVEPOINT work")

    def keep(self) -> None:
        self._cursor.execute("RELEASE SAVEPOINT work")

    def undo(self) -> None:
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


def _is_sqlite(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA secure_delete=ON",
)


def _sqlite_engines(path: Path, busy_seconds: int) -> tuple[Engine, Engine]:
    _create_file(path)
    options: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "connect_args": {"check_same_thread": False, "timeout": busy_seconds, "cached_statements": 256},
    }
    writing = create_engine(f"sqlite:///{path}", poolclass=NullPool, **options)
    reading = create_engine(f"sqlite:///{path}", pool_size=8, max_overflow=56, **options)
    event.listen(writing, "connect", _preparation(*_PRAGMAS))
    event.listen(reading, "connect", _preparation(*_PRAGMAS, "PRAGMA query_only=ON"))
    writing.connect().close()  # a damaged file shows here
    return writing, reading


def _preparation(*pragmas: str) -> Callable[[sqlite3.Connection, object], None]:
    def prepare(driver: sqlite3.Connection, record: object) -> None:
        for pragma in pragmas:
            driver.execute(pragma).fetchall()

    return prepare


def _create_file(path: Path) -> None:
    """Create the file for its owner alone, and make its name durable; SQLite gives its companions the same mode."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable("STORAGE_FULL", f"cannot create the archive {path.name}: {error.strerror}") from None
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except STORAGE_FAULTS as error:
        raise translated(error) or error from error
