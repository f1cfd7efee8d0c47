"""The drivers' lock: which installed drivers the person has reviewed, and the digest of what was reviewed.

A JSON list of {driver, distribution, version, digest}. It stops drivers that came along unwanted; it does not
stop somebody who can write to site-packages, who could change the host as well.

`python -m semper_host.supporting.trusted_ui.lock FILE DRIVER...` writes a lock of the installed drivers named.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from semper_host.model.errors import UsageError
from semper_host.supporting.trusted_ui.measure import Measured, installed, measure


class LockedDriver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the lock; `digest` is what `measure` computes, in 64 hexadecimal digits."""

    driver: str
    distribution: str
    version: str
    digest: str


def read_lock(path: Path) -> tuple[LockedDriver, ...]:
    """Return the rows of the lock file at `path`; a missing file locks nothing.

    Raises UsageError (CONFIG_INVALID) if it is not a lock or names a driver twice.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    try:
        rows = msgspec.json.decode(data, type=tuple[LockedDriver, ...])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError("CONFIG_INVALID", f"cannot read the drivers' lock {path}: {error}") from None
    if len({row.driver for row in rows}) != len(rows):
        raise UsageError("CONFIG_INVALID", f"cannot read the drivers' lock {path}: a driver is named twice")
    return rows


def write_lock(path: Path, rows: Iterable[LockedDriver]) -> None:
    """Write the lock, sorted by driver, in one step: either the old file or the new one is there."""
    ordered = sorted(rows, key=lambda row: row.driver)
    data = msgspec.json.format(msgspec.json.encode(ordered), indent=2) + b"\n"
    beside = path.with_name(path.name + ".new")
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def lock_driver(name: str) -> LockedDriver:
    """Return the row that locks the installed driver `name` as it is now. Nothing of it is imported.

    Raises AdmissionRefused (DRIVER_MISSING, DRIVER_CONFLICT, DRIVER_CHANGED).
    """
    return row_of(measure(installed(name)))


def row_of(measured: Measured) -> LockedDriver:
    """Return the row of a measured driver."""
    return LockedDriver(measured.driver, measured.distribution, measured.version, measured.digest.hex())


if __name__ == "__main__":
    write_lock(Path(sys.argv[1]), [lock_driver(name) for name in sys.argv[2:]])
