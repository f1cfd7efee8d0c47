"""Where the journal and the evidence of a deal end: read once, then remembered by the writer."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from semper_host.supporting.archive.evidence import EMPTY, EvidenceHead
from semper_host.supporting.archive.numbering import new_number, numbers
from semper_host.supporting.archive.pending import Pending
from semper_host.supporting.archive.prepared import Prepared
from semper_host.supporting.archive.records import EVIDENCE, JOURNAL, in_lane, records, seq_of

_LAST = Prepared(
    select(
        numbers.c.number,
        select(func.max(records.c.place)).where(in_lane(numbers.c.number, JOURNAL)).scalar_subquery(),
        select(func.max(records.c.place)).where(in_lane(numbers.c.number, EVIDENCE)).scalar_subquery(),
    ).where(numbers.c.name == bindparam("of"))
)
_HASH = Prepared(select(records.c.hash).where(records.c.place == bindparam("at")))


class DealHead:
    """A deal's number (None until it has one), its number of journal entries, and the head of its evidence."""

    __slots__ = ("entries", "evidence", "number")

    def __init__(self, number: int | None = None, entries: int = 0, evidence: EvidenceHead = EMPTY) -> None:
        self.number, self.entries, self.evidence = number, entries, evidence


def read_head(tx: Connection, deal: bytes) -> DealHead:
    """Return what the database says."""
    found = _LAST.first(tx, {"of": deal})
    if found is None:
        return DealHead()
    number, entry, link = found
    head = DealHead(number, 0 if entry is None else seq_of(entry))
    if link is not None:
        (last_hash,) = _HASH.first(tx, {"at": link}) or (b"",)
        head.evidence = EvidenceHead(seq_of(link), bytes(last_hash))
    return head


def writers_head(pending: Pending, deal: bytes) -> DealHead:
    """Return the head as the transaction under way has made it; who changes it puts the rows that make it true."""
    return pending.head(DealHead, deal, read_head)


def number_of(pending: Pending, tx: Connection, deal: bytes, head: DealHead) -> int:
    """Return the deal's number, giving it one at its first record."""
    if head.number is None:
        head.number = new_number(pending, tx, deal)
    return head.number
