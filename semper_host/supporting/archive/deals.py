"""The index of deals: what a list of deals shows, and which deals to take up again after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, String, Table, bindparam, select

from semper_host.model.encoding import decode, encode
from semper_host.supporting.archive.prepared import Prepared
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf

_deals = Table(
    "deals",
    TABLES,
    Column("deal", Bytes, primary_key=True),
    Column("role", String, nullable=False),
    Column("state", String, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("summary", Bytes, nullable=False),
)
_ONE = select(_deals).where(_deals.c.deal == bindparam("of"))
_ALL = select(_deals).order_by(_deals.c.at, _deals.c.deal)
_PUT = Prepared(
    _deals.insert().values({name: bindparam(name) for name in ("deal", "role", "state", "at", "summary")})
)
_CHANGE = Prepared(
    _deals.update()
    .where(_deals.c.deal == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("role", "state", "at", "summary")})
)


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
        shown = encode(dict(summary))
        changed = {"of": deal, "new_role": role, "new_state": state, "new_at": at, "new_summary": shown}
        if _CHANGE.changed(tx, changed) == 0:
            _PUT.run(tx, {"deal": deal, "role": role, "state": state, "at": at, "summary": shown})

    def deal(self, deal: bytes, tx: Connection | None = None) -> DealRow | None:
        """Return the row of `deal`, or None."""
        row = self._look(tx, lambda c: c.execute(_ONE, {"of": deal}).first())
        return None if row is None else _read(row)

    def deals(self, tx: Connection | None = None) -> list[DealRow]:
        """Return all deals, the one longest unchanged first."""
        return [_read(row) for row in self._look(tx, lambda c: c.execute(_ALL).all())]


def _read(row: Any) -> DealRow:
    return DealRow(row.deal, row.role, row.state, row.at, decode(row.summary))
