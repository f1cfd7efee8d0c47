"""Statements of the hottest paths: compiled once, then handed to the driver without SQLAlchemy's work per call.

Through `Connection.execute` the statements of a journal append cost more time than the commit that makes them
durable. Driver errors come bare, which `Store` translates as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from importlib import import_module
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from semper_host.supporting.archive.pending import Row

MOST_ROWS = 32
"""How many rows one statement inserts at most. There is one for each number, and the driver keeps them compiled."""


class Prepared:
    """A Core statement, executed with named parameters; answers plain tuples."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def first(self, tx: Connection, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute and return the first row, or None."""
        known = self._for(tx.dialect)
        cursor = tx.connection.cursor()
        cursor.execute(known.sql, known.arguments(parameters))
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row

    def all(self, tx: Connection, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute and return all rows."""
        known = self._for(tx.dialect)
        cursor = tx.connection.cursor()
        cursor.execute(known.sql, known.arguments(parameters))
        return list(cursor.fetchall())

    def run(self, tx: Connection, parameters: Mapping[str, Any]) -> int:
        """Execute and return how many rows it wrote or changed."""
        known = self._for(tx.dialect)
        cursor = tx.connection.cursor()
        cursor.execute(known.sql, known.arguments(parameters))
        return int(cursor.rowcount)

    def each(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute once for each of `rows`."""
        known = self._for(tx.dialect)
        tx.connection.cursor().executemany(known.sql, [known.arguments(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Compiled:
        known = self._compiled.get(dialect.name)
        if known is None:
            known = self._compiled[dialect.name] = _Compiled(self._statement, dialect)
        return known


class Rows:
    """Rows into these columns of a table, several with one statement; a `pending.Target`.

    Where `replacing`, a row takes the place of the one with the same key, the first column.
    """

    __slots__ = ("_columns", "_compiled", "_replacing", "_table", "rank")

    def __init__(self, table: Table, columns: Sequence[str], rank: int, *, replacing: bool = False) -> None:
        self.rank = rank
        self._table, self._columns, self._replacing = table, columns, replacing
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def write(self, tx: Connection, rows: Sequence[Row]) -> None:
        """Insert `rows`."""
        cursor, dialect = tx.connection.cursor(), tx.dialect
        for at in range(0, len(rows), MOST_ROWS):
            some = rows[at : at + MOST_ROWS]
            known = self._compiled.get((dialect.name, len(some))) or self._compile(dialect, len(some))
            values = tuple(chain.from_iterable(some))
            named = known.names and dict(zip(known.names, values, strict=True))
            cursor.execute(known.sql, named or values)

    def _compile(self, dialect: Dialect, size: int) -> _Compiled:
        """Compile the statement for `size` rows: through SQLAlchemy a slow one, and there is one for each size."""
        one = self._compiled.get((dialect.name, 1)) or self._compile_whole(dialect, 1)
        if size == 1 or one.order is None:
            return one if size == 1 else self._compile_whole(dialect, size)
        known, row = copy(one), f"({', '.join('?' * len(self._columns))})"
        known.sql = one.sql.replace(row, ", ".join([row] * size), 1)
        self._compiled[dialect.name, size] = known
        return known

    def _compile_whole(self, dialect: Dialect, size: int) -> _Compiled:
        insert = import_module(f"sqlalchemy.dialects.{dialect.name}").insert  # that of one of them takes a while
        statement: Any = insert(self._table).values([dict.fromkeys(self._columns)] * size)
        if self._replacing:
            key, *others = self._columns
            changed = {name: statement.excluded[name] for name in others}
            statement = statement.on_conflict_do_update(index_elements=[key], set_=changed)
        known = self._compiled[dialect.name, size] = _Compiled(statement, dialect)
        names = [f"{name}_m{at}" for at in range(size) for name in self._columns]
        assert known.order is None or list(known.order) == names
        if known.order is None:
            known.names = names
        return known


class _Compiled:
    """A statement as one database's driver takes it."""

    __slots__ = ("arguments", "names", "order", "sql")

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.sql = compiled.string
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        self.order = (compiled.positiontup or ()) if compiled.positional else None
        self.arguments = _arranging(self.order, constants)
        """From named parameters to what the driver takes."""
        self.names: Sequence[str] | None = None


def _arranging(order: Sequence[str] | None, constants: dict[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """Return what adds a statement's constants to its parameters, and puts them in `order` where there is one."""
    if order is None or len(order) < 2:
        return lambda given: _arranged(order, {**constants, **given})
    pick = itemgetter(*order)
    return (lambda given: pick({**constants, **given})) if constants else pick


def _arranged(order: Sequence[str] | None, given: Mapping[str, Any]) -> Any:
    return given if order is None else [given[name] for name in order]
