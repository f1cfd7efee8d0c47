"""The index of deals: what a list of deals shows, and which deals to take up again after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, String, Table, bindparam, select

from semper_host.model.encoding import decode, encode
from semper_host.supporting.archive.deal_heads import number_of, writers_head
from semper_host.supporting.archive.numbering import Number, numbers
from semper_host.supporting.archive.prepared import Rows
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf

_deals = Table(
    "deals",
    TABLES,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("role", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("summary", Bytes, nullable=False),
)
_named = select(numbers.c.name.label("deal"), *list(_deals.c)[1:]).join_from(
    _deals, numbers, _deals.c.number == numbers.c.number
)
_ONE = _named.where(numbers.c.name == bindparam("of"))
_ALL = _named.order_by(_deals.c.at, numbers.c.name)
_IN_STATE = _ALL.where(_deals.c.state == bindparam("state"))
_PUT = Rows(_deals, ("number", "role", "state", "at", "summary"), rank=4, replacing=True)


class DealRow(msgspec.Struct, frozen=True):
    """One deal: its id, our role, its state, when that last changed (seconds), and what to show of it."""

    deal: bytes
    role: str
    state: str
    at: int
    summary: dict[str, Any]


class Deals(Shelf):
    """Put and list."""

    def put_deal(self, tx: Connection, deal: bytes, role: str, state: str, at: int, summary: Mapping[str, Any]) -> None:
        """Enter the deal or change its row; `summary` is plain data that `model.encoding` takes."""
        pending = self.store.pending
        number = number_of(pending, tx, deal, writers_head(pending, deal))
        pending.put(_PUT, (number, role, state, at, encode(dict(summary))))

    def deal(self, deal: bytes, tx: Connection | None = None) -> DealRow | None:
        """Return the row of `deal`, or None."""
        row = self._look(tx, lambda c: c.execute(_ONE, {"of": deal}).first())
        return None if row is None else _read(row)

    def deals(self, tx: Connection | None = None, *, state: str | None = None) -> list[DealRow]:
        """Return all deals, or those in this state; the one longest unchanged first."""
        rows = self._look(tx, lambda c: c.execute(_ALL if state is None else _IN_STATE, {"state": state}).all())
        return [_read(row) for row in rows]


def _read(row: Any) -> DealRow:
    return DealRow(row.deal, row.role, row.state, row.at, decode(row.summary))
