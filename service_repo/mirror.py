"""Copying a repository over HTTP from a server that nobody trusts: everything verified, nothing without a bound.

What is named by its content is fetched once and kept, so a copy that was interrupted goes on where it stopped. The
checkpoint is written last: until then readers of the copy see the older state, whole.
"""

from __future__ import annotations

from typing import NamedTuple

from semper_host.admission.log_entries import LogEntry
from semper_host.admission.log_evidence import LogPolicy, check_consistent, read_staple, verify_staple
from semper_host.admission.standing import open_status
from semper_host.admission.statements import EVALUATION, HEAD, RELEASE, WITHDRAWAL, Release, digest, open_by
from semper_host.model.errors import AdmissionRefused, Unavailable
from semper_host.supporting.cryptographic.checkpoint import Checkpoint
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo import layout, reader
from service_repo.audit import verified
from service_repo.durable_file import Folder
from service_repo.fetch import Source
from service_repo.layout import CHECKPOINT, LOG, STATUS, limit
from service_repo.log import replay, tiles
from service_repo.log.tiles import WIDTH, Edge

MOST_ENTRIES, MOST_BYTES = 50_000_000, 1 << 40
ATTEMPTS = 3
ANCHOR_HEAD = "anchor/head.cbor"


class Mirrored(NamedTuple):
    """What a mirror run did: the size of the log that the copy now shows, files fetched, and their bytes."""

    size: int
    files: int
    bytes: int


