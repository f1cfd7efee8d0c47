"""The effect journal: private, encrypted; what a deal asked, was answered and holds secret, in order (DESIGN §6)."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Integer, Table, bindparam, func, select

from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context

_journal = Table(
    "journal",
    TABLES,
    Column("deal", Bytes, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("payload", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
_LAST = select(func.max(_journal.c.seq)).where(_journal.c.deal == bindparam("of"))
_APPEND = _journal.insert()
_ALL = select(_journal.c.seq, _journal.c.payload).where(_journal.c.deal == bindparam("of")).order_by(_journal.c.seq)


class Journal(Shelf):
    """Append and replay, one journal a deal."""

    def append_journal(self, tx: Connection, deal: bytes, payload: bytes) -> int:
        """Append `payload`, encrypted and bound to its place; return its number, from 1."""
        seq = int(tx.execute(_LAST, {"of": deal}).scalar() or 0) + 1
        sealed = self._box.encrypt(payload, context("journal", deal, seq))
        tx.execute(_APPEND, {"deal": deal, "seq": seq, "payload": sealed})
        return seq

    def journal(self, deal: bytes, tx: Connection | None = None) -> list[bytes]:
        """Return all payloads of `deal` in order.

        Raises Unavailable (STORAGE_CORRUPT) if one was changed, moved or lost (the last ones excepted).
        """
        rows = self._look(tx, lambda c: c.execute(_ALL, {"of": deal}).all())
        # The expected number, not the stored one, is the context: a lost or moved entry does not open.
        return [self._box.decrypt(row.payload, context("journal", deal, n)) for n, row in enumerate(rows, 1)]
