"""Where books are kept, and how the database itself keeps them from being changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy import DDL, Connection, MetaData, Table, event
from sqlalchemy.sql import ClauseElement

T = TypeVar("T")


class Statement(Protocol):
    """A statement that is executed often, with named parameters and little work per call; answers plain tuples."""

    def first(self, tx: Connection, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Execute and return the first row, or None."""

    def run(self, tx: Connection, parameters: Mapping[str, Any]) -> int:
        """Execute and return how many rows it wrote or changed."""


class Heads(Protocol):
    """What the writer remembers from one transaction to the next, while nobody else writes and nothing is undone."""

    def head(self, kind: type[T], name: bytes, load: Callable[[Connection, bytes], T]) -> T:
        """Return what is remembered as `kind` of `name`, else what `load` gives. It is the caller's to keep true."""


class Books(Protocol):
    """The store that books are in: `supporting.archive.store.Store` is one, on SQLite or PostgreSQL."""

    @property
    def pending(self) -> Heads:
        """What the transaction under way may remember."""

    def create(self, metadata: MetaData) -> None:
        """Create the tables that are not there yet."""

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` on one consistent state."""

    def prepared(self, statement: ClauseElement | Mapping[str, ClauseElement]) -> Statement:
        """Return a statement that is executed often; where databases differ, one of those given by their names."""


_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION semper_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def forbid_changes(table: Table, why: str) -> None:
    """Have the database refuse every UPDATE and DELETE of `table` (on PostgreSQL also TRUNCATE), saying `why`."""
    for change in ("UPDATE", "DELETE"):
        _after_create(
            table, "sqlite", f"CREATE TRIGGER {table.name}_no_{change.lower()} BEFORE {change} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END",
        )  # fmt: skip
    _after_create(table, "postgresql", _POSTGRESQL_FUNCTION)
    for changes, each in (("UPDATE OR DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        _after_create(
            table, "postgresql", f"CREATE TRIGGER {table.name}_keeps_each_{each.lower()} BEFORE {changes} "
            f"ON {table.name} FOR EACH {each} EXECUTE FUNCTION semper_append_only('{why}')",
        )  # fmt: skip


def partition_by_hash(table: Table, parts: int) -> None:
    """On PostgreSQL, keep `table` (declared with `postgresql_partition_by`) in so many parts."""
    for part in range(parts):
        _after_create(
            table, "postgresql", f"CREATE TABLE {table.name}_{part} PARTITION OF {table.name} "
            f"FOR VALUES WITH (MODULUS {parts}, REMAINDER {part})",
        )  # fmt: skip


def _after_create(table: Table, dialect: str, statement: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))
