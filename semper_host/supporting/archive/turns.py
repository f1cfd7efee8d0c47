"""One process of a home at a time acts for a deal: what it asks of a bank or a trustee, no other asks meanwhile.

A turn is a lock that ends with its process, however that ends: on a file beside the database, of one byte for each
deal; on PostgreSQL an advisory lock of the session. It guards no data, which the store's own transactions do.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Protocol

from sqlalchemy import Engine

try:
    import fcntl
except ImportError:  # a system without such locks
    _SET_OF_DESCRIPTION = None
else:
    _SET_OF_DESCRIPTION = getattr(fcntl, "F_OFD_SETLK", None)

SUFFIX = "-turns"
"""The lock file's name is the database's with this behind it."""
_LOCK = struct.Struct("@hhqqi4x")  # struct flock of 64-bit Linux: type, whence, start, length, process


class Turns(Protocol):
    """Gives turns; from any thread, never for the same deal from two threads at once."""

    def take(self, deal: bytes) -> bool:
        """Take the turn for the deal D; False where another process has it."""

    def give(self, deal: bytes) -> None:
        """Give it back."""

    def close(self) -> None:
        """Give everything back."""


def turns_of(engine: Engine) -> Turns:
    """Return what gives turns to those who share the database of `engine`."""
    if engine.dialect.name == "postgresql":
        from semper_host.supporting.archive.postgresql_turns import ServerTurns  # here: its driver is optional

        return ServerTurns(engine)
    file = engine.url.database
    if not file or _SET_OF_DESCRIPTION is None:
        return _NoTurns()
    try:
        return _FileTurns(Path(file + SUFFIX))
    except OSError:  # the disk is full: then no other process can begin anything either
        return _NoTurns()


class _NoTurns:
    """For a store that no other process sees, and for systems without such locks."""

    def take(self, deal: bytes) -> bool:
        return True

    def give(self, deal: bytes) -> None:
        pass

    def close(self) -> None:
        pass


class _FileTurns:
    """Locks of an open file description: two of one process exclude each other too."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, deal: bytes) -> bool:
        try:
            self._set(fcntl.F_WRLCK, deal)
        except (BlockingIOError, PermissionError):  # POSIX lets a system say either
            return False
        return True

    def give(self, deal: bytes) -> None:
        self._set(fcntl.F_UNLCK, deal)

    def close(self) -> None:
        os.close(self._file)

    def _set(self, kind: int, deal: bytes) -> None:
        assert _SET_OF_DESCRIPTION is not None
        fcntl.fcntl(self._file, _SET_OF_DESCRIPTION, _LOCK.pack(kind, os.SEEK_SET, number_of(deal), 1, 0))


def number_of(deal: bytes) -> int:
    """Return the number of a deal's lock: from its digest, so two deals share one about never, and then only wait."""
    return int.from_bytes(deal[:8], "big") >> 2
