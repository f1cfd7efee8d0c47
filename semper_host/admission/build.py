"""From sources to an archive: the same files give the same bytes on every machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from semper_host.admission.archive_format import pack, unpack
from semper_host.admission.manifest import MANIFEST, Manifest, check_files, parse_manifest
from semper_host.model.errors import AdmissionRefused

_PUBLISHER_LINE = re.compile(rb"^publisher:[^\n]*\n?", re.MULTILINE)


def build(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of a bundle's sources, content by name, manifest.yaml included.

    The manifest may leave the publisher open; see `publish_as`. Raises AdmissionRefused (MANIFEST_*, ARCHIVE_*).
    """
    _read(files)
    return pack(files)


def publish_as(archive: bytes, publisher: bytes) -> bytes:
    """Return the archive with its manifest naming the Ed25519 key `publisher` (32 bytes); nothing else changes."""
    files = unpack(archive)
    before = _read(files)
    text = _PUBLISHER_LINE.sub(b"", files[MANIFEST])
    line = f'publisher: "{publisher.hex()}"\n'.encode()
    files[MANIFEST] = text + (b"" if text.endswith(b"\n") else b"\n") + line
    after = parse_manifest(files[MANIFEST])
    if after != msgspec.structs.replace(before, publisher=publisher.hex()):
        cause = f"cannot name the publisher in {MANIFEST}: write `publisher` on a line of its own"
        raise AdmissionRefused("MANIFEST_INVALID", cause)
    return pack(files)


def _read(files: Mapping[str, bytes]) -> Manifest:
    if MANIFEST not in files:
        raise AdmissionRefused("MANIFEST_FILES", f"cannot build the bundle: it has no {MANIFEST}")
    manifest = parse_manifest(files[MANIFEST], unpublished=True)
    check_files(manifest, files)
    return manifest
