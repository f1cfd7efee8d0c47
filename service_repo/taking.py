"""Taking a bundle or a statement in: checked by itself first, then judged by the log's rules in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from semper_host.admission.admit import Examined, examine
from semper_host.admission.statements import EVALUATION, MAX_STATEMENT, RELEASE, Evaluation, digest
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic.x509 import TrustedRoot
from service_repo.log import append, rules
from service_repo.log.append import Appended, Said
from service_repo.log.heard import Heard, hear
from service_repo.log.prepared import Prepared
from service_repo.log.rules import Before
from service_repo.log.tables import archives, versions
from service_repo.shelves import Released

_KNOWN = Prepared(
    select(versions.c.bundle, versions.c.number).where(
        versions.c.id == bindparam("of_id"), versions.c.version == bindparam("is_version")
    )
)
_ARCHIVE, _VERSION = Prepared(archives.insert()), Prepared(versions.insert())
_FOREVER = 2**62


class Entered(NamedTuple):
    """A version that the log holds, and how many entries readers must see to see all that was said of it.

    `rows` are the entries that are new, and `released` is the version if that is.
    """

    id: str
    version: str
    size: int
    rows: Sequence[append.Row] = ()
    released: Sequence[Released] = ()


class Taking(NamedTuple):
    """What a repository takes in: certified statements of `roots` (of anybody, where there are none), as of `now`."""

    roots: Sequence[TrustedRoot]
    now: int

    def bundle(
        self, archive: bytes, release: bytes, evaluations: Iterable[bytes], stranger: bool
    ) -> Callable[[Connection], Entered]:
        """Return what logs a bundle. Both raise as `Repository.publish` says."""
        examined = examine(archive, release, _FOREVER)
        offered = [_about(data, examined.digest) for data in evaluations]
        for each in offered if self.roots else ():
            rules.opened(each.data, self.roots, self.now)
        key = examined.manifest.publisher_key
        released = Heard(release, digest(release), RELEASE, examined.release, key, key)

        def work(tx: Connection) -> Entered:
            return self._bundle(tx, _Handed(examined, archive, released, offered, stranger))

        return work

    def statement(self, heard: Heard, stranger: bool) -> Callable[[Connection], Appended]:
        """Return what logs a statement that was opened. It raises as `Repository.say` says."""

        def work(tx: Connection) -> Appended:
            if stranger and heard.kind == EVALUATION:
                self._check_enrolled(tx, [heard])
            return self._once(tx, heard)

        return work

    def _bundle(self, tx: Connection, handed: _Handed) -> Entered:
        manifest = handed.examined.manifest
        before = rules.before(tx, manifest.id)
        known = None if before.is_new else _known(tx, handed.examined)
        if known is None:
            return self._enter(tx, handed, before)
        if handed.stranger:
            self._check_enrolled(tx, handed.offered)
        return Entered(manifest.id, manifest.version, *_enter_more(tx, handed, known))

    def _enter(self, tx: Connection, handed: _Handed, before: Before) -> Entered:
        """Enter a new release with what is said of it."""
        manifest, subject, release = handed.examined.manifest, handed.examined.digest, handed.released
        said = [release, *handed.offered]
        rules.check_room(tx, subject, [each.digest for each in handed.offered])
        rules.check_release(tx, handed.examined.release, release.key, self.now, before)
        listed = [Said(manifest.id, each.data, each) for each in said]
        size, rows = append.append(tx, listed, new_at=before.size if before.is_new else None)
        number = rows[0].number  # nothing can have been said of a bundle before its release
        _ARCHIVE.insert(tx, [{"number": number, "data": handed.archive}])
        row = {"version": manifest.version, "bundle": subject, "release": release.digest, "number": number}
        _VERSION.insert(tx, [{"id": manifest.id, **row}])
        named = (number, manifest.id, manifest.version, subject, release.digest)
        return Entered(
            manifest.id, manifest.version, size, rows, (Released(*named, handed.archive, rows[0].leaf, release.data),)
        )

    def _once(self, tx: Connection, heard: Heard) -> Appended:
        """Enter a statement that is not there yet. Raises as `rules.placed`."""
        known = append.numbers(tx, [heard.digest])
        if known:
            return Appended(max(known.values()) + 1)
        return append.append(tx, [rules.placed(tx, heard, self.now)])

    def _check_enrolled(self, tx: Connection, offered: Sequence[Heard]) -> None:
        """Refuse a stranger's evaluations of a bundle that is there, where no authority is enrolled."""
        if self.roots or not offered:
            return
        known = append.numbers(tx, [each.digest for each in offered])
        if any(each.digest not in known for each in offered):
            cause = "this repository has enrolled no authority, so it takes them with a new release only"
            todo = "ask its operator to put the authority's root into authorities/"
            raise AdmissionRefused("EVAL_INVALID", f"cannot take the evaluation: {cause}; {todo}")


class _Handed(NamedTuple):
    """What somebody handed in, checked as far as the log is not needed for it."""

    examined: Examined
    archive: bytes
    released: Heard
    offered: list[Heard]
    stranger: bool


def _known(tx: Connection, examined: Examined) -> int | None:
    """Return the number of the release that this version has, None for a new one. Raises RELEASE_CONFLICT."""
    found = _KNOWN.first(tx, of_id=examined.manifest.id, is_version=examined.manifest.version)
    if found is not None and found.bundle != examined.digest:
        cause = "another bundle was published as this version"
        raise AdmissionRefused("RELEASE_CONFLICT", f"cannot publish {examined.manifest.name}: {cause}")
    return None if found is None else int(found.number)


def _enter_more(tx: Connection, handed: _Handed, known: int) -> Appended:
    """Enter further evaluations of a release that the log has as number `known`."""
    rules.check_room(tx, handed.examined.digest, [each.digest for each in handed.offered])
    size, rows = append.append(tx, [Said(handed.examined.manifest.id, each.data, each) for each in handed.offered])
    return Appended(max(known + 1, size), rows)


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
