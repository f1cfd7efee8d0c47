"""Small numbers for deals and mail sessions: 32 random bytes as key would scatter every append over the file."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, Integer, Table, bindparam, func, select

from semper_host.supporting.archive.pending import Pending
from semper_host.supporting.archive.prepared import Prepared, Rows
from semper_host.supporting.archive.shelf import TABLES, Bytes

Number = BigInteger().with_variant(Integer, "sqlite")
"""As a single primary key SQLite then takes it for the row's own address, and needs no index to find the row."""

numbers = Table(
    "numbers",
    TABLES,
    Column("number", Number, primary_key=True),
    Column("name", Bytes, nullable=False, unique=True),
)
NUMBER_OF = select(numbers.c.number).where(numbers.c.name == bindparam("of")).scalar_subquery()
"""Within a statement with the parameter `of`: the number of that deal or session, or null."""

_ROWS = Rows(numbers, ("number", "name"), rank=0)
_HAS = Prepared(select(numbers.c.number).where(numbers.c.name == bindparam("of")))
_LAST = Prepared(select(func.max(numbers.c.number)))
_NEW = Prepared(numbers.insert().values(name=bindparam("of")).returning(numbers.c.number))


class _Given:
    """The number that a name has; None before it has one."""

    __slots__ = ("number",)

    def __init__(self, number: int | None) -> None:
        self.number = number


class _Last:
    """The last number given."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


def new_number(pending: Pending, tx: Connection, name: bytes) -> int:
    """Return the number of `name`: a new one, if nothing else that is kept under this name has got it one."""
    given = pending.head(_Given, name, lambda tx, of: _Given((_HAS.first(tx, {"of": of}) or (None,))[0]))
    if given.number is None:
        given.number = _next(pending, tx, name)
    return given.number


def _next(pending: Pending, tx: Connection, name: bytes) -> int:
    if tx.dialect.name != "sqlite":  # others may be writing as well: the database counts
        pending.settle()
        (number,) = _NEW.first(tx, {"of": name}) or (0,)
        return int(number)
    last = pending.head(_Last, b"", lambda tx, _: _Last((_LAST.first(tx, {}) or (0,))[0] or 0))
    last.number += 1
    pending.put(_ROWS, (last.number, name))
    return last.number
