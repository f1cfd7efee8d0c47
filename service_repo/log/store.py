"""Where a repository writes: SQLite (default) or PostgreSQL. What `write` returns from is durable.

Writers take turns, whichever thread, process or machine they come from: SQLite by its lock, PostgreSQL by an advisory
one. So the rules of the log are checked and its next entries numbered in one transaction that nobody else interleaves.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from semper_host.model.errors import Unavailable
from service_repo.log.tables import TABLES

T = TypeVar("T")

_WRITING, _SEQUENCING, _MAKING = 0x73656D01, 0x73656D02, 0x73656D03
"""Names of the advisory locks."""
_BUSY_SECONDS = 60
_CACHE = "PRAGMA cache_size=-16384"
"""Kibibytes of pages that a connection keeps: what is looked up by digest lies all over the file."""
_IDLE = 4
"""How many connections for reading stay open in SQLite; a server's are pooled by SQLAlchemy, which tries them first."""


class Store:
    """One database. Close it when done; one opened before a fork must not be used after it."""

    def __init__(self, writing: Engine, reading: Engine, lock: Path, tables: MetaData) -> None:
        self._writing, self._reading, self._lock, self._tables = writing, reading, lock, tables
        self._is_sqlite = writing.dialect.name == "sqlite"
        self._reads = "BEGIN" if self._is_sqlite else "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ"
        self._turn, self._sequencing_turn = threading.Lock(), threading.Lock()
        self._writer: Connection | None = None
        self._idle: list[Connection] = []
        self._faults = (DBAPIError, NoConnection, writing.dialect.loaded_dbapi.Error)

    @classmethod
    def open(cls, place: Path | str, private: Path, *, durable: bool = True, tables: MetaData = TABLES) -> Store:
        """Open or make the store at a file path or a postgresql:// URL; `private` is a folder for locks.

        Raises Unavailable STORAGE_FULL, STORAGE_CORRUPT.
        """
        if isinstance(place, str):
            url = place.replace("postgresql://", "postgresql+psycopg://", 1)
            many = {"pool_size": 4, "max_overflow": 60, "pool_pre_ping": True}
            engine = create_engine(url, isolation_level="AUTOCOMMIT", **many)
            store = cls(engine, engine, private / ".sequencer", tables)
        else:
            store = cls(*_sqlite(place, durable), private / ".sequencer", tables)
        store._make()
        return store

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` alone among all writers; its result is durable on return, its exception undoes all of it.

        Raises what `work` raises, and Unavailable STORAGE_FULL, STORAGE_CORRUPT, HOME_BUSY.
        """
        with self._turn:
            try:
                connection = self._opened()
                self._begin(connection, _WRITING)
                result = work(connection)
                run(connection, "COMMIT")
                return result
            except BaseException as error:
                self._drop()
                self._clear(error)
                raise

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state."""
        connection: Connection | None = None
        try:
            connection = self._idle_or_new()
            run(connection, self._reads)
            result = work(connection)
            run(connection, "ROLLBACK")
        except BaseException as error:
            if connection is not None:
                _discard(connection)
            self._clear(error)
            raise
        if self._is_sqlite and len(self._idle) < _IDLE:
            self._idle.append(connection)
        else:
            connection.close()
        return result

    @contextmanager
    def sequencing(self, *, wait: bool = True) -> Iterator[bool]:
        """Let one sequencer in at a time, of all threads, processes and clients. It ends with the process.

        Gives whether it is let in: without `wait` not where another one is.
        """
        if not self._sequencing_turn.acquire(blocking=wait):
            yield False
            return
        try:  # threads wait here: each of them would hold a connection otherwise
            yield from self._sequencing(wait)
        finally:
            self._sequencing_turn.release()

    def _sequencing(self, wait: bool) -> Iterator[bool]:
        if self._is_sqlite:
            descriptor = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                yield _locked(descriptor, wait)
            finally:
                os.close(descriptor)
        else:
            try:
                with self._writing.connect() as connection:
                    asked = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
                    found = run(connection, f"SELECT {asked}({_SEQUENCING})").fetchone()[0]
                    try:
                        yield found is not False
                    finally:
                        if found is not False:
                            run(connection, f"SELECT pg_advisory_unlock({_SEQUENCING})")
            except self._faults as error:
                self._clear(error)

    def check(self) -> str:
        """Return what is wrong with the database file itself, or ""."""
        if not self._is_sqlite:
            return ""
        try:
            found = self.read(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all())
        except Unavailable as error:
            return error.message
        return "" if found == ["ok"] else "; ".join(map(str, found))

    def close(self) -> None:
        """Close all connections."""
        with self._turn:
            self._drop()
        while self._idle:
            self._idle.pop().close()
        self._reading.dispose()
        self._writing.dispose()

    def _make(self) -> None:
        try:
            connection = self._opened()
            self._begin(connection, _MAKING)
            self._tables.create_all(connection)
            run(connection, "COMMIT")
        except BaseException as error:
            self._drop()
            self._clear(error)
            raise

    def _begin(self, connection: Connection, lock: int) -> None:
        if self._is_sqlite:
            run(connection, "BEGIN IMMEDIATE")
        else:
            run(connection, "BEGIN")
            run(connection, f"SELECT pg_advisory_xact_lock({lock})")

    def _idle_or_new(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._reading.connect()

    def _opened(self) -> Connection:
        if self._writer is None:
            self._writer = self._writing.connect()
        return self._writer

    def _drop(self) -> None:
        """Close the writing connection, which undoes what it began; the next write opens a new one."""
        connection, self._writer = self._writer, None
        if connection is not None:
            _discard(connection)

    def _clear(self, error: BaseException) -> None:
        """Raise an error of the database as what it means for whoever publishes; return of any other."""
        if isinstance(error, NoConnection):
            raise _translated("busy: no connection is free") from error
        if isinstance(error, self._faults):
            raise _translated(str(error.orig if isinstance(error, DBAPIError) else error)) from error


def run(connection: Connection, text: str) -> Any:
    """Have the driver itself run what needs no parameters; return its cursor."""
    driver: Any = connection.connection.dbapi_connection
    return driver.execute(text)


def _locked(descriptor: int, wait: bool) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _discard(connection: Connection) -> None:
    connection.invalidate()
    connection.close()


def _sqlite(path: Path, durable: bool) -> tuple[Engine, Engine]:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    options: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "connect_args": {"check_same_thread": False, "timeout": _BUSY_SECONDS, "cached_statements": 256},
    }
    writing = create_engine(f"sqlite:///{path}", poolclass=NullPool, **options)
    reading = create_engine(f"sqlite:///{path}", pool_size=4, max_overflow=60, **options)
    sync = f"PRAGMA synchronous={'FULL' if durable else 'OFF'}"

    def prepare(driver: sqlite3.Connection, record: object) -> None:
        for pragma in ("PRAGMA journal_mode=WAL", sync, "PRAGMA trusted_schema=OFF", _CACHE):
            driver.execute(pragma).fetchall()

    event.listen(writing, "connect", prepare)
    event.listen(reading, "connect", prepare)
    return writing, reading


def _translated(cause: str) -> Unavailable:
    if "locked" in cause or "busy" in cause:
        return Unavailable("HOME_BUSY", "cannot write to the repository: another writer does not finish")
    if any(word in cause for word in ("malformed", "not a database", "corrupt")):
        return Unavailable("STORAGE_CORRUPT", f"cannot use the repository's database: {cause}; see `semper repo fsck`")
    return Unavailable("STORAGE_FULL", f"cannot use the repository's database: {cause}")
