"""The archive of one home: all its parts over one store, so that what belongs together commits together.

archive = Archive.open(path, key)
def step(tx):
    archive.append_journal(tx, deal, effect)
    return archive.append_evidence(tx, deal, label, "B", "pay", message)
head = archive.commit(step)                # durable: now send
head = await archive.committed(step)       # the same, in a task
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from semper_host.supporting.archive.backends import open_store
from semper_host.supporting.archive.calls import Calls
from semper_host.supporting.archive.chain import Chain
from semper_host.supporting.archive.deals import Deals
from semper_host.supporting.archive.documents import Documents
from semper_host.supporting.archive.journal import Journal
from semper_host.supporting.archive.kept import Kept, Once
from semper_host.supporting.archive.mail import Mail
from semper_host.supporting.archive.purses import Purses
from semper_host.supporting.archive.shelf import TABLES
from semper_host.supporting.archive.store import Store

T = TypeVar("T")


class Archive(Journal, Chain, Documents, Kept, Once, Deals, Calls, Purses, Mail):
    """Everything a home remembers. `key` (32 bytes) encrypts what is private."""

    def __init__(self, store: Store, key: bytes) -> None:
        super().__init__(store, key)
        store.create(TABLES)

    @classmethod
    def open(cls, place: Path | str, key: bytes) -> Archive:
        """Open or create the archive at a path or `postgresql://` URL. Raises as `backends.open_store` does."""
        return cls(open_store(place), key)

    def commit(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)`, durable on return; see `Store.commit`."""
        return self.store.commit(work)

    async def committed(self, work: Callable[[Connection], T]) -> T:
        """Do as `commit` does, for a task of an event loop, which goes on meanwhile; see `Store.committed`."""
        return await self.store.committed(work)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work(tx)` on one consistent state; see `Store.read`."""
        return self.store.read(work)

    def close(self) -> None:
        """Close the store: tasks that wait are answered first; no thread may be in a commit or a read."""
        self.store.close()
