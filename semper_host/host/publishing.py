"""A bundle's way to others: stamped and signed by its publisher, packed with what authorities say, judged by a home."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from semper_host.admission import build
from semper_host.admission.admit import Admitted, Examined, decide, examine
from semper_host.admission.archive_format import unpack
from semper_host.admission.ceiling import CEILING
from semper_host.admission.explain import explain
from semper_host.admission.manifest import MANIFEST, Manifest, parse_manifest
from semper_host.admission.pack import Pack, read_pack, write_pack
from semper_host.admission.statements import EVALUATION, Evaluation, Release, digest, open_release, sign_release
from semper_host.admission.weighing import Weighed, weigh
from semper_host.host import installed, trusting
from semper_host.host.home import Home
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.cryptographic import certificate_file, cose
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


class Judgement(NamedTuple):
    """What a home makes of a pack: admitted, or the refusal; `lines` say why, for people."""

    lines: tuple[str, ...]
    admitted: Admitted | None
    refusal: SemperError | None


class Claim(NamedTuple):
    """What an evaluation in a pack claims, and who claims to have signed it; `semper bundle verify` judges it."""

    by: str
    evaluation: Evaluation


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


def publisher(home: Home) -> SigningKey:
    """Return the Ed25519 key that this home publishes with."""
    return SigningKey.from_seed(home.keyring.seed("publisher"))


def sign(home: Home, archive: bytes, now: int) -> Signed:
    """Sign the release of an archive, stamped with this home's publisher key where it names nobody yet.

    Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*) and UsageError where it names another publisher.
    """
    key = publisher(home)
    manifest = read_manifest(unpack(archive))
    if not manifest.publisher:
        archive = build.publish_as(archive, key.public)
        manifest = read_manifest(unpack(archive))
    if manifest.publisher_key != key.public:
        cause = f"cannot sign {manifest.name}: it names another publisher, {manifest.publisher[:16]}…"
        raise UsageError("USAGE_INVALID", cause)
    release = Release(digest(archive), manifest.id, manifest.version, manifest.kind, now)
    return Signed(archive, sign_release(release, key), manifest)


def pack(archive: bytes, release: bytes, evaluations: Iterable[bytes], now: int) -> Packed:
    """Put an archive, its release and the evaluations about it into one pack.

    Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, RELEASE_*; EVAL_INVALID for what is no evaluation at all).
    """
    examined = examine(archive, release, now)
    about = [(data, claimed(data).evaluation.subject == examined.digest) for data in evaluations]
    kept = tuple(data for data, fits in about if fits)
    left = tuple(position for position, (_, fits) in enumerate(about) if not fits)
    return Packed(write_pack(Pack(archive, release, kept)), examined, len(kept), left)


def judge(trust_directory: Path, data: bytes, now: int) -> Judgement:
    """Judge a pack by the trust in a home's directory, as an installation would. Raises only for the policy itself."""
    trust = trusting.load(trust_directory)
    weighed: Weighed | None = None
    examined: Examined | None = None
    try:
        found = read_pack(data)
        examined = examine(found.archive, found.release, now)
        evidence = (found.evaluations, trust.policy, trust.roots, now)
        weighed = weigh(examined.manifest, examined.digest, *evidence, CEILING)
        admitted = decide(examined, *evidence, needed=installed.needed_by)
    except AdmissionRefused as refusal:
        lines = explain(examined.manifest, weighed) if examined and weighed else ()
        return Judgement(lines, None, refusal)
    return Judgement(explain(examined.manifest, weighed), admitted, None)


def inspect(data: bytes) -> Inspected:
    """Return what is in an archive or a pack. Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, EVAL_INVALID)."""
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
    return Inspected(form, digest(found.archive), manifest, files, released, release, claims)
