"""The ledger's tables; the database itself refuses to change or delete what was posted."""

from __future__ import annotations

from sqlalchemy import DDL, BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, event

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
    Column("id", Integer, primary_key=True),
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


def _forbid(table: Table, change: str) -> None:
    name = f"{table.name}_no_{change.lower()}"
    ddl = (
        f"CREATE TRIGGER {name} BEFORE {change} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )
    refusal = DDL(ddl)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", refusal.execute_if(dialect="sqlite"))


for _table in (postings, entries, spent, holds):
    _forbid(_table, "UPDATE")
    _forbid(_table, "DELETE")
