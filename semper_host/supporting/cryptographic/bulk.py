"""Sealing an edition (see `edition` for its form; `edition_open` opens it).

Two passes over the sources: the first takes the digests, the second encrypts under a key that depends on
them. A source that changes in between is noticed, and nothing is published.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import durable_file
from semper_host.supporting.cryptographic.edition import (
    CONTENT_FILE,
    EDITION_FILE,
    FORMAT,
    MAX_FILES,
    SEGMENT,
    SEGMENTS_FILE,
    TAG,
    Edition,
    EditionFile,
    Progress,
    SegmentCipher,
    key_hash,
    plaintext_hasher,
    segment_hash,
    unsafe_name,
)
from semper_host.supporting.cryptographic.edition_open import open_edition, read_from

__all__ = ["Edition", "EditionFile", "open_edition", "read_edition", "read_from", "seal_edition"]

Source = tuple[str, Path]
"""The name that a file gets in the edition, and where it lies."""


def seal_edition(
    sources: Sequence[Source], target_dir: Path, content_key: bytes, progress: Progress | None = None
) -> Edition:
    """Encrypt `sources`, in their order, into the folder `target_dir`; return what the offer says of them.

    `content_key`: 32 fresh random bytes. Needs about 3 MiB of memory, whatever the size. Raises UsageError
    (USAGE_INVALID) for an unsafe name, an unreadable source, a folder that has an edition, or a changing source.
    """
    why = unsafe_name(name for name, _ in sources) if 1 <= len(sources) <= MAX_FILES else "it has no files, or too many"
    if why or (target_dir / EDITION_FILE).exists():
        raise _cannot_seal(why or f"{target_dir} already has one, and an edition never changes")
    try:
        files, plaintext_root = _measure(sources, content_key)
        target_dir.mkdir(parents=True, exist_ok=True)
        edition = Edition(FORMAT, files, b"", plaintext_root, key_hash(content_key))
        return _encrypt(sources, edition, target_dir, content_key, progress)
    except OSError as error:
        raise _cannot_seal(f"{error.filename or target_dir}: {error.strerror}") from None


def read_edition(directory: Path) -> Edition:
    """Return the edition that `seal_edition` wrote into `directory`."""
    return Edition.decode((directory / EDITION_FILE).read_bytes())


def _stream(paths: Sequence[Path], buffer: memoryview) -> Iterator[memoryview]:
    """Yield the files' bytes as one stream, in pieces that fill `buffer`; only the last, maybe empty, is shorter."""
    filled = 0
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer[filled:]):
                filled += count
                if filled == len(buffer):
                    yield buffer
                    filled = 0
    yield buffer[:filled]


def _measure(sources: Sequence[Source], content_key: bytes) -> tuple[tuple[EditionFile, ...], bytes]:
    """Return size and SHA-256 of each source, and the plaintext root."""
    root, files = plaintext_hasher(content_key), []
    buffer = memoryview(bytearray(SEGMENT))
    for name, path in sources:
        digest, size = hashlib.sha256(), 0
        for piece in _stream([path], buffer):
            digest.update(piece)
            root.update(piece)
            size += len(piece)
        files.append(EditionFile(name, size, digest.digest()))
    return tuple(files), root.digest()


def _encrypt(
    sources: Sequence[Source], edition: Edition, target_dir: Path, content_key: bytes, progress: Progress | None
) -> Edition:
    """Write the three files of `edition`, whose root is still missing; return it whole."""
    aside = target_dir / f"{CONTENT_FILE}.new"
    try:
        hashes = _write_content(sources, edition, aside, content_key, progress)
        os.replace(aside, target_dir / CONTENT_FILE)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    whole = Edition(edition.format, edition.files, segment_hash(hashes), edition.plaintext_root, edition.ck_hash)
    durable_file.replace(target_dir / SEGMENTS_FILE, hashes, 0o644)
    # COMMIT POINT
    durable_file.replace(target_dir / EDITION_FILE, encode(whole), 0o644)
    return whole


def _write_content(
    sources: Sequence[Source], edition: Edition, target: Path, content_key: bytes, progress: Progress | None
) -> bytes:
    """Write the encrypted segments to `target`, durably; return their hashes."""
    cipher = SegmentCipher(content_key, edition.plaintext_root, edition.segments)
    root, hashes, done = plaintext_hasher(content_key), bytearray(), 0
    plain, encrypted = memoryview(bytearray(SEGMENT)), memoryview(bytearray(SEGMENT + TAG))
    with target.open("wb", buffering=0) as file:
        for index, piece in enumerate(_segments(sources, plain, edition)):
            sealed = encrypted[: len(piece) + TAG]
            cipher.encrypt_into(index, piece, sealed)
            root.update(piece)
            hashes += segment_hash(sealed)
            file.write(sealed)
            done += len(piece)
            if progress:
                progress(done, edition.size)
        os.fsync(file.fileno())
    if root.digest() != edition.plaintext_root or len(hashes) != 32 * edition.segments:
        raise _cannot_seal("a file changed while it was read")
    return bytes(hashes)


def _segments(sources: Sequence[Source], buffer: memoryview, edition: Edition) -> Iterator[memoryview]:
    """Yield exactly the edition's segments, as the sources have them now."""
    pieces = _stream([path for _, path in sources], buffer)
    for index in range(edition.segments):
        piece = next(pieces, None)
        if piece is None or len(piece) != edition.segment_size(index):
            raise _cannot_seal("a file changed while it was read")
        yield piece


def _cannot_seal(why: str) -> UsageError:
    return UsageError("USAGE_INVALID", f"cannot seal the edition: {why}")
