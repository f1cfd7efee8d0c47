"""Documents: blobs kept under their SHA-256 (terms, offers, bundles)."""

from __future__ import annotations

import hashlib

from sqlalchemy import Column, Connection, Table, bindparam, select

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf

_documents = Table(
    "documents", TABLES, Column("digest", Bytes, primary_key=True), Column("content", Bytes, nullable=False)
)
_ONE = select(_documents.c.content).where(_documents.c.digest == bindparam("named"))
_KNOWN = select(_documents.c.digest).where(_documents.c.digest == bindparam("named"))
_PUT = _documents.insert()


class Documents(Shelf):
    """Put and get by content."""

    def put_document(self, tx: Connection, content: bytes) -> bytes:
        """Keep `content` and return its SHA-256; putting it again changes nothing."""
        digest = hashlib.sha256(content).digest()
        if tx.execute(_KNOWN, {"named": digest}).first() is None:
            tx.execute(_PUT, {"digest": digest, "content": content})
        return digest

    def document(self, digest: bytes, tx: Connection | None = None) -> bytes | None:
        """Return the document, or None. Raises Unavailable (STORAGE_CORRUPT) if it no longer fits its name."""
        content = self._look(tx, lambda c: c.execute(_ONE, {"named": digest}).scalar())
        if content is None:
            return None
        if hashlib.sha256(content).digest() != digest:
            raise Unavailable("STORAGE_CORRUPT", f"cannot read the document {digest.hex()}: its content was changed")
        return bytes(content)