class Mirror:
    """Copies the repository of `policy` from `source` into `folder`. `most_bytes` bounds one run."""

    def __init__(
        self, source: Source, folder: Folder, policy: LogPolicy, now: int, most_bytes: int = MOST_BYTES
    ) -> None:
        self._source, self._folder, self._policy, self._now = source, folder, policy, now
        self._most = self._room = most_bytes
        self._files = 0

    def run(self) -> Mirrored:
        """Copy what is new.

        Raises AdmissionRefused LOG_INVALID, LOG_QUORUM, LOG_CHAIN, LOG_EQUIVOCATION, ROLLBACK, ARCHIVE_DIGEST,
        STATUS_INVALID, where the server lies; Unavailable where it does not answer, or with too much.
        """
        note = self._fetch(CHECKPOINT)
        checkpoint = verified(note, self._policy)
        if checkpoint.size > MOST_ENTRIES:
            raise Unavailable("PEER_RESPONSE", f"cannot copy a log of more than {MOST_ENTRIES} entries")
        changed = self._statements(self._log(self._continued(note, checkpoint), checkpoint))
        for bundle_id, versions in changed.items():
            self._bundle(bundle_id, versions)
        self._status()
        self._anchor()
        # COMMIT POINT: from here on readers of the copy see these entries
        self._folder.write(CHECKPOINT, note)
        return Mirrored(checkpoint.size, self._files, self._most - self._room)

    def _continued(self, note: bytes, new: Checkpoint) -> Edge:
        """Return where our copy ends, if the new checkpoint is not older than it, or another one of its size."""
        ours = self._folder.read(CHECKPOINT)
        if ours is None:
            return Edge(0)
        old = verified(ours, self._policy)
        if old.size > new.size:
            cause = f"it shows {new.size} entries, and the copy has {old.size}"
            raise AdmissionRefused("ROLLBACK", f"cannot copy from {self._policy.origin}: {cause}", evidence=note)
        check_consistent(ours, note, self._policy)
        edge = Edge.at(old.size, lambda name: self._folder.read(LOG + name))
        if replay.root_of(edge) != old.root:
            raise Unavailable("STORAGE_CORRUPT", "cannot go on with the copy: its tiles were changed; begin a new one")
        return edge

    def _log(self, edge: Edge, new: Checkpoint) -> list[LogEntry]:
        """Copy entries and tiles after `edge`; return the new entries. They continue ours, or the root would differ."""
        start, first = edge.size, edge.size // WIDTH * WIDTH
        leaves = [leaf for _, leaf in replay.leaves(first, new.size, lambda name: self._asked(LOG + name))]
        if b"".join(leaf_hash(leaf) for leaf in leaves[: start - first]) != (edge.open[0] if edge.open else b""):
            raise _lied("entries that the copy has are other ones now")
        added = [replay.opened(start + at, leaf) for at, leaf in enumerate(leaves[start - first :])]
        last: dict[str, LogEntry] = {}
        for at, entry in enumerate(added):
            if entry.id in last:
                replay.follow(start + at, entry, last[entry.id])
            last[entry.id] = entry
        grown, files = edge.grow([leaf_hash(leaf) for leaf in leaves[start - first :]])
        if replay.root_of(grown) != new.root:
            raise _lied("its entries are not those under its checkpoint")
        for at in range(0, len(leaves), WIDTH):
            part = leaves[at : at + WIDTH]
            files[tiles.entries_path((first + at) // WIDTH, len(part))] = tiles.bundle(part)
        self._folder.write_all({LOG + name: data for name, data in files.items()})
        return added

    def _statements(self, added: list[LogEntry]) -> dict[str, set[str]]:
        """Copy statements and archives; return the bundle ids that changed, with the versions that are new."""
        changed: dict[str, set[str]] = {}
        for entry in added:
            data = self._named(layout.statement_path(entry.statement), entry.statement)
            if entry.kind == RELEASE:
                said = open_by(data, Release, entry.signer)
                self._named(layout.bundle_path(said.subject), said.subject)
                changed.setdefault(entry.id, set()).add(said.version)
            elif entry.kind in (EVALUATION, HEAD, WITHDRAWAL):
                changed.setdefault(entry.id, set())
        return changed

    def _bundle(self, bundle_id: str, versions: set[str]) -> None:
        """Copy index, packs and heads of a bundle. What is newer than our checkpoint may come along."""
        path = layout.head_path(bundle_id)
        data = self._fetch(path)
        listed = reader.read_head(data, bundle_id).versions
        for version in sorted(versions.union(listed)):
            self._version(bundle_id, version)
        files = {path: data}
        signed = self._asked(layout.signed_head_path(bundle_id))
        if signed is not None and self._folder.read(layout.statement_path(digest(signed))) is not None:
            files[layout.signed_head_path(bundle_id)] = signed
        self._folder.add(files)

    def _version(self, bundle_id: str, version: str) -> None:
        path = layout.entry_path(bundle_id, version)
        for attempt in range(ATTEMPTS):
            data = self._fetch(path)
            entry = reader.read_entry(data, bundle_id, version)
            place = layout.pack_path(entry.bundle)
            pack = self._folder.read(place) or b""
            if digest(pack) != entry.pack:
                pack = self._fetch(place)
            if digest(pack) == entry.pack:
                break
            if attempt + 1 == ATTEMPTS:  # replaced while we looked, or it lies
                raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot copy {place}: it is not what the index names")
        opened = reader.check_pack(pack, entry.bundle)
        if self._policy.quorum:
            verify_staple(read_staple(opened.staple), self._policy)
        self._folder.add({place: pack, path: data})

    def _status(self) -> None:
        data = self._asked(STATUS)
        if data is not None:
            open_status(data, self._policy, self._now)
            self._folder.add({STATUS: data})

    def _anchor(self) -> None:
        """Copy the anchor's head as it is: its readers verify it from the root that they trust."""
        data = self._asked(ANCHOR_HEAD)
        if data is not None:
            self._folder.add({ANCHOR_HEAD: data})

    def _named(self, path: str, expected: bytes) -> bytes:
        """Return the file whose content has this digest: ours if it is there, else theirs, kept."""
        data = self._folder.read(path)
        if data is None or digest(data) != expected:
            data = self._fetch(path)
            if digest(data) != expected:
                raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot copy {path}: its content has another digest")
            self._folder.write(path, data)
        return data

    def _fetch(self, path: str) -> bytes:
        data = self._asked(path)
        if data is None:
            raise _lied(f"{path} is missing")
        return data

    def _asked(self, path: str) -> bytes | None:
        """Return their file, counted against what this run may fetch. Raises Unavailable."""
        data = self._source.read(path, min(limit(path) or 0, self._room))
        self._files += 1
        self._room -= len(data or b"")
        return data


def _lied(cause: str) -> AdmissionRefused:
    return AdmissionRefused("LOG_INVALID", f"cannot copy the log: {cause}")
