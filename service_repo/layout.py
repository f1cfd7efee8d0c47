"""Where what lies in a repository: relative paths of static files, and the records in its index.

log/checkpoint                      the newest checkpoint: a signed note with the witnesses' cosignatures. Written last
log/tile/…                          the tree's hashes and entries (C2SP tlog-tiles; see log.tiles)
statements/N                        the signed statements of the entries under tile/0/N (see log.statement_pages)
statements/DIGEST.cose              one that is too long for those; DIGEST is the hex SHA-256 of its bytes
packs/DIGEST.smpack                 an archive with its release, its evaluations, and the proofs that they were logged
index/NAMESPACE/NAME.cbor           an Index: the versions of a bundle and their digests
status.cose                         the newest signed status: everything revoked, withdrawn or rotated
anchor/…                            the repository's anchor (TUF), if it has one
"""

from __future__ import annotations

import re

from semper_host.admission.pack import MAX_PACK
from semper_host.admission.statements import MAX_STATEMENT, MAX_STATUS
from semper_host.model.encoding import Record
from semper_host.supporting.cryptographic.signed_note import MAX_NOTE
from service_repo.log.tiles import MAX_BUNDLE, MAX_TILE, WIDTH

LOG, CHECKPOINT, STATUS = "log/", "log/checkpoint", "status.cose"
MAX_RECORD = 256 * 1024
"""The most bytes of an Entry by itself, which is what a publisher gets for an answer."""
MAX_INDEX = 4 * 1024 * 1024
"""The most bytes of the index of one bundle id, which has some 200 a version."""
MAX_PAGE = WIDTH * (MAX_STATEMENT + 4)
"""The most bytes of a file of statements."""
MAX_ANCHOR_FILE = 4 * 1024 * 1024

_DIGEST, _NAME = "[0-9a-f]{64}", "[a-z][a-z0-9-]{0,39}"
_NUMBER = "(x[0-9]{3}/){0,6}[0-9]{3}([.]p/[1-9][0-9]{0,2})?"
_FILE = "[0-9A-Za-z][0-9A-Za-z._-]{0,119}"
_LIMITS = (
    (re.compile("log/checkpoint"), MAX_NOTE),
    (re.compile(f"log/tile/[0-9]/{_NUMBER}"), MAX_TILE),
    (re.compile(f"log/tile/entries/{_NUMBER}"), MAX_BUNDLE),
    (re.compile(f"statements/{_DIGEST}[.]cose"), MAX_STATUS),
    (re.compile("statements/(x[0-9]{3}/){0,6}[0-9]{3}"), MAX_PAGE),
    (re.compile(rf"packs/{_DIGEST}[.]smpack"), MAX_PACK),
    (re.compile(rf"index/{_NAME}/{_NAME}[.]cbor"), MAX_INDEX),
    (re.compile("status[.]cose"), MAX_STATUS),
    (re.compile(f"anchor/(?!drafts/){_FILE}(/{_FILE}){{0,2}}"), MAX_ANCHOR_FILE),
)


class Entry(Record, frozen=True):
    """What one version of a bundle consists of: SHA-256 of the archive, the release, each evaluation and the pack."""

    id: str
    version: str
    bundle: bytes
    release: bytes
    evaluations: tuple[bytes, ...]
    pack: bytes


class Index(Record, frozen=True):
    """All that can be looked up of a bundle id: `versions` were published and not withdrawn, oldest version first.

    `entries` holds one for each version that was ever published, those that were withdrawn too, oldest version first.
    """

    id: str
    versions: tuple[str, ...]
    entries: tuple[Entry, ...] = ()

    def entry(self, version: str) -> Entry | None:
        """Return the entry of a version, or None."""
        return next((each for each in self.entries if each.version == version), None)


def statement_path(digest: bytes) -> str:
    """Return where the signed statement of `digest` lies, if it is too long to lie with others."""
    return f"statements/{digest.hex()}.cose"


def pack_path(digest: bytes) -> str:
    """Return where the pack of the archive of `digest` lies."""
    return f"packs/{digest.hex()}.smpack"


def index_path(bundle_id: str) -> str:
    """Return where the index of a bundle lies."""
    return f"index/{bundle_id}.cbor"


def limit(path: str) -> int | None:
    """Return the most bytes that the file at `path` may have, or None where a repository has no such path."""
    return next((most for pattern, most in _LIMITS if pattern.fullmatch(path)), None)
