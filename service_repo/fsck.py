"""Comparing what is served with the database, and mending it from there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from semper_host.admission.statements import digest
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.supporting.cryptographic.checkpoint import parse_checkpoint
from semper_host.supporting.cryptographic.merkle import leaf_hash
from semper_host.supporting.cryptographic.signed_note import parse
from service_repo import layout, reader
from service_repo.layout import CHECKPOINT, LOG
from service_repo.log import replay, tiles
from service_repo.log.sequencer import newest_note
from service_repo.log.statement_pages import long_ones, page, page_path
from service_repo.log.tables import Found, archives, checkpoints, entries, versions
from service_repo.log.tiles import WIDTH, Edge, Tiles
from service_repo.publish import Repository
from service_repo.shelves import with_entries

_CHUNK = WIDTH
_ENTRIES = (
    select(entries)
    .where(entries.c.number >= bindparam("start"), entries.c.number < bindparam("end"))
    .order_by(entries.c.number)
)
_VERSIONS = (
    select(versions, archives.c.data)
    .join_from(versions, archives, versions.c.number == archives.c.number, isouter=True)
    .where(versions.c.number >= bindparam("start"), versions.c.number < bindparam("end"))
    .order_by(versions.c.number)
)


class Checked(NamedTuple):
    """What `check` found: files that were wrong or missing and are right now (or would be), and what it cannot mend."""

    wrong: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether all was well."""
        return not self.wrong and not self.lost


def check(repository: Repository, *, mend: bool) -> Checked:
    """Compare every served file with the database, and write those anew that differ, if `mend`.

    Packs are compared by what they hold: their proofs may be as old as the pack. Raises Unavailable.
    """
    cause = repository.store.check()
    if cause:
        return Checked((), (f"the database: {cause}",))
    with repository.store.sequencing():
        return _Check(repository, mend).run()


class _Check:
    def __init__(self, repository: Repository, mend: bool) -> None:
        self._repository, self._mend = repository, mend
        self._folder = repository.folder
        self._wrong: list[str] = []
        self._lost: list[str] = []

    def run(self) -> Checked:
        newest = self._repository.store.read(newest_note)
        if newest is None:
            return Checked((), ())
        seen = self._folder.read(CHECKPOINT)
        edge = self._check_log(newest.size)
        if replay.root_of(edge) != newest.root:
            self._lost.append("the database: its entries are not those that were signed")
            return Checked(tuple(self._wrong), tuple(self._lost))
        for start in range(0, newest.size, _CHUNK):
            self._check_versions(start, min(start + _CHUNK, newest.size), newest)
        if seen is None or not self._is_of_database(seen):
            self._put({CHECKPOINT: newest.note})
        return Checked(tuple(dict.fromkeys(self._wrong)), tuple(self._lost))

    def _check_log(self, size: int) -> Edge:
        """Check statements, entries and tiles; return the edge that the database's entries lead to."""
        edge = Edge(0)
        for start in range(0, size, _CHUNK):
            rows = self._rows(_ENTRIES, start, min(start + _CHUNK, size))
            for row in rows:
                if digest(row.data) != row.statement or leaf_hash(row.leaf) != row.hash:
                    self._lost.append(f"entry {row.number} ({row.id}) in the database")
            self._compare_statements(start, [row.data for row in rows])
            edge, files = edge.grow([row.hash for row in rows])
            files[tiles.entries_path(start // WIDTH, len(rows))] = tiles.bundle(row.leaf for row in rows)
            self._compare({LOG + name: data for name, data in files.items()})
        return edge

    def _compare_statements(self, start: int, statements: list[bytes]) -> None:
        """Compare a file of statements as far as the checkpoint goes: it may hold those of entries that wait."""
        path, expected = page_path(start // WIDTH), page(statements)
        if (self._folder.read(path) or b"")[: len(expected)] != expected:
            self._put({path: expected})
        self._compare(long_ones(statements))

    def _check_versions(self, start: int, end: int, newest: Found) -> None:
        rows = self._rows(_VERSIONS, start, end)
        for row in rows:
            if row.data is None or digest(row.data) != row.bundle:
                self._lost.append(f"the archive of {row.id} {row.version} in the database")
        kept = [row for row in rows if row.data is not None]
        indices = {id: self._index(id) for id in {row.id for row in kept}}
        bad = [row for row in kept if not self._is_shown(row, indices[row.id])]
        paths = [path for row in bad for path in (layout.pack_path(row.bundle), layout.index_path(row.id))]
        if bad and self._mend:
            tree = Tiles(newest.size, lambda name: self._folder.read(LOG + name))
            files = self._files(bad, newest, tree)
            self._put({path: files[path] for path in paths})
        else:
            self._wrong += paths
        self._check_indices(set(indices), newest)

    def _files(self, rows: list[Found], newest: Found, tree: Tiles) -> dict[str, bytes]:
        bundles, ids = [row.bundle for row in rows], [row.id for row in rows]
        shelves = self._repository.shelves
        gathered = self._repository.store.read(lambda tx: shelves.gathered(tx, bundles, ids, newest.size))
        return shelves.files(gathered, newest.note, newest.size, tree.node).files

    def _check_indices(self, ids: set[str], newest: Found) -> None:
        """Compare the lists of versions; the entries were looked at by themselves."""
        shelves = self._repository.shelves
        for expected in self._repository.store.read(lambda tx: shelves.gathered(tx, (), ids, newest.size)).indices:
            known = set(self._repository.versions(expected.id))
            kept = [entry for entry in self._index(expected.id).entries if entry.version in known]
            self._compare({layout.index_path(expected.id): encode(with_entries(expected, kept, ()))})

    def _index(self, bundle_id: str) -> layout.Index:
        """Return the index of a bundle as it is served; an empty one where it is damaged."""
        try:
            return reader.read_index(self._folder.read(layout.index_path(bundle_id)) or b"", bundle_id)
        except SemperError:
            return layout.Index(bundle_id, ())

    def _is_shown(self, row: Found, index: layout.Index) -> bool:
        """Say whether index entry and pack of a version are there, fit together, and hold what the log says."""
        entry, pack = index.entry(row.version), self._folder.read(layout.pack_path(row.bundle))
        if entry is None:
            return False
        try:
            reader.check_statement(pack or b"", entry.pack)
            found = reader.check_pack(pack or b"", row.bundle)
            reader.check_statement(found.release, row.release)
            fits = entry.evaluations == tuple(map(digest, found.evaluations))
            return fits and (entry.bundle, entry.release) == (row.bundle, row.release) and bool(found.staple)
        except SemperError:
            return False

    def _is_of_database(self, note: bytes) -> bool:
        try:
            size = parse_checkpoint(parse(note).text).size
        except SemperError:
            return False
        return self._repository.store.read(lambda tx: _note_at(tx, size)) == note

    def _rows(self, asked: Any, start: int, end: int) -> list[Found]:
        return list(self._repository.store.read(lambda tx: tx.execute(asked, {"start": start, "end": end}).all()))

    def _compare(self, files: Mapping[str, bytes]) -> None:
        self._put({name: data for name, data in files.items() if self._folder.read(name) != data})

    def _put(self, files: Mapping[str, bytes]) -> None:
        self._wrong += files
        if self._mend:
            self._folder.write_all(files)


def _note_at(tx: Connection, size: int) -> bytes | None:
    return tx.execute(select(checkpoints.c.note).where(checkpoints.c.size == size)).scalar()
