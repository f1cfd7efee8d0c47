"""A file that is replaced very often: two others take turns at being it, so nothing is made and nothing freed.

To replace a file by a new one costs the file system a new inode, the end of an old one, and a flush: more than all
else that it does for a publish. Here the one of `.NAME.0` and `.NAME.1` that NAME is not is written over, and becomes
NAME by a rename; readers find the old content or the new one. Whoever opened a file before it went out of use may
still be reading it: a write lease (fcntl(2), F_SETLEASE) is granted only where nobody has it open, and keeps an open
that was under way waiting until the file is whole.
"""

from __future__ import annotations

import fcntl
import os
import signal
from typing import Any

_LEASED: Any = getattr(fcntl, "F_SETLEASE", None), getattr(fcntl, "F_SETSIG", None)
_HARMLESS = signal.SIGURG
"""What the kernel tells us with that somebody wants to open the file; it does nothing, where the default would kill."""


def swap(target: str, data: bytes, *, durable: bool) -> bool:
    """Make `data` the content of the file `target`, whole or not at all; the caller syncs the folder.

    Say False, and leave it as it is, where that does not work: both are being read, or the system has no such leases.
    """
    folder, _, last = target.rpartition("/")
    link = f"{folder}/.{last}.link"
    try:
        for turn in ("0", "1"):
            spare = f"{folder}/.{last}.{turn}"
            if write_over(spare, data, durable=durable, make=True):
                _link(spare, link)
                os.replace(link, target)
                return True
    except OSError:
        pass
    return False


def write_over(spare: str, data: bytes, *, durable: bool, make: bool = False) -> bool:
    """Make `data` the content of a file that is out of use; say False where somebody reads it, or it has another name.

    With `make` it is made where it is not there. Raises OSError.
    """
    if None in _LEASED:
        return False
    descriptor = os.open(spare, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0), 0o644)
    try:
        found = os.fstat(descriptor)
        if found.st_nlink != 1:
            return False
        lease, to_signal = _LEASED
        fcntl.fcntl(descriptor, to_signal, _HARMLESS)
        fcntl.fcntl(descriptor, lease, fcntl.F_WRLCK)  # it ends when the file is closed
        if os.write(descriptor, data) != len(data):
            return False
        if found.st_size > len(data):
            os.ftruncate(descriptor, len(data))
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True


def _link(spare: str, link: str) -> None:
    try:
        os.link(spare, link)
    except FileExistsError:  # a writer was killed between this and the rename
        os.unlink(link)
        os.link(spare, link)
