"""Turns for deals (`turns`) on PostgreSQL: advisory locks, which end with the connection that has them."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine

from semper_host.supporting.archive.postgresql_errors import FAULTS, translated
from semper_host.supporting.archive.turns import number_of


class ServerTurns:
    """Locks of a connection of its own; where that breaks, its turns are over, and the next begins another."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._using = engine, threading.Lock()
        self._connection: Connection | None = None

    def take(self, deal: bytes) -> bool:
        """Raises Unavailable where the server does not answer."""
        try:
            return bool(self._call("pg_try_advisory_lock", deal))
        except FAULTS as error:
            raise translated(error) or error from error

    def give(self, deal: bytes) -> None:
        with suppress(*FAULTS):  # then the turn has ended with its connection
            self._call("pg_advisory_unlock", deal)

    def close(self) -> None:
        """Said to the server: it would notice a connection that is gone only after a while."""
        with self._using:
            if self._connection is not None:
                with suppress(*FAULTS):  # then the turns have ended with it
                    self._connection.exec_driver_sql("SELECT pg_advisory_unlock_all()")
            self._drop()

    def _call(self, function: str, deal: bytes) -> Any:
        with self._using:
            try:
                if self._connection is None:
                    self._connection = self._engine.connect()
                return self._connection.exec_driver_sql(f"SELECT {function}({number_of(deal)})").scalar()
            except BaseException:
                self._drop()
                raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
