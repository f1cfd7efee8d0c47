"""What a process leaves aside in a home that is killed (SIGKILL) between writing a file and renaming it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semper_host.host import home as homes
from tests.host.marketplace import PASSPHRASE

DYING = """
import os, signal, sys
from pathlib import Path
from semper_host.host import home as homes, offers, staleness, trusting
home = homes.open_home(Path(sys.argv[1]), sys.argv[2])
replace = os.replace
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
WRITERS = {
    "keys": lambda: home.keyring.store("certificate", b"new"),
    "trust": lambda: trusting.change(home.trust, lambda policy: policy),
    "public": lambda: offers._publish(home, "offers/course.offer", b"new"),
    "home": lambda: staleness.write(home.path, staleness.Heard(asked=0)),
}
WRITERS[sys.argv[3]]()
"""


def files(path: Path) -> dict[Path, bytes]:
    return {each: each.read_bytes() for each in path.rglob("*") if each.is_file()}


@pytest.mark.parametrize("writer", ["keys", "trust", "public", "home"])
def test_an_opened_home_holds_nothing_that_a_killed_process_left_aside(tmp_path: Path, writer: str) -> None:
    path = tmp_path / "home"
    homes.create(path, homes.Config(role="merchant", name="EUROCOM"), PASSPHRASE)
    before = files(path)
    command = [sys.executable, "-c", DYING, str(path), PASSPHRASE, writer]
    died = subprocess.run(command, check=False, capture_output=True)
    assert died.returncode == -9, died.stderr
    (aside,) = files(path).keys() - before.keys()
    os.utime(aside, (1, 1))  # long ago
    homes.open_home(path, PASSPHRASE).close()
    assert files(path) == before
