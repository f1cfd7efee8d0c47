"""Small values kept by name: what bundles Keep and Recall, and rows that are written once and never again."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Column, Connection, String, Table, bindparam, select

from semper_host.supporting.archive.shelf import TABLES, Bytes, Shelf, context
from semper_host.supporting.archive.statement import Statement

_kept = Table(
    "kept",
    TABLES,
    Column("scope", Bytes, primary_key=True),
    Column("name", String, primary_key=True),
    Column("value", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
_KEPT = select(_kept.c.value).where(_kept.c.scope == bindparam("in_scope"), _kept.c.name == bindparam("named"))
_NAMES = select(_kept.c.name).where(_kept.c.scope == bindparam("in_scope"))  # each database sorts text its own way
_KEEP = _kept.insert()
_DISCARD = _kept.delete().where(_kept.c.scope == bindparam("in_scope"), _kept.c.name == bindparam("named"))
_REPLACE = (
    _kept.update()
    .where(_kept.c.scope == bindparam("in_scope"), _kept.c.name == bindparam("named"))
    .values(value=bindparam("new"))
)

_once = Table(
    "once",
    TABLES,
    Column("scope", String, primary_key=True),
    Column("key", Bytes, primary_key=True),
    Column("value", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
_WRITTEN = select(_once.c.value).where(_once.c.scope == bindparam("in_scope"), _once.c.key == bindparam("at"))
_ALL_WRITTEN = select(_once.c.key, _once.c.value).where(_once.c.scope == bindparam("in_scope")).order_by(_once.c.key)
_WRITE = _once.insert()


class Kept(Shelf):
    """Values by scope (a deal, a purse) and name, encrypted; the last one kept counts."""

    @cached_property
    def _kept(self) -> Statement:
        return self.store.prepared(_KEPT)

    def keep(self, tx: Connection, scope: bytes, name: str, value: bytes) -> None:
        """Keep `value` under `name`, in place of what was there."""
        sealed = self._box.encrypt(value, context("kept", scope, name))
        if tx.execute(_REPLACE, {"in_scope": scope, "named": name, "new": sealed}).rowcount == 0:
            tx.execute(_KEEP, {"scope": scope, "name": name, "value": sealed})

    def recall(self, scope: bytes, name: str, tx: Connection | None = None) -> bytes | None:
        """Return what was kept, or None. Raises Unavailable (STORAGE_CORRUPT)."""
        found = self._look(tx, lambda c: self._kept.first(c, {"in_scope": scope, "named": name}))
        return None if found is None else self._box.decrypt(found[0], context("kept", scope, name))

    def discard(self, tx: Connection, scope: bytes, name: str) -> None:
        """Forget what is kept under `name`, if anything is."""
        tx.execute(_DISCARD, {"in_scope": scope, "named": name})

    def kept_names(self, scope: bytes, tx: Connection | None = None) -> list[str]:
        """Return the names under which `scope` keeps something, sorted."""
        return sorted(self._look(tx, lambda c: c.execute(_NAMES, {"in_scope": scope}).scalars().all()))


class Once(Shelf):
    """Rows written once: a trustee's decision on a label stands for ever."""

    def write_once(self, tx: Connection, scope: str, key: bytes, value: bytes) -> bytes | None:
        """Write `value` if `key` is free and return None; else change nothing and return what stands there."""
        standing = self.written(scope, key, tx)
        if standing is None:
            tx.execute(_WRITE, {"scope": scope, "key": key, "value": value})
        return standing

    def written(self, scope: str, key: bytes, tx: Connection | None = None) -> bytes | None:
        """Return the row at `key`, or None."""
        return self._look(tx, lambda c: c.execute(_WRITTEN, {"in_scope": scope, "at": key}).scalar())

    def all_written(self, scope: str, tx: Connection | None = None) -> list[tuple[bytes, bytes]]:
        """Return all (key, value) of `scope`, by key."""
        rows = self._look(tx, lambda c: c.execute(_ALL_WRITTEN, {"in_scope": scope}).all())
        return [(row.key, row.value) for row in rows]
