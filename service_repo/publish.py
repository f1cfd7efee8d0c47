"""The write side: take a bundle or a statement in, check it, log it, and make it visible all at once.

First one transaction: archive, statements and their log entries. Then the sequencer shows them, the checkpoint last.
A process killed anywhere leaves a release that nobody sees, or a whole one; publishing again completes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import bindparam, select

from semper_host.admission import versions as order
from semper_host.admission.log_evidence import LogPolicy
from semper_host.admission.statements import NEGATIVE
from semper_host.model.errors import SemperError, Unavailable, UsageError
from service_repo import identity, layout
from service_repo.anchor import keeping
from service_repo.durable_file import Folder
from service_repo.fetch import Through
from service_repo.identity import Identity, Settings, private_folder
from service_repo.layout import Entry
from service_repo.log import rules
from service_repo.log.cosigning import Asked, Cosigner, RemoteWitness
from service_repo.log.prepared import Prepared
from service_repo.log.sequencer import Sequencer
from service_repo.log.status import StatusMaker
from service_repo.log.store import Store
from service_repo.log.tables import versions
from service_repo.shelves import Fresh, Shelves
from service_repo.taking import Entered, Taking

_OF_ID = Prepared(select(versions.c.version).where(versions.c.id == bindparam("of_id")))
_MARK, _MARK_TEXT = "repository.txt", b"semper.repository/5\n"


def _now() -> int:
    return int(time.time())


class Taken(NamedTuple):
    """A statement that the log holds: its digest, and how many entries readers must see to see it."""

    statement: bytes
    size: int


class Repository:
    """A directory that holds a repository. Any number of threads and processes may publish into it at once."""

    def __init__(
        self, directory: Path, known: Identity, *, witnesses: Sequence[Asked] | None = None, durable: bool = True,
        clock: Callable[[], int] = _now, through: Through | None = None,
    ) -> None:  # fmt: skip
        self.directory, self.identity, self._clock = directory, known, clock
        self.folder = Folder(directory, durable)
        private, settings = private_folder(directory), known.settings
        self.store = Store.open(settings.database or private / identity.DATABASE, private, durable=durable)
        self._roots = identity.authorities(directory)
        self.fresh: Callable[[], Fresh] = lambda: Fresh(self.folder.read(layout.STATUS) or b"")
        self.shelves = Shelves(self._stapled, known.policy, self.folder.read)
        self._given, self._through = witnesses, through
        cosigner = Cosigner(self._asked(settings), settings.quorum)
        self.sequencer = Sequencer(self.store, self.folder, known, cosigner, self.shelves, clock)
        self.statuses = StatusMaker(self.store, self.folder, known.keys.status, self.sequencer, lambda: self.policy)
        self._begun = False

    @classmethod
    def init(cls, directory: Path, settings: Settings | None = None, **options: object) -> Repository:
        """Make `directory` a repository, or return the one there. Raises UsageError HOME_EXISTS, CONFIG_INVALID."""
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / _MARK).is_file():
            if any(directory.iterdir()):
                raise UsageError("HOME_EXISTS", f"cannot make {directory} a repository: it holds something else")
            identity.make(directory, settings or Settings())
            Folder(directory).write(_MARK, _MARK_TEXT)
        return cls.open(directory, **options)

    @classmethod
    def open(cls, directory: Path, **options: object) -> Repository:
        """Return the repository in `directory`. Raises UsageError HOME_MISSING, SemperError VERSION_UNSUPPORTED."""
        try:
            mark = (directory / _MARK).read_bytes()
        except OSError:
            raise UsageError("HOME_MISSING", f"cannot open {directory}: it is not a repository") from None
        if mark != _MARK_TEXT:
            raise SemperError("VERSION_UNSUPPORTED", f"cannot open {directory}: it is a repository of another format")
        made = cls(directory, identity.load(directory), **options)  # type: ignore[arg-type]
        keeping.attach(made)
        return made

    def reread(self) -> bool:
        """Take in what the operator changed since: witnesses and quorum, enrolled authorities; say whether it did.

        Another origin or database needs a restart. Raises UsageError CONFIG_INVALID, and then goes on as before.
        """
        known, roots = identity.load(self.directory), identity.authorities(self.directory)
        old, new = self.identity.settings, known.settings
        if (new.origin, new.database) != (old.origin, old.database):
            raise UsageError("CONFIG_INVALID", "cannot take in another origin or database while serving: start again")
        changed = (new, roots) != (old, self._roots)
        self._roots = roots
        if new != old:
            self.identity = known
            self.shelves.follow(known.policy)
            self.sequencer.cosigner = Cosigner(self._asked(new), new.quorum)
        return changed

    @property
    def policy(self) -> LogPolicy:
        """What readers must know to verify the log."""
        return self.identity.policy

    def publish(
        self, archive: bytes, release: bytes, evaluations: Iterable[bytes] = (), *, stranger: bool = False
    ) -> Entry:
        """Publish a bundle, or more evaluations of one that is there; doing it again changes nothing.

        Return once readers see it, with its proof. Of a bundle that is there the first release stays. A `stranger` may
        add evaluations to it only where the operator has enrolled authorities: else anybody could fill its pack.
        Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, RELEASE_*, EVAL_INVALID, NAMESPACE_OWNER, LOG_CHAIN;
        RELEASE_CONFLICT where the version is another bundle's), Unavailable STORAGE_FULL, LOG_QUORUM.
        """
        self._begin()
        taken, made = self.sequencer.show(self._taking.bundle(archive, release, evaluations, stranger))
        index = self.index(taken.id) if made is None else made.indices.get(taken.id)
        found = None if index is None else index.entry(taken.version)
        if found is None:
            cause = f"cannot find {taken.id} {taken.version} in its index: that was damaged; run `semper repo fsck`"
            raise Unavailable("STORAGE_CORRUPT", cause)
        return found

    def enter(
        self, archive: bytes, release: bytes, evaluations: Iterable[bytes] = (), *, stranger: bool = False
    ) -> Entered:
        """Log a bundle durably without waiting until readers see it. Raises as `publish` does, but not LOG_QUORUM."""
        return self.store.write(self._taking.bundle(archive, release, evaluations, stranger))

    def say(self, data: bytes, *, stranger: bool = False) -> Taken:
        """Log a statement (evaluation, withdrawal, rotation, approval, revocation); again, it changes nothing.

        Return once readers see it; a negative one is in the status then. Raises AdmissionRefused (SIG_*, CHAIN_*,
        NAMESPACE_OWNER, LOG_CHAIN, EVAL_INVALID), Unavailable STORAGE_FULL, LOG_QUORUM.
        """
        now = self._clock()
        heard = rules.opened(data, self._roots, now)
        taken, _ = self.sequencer.show(self._taking.statement(heard, stranger))
        if heard.kind in NEGATIVE:
            self.statuses.renew(now)
        return Taken(heard.digest, taken.size)

    def entry(self, bundle_id: str, version: str) -> Entry | None:
        """Return the index entry of a version that readers see, or None."""
        index = self.index(bundle_id)
        return None if index is None else index.entry(version)

    def index(self, bundle_id: str) -> layout.Index | None:
        """Return the index of a bundle that readers see, or None."""
        data = self.folder.read(layout.index_path(bundle_id))
        return None if data is None else layout.Index.decode(data)

    def versions(self, bundle_id: str) -> tuple[str, ...]:
        """Return the published versions of a bundle, oldest version first."""
        found = self.store.read(lambda tx: _OF_ID.all(tx, of_id=bundle_id))
        return tuple(sorted((row.version for row in found), key=order.order))

    def _begin(self) -> None:
        """See to it that a log that users rely on begins with a status: what is published first is stapled with one."""
        if not self._begun:
            with suppress(Unavailable):  # the witnesses are away: then that waits like all else
                if self.statuses.watched() and not self.sequencer.published():
                    self.statuses.renew(self._clock())
            self._begun = self.sequencer.published() > 0

    @property
    def _taking(self) -> Taking:
        return Taking(self._roots, self._clock())

    def _stapled(self) -> Fresh:
        return self.fresh()

    def now(self) -> int:
        """Return the time in seconds since 1970, as this repository's clock has it."""
        return self._clock()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def _asked(self, settings: Settings) -> Sequence[Asked]:
        if self._given is not None:
            return self._given
        known = ((each.name, bytes.fromhex(each.key), each.url) for each in settings.witnesses)
        return [RemoteWitness(*each, through=self._through) for each in known]
