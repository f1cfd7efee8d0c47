"""The records of all deals, in the order in which they came, whichever deal they belong to.

So what a commit appends fills the file's last page and goes on in new ones, however many deals it is about. An index
of small integers finds the records of one deal: each has its place, made of the deal's number, its lane and its seq.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Table

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.numbering import Number
from semper_host.supporting.archive.prepared import Rows
from semper_host.supporting.archive.shelf import TABLES, Bytes

JOURNAL, EVIDENCE = range(2)
"""The lanes: which of a deal's two records (DESIGN §6) it is."""
_SEQS = 1 << 28
"""A lane holds fewer records than that."""
_LANES = 1 << 2

records = Table(
    "records",
    TABLES,
    Column("id", Number, primary_key=True),
    Column("place", BigInteger, nullable=False, unique=True),
    Column("body", Bytes, nullable=False),  # of the journal: the entry, encrypted; of the evidence: the link
    Column("hash", Bytes),  # of the link; only in evidence, as the two that follow
    Column("message", Bytes),
    Column("salt", Bytes),
)
APPEND = Rows(records, ("place", "body", "hash", "message", "salt"), rank=1)


def place(number: int, lane: int, seq: int) -> int:
    """Return where record `seq` (from 1) of a lane lies."""
    if seq >= _SEQS:
        raise Unavailable("STORAGE_FULL", f"cannot keep more than {_SEQS} records of one kind for one deal")
    return (number * _LANES + lane) * _SEQS + seq


def seq_of(at: int) -> int:
    """Return the number within its lane of the record at place `at`."""
    return at % _SEQS


def in_lane(number: Any, lane: int) -> ColumnElement[bool]:
    """Return the condition for a record to be in this lane of the deal with `number`."""
    start = (number * _LANES + lane) * _SEQS
    return records.c.place.between(start, start + (_SEQS - 1))
