"""The wheel alone is enough: in another environment, far from the checkout, the same bundles and drivers are found."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import pytest

from semper_host.host.bundling import build_all

LOOK = """
import hashlib, json
from semper_host.host import data
from semper_host.supporting.trusted_ui.drivers import load_driver
from semper_host.supporting.trusted_ui.lock import read_lock
driver = load_driver("terminal", read_lock(data.trust_roots() / "drivers.lock"))
bundles = {name: hashlib.sha256(archive).hexdigest() for name, archive in data.archives().items()}
print(json.dumps({"bundles": bundles, "driver": type(driver).__name__, "host": data.__file__}))
"""


@pytest.fixture(scope="module")
def wheel(sources: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(sources.root)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new virtual environment that holds the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    subprocess.run([*pip, "install", "-qq", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def run(program: Path, *arguments: str, seconds: int = 60) -> str:
    """Run a program far from the checkout and return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SEMPER_HOME")}
    command = [str(program), *arguments]
    ran = subprocess.run(
        command, cwd="/", env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_a_wheel_holds_archives_and_no_bundle_source(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.endswith(".smp")]
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"semper_host", "service_repo", "semper_terminal", "semper_scripted"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_bundles_and_drivers_are_the_same_from_checkout_and_wheel(sources: Any, elsewhere: Path) -> None:
    found = json.loads(run(elsewhere / "python", "-c", LOOK))
    built = build_all(sources.root / "plugins")
    assert found["bundles"] == {name: hashlib.sha256(archive).hexdigest() for name, archive in built.items()}
    assert found["driver"] == "TerminalDriver"
    assert Path(found["host"]).is_relative_to(elsewhere.parent)


def test_the_command_runs_from_a_wheel(elsewhere: Path) -> None:
    assert "demo" in run(elsewhere / "semper", "--help")


@pytest.mark.deep
def test_the_demo_runs_from_a_wheel(elsewhere: Path) -> None:
    told = json.loads(run(elsewhere / "semper", "demo", "--json", seconds=300))
    assert [deal["scenario"] for deal in told["deals"]] == ["sold", "resolved", "abandoned", "tampered", "unevaluated"]
