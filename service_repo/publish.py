"""The write side: take a bundle in, check it, and make it visible all at once.

Files named by digest are written first; the index entry is renamed into place last. A process killed at any write
leaves either no release or a whole one, and publishing again completes it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from semper_host.admission import versions
from semper_host.admission.admit import Examined, examine
from semper_host.admission.pack import MAX_EVALUATIONS, Pack, write_pack
from semper_host.admission.statements import EVALUATION, MAX_STATEMENT, Evaluation, digest
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable, UsageError
from semper_host.supporting.cryptographic import cose
from service_repo import layout
from service_repo.durable_file import write_file
from service_repo.layout import Entry, Head

_MARK, _LOCK = "repository.txt", ".lock"
_MARK_TEXT = b"semper.repository/1\n"
_FOREVER = 2**62


@dataclass(frozen=True)
class Repository:
    """A directory that holds a repository. Several processes may publish into it; one at a time gets in."""

    directory: Path

    @classmethod
    def init(cls, directory: Path) -> Repository:
        """Make `directory` a repository, or return the one there. Raises UsageError HOME_EXISTS if it is not empty."""
        directory.mkdir(parents=True, exist_ok=True)
        if not (directory / _MARK).is_file():
            if any(directory.iterdir()):
                raise UsageError("HOME_EXISTS", f"cannot make {directory} a repository: it holds something else")
            write_file(directory / _MARK, _MARK_TEXT)
        return cls.open(directory)

    @classmethod
    def open(cls, directory: Path) -> Repository:
        """Return the repository in `directory`. Raises UsageError HOME_MISSING, SemperError VERSION_UNSUPPORTED."""
        try:
            mark = (directory / _MARK).read_bytes()
        except OSError:
            raise UsageError("HOME_MISSING", f"cannot open {directory}: it is not a repository") from None
        if mark != _MARK_TEXT:
            raise SemperError("VERSION_UNSUPPORTED", f"cannot open {directory}: it is a repository of another format")
        return cls(directory)

    def publish(self, archive: bytes, release: bytes, evaluations: Iterable[bytes] = ()) -> Entry:
        """Publish a bundle, or more evaluations of one that is there; doing it again changes nothing.

        Of a bundle that is there the first release stays, whatever later one is offered.

        Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, RELEASE_*, EVAL_INVALID; RELEASE_CONFLICT where the version
        is another bundle's), Unavailable STORAGE_FULL.
        """
        examined = examine(archive, release, _FOREVER)
        offered = [_about(data, examined.digest) for data in evaluations]
        try:
            with self._locked():
                return self._publish(examined, archive, release, offered)
        except OSError as error:
            raise Unavailable("STORAGE_FULL", f"cannot write to the repository: {error.strerror}") from None

    def entry(self, bundle_id: str, version: str) -> Entry | None:
        """Return the index entry of a version, or None."""
        data = self._read(layout.entry_path(bundle_id, version))
        return None if data is None else Entry.decode(data)

    def versions(self, bundle_id: str) -> tuple[str, ...]:
        """Return the published versions of a bundle, oldest version first."""
        found = (self.directory / "index" / bundle_id).glob("*.cbor")
        return tuple(sorted((file.name.removesuffix(".cbor") for file in found), key=versions.order))

    def _publish(self, examined: Examined, archive: bytes, release: bytes, offered: list[bytes]) -> Entry:
        bundle_id, version, subject = examined.manifest.id, examined.manifest.version, examined.digest
        known = self.entry(bundle_id, version)
        kept: list[bytes] = []
        if known is not None:
            if known.bundle != subject:
                raise _conflict(examined.manifest.name)
            release = self._read(layout.release_path(subject)) or release
            kept = self._evaluations(known)
        collected = list(dict.fromkeys([*kept, *offered]))
        if len(collected) > MAX_EVALUATIONS:
            raise AdmissionRefused(
                "EVAL_INVALID", f"cannot publish more than {MAX_EVALUATIONS} evaluations of one bundle"
            )
        pack = write_pack(Pack(archive, release, tuple(collected)))
        self._write(layout.bundle_path(subject), archive)
        self._write(layout.release_path(subject), release)
        for number, evaluation in enumerate(collected):
            self._write(layout.evaluation_path(subject, number), evaluation)
        self._write(layout.pack_path(subject), pack)
        entry = Entry(bundle_id, version, subject, digest(release), tuple(map(digest, collected)), digest(pack))
        # COMMIT POINT: from here on the version can be found
        self._write(layout.entry_path(bundle_id, version), encode(entry))
        self._write(layout.head_path(bundle_id), encode(Head(bundle_id, self.versions(bundle_id))))
        return entry

    def _evaluations(self, entry: Entry) -> list[bytes]:
        """Return the evaluations that `entry` names. One whose file was damaged is left out."""
        found = [self._read(layout.evaluation_path(entry.bundle, number)) for number in range(len(entry.evaluations))]
        return [data for data, named in zip(found, entry.evaluations, strict=True) if data and digest(data) == named]

    def _read(self, path: str) -> bytes | None:
        try:
            return (self.directory / path).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, path: str, data: bytes) -> None:
        if self._read(path) != data:
            write_file(self.directory / path, data)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one writer in at a time; the lock ends with the process."""
        descriptor = os.open(self.directory / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _conflict(name: str) -> AdmissionRefused:
    return AdmissionRefused("RELEASE_CONFLICT", f"cannot publish {name}: another bundle was published as this version")


def _about(data: bytes, subject: bytes) -> bytes:
    """Return the evaluation `data` if it says to be about `subject`. Who signed it, the buyers judge."""
    cause = ""
    try:
        peeked = cose.peek(data)
        if len(data) > MAX_STATEMENT or peeked.kind != EVALUATION or not peeked.chain:
            cause = "it is not an evaluation by a certified authority"
        elif Evaluation.decode(peeked.payload).subject != subject:
            cause = "it is about another bundle"
    except SemperError as error:
        cause = error.message
    if cause:
        raise AdmissionRefused("EVAL_INVALID", f"cannot publish the evaluation: {cause}", evidence=data)
    return data
