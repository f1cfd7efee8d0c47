"""Opening an edition: streaming, verifying, resumable, in bounded memory.

Each encrypted segment is checked against the signed root before it is decrypted, so whoever serves it need
not be trusted. Plaintext goes to files in a folder aside; when all digests fit, that folder becomes the
target in one rename. What lies there is all the state there is: after an interruption, whole segments are
encrypted again and compared with the hash list, so a torn or changed part is simply fetched again.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import InvalidTag

from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.cryptographic import durable_file
from semper_host.supporting.cryptographic.edition import (
    CONTENT_FILE,
    HASH,
    SEGMENT,
    SEGMENTS_FILE,
    TAG,
    Edition,
    Progress,
    SegmentCipher,
    check,
    key_hash,
    plaintext_hasher,
    segment_hash,
)
from semper_host.supporting.cryptographic.edition_files import PartialFiles, storing

ReadSegment = Callable[[int], bytes]
"""Returns the encrypted segment of an index, as `Edition.segment_range` places it in the file `content`."""

_BUFFERS = 3


def open_edition(
    edition: Edition,
    read_segment: ReadSegment,
    content_key: bytes,
    target_dir: Path,
    *,
    segment_hashes: bytes,
    progress: Progress | None = None,
    durable: bool = True,
) -> None:
    """Fetch, verify and decrypt `edition` into the new folder `target_dir`; go on where an earlier call stopped.

    `segment_hashes` is the file `segments`. Whatever `read_segment` raises passes through, and what was fetched
    stays for the next call. A target that already holds the edition is left alone. With `durable`, all of it is on
    the disk on return; without, the operating system writes it back later. Raises PeerDeviated:
    CONTENT_CORRUPT (not the signed bytes: try another source), CONTENT_FALSE (the signed bytes, but not what was
    promised: evidence against the seller), OFFER_INVALID; UsageError, Unavailable (STORAGE_FULL).
    """
    check(edition)
    if key_hash(content_key) != edition.ck_hash:
        raise PeerDeviated("CONTENT_FALSE", "cannot open the edition: this is not the content key that the offer pins")
    if len(segment_hashes) != HASH * edition.segments or segment_hash(segment_hashes) != edition.root:
        raise PeerDeviated("CONTENT_CORRUPT", "cannot open the edition: the segment hashes are not the signed ones")
    if _is_open(edition, target_dir):
        return
    with _folder_aside(edition, target_dir) as aside:
        with PartialFiles(edition, aside, durable=durable) as files:
            _Opening(edition, segment_hashes, content_key, files, progress).run(read_segment)
            if durable:
                files.sync()
        with storing(target_dir):
            # COMMIT POINT
            os.replace(aside, target_dir)
            if durable:
                durable_file.sync_directory(target_dir.parent)


def read_from(directory: Path, edition: Edition) -> tuple[ReadSegment, bytes]:
    """Return a reader of the segments in a local `directory`, and its `segments` file: open_edition's source."""
    content = directory / CONTENT_FILE

    def read_segment(index: int) -> bytes:
        offset, length = edition.segment_range(index)
        with content.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), length, offset)

    return read_segment, (directory / SEGMENTS_FILE).read_bytes()


