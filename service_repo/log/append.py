"""Entering statements in the log: each once, numbered, chained to the entry of its id before. Inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from semper_host.admission.log_entries import LogEntry, open_entry
from semper_host.admission.statements import digest
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo.log.heard import Heard, hear
from service_repo.log.prepared import Prepared
from service_repo.log.tables import entries

_KNOWN = Prepared(
    select(entries.c.statement, entries.c.number).where(
        entries.c.statement.in_(bindparam("digests", expanding=True))
    )
)
_LAST = Prepared(
    select(entries.c.sequence, entries.c.hash, entries.c.leaf)
    .where(entries.c.id == bindparam("of_id"))
    .order_by(entries.c.sequence.desc())
    .limit(1)
)
_SIZE = Prepared(select(func.max(entries.c.number)))
_ENTER = Prepared(entries.insert())


class Said(NamedTuple):
    """A signed statement and the id under which it is entered."""

    id: str
    data: bytes
    heard: Heard | None = None  # the same, if somebody has read it already


class Row(NamedTuple):
    """A row of table `entries`."""

    number: int
    id: str
    sequence: int
    kind: str
    subject: bytes
    statement: bytes
    leaf: bytes
    hash: bytes
    data: bytes


class Appended(NamedTuple):
    """The size of the log that holds all that was to be entered, and the entries that are new."""

    size: int
    rows: Sequence[Row] = ()


def append(tx: Connection, said: Sequence[Said], *, new_at: int | None = None) -> Appended:
    """Enter those of the statements that are not there yet.

    What their signers may say is the caller's to have checked. With `new_at`, the log's size, so is that the log has
    none of them and nothing of their ids. Raises AdmissionRefused SIG_INVALID.
    """
    new = new_at is not None
    fresh = {digest(each.data): each for each in said}
    known = {} if new else numbers(tx, list(fresh))
    fresh = {named: each for named, each in fresh.items() if named not in known}
    if not fresh:
        return Appended(max(known.values(), default=-1) + 1)
    number = size(tx) if new_at is None else new_at
    last: dict[str, tuple[int, bytes]] = {}
    rows: list[Row] = []
    for each in fresh.values():
        chained = last[each.id] if each.id in last else (0, b"") if new else _next(tx, each.id)
        entry = (each.heard or hear(each.data)).entry(each.id, *chained)
        rows.append(made := row(number + len(rows), entry, each.data))
        last[each.id] = entry.sequence + 1, made.hash
    _ENTER.insert(tx, [made._asdict() for made in rows])
    return Appended(number + len(rows), rows)  # what was there has lower numbers


def numbers(tx: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    """Return the numbers of the entries of those statements that the log has, by their digests."""
    return {found.statement: found.number for found in _KNOWN.all(tx, digests=list(digests))}


def newest(tx: Connection, id: str) -> LogEntry | None:
    """Return the newest entry of an id, or None."""
    found = _LAST.first(tx, of_id=id)
    return None if found is None else open_entry(found.leaf)


def size(tx: Connection) -> int:
    """Return how many entries there are, cosigned or not."""
    number = _SIZE.scalar(tx)
    return 0 if number is None else int(number) + 1


def row(number: int, entry: LogEntry, data: bytes) -> Row:
    """Return the row of an entry whose signed statement is `data`."""
    leaf, said = entry.leaf, (entry.id, entry.sequence, entry.kind, entry.subject, entry.statement)
    return Row(number, *said, leaf, leaf_hash(leaf), data)


def _next(tx: Connection, id: str) -> tuple[int, bytes]:
    """Return the number that the next entry of an id has, and the leaf hash of the one before."""
    found = _LAST.first(tx, of_id=id)
    return (0, b"") if found is None else (found.sequence + 1, found.hash)
