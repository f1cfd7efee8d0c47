"""Ports for servers whose address has to be known before they start.

A port that the system gave and took back may be anybody's a moment later: a connection's of another test, say. These
lie below all that the system gives of itself, and as long as this process lives no other run of the tests takes them.
"""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

_PORTS = range(12_000, 30_000)
_kept: list[int] = []
"""Descriptors of the locked files, one for each port that this process took."""


def free_address() -> str:
    """Return a loopback address that nobody else listens at or will, like 127.0.0.1:12000."""
    return f"127.0.0.1:{free_port()}"


def free_port() -> int:
    """Return a loopback port that nobody else listens at or will."""
    folder = Path(tempfile.gettempdir()) / f"semper-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    for port in _PORTS:
        lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if _locked(lock) and _is_free(port):
            _kept.append(lock)
            return port
        os.close(lock)
    raise AssertionError("no port is free")


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
