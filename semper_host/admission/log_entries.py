"""The entries of a repository's log: one for each statement, naming the entry of the same id that came before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from semper_host.admission.statements import KINDS
from semper_host.model.encoding import MalformedEncoding, Record, decode, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose, merkle

FORMAT: Final = 1
MAX_ENTRY = 1024
"""The most bytes that the leaf of an entry may have."""


class LogEntry(Record, frozen=True, kw_only=True):
    """One entry: that `signer` made the statement of this digest about `subject`, as number `sequence` under `id`."""

    format: int = FORMAT
    id: str  # a bundle's, or "semper.authority/NAME", "semper.namespace/NAME", "semper.key/HEX", "semper.status"
    sequence: int  # counts the entries of this id, from 0
    previous: bytes  # the leaf hash of the id's previous entry, b"" at 0
    kind: str
    subject: bytes  # what the statement is about, 32 bytes, or b""
    statement: bytes  # SHA-256 of the signed statement
    signer: bytes  # the Ed25519 key, or SHA-256 of the certified key's SubjectPublicKeyInfo

    @property
    def leaf(self) -> bytes:
        """The bytes that the log hashes."""
        return encode(self)

    @property
    def leaf_hash(self) -> bytes:
        """The hash of the leaf (RFC 6962 §2.1)."""
        return merkle.leaf_hash(encode(self))


_FIELDS = len(LogEntry.__struct_fields__)
_RECORDS: Mapping[str, type[Record]] = {kind: record for record, kind in KINDS.items()}


def read(data: bytes, claimed: cose.Peeked | None = None) -> Record:
    """Return what the signed statement `data` says, its signature not verified; `claimed` if it was peeked at already.

    Raises SemperError SIG_INVALID.
    """
    claimed = claimed or cose.peek(data)
    if claimed.kind not in _RECORDS:
        raise AdmissionRefused("SIG_INVALID", f"cannot accept a statement of kind {claimed.kind[:40]}", evidence=data)
    return _RECORDS[claimed.kind].decode(claimed.payload)


def open_entry(leaf: bytes) -> LogEntry:
    """Return the entry whose leaf has these bytes. Raises AdmissionRefused LOG_INVALID."""
    try:
        if len(leaf) > MAX_ENTRY:
            raise MalformedEncoding("ENCODING_INVALID", f"cannot read the entry: it has more than {MAX_ENTRY} bytes")
        plain = decode(leaf)
        entry = LogEntry.from_plain(plain)
    except SemperError as error:
        raise AdmissionRefused("LOG_INVALID", f"cannot accept a log entry: {error.message}", evidence=leaf) from None
    wrong = len(plain) != _FIELDS or entry.format != FORMAT or entry.sequence < 0 or entry.kind not in _RECORDS
    sizes = (len(entry.statement), len(entry.signer), len(entry.subject) or 32, len(entry.previous) or 32)
    if wrong or any(size != 32 for size in sizes) or bool(entry.sequence) != bool(entry.previous):
        raise AdmissionRefused("LOG_INVALID", "cannot accept the log's entry: its fields don't fit", evidence=leaf)
    return entry


def check_next(entry: LogEntry, last: LogEntry | None) -> None:
    """Refuse an entry that doesn't follow `last`, the newest of the same id (None: there is none).

    Raises AdmissionRefused LOG_CHAIN, with the leaf as evidence.
    """
    cause = ""
    if last is None:
        if entry.sequence or entry.previous:
            cause = "it is not the first of its id, and none is there"
    elif entry.id != last.id:
        cause = "the entry before it is of another id"
    elif entry.sequence != last.sequence + 1:
        cause = f"it is number {entry.sequence} of its id after number {last.sequence}"
    elif entry.previous != last.leaf_hash:
        cause = "it names another entry as the one before"
    if cause:
        raise AdmissionRefused("LOG_CHAIN", f"cannot accept an entry of {entry.id[:80]}: {cause}", evidence=entry.leaf)
