"""What every part of the archive has: the store, the key for what is private, one set of tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, LargeBinary, MetaData

from semper_host.supporting.archive.store import Store
from semper_host.supporting.cryptographic.secret import Box

TABLES = MetaData()
"""All tables of the archive; each part declares its own."""

Bytes = LargeBinary
T = TypeVar("T")


class Shelf:
    """One part of the archive. Methods that write take the transaction `tx` of `Store.commit`.

    Methods that read take an optional `tx`: with it they see what the transaction wrote so far, without it the last
    durable state.
    """

    def __init__(self, store: Store, key: bytes) -> None:
        self.store = store
        self._box = Box(key)

    def _look(self, tx: Connection | None, work: Callable[[Connection], T]) -> T:
        return self.store.read(work) if tx is None else work(tx)


def context(table: str, *parts: bytes | str | int) -> bytes:
    """Return what an encrypted field is bound to: its table and its row's key, each part with its length."""
    bound = b""
    for part in (table, *parts):
        field = part if type(part) is bytes else str(part).encode()
        bound += len(field).to_bytes(4, "big") + field
    return bound
