"""Writing a file so that it is there whole or not at all, also after a power failure."""

from __future__ import annotations

import os
from pathlib import Path


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to `path` through a draft beside it: written, synced, renamed, and the folder synced.

    One writer at a time; a draft that a killed one left behind is written over.
    """
    _make_folder(path.parent)
    draft = path.parent / f".{path.name}.draft"
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    os.replace(draft, path)
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    """Make `folder` and those above it, each durable in the one that holds it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
