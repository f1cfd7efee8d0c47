"""What a process leaves that is killed while it replaces a file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from semper_host.supporting.cryptographic import durable_file

DYING = """
import os, signal, sys
from pathlib import Path
from semper_host.supporting.cryptographic import durable_file
os.replace = lambda *names: os.kill(os.getpid(), signal.SIGKILL)
durable_file.replace(Path(sys.argv[1]), b"new")
"""


def test_what_was_written_aside_by_a_killed_process_is_swept_and_nothing_else(tmp_path: Path) -> None:
    path, others = tmp_path / "returns#2", tmp_path / ".returns#20.1.new"
    durable_file.replace(path, b"old")
    others.write_bytes(b"of another file")
    assert subprocess.run([sys.executable, "-c", DYING, str(path)], check=False).returncode == -9
    assert len(list(tmp_path.iterdir())) == 3
    durable_file.sweep(path)
    assert {each.name for each in tmp_path.iterdir()} == {path.name, others.name}
    assert path.read_bytes() == b"old"


def test_only_what_an_ended_process_left_long_ago_counts_as_abandoned(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    durable_file.replace(path, b"old")
    assert subprocess.run([sys.executable, "-c", DYING, str(path)], check=False).returncode == -9
    (left,) = (each for each in tmp_path.iterdir() if each != path)
    ours, strange = tmp_path / f".policy.yaml.{os.getpid()}.new", tmp_path / ".policy.yaml.99999999999.new"
    for other in (ours, strange, tmp_path / ".hidden.new", tmp_path / "notes.12.new"):
        other.write_bytes(b"not ours to remove")
        os.utime(other, (1, 1))
    everything = set(tmp_path.iterdir())
    durable_file.sweep_abandoned(tmp_path, time.time())
    assert set(tmp_path.iterdir()) == everything, "it is young: its writer may live where we see no processes"
    os.utime(left, (1, 1))
    durable_file.sweep_abandoned(tmp_path, time.time())
    assert set(tmp_path.iterdir()) == everything - {left} and path.read_bytes() == b"old"
    durable_file.sweep_abandoned(tmp_path / "nowhere", time.time())
