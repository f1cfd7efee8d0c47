"""The effect journal: private, encrypted; what a deal asked, was answered and holds secret, in order (DESIGN §6)."""

from __future__ import annotations

from sqlalchemy import Connection, select

from semper_host.supporting.archive.deal_heads import number_of, read_head, writers_head
from semper_host.supporting.archive.numbering import NUMBER_OF
from semper_host.supporting.archive.records import APPEND, JOURNAL, in_lane, place, records
from semper_host.supporting.archive.shelf import Shelf, context

_ALL = select(records.c.body).where(in_lane(NUMBER_OF, JOURNAL)).order_by(records.c.place)
_ERASE = records.delete().where(in_lane(NUMBER_OF, JOURNAL))


class Journal(Shelf):
    """Append and replay, one journal a deal."""

    def append_journal(self, tx: Connection, deal: bytes, payload: bytes) -> int:
        """Append `payload`, encrypted and bound to its place; return its number, from 1."""
        pending = self.store.pending
        head = writers_head(pending, deal)
        seq = head.entries + 1
        sealed = self._box.encrypt(payload, context("journal", deal, seq))
        pending.put(APPEND, (place(number_of(pending, tx, deal, head), JOURNAL, seq), sealed, None, None, None))
        head.entries = seq
        return seq

    def journal_length(self, deal: bytes) -> int:
        """Return how many payloads there are of `deal`."""
        return self._look(None, lambda tx: read_head(tx, deal).entries)

    def journal(self, deal: bytes, tx: Connection | None = None) -> list[bytes]:
        """Return all payloads of `deal` in order.

        Raises Unavailable (STORAGE_CORRUPT) if one was changed, moved or lost (the last ones excepted).
        """
        payloads = self._look(tx, lambda c: c.execute(_ALL, {"of": deal}).scalars().all())
        # The expected number, not the stored one, is the context: a lost or moved entry does not open.
        return [self._box.decrypt(sealed, context("journal", deal, n)) for n, sealed in enumerate(payloads, 1)]

    def erase_journal(self, tx: Connection, deal: bytes) -> None:
        """Forget all that the journal of `deal` holds."""
        tx.execute(_ERASE, {"of": deal})
        writers_head(self.store.pending, deal).entries = 0
