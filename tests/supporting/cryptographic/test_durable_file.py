"""What a process leaves that is killed while it replaces a file."""

from __future__ import annotations

import subprocess
import sys
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
