"""The repository's signed status: every revocation, withdrawal and rotation below a size of its log, and when.

A new one is signed after each negative statement and every hour, so one that is held back shows by its age. It carries
the checkpoint of just the log that it speaks of, cosigned within the hour: so one that leaves out what came since shows
too. It is logged when it lists something new, and where nothing else was logged for an hour: witnesses then see the log
again.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from semper_host.admission.log_evidence import LogPolicy, verify_checkpoint
from semper_host.admission.standing import whole_at
from semper_host.admission.statements import Status, open_by, sign
from semper_host.model.errors import SemperError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.merkle import EMPTY
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.durable_file import Folder
from service_repo.layout import CHECKPOINT, STATUS
from service_repo.log import append
from service_repo.log.append import Said
from service_repo.log.heard import STATUS_ID
from service_repo.log.prepared import Prepared
from service_repo.log.sequencer import Sequencer, first_note
from service_repo.log.store import Store
from service_repo.log.tables import NEGATIVES, entries

_DATA = Prepared(select(entries.c.data).where(entries.c.statement == bindparam("digest")))
_NEGATIVE = Prepared(
    select(entries.c.number, entries.c.data)
    .where(NEGATIVES, entries.c.number < bindparam("size"))
    .order_by(entries.c.number)
)
EVERY = 3600
"""Seconds after which a new status is due."""


class StatusMaker:
    """Signs statuses for the repository in `folder`. `told` is called with each new one, once it is in place.

    `watched`: whether users rely on it, so that the witnesses must have seen lately what it speaks of.
    """

    def __init__(
        self, store: Store, folder: Folder, key: SigningKey, sequencer: Sequencer, policy: Callable[[], LogPolicy]
    ) -> None:
        self._store, self._folder, self._key, self._sequencer, self._policy = store, folder, key, sequencer, policy
        self.told: Callable[[bytes], None] = lambda data: None
        self.watched: Callable[[], bool] = lambda: False

    def current(self) -> Status | None:
        """Return the newest status, or None where there is none that this repository signed."""
        data = self._folder.read(STATUS)
        try:
            return None if data is None else open_by(data, Status, self._key.public)
        except SemperError:
            return None

    def due(self, now: int) -> bool:
        """Say whether a new one should be signed at `now` (seconds)."""
        last = self.current()
        if last is None or now - last.at >= EVERY:
            return True
        return self.watched() and not whole_at(last, self._policy())

    def renew(self, now: int) -> bytes | None:
        """Sign the status of what readers see, put it in place and return it.

        None while the log is empty and not watched.

        Raises Unavailable STORAGE_FULL, STORAGE_CORRUPT, LOG_QUORUM.
        """
        if self.watched() and not self._was_seen(now):
            data = sign(self._status(now), self._key)
            self._sequencer.show(lambda tx: append.append(tx, [Said(STATUS_ID, data)]))
        with self._store.sequencing():
            status = self._status(now)
            if not status.size:
                return None
            made = sign(replace(status, note=self._folder.read(CHECKPOINT) or b""), self._key)
            self._folder.write(STATUS, made)
        self._store.write(lambda tx: _log_news(tx, status.statements, made))
        self.told(made)
        return made

    def _status(self, now: int) -> Status:
        seen = self._sequencer.checkpoint()
        if seen is None:
            return Status(0, EMPTY, now, ())
        return Status(seen.size, seen.root, now, *self._store.read(lambda tx: _negative(tx, seen.size)))

    def _was_seen(self, now: int) -> bool:
        """Say whether a quorum of today's witnesses cosigned what readers see within the hour."""
        try:
            return now - verify_checkpoint(self._folder.read(CHECKPOINT) or b"", self._policy()).since < EVERY
        except SemperError:
            return False


def _log_news(tx: Connection, said: tuple[bytes, ...], made: bytes) -> None:
    """Log the status `made` if the one logged last lists something else than `said`."""
    last = append.newest(tx, STATUS_ID)
    found = last and _DATA.scalar(tx, digest=last.statement)
    before = Status.decode(cose.peek(found).payload).statements if found else ()
    if said != before:
        append.append(tx, [Said(STATUS_ID, made)])


def _negative(tx: Connection, size: int) -> tuple[tuple[bytes, ...], tuple[int, ...]]:
    """Return the negative statements among the first `size` entries, and when a quorum first saw each."""
    rows = _NEGATIVE.all(tx, size=size)
    notes = [first_note(tx, row.number) for row in rows]
    return tuple(row.data for row in rows), tuple(0 if note is None else int(note.at) for note in notes)
