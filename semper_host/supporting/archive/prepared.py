"""Statements of the hottest paths: compiled once, then handed to the driver without SQLAlchemy's work per call.

A journal append is two statements; through `Connection.execute` they cost more time than the commit that makes them
durable. Driver errors come bare, which `Store` translates as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler


class Prepared:
    """A Core statement, executed with named parameters; answers plain tuples."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, tx: Connection, parameters: Mapping[str, Any]) -> None:
        """Execute for the effect."""
        self._execute(tx, parameters)

    def changed(self, tx: Connection, parameters: Mapping[str, Any]) -> int:
        """Execute and return how many rows that changed."""
        count: int = self._execute(tx, parameters).rowcount
        return count

    def first(self, tx: Connection, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute and return the first row, or None."""
        row: tuple[Any, ...] | None = self._execute(tx, parameters).fetchone()
        return row

    def _execute(self, tx: Connection, parameters: Mapping[str, Any]) -> Any:
        known = self._compiled.get(tx.dialect.name)
        if known is None:
            known = self._compiled[tx.dialect.name] = _Compiled(self._statement, tx.dialect)
        cursor = tx.connection.cursor()
        cursor.execute(known.sql, known.arguments(parameters))
        return cursor


class _Compiled:
    """A statement as one database's driver takes it."""

    __slots__ = ("arguments", "sql")

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.sql = compiled.string
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        order = (compiled.positiontup or ()) if compiled.positional else None
        self.arguments = _arranging(order, constants)
        """From named parameters to what the driver takes."""


def _arranging(order: Sequence[str] | None, constants: dict[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Return what adds a statement's constants to its parameters, and puts them in `order` where there is one."""
    if order is None or len(order) < 2:
        return lambda given: _arranged(order, {**constants, **given})
    pick = itemgetter(*order)
    return (lambda given: pick({**constants, **given})) if constants else pick


def _arranged(order: Sequence[str] | None, given: Mapping[str, Any]) -> Any:
    return given if order is None else [given[name] for name in order]
