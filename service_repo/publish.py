"""The write side: take a bundle or a statement in, check it, log it, and make it visible all at once.

First one transaction: archive, statements and their log entries. Then the sequencer shows them, the checkpoint last.
A process killed anywhere leaves a release that nobody sees, or a whole one; publishing again completes it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from semper_host.admission import versions as order
from semper_host.admission.admit import Examined, examine
from semper_host.admission.log_evidence import LogPolicy
from semper_host.admission.statements import EVALUATION, MAX_STATEMENT, NEGATIVE, RELEASE, Evaluation, digest
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from service_repo import identity, layout
from service_repo.anchor import keeping
from service_repo.durable_file import Folder
from service_repo.identity import Identity, Settings, private_folder
from service_repo.layout import Entry
from service_repo.log import append, rules
from service_repo.log.append import Said
from service_repo.log.cosigning import Asked, Cosigner, RemoteWitness
from service_repo.log.heard import Heard, hear
from service_repo.log.prepared import Prepared
from service_repo.log.sequencer import Sequencer
from service_repo.log.status import StatusMaker
from service_repo.log.store import Store
from service_repo.log.tables import archives, entries, versions
from service_repo.shelves import Fresh, Shelves

_KNOWN = Prepared(
    select(versions.c.bundle, versions.c.number).where(
        versions.c.id == bindparam("of_id"), versions.c.version == bindparam("is_version")
    )
)
_ANY = Prepared(select(entries.c.number).where(entries.c.id == bindparam("of_id")).limit(1))
_OF_ID = Prepared(select(versions.c.version).where(versions.c.id == bindparam("of_id")))
_ARCHIVE, _VERSION = Prepared(archives.insert()), Prepared(versions.insert())
_MARK, _MARK_TEXT = "repository.txt", b"semper.repository/3\n"
_FOREVER = 2**62


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
        clock: Callable[[], int] = _now,
    ) -> None:  # fmt: skip
        self.directory, self.identity, self._clock = directory, known, clock
        self.folder = Folder(directory, durable)
        private, settings = private_folder(directory), known.settings
        self.store = Store.open(settings.database or private / identity.DATABASE, private, durable=durable)
        self._roots = identity.authorities(directory)
        self.fresh: Callable[[], Fresh] = lambda: Fresh(self.folder.read(layout.STATUS) or b"")
        self.shelves = Shelves(self._stapled, known.policy)
        self._given = witnesses
        cosigner = Cosigner(_asked(settings) if witnesses is None else witnesses, settings.quorum)
        self.sequencer = Sequencer(self.store, self.folder, known, cosigner, self.shelves, clock)
        self.statuses = StatusMaker(self.store, self.folder, known.keys.status, self.sequencer)

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
            asked = _asked(new) if self._given is None else self._given
            self.sequencer.cosigner = Cosigner(asked, new.quorum)
        return changed

    @property
    def policy(self) -> LogPolicy:
        """What readers must know to verify the log."""
        return self.identity.policy

    def publish(
        self, archive: bytes, release: bytes, evaluations: Iterable[bytes] = (), head: bytes = b"", *,
        stranger: bool = False,
    ) -> Entry:  # fmt: skip
        """Publish a bundle, or more evaluations of one that is there; doing it again changes nothing.

        Return once readers see it, with its proof. Of a bundle that is there the first release stays. A `stranger` may
        add evaluations to it only where the operator has enrolled authorities: else anybody could fill its pack.
        Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, RELEASE_*, EVAL_INVALID, NAMESPACE_OWNER, LOG_CHAIN;
        RELEASE_CONFLICT where the version is another bundle's), Unavailable STORAGE_FULL, LOG_QUORUM.
        """
        taken = self.enter(archive, release, evaluations, head, stranger=stranger)
        self.sequencer.reach(taken.size)
        found = self.entry(taken.id, taken.version)
        assert found is not None  # it was just reached
        return found

    def enter(
        self, archive: bytes, release: bytes, evaluations: Iterable[bytes] = (), head: bytes = b"", *,
        stranger: bool = False,
    ) -> Entered:  # fmt: skip
        """Log a bundle durably without waiting until readers see it. Raises as `publish` does, but not LOG_QUORUM."""
        examined = examine(archive, release, _FOREVER)
        offered = [_about(data, examined.digest) for data in evaluations]
        for each in offered if self._roots else ():
            rules.opened(each.data, self._roots, self._clock())
        headed = rules.opened(head, (), 0) if head else None
        key = examined.manifest.publisher_key
        released = Heard(release, digest(release), RELEASE, examined.release, key, key)
        manifest = examined.manifest

        def work(tx: Connection) -> Entered:
            new = _ANY.scalar(tx, of_id=manifest.id) is None
            known = None if new else self._known(tx, examined)
            together = known is None and headed is not None and rules.fits(tx, headed, released)
            if known is None:
                said = [released, *offered, *([headed] if headed is not None and together else [])]
                size = self._enter(tx, examined, archive, said, new)
            else:
                if stranger:
                    self._check_enrolled(tx, offered)
                size = self._enter_more(tx, examined, known, offered)
            if headed is not None and not together:
                size = max(size, _once(tx, headed, self._clock()))
            return Entered(manifest.id, manifest.version, size)

        return self.store.write(work)

    def say(self, data: bytes, *, stranger: bool = False) -> Taken:
        """Log a statement (evaluation, head, withdrawal, rotation, approval, revocation); again, it changes nothing.

        Return once readers see it; a negative one is in the status then. Raises AdmissionRefused (SIG_*, CHAIN_*,
        NAMESPACE_OWNER, LOG_CHAIN, EVAL_INVALID), Unavailable STORAGE_FULL, LOG_QUORUM.
        """
        now = self._clock()
        heard = rules.opened(data, self._roots, now)

        def work(tx: Connection) -> int:
            if stranger and heard.kind == EVALUATION:
                self._check_enrolled(tx, [heard])
            return _once(tx, heard, now)

        size = self.store.write(work)
        self.sequencer.reach(size)
        if heard.kind in NEGATIVE:
            self.statuses.renew(now)
        return Taken(heard.digest, size)

    def entry(self, bundle_id: str, version: str) -> Entry | None:
        """Return the index entry of a version that readers see, or None."""
        data = self.folder.read(layout.entry_path(bundle_id, version))
        return None if data is None else Entry.decode(data)

    def versions(self, bundle_id: str) -> tuple[str, ...]:
        """Return the published versions of a bundle, oldest version first."""
        found = self.store.read(lambda tx: _OF_ID.all(tx, of_id=bundle_id))
        return tuple(sorted((row.version for row in found), key=order.order))

    def _stapled(self) -> Fresh:
        return self.fresh()

    def now(self) -> int:
        """Return the time in seconds since 1970, as this repository's clock has it."""
        return self._clock()

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def _check_enrolled(self, tx: Connection, offered: Sequence[Heard]) -> None:
        """Refuse a stranger's evaluations of a bundle that is there, where no authority is enrolled."""
        if self._roots or not offered:
            return
        known = append.numbers(tx, [each.digest for each in offered])
        if any(each.digest not in known for each in offered):
            cause = "this repository has enrolled no authority, so it takes them with a new release only"
            todo = "ask its operator to put the authority's root into authorities/"
            raise AdmissionRefused("EVAL_INVALID", f"cannot take the evaluation: {cause}; {todo}")

    def _known(self, tx: Connection, examined: Examined) -> int | None:
        """Return the number of the release that this version has, None for a new one. Raises RELEASE_CONFLICT."""
        found = _KNOWN.first(tx, of_id=examined.manifest.id, is_version=examined.manifest.version)
        if found is not None and found.bundle != examined.digest:
            raise _conflict(examined.manifest.name)
        return None if found is None else int(found.number)

    def _enter(self, tx: Connection, examined: Examined, archive: bytes, said: list[Heard], new: bool) -> int:
        """Enter a new release, the first in `said`, with what is said of it; return the log's size then.

        `new` says that the log has nothing of this id.
        """
        bundle_id, subject, release = examined.manifest.id, examined.digest, said[0]
        rules.check_room(tx, subject, [each.digest for each in said if each.kind == EVALUATION])
        rules.check_release(tx, examined.release, release.key, self._clock(), first=new)
        size = append.append(tx, [Said(bundle_id, each.data, each) for each in said], new=new)
        number = size - len({each.digest for each in said})  # nothing can have been said of a bundle before its release
        _ARCHIVE.insert(tx, [{"number": number, "data": archive}])
        row = {"version": examined.manifest.version, "bundle": subject, "release": release.digest, "number": number}
        _VERSION.insert(tx, [{"id": bundle_id, **row}])
        return size

    def _enter_more(self, tx: Connection, examined: Examined, known: int, offered: list[Heard]) -> int:
        """Enter further evaluations of a release that the log has as number `known`; return the log's size then."""
        rules.check_room(tx, examined.digest, [each.digest for each in offered])
        said = [Said(examined.manifest.id, each.data, each) for each in offered]
        return max(known + 1, append.append(tx, said))


