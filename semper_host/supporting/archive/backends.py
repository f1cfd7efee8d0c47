"""Which database a store is in: a SQLite file, or PostgreSQL where a home names it."""

from __future__ import annotations

from pathlib import Path

from semper_host.supporting.archive.store import MEMORY, Store


def open_store(place: Path | str) -> Store:
    """Open or create the store at a file path (owner-only), or in the database at a `postgresql://` URL.

    Raises Unavailable (STORAGE_*, HOME_BUSY) and UsageError (CONFIG_INVALID, STORAGE_DRIVER).
    """
    if isinstance(place, Path) or place == MEMORY or "://" not in place:
        return Store.open(place)
    return open_database(place)


def open_database(url: str) -> Store:
    """Open the store in the database at `url`, which is no file. Raises as `open_store` does."""
    from semper_host.supporting.archive.postgresql import PostgresStore  # here: its driver is optional

    return PostgresStore.at(url)
