"""Statements of whoever keeps books of its own in a store, on its hottest paths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql import ClauseElement

from semper_host.supporting.archive.pending import Pending
from semper_host.supporting.archive.prepared import Prepared


class Statement:
    """A `Prepared` for any transaction of the store: what is pending there is written before it, as before others."""

    __slots__ = ("_pending", "_prepared")

    def __init__(self, statement: ClauseElement, pending: Pending) -> None:
        self._prepared, self._pending = Prepared(statement), pending

    def first(self, tx: Connection, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute and return the first row, or None."""
        self._settle(tx)
        return self._prepared.first(tx, parameters)

    def run(self, tx: Connection, parameters: Mapping[str, Any]) -> int:
        """Execute and return how many rows it wrote or changed."""
        self._settle(tx)
        return self._prepared.run(tx, parameters)

    def _settle(self, tx: Connection) -> None:
        if tx is self._pending.tx:
            self._pending.settle()
