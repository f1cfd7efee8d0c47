"""A bundle's way to others: stamped and signed by its publisher, packed with what authorities say; and looked into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from semper_host.admission import build
from semper_host.admission.admit import Examined, examine
from semper_host.admission.archive_format import unpack
from semper_host.admission.lineage import namespace_of
from semper_host.admission.log_evidence import read_staple
from semper_host.admission.manifest import MANIFEST, Manifest, parse_manifest
from semper_host.admission.pack import Pack, read_pack, write_pack
from semper_host.admission.statements import EVALUATION, Evaluation, Release, digest, open_release
from semper_host.host import releasing
from semper_host.host.home import Home
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.cryptographic import certificate_file, cose, signed_note
from semper_host.supporting.cryptographic.checkpoint import parse_checkpoint
from semper_host.supporting.cryptographic.signing import SigningKey

_ZIP = b"PK"


class Signed(NamedTuple):
    """An archive that names its publisher, the release that the publisher signed for it, and its manifest."""

    archive: bytes
    release: bytes
    manifest: Manifest


class Packed(NamedTuple):
    """The bytes of a pack, what it is about, and the positions of evaluations left out: they are about other bytes."""

    data: bytes
    examined: Examined
    evaluations: int
    left_out: tuple[int, ...]


class Claim(NamedTuple):
    """What an evaluation in a pack claims, and who claims to have signed it; `semper bundle verify` judges it."""

    by: str
    evaluation: Evaluation


class Stapled(NamedTuple):
    """What a pack's staple claims, unverified: its log and how many entries that had, what it proves, and which version
    the publisher released last, "" where it is the pack's own.
    """

    origin: str
    size: int
    entries: int
    newest: str


class Inspected(NamedTuple):
    """What an archive or a pack holds.

    `released`: "" none, else what is true of the release; nothing else is verified.
    """

    form: str
    digest: bytes
    manifest: Manifest
    files: Mapping[str, bytes]
    released: str
    release: Release | None
    claims: tuple[Claim, ...]
    stapled: Stapled | None = None


def publisher(home: Home, namespace: str = "", now: int = 0) -> SigningKey:
    """Return the Ed25519 key that this home publishes with (see `releasing.publisher`)."""
    return releasing.publisher(home, namespace, now)


def stamp(home: Home, archive: bytes, now: int) -> bytes:
    """Return the archive with its manifest naming the key that this home publishes with. Raises as `sign`."""
    manifest = read_manifest(unpack(archive))
    return build.publish_as(archive, publisher(home, namespace_of(manifest.id), now).public)


def sign(home: Home, archive: bytes, now: int, *, replace: bool = False) -> Signed:
    """Sign the release of an archive, stamped with this home's publisher key where it names nobody yet.

    Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*; RELEASE_CONFLICT where the version was signed for other bytes,
    unless `replace` says that nobody has the newest release) and UsageError where it names another publisher.
    """
    manifest = read_manifest(unpack(archive))
    key = publisher(home, namespace_of(manifest.id), now)
    if not manifest.publisher:
        archive = build.publish_as(archive, key.public)
        manifest = read_manifest(unpack(archive))
    if manifest.publisher_key != key.public:
        cause = f"cannot sign {manifest.name}: it names another publisher, {manifest.publisher[:16]}…"
        raise UsageError("USAGE_INVALID", cause)
    return Signed(archive, releasing.release(home, archive, manifest, now, replace=replace), manifest)


def pack(archive: bytes, release: bytes, evaluations: Iterable[bytes], now: int) -> Packed:
    """Put an archive, its release and the evaluations about it into one pack.

    Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, RELEASE_*; EVAL_INVALID for what is no evaluation at all).
    """
    examined = examine(archive, release, now)
    about = [(data, claimed(data).evaluation.subject == examined.digest) for data in evaluations]
    kept = tuple(data for data, fits in about if fits)
    left = tuple(position for position, (_, fits) in enumerate(about) if not fits)
    return Packed(write_pack(Pack(archive, release, kept)), examined, len(kept), left)


def inspect(data: bytes) -> Inspected:
    """Return what is in an archive or a pack. Raises SemperError (ARCHIVE_*, MANIFEST_*, EVAL_INVALID, LOG_INVALID)."""
    if data.startswith(_ZIP):
        return _inspected("archive", Pack(data, b""))
    return _inspected("pack", read_pack(data))


def claimed(data: bytes) -> Claim:
    """Return what an evaluation claims, nothing of it verified. Raises AdmissionRefused EVAL_INVALID."""
    cause = "it is no evaluation signed under a certificate"
    try:
        peeked = cose.peek(data)
        if peeked.kind == EVALUATION and peeked.chain:
            return Claim(certificate_file.said(peeked.chain[0]).name, Evaluation.decode(peeked.payload))
    except SemperError as error:
        cause = error.message
    raise AdmissionRefused("EVAL_INVALID", f"cannot read the evaluation: {cause}", evidence=data)


def read_manifest(files: Mapping[str, bytes]) -> Manifest:
    """Return the manifest among the files of a bundle that may name no publisher yet. Raises MANIFEST_*."""
    if MANIFEST not in files:
        raise AdmissionRefused("MANIFEST_FILES", f"cannot read the bundle: it has no {MANIFEST}")
    return parse_manifest(files[MANIFEST], unpublished=True)


def _inspected(form: str, found: Pack) -> Inspected:
    files = unpack(found.archive)
    manifest = read_manifest(files)
    released, release = "", None
    if found.release:
        try:
            release = open_release(found.release, manifest.publisher_key)
            fits = release.subject == digest(found.archive)
            released = "signed by the publisher that the manifest names" if fits else "about another archive"
        except SemperError as error:
            released = error.message
    claims = tuple(claimed(data) for data in found.evaluations)
    stapled = _stapled(found.staple) if found.staple else None
    return Inspected(form, digest(found.archive), manifest, files, released, release, claims, stapled)


def _stapled(data: bytes) -> Stapled:
    """Return what a staple claims. Raises AdmissionRefused LOG_INVALID."""
    staple = read_staple(data)
    newest = Release.decode(cose.peek(staple.head).payload).version if staple.head else ""
    if not staple.checkpoint:
        return Stapled("", 0, len(staple.entries), newest)
    checkpoint = parse_checkpoint(signed_note.parse(staple.checkpoint).text)
    return Stapled(checkpoint.origin, checkpoint.size, len(staple.entries), newest)
