"""What a repository holds, and whether it is still what was published: for its operator, never for its readers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from semper_host.admission import versions
from semper_host.admission.pack import read_pack
from semper_host.admission.statements import digest
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import SemperError
from service_repo import layout
from service_repo.layout import Entry, Head


def entries(directory: Path) -> list[Entry]:
    """Return the index entries that can be read, by bundle id, oldest version first."""
    found = [entry for _, entry in _indexed(directory) if entry is not None]
    return sorted(found, key=lambda entry: (entry.id, versions.order(entry.version)))


def damaged(directory: Path) -> list[str]:
    """Return the relative paths of files that are missing or not what the index says, sorted; empty if all is well.

    Publishing a bundle again, from the same files, mends it.
    """
    bad: set[str] = set()
    for path, entry in _indexed(directory):
        if entry is None:
            bad.add(path)
        else:
            bad.update(_damaged_files(directory, entry))
            bad.update(_damaged_head(directory, entry))
    return sorted(bad)


def _indexed(directory: Path) -> Iterator[tuple[str, Entry | None]]:
    """Give each index file by its path, with its entry; None where it is malformed or lies in another's place."""
    for file in sorted((directory / "index").glob("*/*/*.cbor")):
        path = file.relative_to(directory).as_posix()
        try:
            entry = Entry.decode(file.read_bytes()[: layout.MAX_RECORD + 1])
            in_place = layout.limit(path) is not None and layout.entry_path(entry.id, entry.version) == path
            yield path, entry if in_place else None
        except (MalformedEncoding, OSError):
            yield path, None


def _damaged_files(directory: Path, entry: Entry) -> Iterator[str]:
    named = {
        layout.bundle_path(entry.bundle): entry.bundle,
        layout.release_path(entry.bundle): entry.release,
        layout.pack_path(entry.bundle): entry.pack,
    }
    for number, evaluation in enumerate(entry.evaluations):
        named[layout.evaluation_path(entry.bundle, number)] = evaluation
    for path, expected in named.items():
        data = _read(directory / path)
        whole = data is not None and digest(data) == expected
        if not whole or (path == layout.pack_path(entry.bundle) and not _packs(data or b"", entry.bundle)):
            yield path


def _packs(data: bytes, bundle: bytes) -> bool:
    try:
        return digest(read_pack(data).archive) == bundle
    except SemperError:
        return False


def _damaged_head(directory: Path, entry: Entry) -> Iterator[str]:
    path = layout.head_path(entry.id)
    data = _read(directory / path)
    try:
        listed = data is not None and entry.version in Head.decode(data).versions
    except MalformedEncoding:
        listed = False
    if not listed:
        yield path


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
