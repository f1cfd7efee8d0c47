"""Loads drivers of the trusted user interface: only installed, locked, unchanged ones (DESIGN §5)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import EntryPoint
from typing import cast

from stevedore import DriverManager

from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable
from semper_host.supporting.trusted_ui.interface import Driver
from semper_host.supporting.trusted_ui.lock import LockedDriver, row_of
from semper_host.supporting.trusted_ui.measure import GROUP, installed, measure
from semper_host.supporting.trusted_ui.measured_import import claim

SCRIPTED = "scripted"
"""The driver that asks no person; for demonstrations and tests."""


def load_driver(name: str, lock: Iterable[LockedDriver], *, allow_scripted: bool = False) -> Driver:
    """Return the driver `name`, whose files are as `lock` says; before that is known nothing of it is imported.

    Raises AdmissionRefused (DRIVER_MISSING, DRIVER_CONFLICT, DRIVER_UNLOCKED, DRIVER_CHANGED) and Unavailable
    (DRIVER_UNAVAILABLE): its device is not there, or the scripted driver was not allowed.
    """
    if name == SCRIPTED and not allow_scripted:
        cause = "the home's configuration does not say allow_scripted"
        raise Unavailable("DRIVER_UNAVAILABLE", f"cannot use the scripted driver: {cause}")
    entry = installed(name)
    locked = next((row for row in lock if row.driver == name), None)
    if locked is None:
        raise AdmissionRefused("DRIVER_UNLOCKED", f"cannot load the driver {name!r}: it is not in the drivers' lock")
    measured = measure(entry)
    found = row_of(measured)
    if found != locked:
        raise AdmissionRefused("DRIVER_CHANGED", f"cannot load the driver {name!r}: {_difference(found, locked)}")
    claim(measured)
    return _start(entry)


class _OneDriver(DriverManager[Driver]):
    """stevedore's manager over the one entry point that was checked; its cache of entry points is not asked."""

    def __init__(self, entry: EntryPoint) -> None:
        self._entry = entry
        super().__init__(GROUP, entry.name, invoke_on_load=True)

    def list_entry_points(self) -> list[EntryPoint]:
        return [self._entry]


def _start(entry: EntryPoint) -> Driver:
    try:
        driver = cast(Driver, _OneDriver(entry).driver)
    except SemperError:
        raise
    except Exception as error:  # whatever a driver's own code raises
        raise Unavailable("DRIVER_UNAVAILABLE", f"cannot start the driver {entry.name!r}: {error}") from error
    if driver.name != entry.name:
        cause = f"it calls itself {driver.name!r}"
        raise AdmissionRefused("DRIVER_CONFLICT", f"cannot load the driver {entry.name!r}: {cause}")
    return driver


def _difference(found: LockedDriver, locked: LockedDriver) -> str:
    if found.distribution != locked.distribution:
        return f"it comes from {found.distribution}, not from {locked.distribution} as locked"
    if found.version != locked.version:
        return f"version {found.version} is installed, {locked.version} is locked"
    return "its files changed since they were locked"
