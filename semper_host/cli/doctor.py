"""`semper doctor`: may bundles run on this machine, and is everything found?"""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import typer

import semper_host
from semper_host.cli.files import AsJson
from semper_host.cli.opening import now, settings_of
from semper_host.cli.printing import harmless, show, show_json
from semper_host.confinement import selftest
from semper_host.confinement.selftest import Wall
from semper_host.confinement.zygote import Zygote
from semper_host.host import data, staleness, trusting
from semper_host.host import home as homes
from semper_host.model.errors import SemperError
from semper_host.supporting.trusted_ui.lock import LockedDriver, read_lock

OLDEST, BEYOND = (3, 11), (3, 16)


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Test this machine: every wall that confines bundles is attacked, and the program's own data is looked up.

    Exits 1 where something mandatory is missing, and says what.
    """
    walls = _walls()
    home = settings_of(context).path
    report: dict[str, Any] = {
        "schema": "semper.doctor/1",
        "version": semper_host.__version__,
        "python": _python(),
        "machine": f"{platform.system()} {platform.release()} {platform.machine()}",
        "walls": [wall._asdict() for wall in walls],
        "data": _data(),
        "home": {"path": str(home), "present": (home / homes.CONFIG).is_file()},
        "drivers": _drivers(home),
        "warnings": _warnings(home),
    }
    report["ok"] = _ok(report)
    if as_json:
        show_json(report)
    else:
        show(*_lines(report))
    if not report["ok"]:
        raise typer.Exit(1)


def _walls() -> list[Wall]:
    try:
        with Zygote.start() as zygote:
            return selftest.selftest(zygote)
    except SemperError as error:
        return [Wall("fork-server", True, False, error.message)]


def _python() -> dict[str, Any]:
    return {"version": platform.python_version(), "supported": OLDEST <= sys.version_info[:2] < BEYOND}


def _data() -> dict[str, Any]:
    try:
        bundles = sorted(data.archives())
    except (OSError, SemperError):
        bundles = []
    roots = data.trust_roots()
    place = "checkout" if data.checkout() else "installed"
    return {"from": place, "bundles": bundles, "trust_roots": str(roots), "present": bool(bundles) and roots.is_dir()}


def _drivers(home: Path) -> list[dict[str, Any]]:
    """Return every locked driver: of this home, or as shipped where there is no home."""
    lock = home / homes.TRUST / homes.DRIVERS_LOCK
    try:
        rows = read_lock(lock if lock.is_file() else data.trust_roots() / homes.DRIVERS_LOCK)
    except SemperError as error:
        return [{"name": "", "state": "lock unreadable", "detail": error.message}]
    return [_driver(row) for row in rows]


def _driver(row: LockedDriver) -> dict[str, Any]:
    from semper_host.supporting.trusted_ui.lock import lock_driver

    try:
        same = lock_driver(row.driver) == row
    except SemperError as error:
        return {"name": row.driver, "state": "unusable", "detail": error.message}
    detail = "" if same else f"review it, then `semper trust driver {row.driver}`"
    return {"name": row.driver, "state": "locked" if same else "changed since it was locked", "detail": detail}


def _warnings(home: Path) -> list[str]:
    """Return what of this home's word on revocations gets too old, by what `semper up` left. No `ok` hangs on it."""
    if not (home / homes.CONFIG).is_file():
        return []
    try:
        return list(staleness.warnings_at(home, trusting.load(home / homes.TRUST).policy, now()))
    except SemperError as error:
        return [error.message]


def _ok(report: dict[str, Any]) -> bool:
    walls = all(wall["present"] for wall in report["walls"] if wall["mandatory"])
    return bool(walls and report["python"]["supported"] and report["data"]["present"])


def _lines(report: dict[str, Any]) -> list[str]:
    python, found = report["python"], report["data"]
    lines = [f"semper {report['version']} on {report['machine']}"]
    lines.append(_line(python["supported"], True, "Python", python["version"]))
    for wall in report["walls"]:
        lines.append(_line(wall["present"], wall["mandatory"], wall["name"], wall["detail"]))
    lines.append(_line(found["present"], True, "data", f"{len(found['bundles'])} bundles, {found['from']}"))
    lines.append(_line(report["home"]["present"], False, "home", report["home"]["path"]))
    for driver in report["drivers"]:
        state = f"{driver['state']}{': ' if driver['detail'] else ''}{driver['detail']}"
        lines.append(_line(driver["state"] == "locked", False, f"driver {driver['name']}", state))
    lines += [f"  warning: {harmless(each)}" for each in report["warnings"]]
    return [*lines, "Bundles can run here." if report["ok"] else "Bundles do not run here: see what is MISSING above."]


def _line(present: bool, mandatory: bool, name: str, detail: str) -> str:
    state = "ok" if present else "MISSING" if mandatory else "absent"
    return f"  {state:7}  {name:18}  {detail}"
