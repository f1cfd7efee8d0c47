"""The walls on machines that allow less: no namespaces, one user id, no privileges; self-test and bundle still run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import semper_host

SCRIPT = """
from semper_host.api_v1 import Item
from semper_host.confinement.selftest import require, selftest
from semper_host.confinement.source import Source
from semper_host.confinement.zygote import Zygote
with Zygote.start() as zygote:
    walls = selftest(zygote)
    require(walls)
    source = Source(b"", "item-manager", {"manager": b"def describe(item):\\n    return [item.title]"})
    print(zygote.call(source, "manager.describe", (Item("a", "b", title="ran"),), print))
    print({wall.name: wall.detail for wall in walls if not wall.mandatory})
"""
FORBID = "for kind in user net pid mnt ipc uts; do echo 0 > /proc/sys/user/max_${kind}_namespaces || exit 77; done; "


def _run(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environment = {"PYTHONPATH": str(Path(semper_host.__file__).parent.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [*command, sys.executable, "-c", SCRIPT], capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode == 77 or "unshare failed" in done.stderr or "setpriv failed" in done.stderr:
        pytest.skip("this machine does not allow the setting itself")
    assert "['ran']" in done.stdout, done.stderr
    return done.stdout


def test_bundles_run_in_a_user_namespace_of_a_single_id() -> None:
    assert "there is no other to become" in _run("unshare", "-Ur")


def test_bundles_run_where_namespaces_are_forbidden() -> None:
    assert "forbids them" in _run("unshare", "-Ur", "sh", "-c", FORBID + 'exec "$@"', "sh")


def test_bundles_run_for_an_unprivileged_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("already unprivileged: every other test shows it")
    _run("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")
