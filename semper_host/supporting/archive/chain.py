"""Where evidence is kept: one chain a deal, each link beside the exact bytes of its message."""

from __future__ import annotations

from sqlalchemy import Connection, select

from semper_host.model.encoding import encode
from semper_host.supporting.archive.deal_heads import number_of, read_head, writers_head
from semper_host.supporting.archive.evidence import (
    SALT,
    Evidence,
    EvidenceHead,
    Exhibit,
    hash_of_encoded,
    linked,
    message_digest,
    verify_chain,
)
from semper_host.supporting.archive.numbering import NUMBER_OF
from semper_host.supporting.archive.records import APPEND, EVIDENCE, in_lane, place, records
from semper_host.supporting.archive.shelf import Shelf
from semper_host.supporting.cryptographic.entropy import fresh

_ALL = (
    select(records.c.body, records.c.message, records.c.salt)
    .where(in_lane(NUMBER_OF, EVIDENCE))
    .order_by(records.c.place)
)
_ERASE = records.update().values(message=None, salt=None)
_ERASE_ALL = _ERASE.where(in_lane(NUMBER_OF, EVIDENCE))


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
        pending, salt = self.store.pending, fresh(SALT)
        head = writers_head(pending, deal)
        link = linked(head.evidence, deal, label, role, step, message_digest(salt, message), signature)
        encoded = encode(link)
        after = EvidenceHead(link.seq, hash_of_encoded(encoded))
        at = place(number_of(pending, tx, deal, head), EVIDENCE, after.seq)
        pending.put(APPEND, (at, encoded, after.hash, message, salt))
        head.evidence = after
        return after

    def evidence_head(self, deal: bytes, tx: Connection | None = None) -> EvidenceHead:
        """Return where the chain of `deal` ends."""
        if tx is not None and self.store.writes(tx):
            return writers_head(self.store.pending, deal).evidence
        return self._look(tx, lambda c: read_head(c, deal)).evidence

    def evidence(self, deal: bytes, tx: Connection | None = None) -> list[Exhibit]:
        """Return all exhibits of `deal` in order."""
        rows = self._look(tx, lambda c: c.execute(_ALL, {"of": deal}).all())
        return [Exhibit(Evidence.decode(row.body), row.message, row.salt) for row in rows]

    def verify_evidence(self, deal: bytes) -> EvidenceHead:
        """Check the stored chain against itself and its stored head. Raises PeerDeviated (EVIDENCE_INVALID)."""
        return self._look(None, lambda c: verify_chain(deal, self.evidence(deal, c), self.evidence_head(deal, c)))

    def erase_message(self, tx: Connection, deal: bytes, seq: int) -> None:
        """Forget message and salt of one link; the link and its salted digest stay."""
        number = writers_head(self.store.pending, deal).number
        if number is not None:
            tx.execute(_ERASE.where(records.c.place == place(number, EVIDENCE, seq)))

    def erase_messages(self, tx: Connection, deal: bytes) -> None:
        """Forget all messages and salts of `deal`; the chain stays, and checks."""
        tx.execute(_ERASE_ALL, {"of": deal})