class _Opening:
    """One run: segments flow through check, decryption and files here, and through the hashes in a second thread."""

    def __init__(
        self,
        edition: Edition,
        segment_hashes: bytes,
        content_key: bytes,
        files: PartialFiles,
        progress: Progress | None,
    ) -> None:
        self._edition = edition
        self._hashes = segment_hashes
        self._cipher = SegmentCipher(content_key, edition.plaintext_root, edition.segments)
        self._files = files
        self._root = plaintext_hasher(content_key)
        self._digests = [hashlib.sha256() for _ in edition.files]
        self._progress = progress
        self._buffers = [memoryview(bytearray(SEGMENT)) for _ in range(_BUFFERS)]
        self._pending: list[Future[None] | None] = [None] * _BUFFERS

    def run(self, read_segment: ReadSegment) -> None:
        """Bring all segments into the files and check all digests."""
        with ThreadPoolExecutor(1) as hashing:
            done = self._take_up(hashing)
            self._files.cut(done * SEGMENT)
            for index in range(done, self._edition.segments):
                plaintext = self._decrypt(index, read_segment(index))
                self._hash_aside(index, plaintext, hashing)
                self._files.write(index * SEGMENT, plaintext)
            self._settle()
            self._compare()

    def _take_up(self, hashing: ThreadPoolExecutor) -> int:
        """Hash the segments there from before, up to the first that is missing or damaged; return how many."""
        encrypted = memoryview(bytearray(SEGMENT + TAG))
        present = self._files.present()
        whole = present // SEGMENT if present < self._edition.size else self._edition.segments
        for index in range(whole):
            plaintext = self._buffer(index)
            sealed = encrypted[: len(plaintext) + TAG]
            if self._files.read(index * SEGMENT, plaintext) != len(plaintext):
                return index
            self._cipher.encrypt_into(index, plaintext, sealed)
            if segment_hash(sealed) != self._expected(index):
                return index
            self._hash_aside(index, plaintext, hashing)
        return whole

    def _decrypt(self, index: int, ciphertext: bytes) -> memoryview:
        """Return the plaintext of segment `index` in a buffer, if `ciphertext` is the signed one."""
        plaintext = self._buffer(index)
        if len(ciphertext) != len(plaintext) + TAG or segment_hash(ciphertext) != self._expected(index):
            message = f"cannot accept segment {index}: it is not the signed one"
            raise PeerDeviated("CONTENT_CORRUPT", message)
        try:
            self._cipher.decrypt_into(index, ciphertext, plaintext)
        except InvalidTag:
            self._false(f"segment {index} is not encrypted under the content key", ciphertext)
        return plaintext

    def _buffer(self, index: int) -> memoryview:
        """Return the buffer whose turn it is, cut to the segment's size, once its last content is hashed."""
        turn = index % _BUFFERS
        pending = self._pending[turn]
        if pending is not None:
            pending.result()
        return self._buffers[turn][: self._edition.segment_size(index)]

    def _hash_aside(self, index: int, plaintext: memoryview, hashing: ThreadPoolExecutor) -> None:
        self._pending[index % _BUFFERS] = hashing.submit(self._hash, index, plaintext)
        if self._progress:
            self._progress(index * SEGMENT + len(plaintext), self._edition.size)

    def _hash(self, index: int, plaintext: memoryview) -> None:
        self._root.update(plaintext)
        for number, _, piece in self._files.pieces(index * SEGMENT, plaintext):
            self._digests[number].update(piece)

    def _settle(self) -> None:
        for pending in self._pending:
            if pending is not None:
                pending.result()

    def _compare(self) -> None:
        """Compare what came out with what the offer promised."""
        if not hmac.compare_digest(self._root.digest(), self._edition.plaintext_root):
            self._false("the content is not that of the signed plaintext root")
        for file, digest in zip(self._edition.files, self._digests, strict=True):
            if digest.digest() != file.sha256:
                self._false(f"the file {file.name} does not have the signed digest")

    def _expected(self, index: int) -> bytes:
        return self._hashes[index * HASH : (index + 1) * HASH]

    def _false(self, why: str, evidence: bytes = b"") -> NoReturn:
        raise PeerDeviated("CONTENT_FALSE", f"cannot accept the content: {why}", evidence=evidence)


def _is_open(edition: Edition, target_dir: Path) -> bool:
    """Say whether `target_dir` holds this edition already; refuse to mix it with anything else."""
    if not target_dir.exists() or (target_dir.is_dir() and not any(target_dir.iterdir())):
        return False
    for file in edition.files:
        path = target_dir / file.name
        if not path.is_file() or path.stat().st_size != file.size or _digest(path) != file.sha256:
            raise UsageError("USAGE_INVALID", f"cannot open the edition into {target_dir}: something else is there")
    return True


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@contextmanager
def _folder_aside(edition: Edition, target_dir: Path) -> Iterator[Path]:
    """Give the folder in which this edition grows, to one process at a time; an edition's own, beside the target."""
    aside = target_dir.with_name(f".{target_dir.name}.{edition.root[:8].hex()}.part")
    with storing(aside):
        aside.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        _lock(descriptor, aside)
        _remove_strangers(edition, aside)
        yield aside
    finally:
        os.close(descriptor)


def _lock(descriptor: int, aside: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError("HOME_BUSY", f"cannot open the edition: another process is writing {aside}") from None


def _remove_strangers(edition: Edition, aside: Path) -> None:
    """Empty the folder if anything in it is not a plain file or folder of the edition."""
    files = {aside / file.name for file in edition.files}
    folders = {parent for path in files for parent in path.parents}
    for entry in list(aside.rglob("*")):
        fits = entry in folders if entry.is_dir() else entry in files and entry.is_file()
        if entry.is_symlink() or not fits:
            for child in aside.iterdir():
                shutil.rmtree(child) if child.is_dir() and not child.is_symlink() else child.unlink()
            return