class Entered(NamedTuple):
    """A version that the log holds, and how many entries readers must see to see all that was said of it."""

    id: str
    version: str
    size: int


def _asked(settings: Settings) -> list[Asked]:
    return [RemoteWitness(each.name, bytes.fromhex(each.key), each.url) for each in settings.witnesses]


def _once(tx: Connection, heard: Heard, now: int) -> int:
    """Enter a statement that is not there yet; return the size of the log that holds it. Raises as `rules.placed`."""
    known = append.numbers(tx, [heard.digest])
    return max(known.values()) + 1 if known else append.append(tx, [rules.placed(tx, heard, now)])


def _conflict(name: str) -> AdmissionRefused:
    return AdmissionRefused("RELEASE_CONFLICT", f"cannot publish {name}: another bundle was published as this version")


def _about(data: bytes, subject: bytes) -> Heard:
    """Return the evaluation `data` if it says to be about `subject`. Who signed it, the buyers judge."""
    try:
        heard = hear(data)
        cause = ""
        if len(data) > MAX_STATEMENT or not isinstance(heard.said, Evaluation) or heard.key:
            cause = "it is not an evaluation by a certified authority"
        elif heard.said.subject != subject:
            cause = "it is about another bundle"
    except SemperError as error:
        cause = error.message
    if cause:
        raise AdmissionRefused("EVAL_INVALID", f"cannot publish the evaluation: {cause}", evidence=data)
    return heard
