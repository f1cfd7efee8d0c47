"""Copying a repository over HTTP from a server that nobody trusts: everything verified, nothing without a bound.

What is named by its content is fetched once and kept, so a copy that was interrupted goes on where it stopped. The
checkpoint is written last: until then readers of the copy see the older state, whole.
"""

from __future__ import annotations

from typing import NamedTuple

from semper_host.admission.log_entries import LogEntry
from semper_host.admission.log_evidence import LogPolicy, check_consistent, read_staple, verify_staple
from semper_host.admission.standing import open_status
from semper_host.admission.statements import EVALUATION, RELEASE, WITHDRAWAL, Release, digest, open_by
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, Unavailable
from semper_host.supporting.cryptographic.checkpoint import Checkpoint
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo import layout, reader
from service_repo.audit import verified
from service_repo.durable_file import Folder
from service_repo.fetch import Source
from service_repo.layout import CHECKPOINT, LOG, STATUS, limit
from service_repo.log import replay, tiles
from service_repo.log.statement_pages import Statements, long_ones, page, page_path, split
from service_repo.log.tiles import WIDTH, Edge
from service_repo.mirror_anchor import copy_anchor

MOST_ENTRIES, MOST_BYTES = 50_000_000, 1 << 40
ATTEMPTS = 3


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
        self._withdrawn: set[bytes] = set()

    def run(self) -> Mirrored:
        """Copy what is new.

        Raises AdmissionRefused LOG_INVALID, LOG_QUORUM, LOG_CHAIN, LOG_EQUIVOCATION, ROLLBACK, ARCHIVE_DIGEST,
        STATUS_INVALID, ANCHOR_INVALID, where the server lies; Unavailable where it does not answer, or with too much.
        """
        note = self._fetch(CHECKPOINT)
        checkpoint = verified(note, self._policy)
        if checkpoint.size > MOST_ENTRIES:
            raise Unavailable("PEER_RESPONSE", f"cannot copy a log of more than {MOST_ENTRIES} entries")
        edge = self._continued(note, checkpoint)
        changed = self._statements(edge.size, self._log(edge, checkpoint))
        for bundle_id, versions in changed.items():
            self._bundle(bundle_id, versions)
        self._status()
        copy_anchor(self._asked, self._folder)
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

    def _statements(self, start: int, added: list[LogEntry]) -> dict[str, set[str]]:
        """Copy the statements of the entries from `start` on; return the ids that changed, with their new versions."""
        changed: dict[str, set[str]] = {}
        said, first = Statements(self._asked), start // WIDTH * WIDTH
        kept = split(self._folder.read(page_path(start // WIDTH)) or b"", start - first)
        if len(kept) < start - first:
            raise Unavailable("STORAGE_CORRUPT", "cannot go on with the copy: statements are missing; begin a new one")
        for number, entry in enumerate(added, start):
            data = said.get(number, entry.statement)
            if digest(data) != entry.statement:
                raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot copy the statement of entry {number}: it is another")
            kept.append(data)
            if entry.kind == RELEASE:
                changed.setdefault(entry.id, set()).add(open_by(data, Release, entry.signer).version)
            elif entry.kind in (EVALUATION, WITHDRAWAL):
                changed.setdefault(entry.id, set())
            if entry.kind == WITHDRAWAL:
                self._withdrawn.add(entry.subject)
        self._folder.write_all(long_ones(kept))
        for at in range(0, len(kept), WIDTH):
            self._folder.write(page_path((first + at) // WIDTH), page(kept[at : at + WIDTH]))
        return changed

    def _bundle(self, bundle_id: str, versions: set[str]) -> None:
        """Copy index and packs of a bundle. What is newer than our checkpoint may come along."""
        path = layout.index_path(bundle_id)
        self._withdrawn |= _withdrawn_in(self._folder.read(path), bundle_id)
        for attempt in range(ATTEMPTS):
            index = reader.read_index(self._fetch(path), bundle_id)
            other = self._packs(index, versions)
            if not other:
                break
            if attempt + 1 == ATTEMPTS:  # replaced while we looked, or it lies
                raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot copy {other}: it is not what the index names")
        self._folder.add({path: encode(index)})

    def _packs(self, index: layout.Index, versions: set[str]) -> str:
        """Copy the packs of an index; return the path of the first that is not the one it names, or ""."""
        for version in sorted({*versions, *index.versions, *(each.version for each in index.entries)}):
            entry = index.entry(version)
            if entry is None:
                raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot copy {index.id}: its index lacks version {version}")
            if version in index.versions and entry.bundle in self._withdrawn:
                cause = f"its index offers version {version}, which was withdrawn"
                raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot copy {index.id}: {cause}")
            place = layout.pack_path(entry.bundle)
            pack = self._folder.read(place) or b""
            if digest(pack) != entry.pack and digest(pack := self._fetch(place)) != entry.pack:
                return place
            opened = reader.check_pack(pack, entry.bundle)
            if self._policy.quorum:
                verify_staple(read_staple(opened.staple), self._policy)
            self._folder.add({place: pack})
        return ""

    def _status(self) -> None:
        data = self._asked(STATUS)
        if data is not None:
            open_status(data, self._policy, self._now)
            self._folder.add({STATUS: data})

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


def _withdrawn_in(data: bytes | None, bundle_id: str) -> set[bytes]:
    """Return the archives that the index of our copy does not offer any more."""
    known = layout.Index(bundle_id, ()) if data is None else reader.read_index(data, bundle_id)
    return {each.bundle for each in known.entries if each.version not in known.versions}


def _lied(cause: str) -> AdmissionRefused:
    return AdmissionRefused("LOG_INVALID", f"cannot copy the log: {cause}")
