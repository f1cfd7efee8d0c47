"""Where evidence is kept: one chain a deal, each link beside the exact bytes of its message."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Index, Integer, Table, bindparam, select

from semper_host.model.encoding import encode
from semper_host.supporting.archive.evidence import (
    EMPTY,
    SALT,
    Evidence,
    EvidenceHead,
    Exhibit,
    hash_of_encoded,
    linked,
    message_digest,
    verify_chain,
)
from semper_host.supporting.archive.numbering import NUMBER_OF_DEAL, new_number, numbers
from semper_host.supporting.archive.prepared import Prepared
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf
from semper_host.supporting.cryptographic.entropy import fresh

_chain = Table(
    "evidence",
    TABLES,
    Column("id", Integer, primary_key=True),
    Column("deal", Integer, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("hash", Bytes, nullable=False),
    Column("link", Bytes, nullable=False),
    Column("message", Bytes),
    Column("salt", Bytes),
    Index("evidence_by_deal", "deal", "seq", unique=True),
)
_HEAD = Prepared(
    select(numbers.c.number, _chain.c.seq, _chain.c.hash)
    .select_from(numbers.outerjoin(_chain, _chain.c.deal == numbers.c.number))
    .where(numbers.c.deal == bindparam("of"))
    .order_by(_chain.c.seq.desc())
    .limit(1)
)
_ALL = (
    select(_chain.c.link, _chain.c.message, _chain.c.salt).where(_chain.c.deal == NUMBER_OF_DEAL).order_by(_chain.c.seq)
)
_APPEND = Prepared(
    _chain.insert().values(
        {name: bindparam(f"new_{name}") for name in ("deal", "seq", "hash", "link", "message", "salt")}
    )
)
_ERASE = (
    _chain.update()
    .where(_chain.c.deal == NUMBER_OF_DEAL, _chain.c.seq == bindparam("at"))
    .values(message=None, salt=None)
)


class Chain(Shelf):
    """Append, read, verify and erase evidence."""

    def append_evidence(
        self,
        tx: Connection,
        deal: bytes,
        label: bytes,
        role: str,
        step: str,
        message: bytes,
        signature: bytes | None = None,
    ) -> EvidenceHead:
        """Append a link about the exact bytes `message` and return the new head, for the next message to name."""
        salt = fresh(SALT)
        number, before = _head(tx, deal)
        link = linked(before, deal, label, role, step, message_digest(salt, message), signature)
        encoded = encode(link)
        head = EvidenceHead(link.seq, hash_of_encoded(encoded))
        row = {
            "new_deal": new_number(tx, deal) if number is None else number,
            "new_seq": head.seq,
            "new_hash": head.hash,
            "new_link": encoded,
            "new_message": message,
            "new_salt": salt,
        }
        _APPEND.run(tx, row)
        return head

    def evidence_head(self, deal: bytes, tx: Connection | None = None) -> EvidenceHead:
        """Return where the chain of `deal` ends."""
        return self._look(tx, lambda c: _head(c, deal)[1])

    def evidence(self, deal: bytes, tx: Connection | None = None) -> list[Exhibit]:
        """Return all exhibits of `deal` in order."""
        rows = self._look(tx, lambda c: c.execute(_ALL, {"of": deal}).all())
        return [Exhibit(Evidence.decode(row.link), row.message, row.salt) for row in rows]

    def verify_evidence(self, deal: bytes) -> EvidenceHead:
        """Check the stored chain against itself and its stored head. Raises PeerDeviated (EVIDENCE_INVALID)."""
        return self._look(None, lambda c: verify_chain(deal, self.evidence(deal, c), self.evidence_head(deal, c)))

    def erase_message(self, tx: Connection, deal: bytes, seq: int) -> None:
        """Forget message and salt of one link; the link and its salted digest stay."""
        tx.execute(_ERASE, {"of": deal, "at": seq})


def _head(tx: Connection, deal: bytes) -> tuple[int | None, EvidenceHead]:
    """Return the deal's number, if it has one, and the head of its chain."""
    number, seq, last_hash = _HEAD.first(tx, {"of": deal}) or (None, None, None)
    return number, EMPTY if seq is None or last_hash is None else EvidenceHead(seq, last_hash)
