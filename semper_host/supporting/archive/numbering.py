"""Small numbers for deals: 32 random bytes as key would scatter every append over the file, and each commit with it."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, Table, bindparam, select

from semper_host.supporting.archive.prepared import Prepared
from semper_host.supporting.archive.shelf import TABLES, Bytes

numbers = Table(
    "deal_numbers",
    TABLES,
    Column("number", Integer, primary_key=True),
    Column("deal", Bytes, nullable=False, unique=True),
)
NUMBER_OF_DEAL = select(numbers.c.number).where(numbers.c.deal == bindparam("of")).scalar_subquery()
"""Within a statement with the parameter `of`: the deal's number, or null."""

_NEW = Prepared(numbers.insert().values(deal=bindparam("of")).returning(numbers.c.number))


def new_number(tx: Connection, deal: bytes) -> int:
    """Give `deal`, which has none yet, its number."""
    row = _NEW.first(tx, {"of": deal})
    assert row is not None
    return int(row[0])
