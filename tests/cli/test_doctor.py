"""`semper doctor`: the walls of this machine, the program's data, and the drivers."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.cli import doctor
from semper_host.confinement.selftest import Wall


def test_doctor_reports_every_wall_without_a_home(semper: Any) -> None:
    ran = semper.run("nowhere", "doctor", "--json")
    found = ran.json
    assert found["schema"] == "semper.doctor/1"
    assert {"system-calls", "open-file", "make-socket", "landlock"} <= {wall["name"] for wall in found["walls"]}
    assert found["ok"] == (ran.code == 0) == all(wall["present"] for wall in found["walls"] if wall["mandatory"])
    assert found["python"]["supported"] and found["data"]["present"] and not found["home"]["present"]


def test_doctor_tells_people_the_same(semper: Any) -> None:
    ran = semper.run("nowhere", "doctor")
    assert ("Bundles can run here." in ran.out) == (ran.code == 0)
    assert "system-calls" in ran.out


def test_doctor_does_not_fail_over_an_unreadable_drivers_lock(semper: Any) -> None:
    semper.ok("home", "init")
    (semper.root / "home/trust/drivers.lock").write_text("{")
    (driver,) = semper.run("home", "doctor", "--json").json["drivers"]
    assert driver["state"] == "lock unreadable"


@pytest.mark.parametrize(("mandatory", "ok"), [(True, False), (False, True)])
def test_only_a_missing_mandatory_wall_keeps_bundles_from_running(mandatory: bool, ok: bool) -> None:
    wall = Wall("some-wall", mandatory, False, "not on this machine")._asdict()
    report = {"walls": [wall], "python": {"supported": True}, "data": {"present": True}}
    assert doctor._ok(report) is ok
    assert ("MISSING" in doctor._line(False, mandatory, "some-wall", "")) is not ok
