"""The ledger's tables; the database itself refuses to change or delete what was posted."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

from semper_host.supporting.ledger.books import forbid_changes, partition_by_hash

PARTS = 16
"""In how many parts PostgreSQL keeps the keys that were spent, by their hash: a cluster spreads them over machines."""

TABLES = MetaData()

postings = Table(
    "ledger_postings",
    TABLES,
    Column("key", LargeBinary, primary_key=True),
    Column("fields", LargeBinary, nullable=False),
    Column("done", Integer, nullable=False),
    Column("why", String, nullable=False),
    Column("proof", LargeBinary, nullable=False),
)
entries = Table(
    "ledger_entries",
    TABLES,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("posting", LargeBinary, nullable=False),
    Column("account", String, nullable=False),
    Column("currency", String, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Index("ledger_entries_by_account", "account", "currency"),
    sqlite_autoincrement=True,
)
balances = Table(
    "ledger_balances",
    TABLES,
    Column("account", String, primary_key=True),
    Column("currency", String, primary_key=True),
    Column("minor", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
spent = Table(
    "ledger_spent",
    TABLES,
    Column("key", LargeBinary, primary_key=True),
    Column("detail", LargeBinary, nullable=False),
    postgresql_partition_by="HASH (key)",
)
holds = Table(
    "ledger_holds",
    TABLES,
    Column("label", LargeBinary, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("detail", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)


partition_by_hash(spent, PARTS)
for _table in (postings, entries, spent, holds):
    forbid_changes(_table, "the ledger is append-only")
