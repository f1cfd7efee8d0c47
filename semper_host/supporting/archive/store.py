"""The durable store of one home: SQLite with write-ahead log and full sync, through SQLAlchemy Core.

What `commit` returns from is on disk. Writers of one process share commits (see `group_commit`); processes of one
home exclude each other by SQLite's own lock, waiting `busy_seconds` before HOME_BUSY.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, event
from sqlalchemy.sql import ClauseElement

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.group_commit import GroupCommit
from semper_host.supporting.archive.group_commit import Transaction as Transacting
from semper_host.supporting.archive.pending import Pending
from semper_host.supporting.archive.settling import Settling
from semper_host.supporting.archive.statement import Statement
from semper_host.supporting.archive.storage_errors import STORAGE_FAULTS, translated
from semper_host.supporting.archive.turns import Turns, turns_of
from semper_host.supporting.archive.writer import Writer

T = TypeVar("T")
MOST_READERS = 8
MEMORY = "sqlite://"
"""The place of a store that is gone with its process: for measurements."""
Transaction = Connection
"""What `Store.commit` hands to its work; passed on, never used directly above the archive."""


class Store:
    """One database: `commit` writes durably, `read` sees one consistent state."""

    remote = False
    """Whether reading waits for a server: then not on the thread of an event loop."""

    def __init__(self, writing: Engine, reading: Engine, log: Path | None = None) -> None:
        self._reading = reading
        self._writer = Writer(writing, log)
        self._turns = self._sharing(self._writer, writing)
        self._begin_reading = "BEGIN"
        self._keep_readers(0 if log is None else MOST_READERS)

    def _sharing(self, writer: Transacting[Connection], engine: Engine) -> GroupCommit[Connection]:
        """Return what runs works in transactions of `writer`, which is the one connection of `engine` that writes."""
        self.pending = Pending()
        return GroupCommit[Connection](Settling(writer, engine, self.pending))

    def _keep_readers(self, most: int) -> None:
        """Keep so many connections between reads: taking one from SQLAlchemy's pool costs more than most reads."""
        self._readers: list[tuple[Connection, Any]] = []
        self._most_readers = most

    @classmethod
    def open(cls, place: Path | str, busy_seconds: int = 5) -> Store:
        """Open or create the store at a file path (owner-only), or one in this process's memory (MEMORY).

        `backends.open_store` also knows PostgreSQL. Raises Unavailable: STORAGE_CORRUPT, STORAGE_FULL, HOME_BUSY.
        """
        if place == MEMORY:
            engine = create_engine(MEMORY, isolation_level="AUTOCOMMIT")
            return cls(engine, engine)
        with _clear_errors():
            return cls(*_sqlite_engines(Path(place), busy_seconds), Path(f"{place}-wal"))

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

    async def committed(self, work: Callable[[Connection], T]) -> T:
        """Do as `commit` does, for a task of an event loop: its result once it is durable, while the loop goes on.

        `work` runs on another thread, and must not touch what the loop's tasks use. Tasks and threads share commits.
        A task that is cancelled while it waits is cancelled when its work is durable or has failed, not before.
        Raises what `commit` raises.
        """
        try:
            return await self._turns.committed(work)
        except STORAGE_FAULTS as error:
            raise translated(error) or error from error

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)` on one consistent state and return its result; writing is refused."""
        with _clear_errors():
            try:
                connection, cursor = self._readers.pop()
            except IndexError:
                connection = self._reading.connect()
                cursor = connection.connection.cursor()  # through SQLAlchemy these two cost more than most reads
            try:
                cursor.execute(self._begin_reading)
                result = work(connection)
                cursor.execute("ROLLBACK")
            except BaseException:
                connection.close()  # the pool undoes what it was in
                raise
            if len(self._readers) < self._most_readers:
                self._readers.append((connection, cursor))
            else:
                connection.close()
            return result

    @cached_property
    def turns(self) -> Turns:
        """What lets one process at a time act for a deal."""
        return turns_of(self._reading)

    def check(self) -> None:
        """Read the whole file and raise Unavailable (STORAGE_CORRUPT) if its structure is damaged."""
        if _is_sqlite(self._reading):
            found = self.read(lambda tx: tx.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all())
            if found != ["ok"]:
                raise Unavailable("STORAGE_CORRUPT", f"cannot use the archive: {'; '.join(map(str, found))}")

    def prepared(self, statement: ClauseElement | Mapping[str, ClauseElement]) -> Statement:
        """Return a statement that is executed often; where databases differ, one of those given by their names."""
        if not isinstance(statement, ClauseElement):
            statement = statement[self._reading.dialect.name]
        return Statement(statement, self.pending)

    def writes(self, tx: Connection) -> bool:
        """Say whether `tx` is the transaction of a `commit` under way, not of a `read`."""
        return tx is self.pending.tx

    def close(self) -> None:
        """Close all connections. Tasks that wait for a commit are answered first; threads must be done."""
        self._turns.close()
        self._writer.drop()
        if (turns := self.__dict__.pop("turns", None)) is not None:
            turns.close()
        while self._readers:
            self._readers.pop()[0].close()
        self._reading.dispose()


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
