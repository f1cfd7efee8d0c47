"""Where evidence is kept: one chain a deal, each link beside the exact bytes of its message."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Connection, Integer, Table, bindparam, select

from semper_host.model.encoding import encode
from semper_host.supporting.archive.evidence import (
    EMPTY,
    SALT,
    Evidence,
    EvidenceHead,
    Exhibit,
    link_hash,
    linked,
    message_digest,
    verify_chain,
)
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf
from semper_host.supporting.cryptographic.entropy import fresh

_chain = Table(
    "evidence",
    TABLES,
    Column("deal", Bytes, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("hash", Bytes, nullable=False),
    Column("link", Bytes, nullable=False),
    Column("message", Bytes),
    Column("salt", Bytes),
    sqlite_with_rowid=False,
)
_OF_DEAL = _chain.c.deal == bindparam("of")
_HEAD = select(_chain.c.seq, _chain.c.hash).where(_OF_DEAL).order_by(_chain.c.seq.desc()).limit(1)
_ALL = select(_chain.c.link, _chain.c.message, _chain.c.salt).where(_OF_DEAL).order_by(_chain.c.seq)
_APPEND = _chain.insert()
_ERASE = _chain.update().where(_OF_DEAL, _chain.c.seq == bindparam("at")).values(message=None, salt=None)


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
        link = linked(self.evidence_head(deal, tx), deal, label, role, step, message_digest(salt, message), signature)
        head = EvidenceHead(link.seq, link_hash(link))
        row: dict[str, Any] = {"deal": deal, "seq": head.seq, "hash": head.hash, "link": encode(link)}
        tx.execute(_APPEND, row | {"message": message, "salt": salt})
        return head

    def evidence_head(self, deal: bytes, tx: Connection | None = None) -> EvidenceHead:
        """Return where the chain of `deal` ends."""
        row = self._look(tx, lambda c: c.execute(_HEAD, {"of": deal}).first())
        return EMPTY if row is None else EvidenceHead(row.seq, row.hash)

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
