"""The effect journal: private, encrypted; what a deal asked, was answered and holds secret, in order (DESIGN §6)."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Index, Integer, Table, bindparam, func, select

from semper_host.supporting.archive.numbering import NUMBER_OF_DEAL, new_number, numbers
from semper_host.supporting.archive.prepared import Prepared
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context

_journal = Table(
    "journal",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("deal", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("payload", Bytes, nullable=False),
    Index("journal_by_deal", "deal", "seq", unique=True),
)
_LAST = Prepared(
    select(
        numbers.c.number,
        select(func.max(_journal.c.seq)).where(_journal.c.deal == numbers.c.number).scalar_subquery(),
    ).where(numbers.c.deal == bindparam("of"))
)
_APPEND = Prepared(
    _journal.insert().values(deal=bindparam("number"), seq=bindparam("seq"), payload=bindparam("payload"))
)
_ALL = select(_journal.c.payload).where(_journal.c.deal == NUMBER_OF_DEAL).order_by(_journal.c.seq)


class Journal(Shelf):
    """Append and replay, one journal a deal."""

    def append_journal(self, tx: Connection, deal: bytes, payload: bytes) -> int:
        """Append `payload`, encrypted and bound to its place; return its number, from 1."""
        number, last = _LAST.first(tx, {"of": deal}) or (new_number(tx, deal), None)
        seq = int(last or 0) + 1
        sealed = self._box.encrypt(payload, context("journal", deal, seq))
        _APPEND.run(tx, {"number": number, "seq": seq, "payload": sealed})
        return seq

    def journal(self, deal: bytes, tx: Connection | None = None) -> list[bytes]:
        """Return all payloads of `deal` in order.

        Raises Unavailable (STORAGE_CORRUPT) if one was changed, moved or lost (the last ones excepted).
        """
        payloads = self._look(tx, lambda c: c.execute(_ALL, {"of": deal}).scalars().all())
        # The expected number, not the stored one, is the context: a lost or moved entry does not open.
        return [self._box.decrypt(sealed, context("journal", deal, n)) for n, sealed in enumerate(payloads, 1)]
