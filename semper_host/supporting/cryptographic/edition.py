"""An edition: files encrypted once under one content key CK and served as static files to everybody.

The files follow one another in one stream, cut into segments of 1 MiB. Each segment is encrypted with
AES-256-GCM under the nonce counter (11 bytes) ‖ last (1 byte), so that none can be changed, moved, left out
or appended (the STREAM construction, Hoang et al. 2015). On disk and on the web an edition is three files:

    content    the encrypted segments, one after the other, each 16 bytes longer than its plaintext
    segments   the BLAKE3 hash of each encrypted segment, 32 bytes each
    edition    the encoded `Edition`

The segment key is HKDF(CK, plaintext root), and the plaintext root is BLAKE3 over the whole stream, keyed
from CK. So other content never meets the same key and nonces, even if a CK is used twice; and who signs the
root in an offer has said, to whoever learns CK, what the content is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from semper_host.model.encoding import Record
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.secret import derive

FORMAT = "semper.edition/1"
SEGMENT = 1 << 20
"""Bytes of plaintext in every segment but the last."""
TAG = 16
HASH = 32
MAX_FILES = 10_000
MAX_SIZE = 1 << 42
CONTENT_FILE, SEGMENTS_FILE, EDITION_FILE = "content", "segments", "edition"

Progress = Callable[[int, int], None]
"""Told how many bytes of plaintext are done, and of how many."""

_PART = re.compile(r"[A-Za-z0-9_(](?:[A-Za-z0-9 ._()+,=@&'!\[\]-]*[A-Za-z0-9_)\]!'+=@-])?")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_LONGEST_PART, _LONGEST_NAME, _DEEPEST = 100, 240, 8


class EditionFile(Record, frozen=True):
    """One file: its safe relative path, bytes, and SHA-256 of its plaintext."""

    name: str
    size: int
    sha256: bytes


class Edition(Record, frozen=True):
    """What an offer says of its content. `check` it when it comes from outside."""

    format: str
    files: tuple[EditionFile, ...]
    root: bytes  # BLAKE3 of the file `segments`
    plaintext_root: bytes  # BLAKE3 of all plaintext, keyed from the content key
    ck_hash: bytes  # SHA-256 of the content key

    @property
    def size(self) -> int:
        """Bytes of plaintext."""
        return sum(file.size for file in self.files)

    @property
    def segments(self) -> int:
        """How many segments there are, at least one."""
        return max(1, -(-self.size // SEGMENT))

    def segment_size(self, index: int) -> int:
        """Bytes of plaintext in segment `index`."""
        return min(SEGMENT, self.size - index * SEGMENT)

    def segment_range(self, index: int) -> tuple[int, int]:
        """Return (offset, length) of segment `index` in the file `content`, as for an HTTP Range request."""
        return index * (SEGMENT + TAG), self.segment_size(index) + TAG


def check(edition: Edition) -> None:
    """Raise PeerDeviated (OFFER_INVALID) unless `edition` is well formed and its names are safe everywhere."""
    if edition.format != FORMAT or not 1 <= len(edition.files) <= MAX_FILES:
        _refuse("its format is unknown, or it has no files or too many")
    digests = [edition.root, edition.plaintext_root, edition.ck_hash, *(file.sha256 for file in edition.files)]
    if any(len(digest) != HASH for digest in digests):
        _refuse("a digest does not have 32 bytes")
    if any(file.size < 0 for file in edition.files) or edition.size > MAX_SIZE:
        _refuse("a size is impossible")
    why = unsafe_name(file.name for file in edition.files)
    if why:
        _refuse(why)


def unsafe_name(names: Iterable[str]) -> str:
    """Return why one of `names` is no safe relative path, or clashes with another, or "".

    Safe: printable ASCII of a small set, parts joined by "/", no part hidden, reserved (Windows' CON, NUL, ...) or
    ending in a point or space; so no name leaves its folder, and none is also another's folder or differs from
    another's by case only.
    """
    seen: set[str] = set()
    folders: set[str] = set()
    for name in names:
        parts = name.split("/")
        if len(name) > _LONGEST_NAME or len(parts) > _DEEPEST or not all(map(_safe_part, parts)):
            return f"the file name {name[:_LONGEST_NAME]!r} is not a safe relative path"
        folded = name.lower()
        above = {"/".join(parts[:depth]).lower() for depth in range(1, len(parts))}
        if folded in seen or folded in folders or not above.isdisjoint(seen):
            return f"the file name {name!r} clashes with another"
        seen.add(folded)
        folders |= above
    return ""


def _safe_part(part: str) -> bool:
    return len(part) <= _LONGEST_PART and bool(_PART.fullmatch(part)) and not _RESERVED.fullmatch(part)


class SegmentCipher:
    """Encrypts and decrypts the segments of one edition, into buffers that the caller reuses."""

    def __init__(self, content_key: bytes, plaintext_root: bytes, segments: int) -> None:
        self._cipher = AESGCM(derive(content_key, b"semper/edition/1/segments" + plaintext_root))
        self._last = segments - 1

    def encrypt_into(self, index: int, plaintext: memoryview, target: memoryview) -> None:
        """Encrypt segment `index` into `target`, 16 bytes longer."""
        self._cipher.encrypt_into(self._nonce(index), plaintext, None, target)

    def decrypt_into(self, index: int, ciphertext: bytes, target: memoryview) -> None:
        """Decrypt segment `index` into `target`, 16 bytes shorter. Raises cryptography's InvalidTag."""
        self._cipher.decrypt_into(self._nonce(index), ciphertext, None, target)

    def _nonce(self, index: int) -> bytes:
        return index.to_bytes(11, "big") + (b"\x01" if index == self._last else b"\x00")


def plaintext_hasher(content_key: bytes) -> Any:
    """Return a hasher (update, digest) that yields the plaintext root."""
    return blake3(key=derive(content_key, b"semper/edition/1/plaintext root"))


def segment_hash(ciphertext: bytes | memoryview) -> bytes:
    """Return the BLAKE3 hash of an encrypted segment, or of the file `segments`: the root."""
    return blake3(ciphertext).digest()


def key_hash(content_key: bytes) -> bytes:
    """Return the hash by which an offer pins its content key, of 32 bytes: GCM alone would not commit to it."""
    if len(content_key) != HASH:
        raise ValueError("cannot use the content key: it must have 32 bytes")
    return hashlib.sha256(content_key).digest()


def _refuse(why: str) -> NoReturn:
    raise PeerDeviated("OFFER_INVALID", f"cannot accept the edition: {why}")
