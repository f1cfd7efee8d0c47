"""Making the database anew from what is served: for an operator who lost it, or whose disk damaged it.

Only what readers see comes back. What was taken in but not yet cosigned is lost, and is published again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlalchemy import Connection

from semper_host.admission import lineage
from semper_host.admission.log_entries import LogEntry
from semper_host.admission.log_evidence import LogPolicy, read_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import RELEASE, Release, digest, open_by
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.merkle import leaf_hash
from service_repo import identity, layout
from service_repo.audit import verified
from service_repo.durable_file import Folder
from service_repo.identity import private_folder
from service_repo.layout import CHECKPOINT, LOG
from service_repo.log import append, replay
from service_repo.log.statement_pages import Statements
from service_repo.log.store import Store
from service_repo.log.tables import archives, checkpoints, entries, namespaces, versions
from service_repo.log.tiles import Edge

_COMPANIONS = ("", "-wal", "-shm")


def rebuild(directory: Path) -> int:
    """Make the database of the repository in `directory` from its files; return how many entries it has.

    An SQLite database that is there is kept beside, as repository.db.damaged. Nobody may write meanwhile. Raises
    AdmissionRefused LOG_INVALID, LOG_CHAIN, LOG_QUORUM, ARCHIVE_DIGEST where a file is missing or was changed,
    UsageError HOME_EXISTS for a PostgreSQL database that is not empty.
    """
    known, private = identity.load(directory), private_folder(directory)
    folder = Folder(directory)
    if known.settings.database:
        store = Store.open(known.settings.database, private)
        if store.read(append.size):
            store.close()
            raise UsageError("HOME_EXISTS", "cannot rebuild the database: it is not empty; name a new one in log.json")
    else:
        for end in _COMPANIONS:
            old = private / f"{identity.DATABASE}{end}"
            if old.exists():
                os.replace(old, private / f"{identity.DATABASE}.damaged{end}")
        store = Store.open(private / identity.DATABASE, private)
    try:
        # COMMIT POINT: all of it, or an empty database
        return store.write(lambda tx: _fill(tx, folder, known.policy))
    finally:
        store.close()


def _fill(tx: Connection, folder: Folder, policy: LogPolicy) -> int:
    note = folder.read(CHECKPOINT) or b""
    checkpoint = verified(note, policy)
    last: dict[str, LogEntry] = {}
    roots: dict[int, bytes] = {}
    edge, said = Edge(0), Statements(folder.read)
    for number, leaf in replay.leaves(0, checkpoint.size, lambda name: folder.read(LOG + name)):
        entry = replay.opened(number, leaf)
        replay.follow(number, entry, last.get(entry.id))
        last[entry.id] = entry
        _enter(tx, folder, number, entry, said.get(number, entry.statement))
        edge, _ = edge.grow([leaf_hash(leaf)])
        roots[edge.size] = replay.root_of(edge)
    if roots.get(checkpoint.size, b"") != checkpoint.root:
        raise AdmissionRefused("LOG_INVALID", "cannot rebuild the database: the entries are not those that were signed")
    for size, kept in sorted(_notes(folder, [note], policy, roots).items()):
        times = signed_note.parse(kept).cosigned_at([(each.name, each.key) for each in policy.witnesses], policy.quorum)
        row = {"size": size, "root": roots[size], "note": kept, "at": times[-1] if times else 0}
        tx.execute(checkpoints.insert(), row)
    return checkpoint.size


def _enter(tx: Connection, folder: Folder, number: int, entry: LogEntry, data: bytes) -> None:
    if digest(data) != entry.statement:
        raise _lost(f"the statement of entry {number}")
    tx.execute(entries.insert(), append.row(number, entry, data)._asdict())
    if entry.kind != RELEASE:
        return
    said = open_by(data, Release, entry.signer)
    row = {"id": said.id, "version": said.version, "bundle": said.subject, "release": entry.statement, "number": number}
    tx.execute(versions.insert(), row)
    tx.execute(archives.insert(), {"number": number, "data": _archive(folder, said.subject)})
    name = lineage.namespace_of(said.id)
    if tx.execute(namespaces.select().where(namespaces.c.name == name)).first() is None:
        row = {"name": name, "owner": entry.signer, "skeleton": lineage.skeleton(name)}
        tx.execute(namespaces.insert(), row)


def _notes(folder: Folder, notes: Sequence[bytes], policy: LogPolicy, roots: dict[int, bytes]) -> dict[int, bytes]:
    """Return the checkpoints that can be found, by size: the newest, and those stapled to packs."""
    found: dict[int, bytes] = {}
    for note in [*notes, *_stapled(folder)]:
        try:
            checkpoint = verified(note, policy)
        except SemperError:
            continue
        if roots.get(checkpoint.size) == checkpoint.root:
            found.setdefault(checkpoint.size, note)
    return found


def _stapled(folder: Folder) -> Iterable[bytes]:
    for file in sorted((folder.path / "packs").glob("*.smpack")):
        try:
            staple = read_staple(read_pack(file.read_bytes()).staple)
        except SemperError:
            continue
        yield staple.checkpoint
        yield from {proven.first for proven in staple.entries if proven.first}


def _archive(folder: Folder, subject: bytes) -> bytes:
    """Return the archive of this digest out of its pack."""
    path = layout.pack_path(subject)
    try:
        archive = read_pack(folder.read(path) or b"").archive
    except SemperError:
        archive = b""
    if digest(archive) != subject:
        raise _lost(path)
    return archive


def _lost(what: str) -> AdmissionRefused:
    return AdmissionRefused("ARCHIVE_DIGEST", f"cannot rebuild the database: {what} is missing or was changed")
