"""Statements of SQLAlchemy Core that are compiled once and run by the driver itself.

A publish runs about twenty; compiling, binding and wrapping each anew took longer than the database did.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Select

from service_repo.log.tables import Found

_LIST = re.compile(r"\(__\[POSTCOMPILE_(\w+)\]\)")
_MARKS = {"sqlite": ":{}", "postgresql": "%({})s"}


class Prepared:
    """A query or an insert, its parameters by name. A parameter that expands is given as a list."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, tuple[int, ...]], tuple[str, dict[str, Any]]] = {}
        bound = statement.compile().binds.values()
        self._lists = tuple(str(each.key) for each in bound if each.expanding)
        self._row: Any = tuple
        if isinstance(statement, Select):
            made: Any = namedtuple("_Found", statement.selected_columns.keys())  # type: ignore[misc]
            self._row = made._make

    def all(self, tx: Connection, **values: Any) -> list[Found]:
        """Return every row that the query finds; its columns are attributes."""
        return list(map(self._row, self._ran(tx, values)))

    def first(self, tx: Connection, **values: Any) -> Found | None:
        """Return the first row, or None."""
        row = self._ran(tx, values).fetchone()
        return None if row is None else self._row(row)

    def scalar(self, tx: Connection, **values: Any) -> Any:
        """Return the first column of the first row, or None."""
        row = self._ran(tx, values).fetchone()
        return None if row is None else row[0]

    def insert(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert these rows."""
        text, _ = self._text(tx.dialect, ())
        driver: Any = tx.connection.dbapi_connection
        driver.cursor().executemany(text, rows)

    def _ran(self, tx: Connection, values: dict[str, Any]) -> Any:
        text, fixed = self._text(tx.dialect, tuple([len(values[name]) for name in self._lists]))
        for name in self._lists:
            values |= {f"{name}_{number}": each for number, each in enumerate(values.pop(name))}
        driver: Any = tx.connection.dbapi_connection
        return driver.execute(text, fixed | values)

    def _text(self, dialect: Any, lengths: tuple[int, ...]) -> tuple[str, dict[str, Any]]:
        """Return the statement as the driver takes it, for lists of these lengths, and the parameters it fixes."""
        found = self._texts.get((dialect.name, lengths))
        if found is None:
            named = type(dialect)(paramstyle="named" if dialect.name == "sqlite" else "pyformat")
            compiled = self._statement.compile(dialect=named)
            count, mark = dict(zip(self._lists, lengths, strict=True)), _MARKS[dialect.name]

            def spelled(match: re.Match[str]) -> str:
                marks = [mark.format(f"{match[1]}_{number}") for number in range(count[match[1]])]
                return f"({', '.join(marks) or 'NULL'})"

            fixed = {name: value for name, value in compiled.params.items() if value is not None}
            found = _LIST.sub(spelled, str(compiled)), fixed
            if len(self._texts) < 1000:
                self._texts[dialect.name, lengths] = found
        return found
