"""Other witnesses from now on: a checkpoint that they cosigned, and every pack proven under it.

Readers who know the new witnesses can do nothing with what only the old ones have seen.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, bindparam, select

from semper_host.admission.log_evidence import verify_checkpoint
from semper_host.admission.statements import Status, sign
from semper_host.model.errors import SemperError
from service_repo.identity import private_folder
from service_repo.layout import CHECKPOINT, LOG
from service_repo.log import append
from service_repo.log.append import Said
from service_repo.log.heard import STATUS_ID
from service_repo.log.prepared import Prepared
from service_repo.log.sequencer import newest_note
from service_repo.log.tables import versions
from service_repo.log.tiles import Tiles
from service_repo.publish import Repository
from service_repo.shelves import Gathered

_MARK = "restaple"
_CHUNK = 256
_BUNDLES = Prepared(
    select(versions.c.bundle, versions.c.id)
    .where(versions.c.number >= bindparam("start"), versions.c.number < bindparam("end"))
    .order_by(versions.c.number)
)


def renew_if_needed(repository: Repository) -> bool:
    """Have the log cosigned by its witnesses of today, if those did not cosign it yet, and staple all packs anew.

    Say whether that was needed. Raises Unavailable LOG_QUORUM, STORAGE_FULL; then the next call goes on.
    """
    mark = private_folder(repository.directory) / _MARK
    if not mark.exists():
        if _is_cosigned(repository):
            return False
        mark.touch()
    if not _is_cosigned(repository):
        repository.sequencer.catch_up()
    if not _is_cosigned(repository):  # nothing waited: a checkpoint of another size needs another entry
        _log_status(repository)
    restaple(repository)
    mark.unlink()
    return True


def restaple(repository: Repository) -> None:
    """Prove every pack under the newest checkpoint, with the newest status and anchor. Raises Unavailable."""
    with repository.store.sequencing():
        newest = repository.store.read(newest_note)
        if newest is None:
            return
        tree = Tiles(newest.size, lambda name: repository.folder.read(LOG + name))
        for start in range(0, newest.size, _CHUNK):
            end = min(start + _CHUNK, newest.size)
            gathered = repository.store.read(partial(_gathered, repository, newest.size, start, end))
            made = repository.shelves.files(gathered, newest.note, newest.size, tree.node)
            repository.folder.add(made.files)


def _gathered(repository: Repository, size: int, start: int, end: int, tx: Connection) -> Gathered:
    rows = _BUNDLES.all(tx, start=start, end=end)
    return repository.shelves.gathered(tx, [row.bundle for row in rows], {row.id for row in rows}, size)


def _is_cosigned(repository: Repository) -> bool:
    """Say whether a quorum of today's witnesses cosigned what readers see; a log without witnesses needs none."""
    note = repository.folder.read(CHECKPOINT)
    if note is None or not repository.policy.quorum:
        return True
    try:
        verify_checkpoint(note, repository.policy)
    except SemperError:
        return False
    return True


def _log_status(repository: Repository) -> None:
    current, now = repository.statuses.current(), repository.now()
    seen = repository.sequencer.checkpoint()
    assert seen is not None  # there is a checkpoint that is not cosigned
    said, times = (current.statements, current.times) if current else ((), ())
    made = sign(Status(seen.size, seen.root, now, said, times), repository.identity.keys.status)
    repository.sequencer.show(lambda tx: append.append(tx, [Said(STATUS_ID, made)]))
