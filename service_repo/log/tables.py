"""The tables of a repository. Entries are numbered and chained when they are written, and never change afterwards."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    UniqueConstraint,
    event,
    literal_column,
)

from semper_host.admission.statements import NEGATIVE

Found = Row[*tuple[Any, ...]]
"""A row that a query found."""
TABLES = MetaData()
_NUMBER = BigInteger().with_variant(Integer, "sqlite")  # the row number there, so that the table is its own index

entries = Table(
    "log_entries",
    TABLES,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("subject", LargeBinary, nullable=False),
    Column("statement", LargeBinary, nullable=False, unique=True),
    Column("leaf", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("id", "sequence"),
    Index("log_entries_by_subject", "subject"),
)
"""One row a leaf: number from 0; id, sequence, kind, subject and statement as in its LogEntry; its hash."""

NEGATIVES = entries.c.kind.in_([literal_column(f"'{kind}'") for kind in sorted(NEGATIVE)])
"""Revocations, withdrawals, rotations and their approvals: few among very many, so they have an index of their own,
which a query finds only where it spells them out."""
Index("log_entries_negative", entries.c.number, sqlite_where=NEGATIVES, postgresql_where=NEGATIVES)

statements = Table(
    "log_statements",
    TABLES,
    Column("digest", LargeBinary, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""The signed statements, by SHA-256."""

archives = Table(
    "archives",
    TABLES,
    Column("digest", LargeBinary, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
"""The bundles, by SHA-256."""

versions = Table(
    "versions",
    TABLES,
    Column("id", String, primary_key=True),
    Column("version", String, primary_key=True),
    Column("bundle", LargeBinary, nullable=False, unique=True),
    Column("release", LargeBinary, nullable=False, unique=True),
    Column("number", _NUMBER, nullable=False, unique=True),
)
"""Which bundle a version is, the digest of its signed release, and that one's number in the log."""

namespaces = Table(
    "namespaces",
    TABLES,
    Column("name", String, primary_key=True),
    Column("owner", LargeBinary, nullable=False),
    Column("skeleton", String, nullable=False, index=True),
)
"""The key of a namespace's first release, and the name as `admission.lineage.skeleton` has it."""

checkpoints = Table(
    "log_checkpoints",
    TABLES,
    Column("size", _NUMBER, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)
"""The checkpoints that a quorum had cosigned at `at` (seconds): the newest is the state that readers may see."""

def _forbid(table: Table, change: str) -> None:
    ddl = (
        f"CREATE TRIGGER {table.name}_no_{change.lower()} BEFORE {change} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
    )
    event.listen(table, "after_create", DDL(ddl).execute_if(dialect="sqlite"))  # type: ignore[no-untyped-call]


for _table in (entries, checkpoints):
    _forbid(_table, "UPDATE")
    _forbid(_table, "DELETE")
