"""The durable store on PostgreSQL: for a home whose role runs as several processes, on one machine or many.

A commit runs serializable: what it leads to, it would also lead to alone. Where two processes get into each other's
way, PostgreSQL refuses one of them; that one is run again with the writers' lock held for itself, and so gets through.
Threads of one process share commits as on SQLite (`group_commit`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.supporting.archive.postgresql_errors import FAULTS, collided, translated
from semper_host.supporting.archive.store import Store

T = TypeVar("T")

TRIES = 6
"""How often a commit is tried while other processes are in its way: the first time beside them, then alone."""
_TURN = "semper_turn"
_BESIDE, _ALONE, _READ = (
    f"BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE {_TURN} IN ROW SHARE MODE",
    f"BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE {_TURN} IN EXCLUSIVE MODE",
    "BEGIN READ ONLY ISOLATION LEVEL REPEATABLE READ",
)
"""LOCK TABLE takes no snapshot, so who waited for its turn sees all that was committed meanwhile."""
_READERS, _MORE_READERS = 4, 12
_IDLE = 0  # libpq's PQTRANS_IDLE


class PostgresStore(Store):
    """The store at a `postgresql://` URL; see `Store` for what its methods promise."""

    remote = True

    def __init__(self, engine: Engine) -> None:
        self._reading = engine
        self._writer: _Writer = _Writer(engine)  # type: ignore[assignment]
        self._turns = self._sharing(self._writer, engine)
        self._begin_reading = _READ
        self._keep_readers(0)  # a connection may break: the pool asks before it gives one away

    @classmethod
    def at(cls, url: str, busy_seconds: int = 5) -> PostgresStore:
        """Open the store in the database that `url` names; what is not there yet is created.

        Raises UsageError (CONFIG_INVALID, STORAGE_DRIVER) and Unavailable (STORAGE_UNREACHABLE, …).
        """
        store = cls(_engine(url, busy_seconds))
        try:
            _check_durable(store.read(lambda tx: tx.exec_driver_sql(_SETTINGS).one()))
            _create_turn(store._reading)
        except FAULTS as error:
            raise translated(error) or error from error
        return store

    def commit(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)`, durable on return. It may run several times, each time on what is committed by then.

        Raises what `work` raises, and Unavailable: STORAGE_FULL, STORAGE_CORRUPT, HOME_BUSY (nothing is written),
        STORAGE_UNREACHABLE (nobody knows whether it is: ask again, with the same key).
        """
        for tries in range(1, TRIES + 1):
            try:
                return self._turns.commit(work)
            except FAULTS as error:
                self._again(error, tries)
        raise AssertionError  # the last try returns or raises

    async def committed(self, work: Callable[[Connection], T]) -> T:
        """Do as `commit` does, for a task of an event loop."""
        for tries in range(1, TRIES + 1):
            try:
                return await self._turns.committed(work)
            except FAULTS as error:
                self._again(error, tries)
        raise AssertionError  # the last try returns or raises

    def _again(self, error: Exception, tries: int) -> None:
        """Let a commit that others were in the way of be tried again; raise what any other error stands for."""
        if not collided(error) or tries == TRIES:
            raise translated(error) or error from error
        self._writer.alone_next()

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)` on one consistent state; writing is refused."""
        try:
            return super().read(work)
        except FAULTS as error:
            raise translated(error) or error from error


class _Writer:
    """The one writing connection of this process; satisfies `group_commit.Transaction`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._alone = threading.Event()

    def alone_next(self) -> None:
        """Let the next commit wait until no other process commits, and keep them waiting."""
        self._alone.set()

    def begin(self) -> Connection:
        alone = self._alone.is_set()
        self._alone.clear()
        statement = _ALONE if alone else _BESIDE
        if self._connection is not None:
            try:
                self._cursor.execute(statement)
                return self._connection
            except FAULTS as error:
                if collided(error):
                    raise
                self.drop()  # the server was restarted, say: nothing has begun, so begin anew
        self._connection = self._engine.connect()
        self._cursor = self._connection.connection.cursor()
        self._cursor.execute(statement)
        return self._connection

    def commit(self) -> None:
        try:
            self._cursor.execute("COMMIT")
        except BaseException:
            self.rollback()
            raise

    def rollback(self) -> None:
        try:
            if self._connection is not None and self._in_transaction():
                self._cursor.execute("ROLLBACK")
        except FAULTS:
            self.drop()

    def savepoint(self) -> None:
        self._cursor.execute("SAVEPOINT work")

    def keep(self) -> None:
        self._cursor.execute("RELEASE SAVEPOINT work")

    def undo(self) -> None:
        self._cursor.execute("ROLLBACK TO SAVEPOINT work; RELEASE SAVEPOINT work")

    def drop(self) -> None:
        """Close the connection; the next `begin` opens a new one."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _in_transaction(self) -> bool:
        assert self._connection is not None
        driver: Any = self._connection.connection.driver_connection
        return bool(driver.info.transaction_status != _IDLE)


_ASKED = ("fsync", "full_page_writes", "server_version_num")
_SETTINGS = "SELECT " + ", ".join(f"current_setting('{name}')" for name in _ASKED)
_OLDEST = 130000  # row triggers on partitioned tables


def _check_durable(settings: Any) -> None:
    fsync, whole_pages, version = settings
    if (fsync, whole_pages) != ("on", "on"):
        message = "cannot use the database: its server runs with fsync or full_page_writes off, so commits can be lost"
        raise UsageError("CONFIG_INVALID", message)
    if int(version) < _OLDEST:
        raise UsageError("CONFIG_INVALID", "cannot use the database: its server is older than PostgreSQL 13")


def _create_turn(engine: Engine) -> None:
    """Create the table that is the writers' lock; several processes may come here at once."""
    with engine.connect() as connection:
        if connection.exec_driver_sql(f"SELECT to_regclass('{_TURN}')").scalar() is None:
            connection.exec_driver_sql(
                "BEGIN; SELECT pg_advisory_xact_lock(hashtext('semper_turn'));"
                f" CREATE TABLE IF NOT EXISTS {_TURN} (); COMMIT"
            )


def _engine(url: str, busy_seconds: int) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise UsageError("CONFIG_INVALID", "cannot use the database: its address is not like postgresql://host/name")
    try:
        engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", pool_pre_ping=True,
            pool_size=_READERS, max_overflow=_MORE_READERS, connect_args={"connect_timeout": 5},
        )  # fmt: skip
    except ModuleNotFoundError:
        message = (
            "cannot use a PostgreSQL database: psycopg is not installed;"
            " `pip install 'semper-host[postgresql]'` adds it"
        )
        raise UsageError("STORAGE_DRIVER", message) from None
    event.listen(engine, "connect", _preparation(busy_seconds))
    return engine


def _preparation(busy_seconds: int) -> Callable[[Any, object], None]:
    settings = (
        "SET synchronous_commit = on; SET client_min_messages = warning;"
        " SET idle_in_transaction_session_timeout = '60s'; SET statement_timeout = '60s';"
        f" SET lock_timeout = '{busy_seconds}s'"
    )

    def prepare(driver: Any, record: object) -> None:
        try:
            driver.autocommit = True
            driver.execute(settings)
        except FAULTS as error:
            raise _clear(error) from error

    return prepare


def _clear(error: BaseException) -> SemperError:
    return translated(error) or Unavailable("STORAGE_UNREACHABLE", f"cannot use the database: {error}")
