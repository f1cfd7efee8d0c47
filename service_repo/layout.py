"""Where what lies in a repository: relative paths of static files, and the records in its index.

bundles/DIGEST.smp                  the archive; DIGEST is the hex SHA-256 of its bytes
releases/DIGEST.release             the publisher's release
evaluations/DIGEST/N.evaluation     the authorities' evaluations, N from 0
packs/DIGEST.smpack                 all of these in one
index/NAMESPACE/NAME/VERSION.cbor   an Entry: which digest a version has. Written last, so it commits a release
heads/NAMESPACE/NAME.cbor           a Head: all versions of a bundle
"""

from __future__ import annotations

import re

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.pack import MAX_PACK
from semper_host.admission.statements import MAX_STATEMENT
from semper_host.model.encoding import Record

MAX_RECORD = 256 * 1024
"""The most bytes of an index entry or a head."""

_DIGEST, _NAME = "[0-9a-f]{64}", "[a-z][a-z0-9-]{0,39}"
_VERSION = "[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?"
_LIMITS = (
    (re.compile(rf"bundles/{_DIGEST}[.]smp"), MAX_BYTES),
    (re.compile(rf"releases/{_DIGEST}[.]release"), MAX_STATEMENT),
    (re.compile(rf"evaluations/{_DIGEST}/[0-9]{{1,3}}[.]evaluation"), MAX_STATEMENT),
    (re.compile(rf"packs/{_DIGEST}[.]smpack"), MAX_PACK),
    (re.compile(rf"index/{_NAME}/{_NAME}/{_VERSION}[.]cbor"), MAX_RECORD),
    (re.compile(rf"heads/{_NAME}/{_NAME}[.]cbor"), MAX_RECORD),
)


class Entry(Record, frozen=True):
    """What one version of a bundle consists of: SHA-256 of the archive, the release, each evaluation and the pack."""

    id: str
    version: str
    bundle: bytes
    release: bytes
    evaluations: tuple[bytes, ...]
    pack: bytes


class Head(Record, frozen=True):
    """All published versions of a bundle, oldest version first."""

    id: str
    versions: tuple[str, ...]


def bundle_path(digest: bytes) -> str:
    """Return where the archive of `digest` (32 bytes) lies."""
    return f"bundles/{digest.hex()}.smp"


def release_path(digest: bytes) -> str:
    """Return where the release of the archive of `digest` lies."""
    return f"releases/{digest.hex()}.release"


def evaluation_path(digest: bytes, number: int) -> str:
    """Return where the evaluation `number` (from 0) of the archive of `digest` lies."""
    return f"evaluations/{digest.hex()}/{number}.evaluation"


def pack_path(digest: bytes) -> str:
    """Return where the pack of the archive of `digest` lies."""
    return f"packs/{digest.hex()}.smpack"


def entry_path(bundle_id: str, version: str) -> str:
    """Return where the index entry of a version lies."""
    return f"index/{bundle_id}/{version}.cbor"


def head_path(bundle_id: str) -> str:
    """Return where the head of a bundle lies."""
    return f"heads/{bundle_id}.cbor"


def limit(path: str) -> int | None:
    """Return the most bytes that the file at `path` may have, or None where a repository has no such path."""
    return next((most for pattern, most in _LIMITS if pattern.fullmatch(path)), None)
