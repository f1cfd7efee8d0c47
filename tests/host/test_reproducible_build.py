"""The same sources give the same archive: in another folder, language, time zone, umask, with other dates, on another
Python. Name further interpreters (with msgspec, pyyaml, cbor2 installed) in SEMPER_PYTHONS, separated by ":".
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from semper_host.admission.build import build, publish_as
from semper_host.host import bundling

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(file.parent for file in (ROOT / "plugins").glob("*/*/manifest.yaml"))
OTHERS = [each for each in os.environ.get("SEMPER_PYTHONS", "").split(":") if each]
CODE = """
import hashlib, locale, os, sys, time
from pathlib import Path
os.umask(int(sys.argv[1], 8))
time.tzset()
try:
    locale.setlocale(locale.LC_ALL, "")
except locale.Error:
    pass
from semper_host.admission.build import build, publish_as
from semper_host.host.bundling import read_source
for folder in sys.argv[2:]:
    print(hashlib.sha256(publish_as(build(read_source(Path(folder))), b"k" * 32)).hexdigest())
"""
PLACES = [
    {"LC_ALL": "C", "TZ": "UTC", "PYTHONHASHSEED": "1", "PYTHONUTF8": "0"},
    {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "2", "PYTHONOPTIMIZE": "2"},
    {"LC_ALL": "C.UTF-8", "TZ": "America/St_Johns", "PYTHONHASHSEED": "3"},
]


@pytest.fixture(scope="module")
def expected() -> list[str]:
    archives = [publish_as(build(bundling.read_source(folder)), b"k" * 32) for folder in SOURCES]
    return [hashlib.sha256(archive).hexdigest() for archive in archives]


def built(python: str, umask: str, environment: dict[str, str], folders: list[Path]) -> list[str]:
    """Build in a process of its own, and return the archives' digests."""
    whole = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    command = [python, "-c", CODE, umask, *map(str, folders)]
    ran = subprocess.run(command, env=whole, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split()


def checked_out(root: Path) -> list[Path]:
    """Copy all sources as another checkout would have them: other dates, rights and order of creation, and litter."""
    copies = []
    for number, folder in enumerate(reversed(SOURCES)):
        copy = root / f"checkout ü {number}" / folder.name
        copy.mkdir(parents=True)
        for file in sorted(folder.iterdir(), reverse=True):
            if file.is_file():
                target = copy / file.name
                shutil.copyfile(file, target)
                target.chmod(0o600 if number % 2 else 0o755)
                os.utime(target, (number, number))
        (copy / "__pycache__").mkdir()
        (copy / "__pycache__" / "buyer.cpython-399.pyc").write_bytes(b"litter")
        (copy / ".DS_Store").write_bytes(b"litter")
        copies.append(copy)
    return copies[::-1]


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_another_checkout_builds_the_same_bytes(expected: list[str], tmp_path: Path, place: int) -> None:
    umask = ("022", "077", "000")[place]
    assert built(sys.executable, umask, PLACES[place], checked_out(tmp_path)) == expected


@pytest.mark.skipif(not OTHERS, reason="SEMPER_PYTHONS names no other interpreter")
@pytest.mark.parametrize("python", OTHERS)
def test_another_python_builds_the_same_bytes(expected: list[str], tmp_path: Path, python: str) -> None:
    assert built(python, "027", PLACES[1], checked_out(tmp_path)) == expected


def test_a_linked_file_is_built_as_what_it_links_to(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(SOURCES[-1], copy)
    name = next(file.name for file in copy.iterdir() if file.suffix == ".py")
    (copy / name).unlink()
    (copy / name).symlink_to(SOURCES[-1] / name)
    assert build(bundling.read_source(copy)) == build(bundling.read_source(SOURCES[-1]))
