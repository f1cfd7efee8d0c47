"""The content keys that a deal brought: one record a deal, to which every step adds its own and replaces none."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

KEYS = b"content-keys"
"""Where the archive keeps the keys, by D in hex: 32 bytes each, in the order in which they came, each once."""
KEY = 32


def add(archive: Archive, tx: Transaction, deal: bytes, keys: Iterable[bytes]) -> None:
    """Keep `keys` beside those that earlier steps of the deal D brought. What is no key would move those behind it."""
    kept = _kept(archive.recall(KEYS, deal.hex(), tx) or b"")
    found = dict.fromkeys((*kept, *(key for key in keys if len(key) == KEY)))
    if found:
        archive.keep(tx, KEYS, deal.hex(), b"".join(found))


def key_of(archive: Archive, deal: bytes, key_hash: bytes) -> bytes | None:
    """Return the key with this SHA-256, None where the deal D did not bring it."""
    kept = _kept(archive.recall(KEYS, deal.hex()) or b"")
    return next((key for key in kept if sha256(key).digest() == key_hash), None)


def _kept(record: bytes) -> list[bytes]:
    return [record[at : at + KEY] for at in range(0, len(record), KEY)]
