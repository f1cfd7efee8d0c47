"""Auditing a repository from what it serves: the whole log replayed, and everything that lies beside it compared.

Nothing is believed: the root is computed from the entries, each statement is opened, and every rule of the log is
checked again. What is wrong is said with its place; an audit ends at the first finding only where it cannot go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from semper_host.admission.log_entries import LogEntry
from semper_host.admission.log_evidence import LogPolicy, Seen, check_consistent, verify_checkpoint
from semper_host.admission.statements import NEGATIVE, STATUS, Status, digest, open_by
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo import layout
from service_repo.audit_bundles import Bundles
from service_repo.audit_statements import Sayings, opened
from service_repo.fetch import Source
from service_repo.layout import CHECKPOINT, LOG, limit
from service_repo.log import replay, tree
from service_repo.log.statement_pages import Statements, page_path
from service_repo.log.tiles import WIDTH, Edge, Tiles

_SLACK, _FOREVER = 3600, 2**62
"""Seconds by which the clocks of witnesses and repository may differ; a time that does not come."""


class Finding(NamedTuple):
    """Something that is wrong: the entry's number (-1: none), its id or the file's path, and what it is."""

    number: int
    place: str
    what: str


class Audited(NamedTuple):
    """What an audit came to: the log's size, root and note, and what is wrong."""

    size: int
    root: bytes
    note: bytes
    findings: tuple[Finding, ...]


def audit(source: Source, policy: LogPolicy, *, known: bytes = b"", content: bool = True) -> Audited:
    """Audit the repository at `source`. `known`: a checkpoint (note) seen before. Without `content` no pack is read.

    Raises AdmissionRefused LOG_MISSING, LOG_INVALID, LOG_QUORUM, LOG_EQUIVOCATION, ROLLBACK where its checkpoint is
    not there or not to be accepted, Unavailable where it cannot be read.
    """
    return _Audit(source, policy, content).run(known)


def verified(note: bytes, policy: LogPolicy) -> Checkpoint:
    """Return the checkpoint in `note` if log and quorum signed it. A log without witnesses needs none here.

    Raises AdmissionRefused LOG_INVALID, LOG_QUORUM.
    """
    if policy.quorum:
        seen: Seen = verify_checkpoint(note, policy)
        return seen.checkpoint
    check_consistent(note, note, policy)  # the log's own signature
    return parse_checkpoint(signed_note.parse(note).text)


