"""The tables of a repository. Entries are numbered and chained when they are written, and never change afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
    literal_column,
)

from semper_host.admission.statements import EVALUATION, NEGATIVE, WITHDRAWAL

Found = Any
"""A row that a query found; its columns are attributes."""
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
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("id", "sequence"),
)
"""One row a leaf: number from 0; id, sequence, kind, subject and statement (its SHA-256) as in its LogEntry; the leaf,
its hash, and the signed statement itself."""


def one_of(kinds: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition that an entry is of one of `kinds`, spelled out: or no query finds an index for them."""
    return entries.c.kind.in_([literal_column(f"'{kind}'") for kind in sorted(kinds)])


NEGATIVES = one_of(NEGATIVE)
"""Revocations, withdrawals, rotations and their approvals: few among very many."""
OPINIONS = one_of((EVALUATION, WITHDRAWAL))
"""What is said of a bundle after its release, which names the bundle as its subject."""
Index("log_entries_negative", entries.c.number, sqlite_where=NEGATIVES, postgresql_where=NEGATIVES)
Index("log_entries_opinions", entries.c.subject, sqlite_where=OPINIONS, postgresql_where=OPINIONS)

versions = Table(
    "versions",
    TABLES,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", String, nullable=False),
    Column("version", String, nullable=False),
    Column("bundle", LargeBinary, nullable=False, unique=True),
    Column("release", LargeBinary, nullable=False),
    UniqueConstraint("id", "version"),
)
"""Which bundle (SHA-256) a version is, the digest of its signed release, and that one's number in the log."""

archives = Table(
    "archives",
    TABLES,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
"""The bundles, by the numbers of their releases."""

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
