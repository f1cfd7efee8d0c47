"""What a buyer makes of a repository's answers. Pure: nothing is believed that the digest asked for does not prove.

The repository's digests and signatures hold or it lied, so every refusal here blames the repository (ARCHIVE_DIGEST)
and another source may help. Whether the bundle may run is `semper_host.admission.admit`'s to say, afterwards.
"""

from __future__ import annotations

from typing import NoReturn

from semper_host.admission.pack import Pack, open_pack
from semper_host.admission.statements import digest
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import AdmissionRefused
from service_repo.layout import MAX_INDEX, Entry, Index


def check_statement(data: bytes, expected: bytes) -> bytes:
    """Return a release or evaluation if its SHA-256 is the one that the index says. Raises ARCHIVE_DIGEST."""
    if digest(data) != expected:
        _refuse("a statement it returned is not the one its index names")
    return data


def check_pack(data: bytes, expected: bytes) -> Pack:
    """Return the pack in `data` if it is about the archive of digest `expected` and its release is intact.

    Raises AdmissionRefused ARCHIVE_DIGEST; see `semper_host.admission.pack.open_pack`, which hosts use by themselves.
    """
    return open_pack(data, expected)


def read_index(data: bytes, bundle_id: str) -> Index:
    """Return the index in `data` if it is about this bundle and names no version twice. Raises ARCHIVE_DIGEST.

    Nobody signs the index: it only helps to find a digest, and what the digest names proves itself.
    """
    try:
        index = Index.decode(data[: MAX_INDEX + 1])
    except MalformedEncoding:
        _refuse("an index it returned is malformed")
    if {index.id, *(each.id for each in index.entries)} != {bundle_id}:
        _refuse("an index it returned is about another bundle")
    if len({each.version for each in index.entries}) != len(index.entries):
        _refuse("an index it returned names a version twice")
    return index


def read_entry(data: bytes, bundle_id: str, version: str) -> Entry:
    """Return what the index in `data` says of one version. Raises AdmissionRefused ARCHIVE_DIGEST."""
    entry = read_index(data, bundle_id).entry(version)
    if entry is None:
        _refuse(f"its index does not list version {version[:80]}")
    return entry


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("ARCHIVE_DIGEST", f"cannot use the repository's answer: {cause}")