class _Audit:
    def __init__(self, source: Source, policy: LogPolicy, content: bool) -> None:
        self._source, self._policy, self._content = source, policy, content
        self._findings: list[Finding] = []
        self._sayings, self._statements = Sayings(), Statements(self._read)
        self._seen = _FOREVER  # when a quorum had seen all of the log

    def run(self, known: bytes) -> Audited:
        note = self._read(CHECKPOINT)
        if not note:
            cause = "cannot audit the log: it shows no checkpoint, and the first one comes with the first publish"
            raise AdmissionRefused("LOG_MISSING", cause)
        checkpoint = verified(note, self._policy)
        if self._policy.quorum:
            self._seen = verify_checkpoint(note, self._policy).at
        self._check_known(known, note, checkpoint)
        negative: list[tuple[int, bytes]] = []
        statuses: list[tuple[int, bytes]] = []
        edge = Edge(0)
        for number, entry, data in self._entries(checkpoint.size):
            edge, files = edge.grow([leaf_hash(entry.leaf)])
            self._compare_tiles(files)
            if entry.kind in NEGATIVE:
                negative.append((number, entry.statement))
            if entry.kind == STATUS and data:
                statuses.append((number, data))
        if edge.size != checkpoint.size or replay.root_of(edge) != checkpoint.root:
            self._find(-1, CHECKPOINT, "its root is not that of the entries that are served")
        self._check_statuses(checkpoint, negative, statuses)
        self._check_bundles()
        return Audited(checkpoint.size, checkpoint.root, note, tuple(self._findings))

    def _entries(self, size: int) -> Iterator[tuple[int, LogEntry, bytes]]:
        """Give each entry with its signed statement (b"" where that is not there), its rules checked."""
        last: dict[str, LogEntry] = {}
        try:
            for number, leaf in replay.leaves(0, size, self._log_file):
                entry = replay.opened(number, leaf)
                data = self._statement(number, entry)
                try:
                    replay.follow(number, entry, last.get(entry.id))
                except AdmissionRefused as error:
                    self._find(number, entry.id, error.message)
                last[entry.id] = entry
                yield number, entry, data
        except AdmissionRefused as error:
            self._find(-1, LOG + "tile/entries", error.message)

    def _statement(self, number: int, entry: LogEntry) -> bytes:
        """Return the statement of an entry if it is served and is what the entry says; check who said it."""
        data = self._statements.get(number, entry.statement)
        if digest(data) != entry.statement:
            path = page_path(number // WIDTH)
            self._find(number, entry.id, f"its {entry.kind} is {'another' if data else 'missing'}: {path}")
            return b""
        try:
            self._sayings.take(number, entry, data, opened(entry, data))
        except SemperError as error:
            self._find(number, entry.id, error.message)
        return data

    def _compare_tiles(self, files: dict[str, bytes]) -> None:
        """Compare tiles as they become full; partial ones that nobody needs may be gone."""
        for name, data in files.items():
            if ".p/" not in name and self._log_file(name) != data:
                self._find(-1, LOG + name, "the tile is not that of the entries")

    def _check_statuses(
        self, checkpoint: Checkpoint, negative: list[tuple[int, bytes]], statuses: list[tuple[int, bytes]]
    ) -> None:
        """Check that each status, logged or served now, lists exactly what was negative below its size."""
        served = self._read(layout.STATUS)
        every = [(number, "semper.status", data) for number, data in statuses]
        every += [(-1, layout.STATUS, served)] if served else []
        hashes = Tiles(checkpoint.size, self._log_file)
        for number, place, data in every:
            try:
                status = open_by(data, Status, self._policy.status_key)
                if status.size > checkpoint.size or status.root != tree.root(status.size, hashes.node):
                    self._find(number, place, f"the status is of another log of {status.size} entries")
            except SemperError as error:
                self._find(number, place, error.message)
                continue
            due = [named for at, named in negative if at < status.size]
            listed = [digest(each) for each in status.statements]
            for missing in [named for named in due if named not in listed]:
                self._find(number, place, f"the status leaves out the statement {missing.hex()}")
            if not set(listed) <= set(due) or (set(listed) == set(due) and listed != due):
                self._find(number, place, "the status lists what the log does not hold, or in another order")
            if number < 0 and status.size < checkpoint.size and status.at > self._seen + _SLACK:
                cause = f"the status covers {status.size} entries, and there were more when it was signed"
                self._find(number, place, cause)
        if negative and served is None:
            self._find(-1, layout.STATUS, "the status is missing")

    def _check_bundles(self) -> None:
        checked = Bundles(self._read, self._policy, self._sayings, content=self._content)
        for place, what in checked.findings():
            self._find(-1, place, what)

    def _check_known(self, known: bytes, note: bytes, checkpoint: Checkpoint) -> None:
        """Refuse a log that is not the one seen before, grown. Raises ROLLBACK, LOG_EQUIVOCATION."""
        if not known:
            return
        before = parse_checkpoint(signed_note.parse(known).text)
        if before.size > checkpoint.size:
            cause = f"it shows {checkpoint.size} entries, and has shown {before.size}"
            raise AdmissionRefused("ROLLBACK", f"cannot accept the log {checkpoint.origin}: {cause}", evidence=note)
        proof = tree.consistency(before.size, checkpoint.size, Tiles(checkpoint.size, self._log_file).node)
        check_consistent(known, note, self._policy, proof)

    def _log_file(self, name: str) -> bytes | None:
        return self._read(LOG + name)

    def _read(self, name: str) -> bytes | None:
        return self._source.read(name, limit(name) or 0)

    def _find(self, number: int, place: str, what: str) -> None:
        self._findings.append(Finding(number, place, what))
