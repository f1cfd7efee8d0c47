"""Files that are either old or new after a crash, never half: write aside, sync, rename, sync the folder."""

from __future__ import annotations

import contextlib
import glob
import os
import re
from pathlib import Path

ABANDONED_SECONDS = 600
"""So much longer than the writing of a file takes."""
_ASIDE = re.compile(r"[.].+[.]([1-9][0-9]{0,9})[.]new")


def replace(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Make `data` the content of `path`, durable on return. Raises OSError, and then `path` is as it was."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # COMMIT POINT
        os.replace(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise
    sync_directory(path.parent)


def sweep(path: Path) -> None:
    """Remove what was written aside for `path` by processes that ended before it was in place.

    For the one who alone replaces `path` now: of another who does, this may be the file. Raises OSError.
    """
    for aside in path.parent.glob(f".{glob.escape(path.name)}.*.new"):
        aside.unlink(missing_ok=True)


def sweep_abandoned(folder: Path, now: float) -> None:
    """Remove what was written aside in `folder` by processes that have ended since; `now` is in seconds since 1970.

    What is young stays, whoever wrote it: a process of another machine or container that shares the folder has a number
    that means nothing here. Never raises for what it cannot see or remove.
    """
    with contextlib.suppress(OSError):
        for aside in list(folder.iterdir()):
            written = _ASIDE.fullmatch(aside.name)
            if written is not None and not _runs(int(written[1])):
                with contextlib.suppress(OSError):
                    if now - aside.lstat().st_mtime > ABANDONED_SECONDS:
                        aside.unlink()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # another user's, or no number of a process: nobody knows
    return True


def sync_directory(path: Path) -> None:
    """Make the names in the folder `path` durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
