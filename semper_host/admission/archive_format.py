"""The archive format .smp: a zip with exactly one way to write a given set of files.

Entries are stored (not compressed), sorted by their ASCII names, with fixed date, version and attributes and
no comment, extra field or descriptor. An archive is accepted only if packing what it holds gives the same
bytes again, so its SHA-256 names the files and nothing else. Field layout: APPNOTE.TXT 6.3 §4.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from struct import Struct
from typing import NamedTuple, NoReturn
from zlib import crc32

from semper_host.model.errors import AdmissionRefused

MAX_BYTES = 4 * 1024 * 1024
"""The most bytes an archive may have."""
MAX_FILES = 256
"""The most files an archive may have."""
MAX_NAME = 120
"""The most characters a file's name may have, its folders included."""

_LOCAL = Struct("<4s5H3I2H")
_CENTRAL = Struct("<4s6H3I5H2I")
_END = Struct("<4s4H2IH")
_VERSION, _DATE, _MODE = 20, 0x21, 0o100644 << 16  # 2.0; 1 January 1980, 00:00; a regular file
_MADE = 3 << 8 | _VERSION  # on Unix
_LINK = 0o120000
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?(/[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?)*")
_BYTECODE = (".pyc", ".pyo", ".pyd", ".so", ".dll", ".dylib")


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of `files` (content by name). Raises AdmissionRefused ARCHIVE_INVALID, ARCHIVE_TOO_LARGE."""
    _check_size(len(files), sum(len(content) + 2 * len(name) for name, content in files.items()))
    _check_names(files)
    archive = _packed(files)
    _check_size(len(files), len(archive))
    return archive


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive, content by name.

    Raises AdmissionRefused: ARCHIVE_TOO_LARGE, and ARCHIVE_INVALID for anything but the one way of writing them.
    """
    _check_size(0, len(data))
    entries = _read_directory(data)
    names = [entry.name for entry in entries]
    _check_names(names)
    if sum(entry.size for entry in entries) > len(data):
        _refuse("its files overlap")
    files = {entry.name: _content(data, entry) for entry in entries}
    if _packed(files, {entry.name: entry.checksum for entry in entries}) != data:
        _refuse("packing its files again gives other bytes: order, date, attributes or padding differ")
    return files


def _packed(files: Mapping[str, bytes], checksums: Mapping[str, int] | None = None) -> bytes:
    """Return the archive of files whose names were checked, and their checksums if given."""
    bodies, directory, offset = [], [], 0
    for name in sorted(files):
        content, encoded = files[name], name.encode("ascii")
        checksum, size = crc32(content) if checksums is None else checksums[name], len(content)
        sizes = (checksum, size, size, len(encoded))
        entry = _CENTRAL.pack(b"PK\1\2", _MADE, _VERSION, 0, 0, 0, _DATE, *sizes, 0, 0, 0, 0, _MODE, offset)
        directory.append(entry + encoded)
        local = _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, 0, _DATE, *sizes, 0)
        bodies += [local, encoded, content]
        offset += len(local) + len(encoded) + size
    listing = b"".join(directory)
    end = _END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(listing), offset, 0)
    return b"".join([*bodies, listing, end])


class _Entry(NamedTuple):
    name: str
    offset: int
    size: int
    checksum: int


def _read_directory(data: bytes) -> list[_Entry]:
    """Return the central directory's entries. Every offset and length is checked before anything is cut out."""
    if len(data) < _END.size or data[-_END.size : -_END.size + 4] != b"PK\5\6":
        _refuse("it does not end as a zip does: it is cut off, or bytes or a comment were appended")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(data, len(data) - _END.size)
    if disk or first_disk or here != count or comment:
        _refuse("it is split over several files or carries a comment")
    _check_size(count, len(data))
    if start + length + _END.size != len(data):
        _refuse("bytes were put before, between or after its parts")
    entries, at = [], start
    for _ in range(count):
        entry, at = _read_entry(data, at, start + length)
        entries.append(entry)
    if at != start + length:
        _refuse("its directory holds more than it counts")
    return entries


def _read_entry(data: bytes, at: int, limit: int) -> tuple[_Entry, int]:
    """Return the directory entry at `at` and where the next one begins."""
    if at + _CENTRAL.size > limit or data[at : at + 4] != b"PK\1\2":
        _refuse("its directory is cut off or garbled")
    fields = _CENTRAL.unpack_from(data, at)
    flags, method, checksum, stored, size, name_length, extra, comment = (*fields[3:5], *fields[7:13])
    attributes, offset = fields[15:]
    end = at + _CENTRAL.size + name_length
    if name_length > MAX_NAME or end > limit:
        _refuse(f"a file name is longer than {MAX_NAME} characters")
    name = data[at + _CENTRAL.size : end].decode("latin-1")
    if flags & 1:
        _refuse(f"{name!r} is encrypted")
    if method or stored != size:
        _refuse(f"{name!r} is compressed; files must be stored")
    if extra or comment or flags:
        _refuse(f"{name!r} carries an extra field, a comment or flags")
    if attributes >> 16 & 0o170000 == _LINK:
        _refuse(f"{name!r} is a symbolic link")
    return _Entry(name, offset, size, checksum), end


def _content(data: bytes, entry: _Entry) -> bytes:
    """Return the content of `entry`; its local header is compared when the archive is packed again."""
    begin = entry.offset + _LOCAL.size + len(entry.name)
    content = data[begin : begin + entry.size]
    if len(content) != entry.size:
        _refuse(f"{entry.name!r} reaches beyond the end")
    if crc32(content) != entry.checksum:
        _refuse(f"the checksum of {entry.name!r} is wrong")
    return content


def _check_names(names: Iterable[str]) -> None:
    """Refuse names that are not plain relative ASCII paths, that repeat or differ only in case, and compiled code."""
    seen: dict[str, str] = {}
    for name in names:
        if len(name) > MAX_NAME or not _NAME.fullmatch(name):
            _refuse(f"{name[:MAX_NAME]!r} is not a plain relative path of ASCII letters, digits, '_', '-' and '.'")
        folded = name.lower()
        if folded.endswith(_BYTECODE) or "__pycache__" in folded:
            _refuse(f"{name!r} is compiled code; only sources are admitted")
        if folded in seen:
            twice = "occurs twice" if seen[folded] == name else f"differs from {seen[folded]!r} only in case"
            _refuse(f"{name!r} {twice}")
        seen[folded] = name
    for name in seen:
        folder = name.rpartition("/")[0]
        if folder in seen:
            _refuse(f"{seen[folder]!r} is a file and a folder at once")
    if not seen:
        _refuse("it holds no file")


def _check_size(count: int, size: int) -> None:
    if count > MAX_FILES:
        raise AdmissionRefused("ARCHIVE_TOO_LARGE", f"cannot accept the archive: it holds more than {MAX_FILES} files")
    if size > MAX_BYTES:
        raise AdmissionRefused("ARCHIVE_TOO_LARGE", f"cannot accept the archive: it has more than {MAX_BYTES} bytes")


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("ARCHIVE_INVALID", f"cannot accept the archive: {cause}")
