"""Entering statements in the log: each once, numbered, chained to the entry of its id before. Inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from semper_host.admission.log_entries import LogEntry, make_entry, open_entry
from semper_host.admission.statements import digest
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo.log.tables import entries, statements

_KNOWN = select(entries.c.statement, entries.c.number).where(
    entries.c.statement.in_(bindparam("digests", expanding=True))
)
_LAST = (
    select(entries.c.leaf).where(entries.c.id == bindparam("of_id")).order_by(entries.c.sequence.desc()).limit(1)
)
_SIZE = select(func.max(entries.c.number))
_ENTER, _KEEP = entries.insert(), statements.insert()


class Said(NamedTuple):
    """A signed statement and the id under which it is entered."""

    id: str
    data: bytes


def append(tx: Connection, said: Sequence[Said]) -> int:
    """Enter those of the statements that are not there yet; return the size of the log that holds all of them.

    What their signers may say is the caller's to have checked. Raises AdmissionRefused SIG_INVALID.
    """
    digests = [digest(each.data) for each in said]
    known = numbers(tx, digests)
    fresh = {named: each for named, each in zip(digests, said, strict=True) if named not in known}
    if not fresh:
        return max(known.values(), default=-1) + 1
    number = size(tx)
    last: dict[str, LogEntry | None] = {}
    rows: list[dict[str, object]] = []
    for each in fresh.values():
        before = last[each.id] if each.id in last else newest(tx, each.id)
        chained = (before.sequence + 1, before.leaf_hash) if before else (0, b"")
        entry = make_entry(each.data, each.id, *chained)
        last[each.id] = entry
        rows.append(row(number + len(rows), entry))
    tx.execute(_ENTER, rows)
    tx.execute(_KEEP, [{"digest": named, "data": each.data} for named, each in fresh.items()])
    return max([number + len(rows) - 1, *known.values()]) + 1


def numbers(tx: Connection, digests: Iterable[bytes]) -> dict[bytes, int]:
    """Return the numbers of the entries of those statements that the log has, by their digests."""
    return {found.statement: found.number for found in tx.execute(_KNOWN, {"digests": list(digests)})}


def newest(tx: Connection, id: str) -> LogEntry | None:
    """Return the newest entry of an id, or None."""
    leaf = tx.execute(_LAST, {"of_id": id}).scalar()
    return None if leaf is None else open_entry(leaf)


def size(tx: Connection) -> int:
    """Return how many entries there are, cosigned or not."""
    number = tx.execute(_SIZE).scalar()
    return 0 if number is None else number + 1


def row(number: int, entry: LogEntry) -> dict[str, object]:
    """Return the row of table `entries` for an entry."""
    leaf = entry.leaf
    return {
        "number": number, "id": entry.id, "sequence": entry.sequence, "kind": entry.kind, "subject": entry.subject,
        "statement": entry.statement, "leaf": leaf, "hash": leaf_hash(leaf),
    }  # fmt: skip
