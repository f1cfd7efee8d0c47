"""Purses: coins, each free, reserved under a label or spent, and the counters their secrets derive from.

A coin goes free → reserved → spent, or back to free; every move is a compare-and-set inside one transaction, so two
payments can never take the same coin.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, String, Table, bindparam, func, select

from semper_host.model.errors import UsageError
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context


class CoinState(StrEnum):
    """Where a coin is in its life."""

    FREE = "free"
    RESERVED = "reserved"
    SPENT = "spent"


_coins = Table(
    "coins",
    TABLES,
    Column("serial", Bytes, primary_key=True),
    Column("purse", String, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("label", Bytes, nullable=False),
    Column("coin", Bytes, nullable=False),
    Index("coins_by_purse", "purse", "state"),
)
_counters = Table(
    "counters",
    TABLES,
    Column("purse", String, primary_key=True),
    Column("value", BigInteger, primary_key=True, autoincrement=False),
    Column("next", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
_KNOWN = select(_coins.c.serial).where(_coins.c.serial == bindparam("is_serial"))
_ADD = _coins.insert()
_RESERVE = (
    _coins.update()
    .where(
        _coins.c.serial == bindparam("is_serial"),
        _coins.c.purse == bindparam("in_purse"),
        _coins.c.state == CoinState.FREE,
    )
    .values(state=CoinState.RESERVED, label=bindparam("for_label"))
)
_MOVE = (
    _coins.update()
    .where(
        _coins.c.purse == bindparam("in_purse"),
        _coins.c.label == bindparam("for_label"),
        _coins.c.state == CoinState.RESERVED,
    )
    .values(state=bindparam("new_state"), label=bindparam("new_label"))
)
_IN_STATE = (
    select(_coins)
    .where(_coins.c.purse == bindparam("in_purse"), _coins.c.state == bindparam("is_state"))
    .order_by(_coins.c.value.desc(), _coins.c.serial)
)
_TOTAL = select(func.sum(_coins.c.value)).where(
    _coins.c.purse == bindparam("in_purse"), _coins.c.state == bindparam("is_state")
)
_NEXT = select(_counters.c.next).where(
    _counters.c.purse == bindparam("in_purse"), _counters.c.value == bindparam("of_value")
)
_COUNT_FIRST = _counters.insert()
_COUNT = (
    _counters.update()
    .where(_counters.c.purse == bindparam("in_purse"), _counters.c.value == bindparam("of_value"))
    .values(next=bindparam("new_next"))
)


class CoinRow(msgspec.Struct, frozen=True):
    """One coin of a purse: serial (32-byte digest of its message), value in minor units, the coin's own bytes."""

    serial: bytes
    value: int
    state: str
    label: bytes
    coin: bytes


class Purses(Shelf):
    """Coins by purse name (one payment system and currency each); the coins' bytes are encrypted."""

    def add_coin(self, tx: Connection, purse: str, serial: bytes, value: int, coin: bytes) -> bool:
        """Put a free coin into `purse`; False if a coin of this serial is known already, which changes nothing."""
        if tx.execute(_KNOWN, {"is_serial": serial}).first() is not None:
            return False
        sealed = self._box.encrypt(coin, context("coins", serial))
        row = {"serial": serial, "purse": purse, "value": value, "state": CoinState.FREE, "label": b"", "coin": sealed}
        tx.execute(_ADD, row)
        return True

    def reserve_coins(self, tx: Connection, purse: str, serials: Sequence[bytes], label: bytes) -> None:
        """Reserve these coins for `label`.

        Raises UsageError (FUNDS_INSUFFICIENT) if one is not free: let it end the transaction, so that none is reserved.
        """
        for serial in serials:
            if tx.execute(_RESERVE, {"is_serial": serial, "in_purse": purse, "for_label": label}).rowcount != 1:
                raise UsageError("FUNDS_INSUFFICIENT", f"cannot reserve the coin {serial.hex()[:16]}: it is not free")

    def spend_reserved(self, tx: Connection, purse: str, label: bytes) -> int:
        """Mark the coins reserved for `label` as spent; return how many there were."""
        return self._move(tx, purse, label, CoinState.SPENT, label)

    def free_reserved(self, tx: Connection, purse: str, label: bytes) -> int:
        """Make the coins reserved for `label` free again; return how many there were."""
        return self._move(tx, purse, label, CoinState.FREE, b"")

    def _move(self, tx: Connection, purse: str, label: bytes, state: CoinState, new_label: bytes) -> int:
        moved = {"in_purse": purse, "for_label": label, "new_state": state, "new_label": new_label}
        return tx.execute(_MOVE, moved).rowcount

    def coins(self, purse: str, state: CoinState = CoinState.FREE, tx: Connection | None = None) -> list[CoinRow]:
        """Return the coins of `purse` in `state`, greatest value first."""
        rows = self._look(tx, lambda c: c.execute(_IN_STATE, {"in_purse": purse, "is_state": state}).all())
        opened = ((row, self._box.decrypt(row.coin, context("coins", row.serial))) for row in rows)
        return [CoinRow(row.serial, row.value, row.state, row.label, coin) for row, coin in opened]

    def purse_total(self, purse: str, state: CoinState = CoinState.FREE, tx: Connection | None = None) -> int:
        """Return the value of all coins of `purse` in `state`, in minor units."""
        return int(self._look(tx, lambda c: c.execute(_TOTAL, {"in_purse": purse, "is_state": state}).scalar()) or 0)

    def take_counters(self, tx: Connection, purse: str, value: int, count: int) -> int:
        """Use up `count` counters for coins of `value`; return the first. Never given again."""
        first = self.next_counter(purse, value, tx)
        self.skip_counters(tx, purse, value, first + count)
        return first

    def skip_counters(self, tx: Connection, purse: str, value: int, to: int) -> None:
        """Make sure that no counter below `to` is given again (after restoring a purse from its seed)."""
        if self.next_counter(purse, value, tx) >= to:
            return
        if tx.execute(_COUNT, {"in_purse": purse, "of_value": value, "new_next": to}).rowcount == 0:
            tx.execute(_COUNT_FIRST, {"purse": purse, "value": value, "next": to})

    def next_counter(self, purse: str, value: int, tx: Connection | None = None) -> int:
        """Return the counter that the next coin of `value` would get, from 0."""
        return int(self._look(tx, lambda c: c.execute(_NEXT, {"in_purse": purse, "of_value": value}).scalar()) or 0)
