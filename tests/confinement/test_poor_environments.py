"""The walls on machines that allow less, each a real process: without namespaces, ids, rights, Landlock, or a wall.

Where a kernel lacks a call, a seccomp filter below the host answers ENOSYS (or EPERM, as containers do) for it.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import semper_host
from semper_host.confinement.libc import MACHINE
from semper_host.confinement.syscall_tables import ARCHITECTURES

SCRIPT = """
from semper_host.api_v1 import Item
from semper_host.confinement.selftest import require, selftest
from semper_host.confinement.source import Source
from semper_host.confinement.zygote import Zygote
with Zygote.start() as zygote:
    walls = selftest(zygote)
    print({wall.name: wall.detail for wall in walls if not wall.mandatory})
    require(walls)
    source = Source(b"", "item-manager", {"manager": b"def describe(item):\\n    return [item.title]"})
    print(zygote.call(source, "manager.describe", (Item("a", "b", title="ran"),), print))
"""
FORBID = "for kind in user net pid mnt ipc uts; do echo 0 > /proc/sys/user/max_${kind}_namespaces || exit 77; done; "
UNSHARE = {"x86_64": 272, "aarch64": 97}
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all")
OPENED = """
base=$1; shut=$2; shift 2
if [ -n "$shut" ]; then
    held=$(mktemp -d) && mount --bind "$base" "$held" && mount -t tmpfs -o mode=755 none "$shut" || exit 77
    mkdir -p "$base" && mount --bind "$held" "$base" || exit 77
fi
exec "$@"
"""
"""In a mount namespace of its own, let others reach this Python though it lies in somebody's private home."""


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environment = {"PYTHONPATH": str(Path(semper_host.__file__).parent.parent), "PATH": os.environ["PATH"]}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run([*command], capture_output=True, text=True, env=environment, check=False)
    if done.returncode == 77 or "unshare failed" in done.stderr or "setpriv failed" in done.stderr:
        pytest.skip(f"this machine does not allow the setting itself: {done.stderr[-200:]}")
    return done


def _ran(*command: str) -> str:
    done = _run(*command, sys.executable, "-c", SCRIPT)
    assert "['ran']" in done.stdout, done.stderr
    return done.stdout


def _lacking(failing: dict[int, int]) -> tuple[str, ...]:
    """The command that goes on with its arguments where each call (by number) fails with its errno."""
    launcher = Path(__file__).parent / "lacking.py"
    return (sys.executable, str(launcher), *(f"{number}={code}" for number, code in failing.items()))


def _number(name: str) -> int:
    if MACHINE not in ARCHITECTURES:
        pytest.skip(f"there is no system call table for {MACHINE}")
    return UNSHARE[MACHINE] if name == "unshare" else ARCHITECTURES[MACHINE].numbers[name]


def test_bundles_run_in_a_user_namespace_of_a_single_id() -> None:
    assert "there is no other to become" in _ran("unshare", "-Ur")


def test_bundles_run_where_namespaces_are_forbidden() -> None:
    assert "forbids them" in _ran("unshare", "-Ur", "sh", "-c", FORBID + 'exec "$@"', "sh")


def test_root_becomes_nobody() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    there_is_nobody = any(  # in the user namespace of the tests: first id within, without, count (user_namespaces(7))
        int(first) <= 65534 < int(first) + int(count)
        for first, _, count in map(str.split, Path("/proc/self/uid_map").read_text().splitlines())
    )
    assert ("'user': 'nobody'" if there_is_nobody else "there is no other to become") in _ran("env")


def test_bundles_run_for_root_without_capabilities() -> None:
    if os.geteuid() != 0:
        pytest.skip("already unprivileged: every other test shows it")
    _ran("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all")


def _need_a_checkout_for_all() -> None:
    if not all(each.stat().st_mode & 0o001 for each in Path(__file__).resolve().parents):
        pytest.skip("the checkout lies in a folder that only its owner may enter")


def test_bundles_run_for_an_unprivileged_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("already unprivileged: every other test shows it")
    _need_a_checkout_for_all()
    base = Path(sys.base_prefix)
    shut = next((str(each) for each in reversed(base.parents) if not each.stat().st_mode & 0o001), "")
    said = _ran("unshare", "-m", "sh", "-c", OPENED, "sh", str(base), shut, *NOBODY)
    assert "the host's own unprivileged user" in said


def test_bundles_run_where_the_kernel_has_no_landlock() -> None:
    assert "has no Landlock" in _ran(*_lacking({_number("landlock_create_ruleset"): errno.ENOSYS}))


def test_bundles_run_in_a_container_without_landlock_and_namespaces() -> None:
    lacking = {_number("landlock_create_ruleset"): errno.ENOSYS, _number("unshare"): errno.EPERM}
    said = _ran(*_lacking(lacking))
    assert "has no Landlock" in said
    assert "the kernel or the container forbids them" in said


def test_bundles_run_for_an_unprivileged_user_in_a_container_without_landlock_and_namespaces() -> None:
    if os.geteuid() != 0:
        pytest.skip("already unprivileged: the test before shows it")
    _need_a_checkout_for_all()
    base = Path(sys.base_prefix)
    shut = next((str(each) for each in reversed(base.parents) if not each.stat().st_mode & 0o001), "")
    lacking = {_number("landlock_create_ruleset"): errno.ENOSYS, _number("unshare"): errno.EPERM}
    said = _ran("unshare", "-m", "sh", "-c", OPENED, "sh", str(base), shut, *NOBODY, *_lacking(lacking))
    assert "the host's own unprivileged user" in said
    assert "has no Landlock" in said


@pytest.mark.parametrize(
    ("call", "wall"),
    [("seccomp", "system-calls"), ("close_range", "descriptors"), ("capset", "capabilities")],
)
def test_a_kernel_that_lacks_a_mandatory_wall_runs_no_bundle_and_is_told_which(call: str, wall: str) -> None:
    done = _run(*_lacking({_number(call): errno.ENOSYS}), sys.executable, "-c", SCRIPT)
    assert "['ran']" not in done.stdout
    assert f"cannot run bundles: no wall {wall}: [Errno 38]" in done.stderr


PRCTL = {"x86_64": 157, "aarch64": 167}
DOOR = """
import sys, tempfile
from pathlib import Path
from semper_host.api_v1 import Item
from semper_host.host.sandbox import Sandbox
from semper_host.model.errors import SemperError
from semper_host.supporting.archive.archive import Archive
from tests.host.admitting import admitted
with tempfile.TemporaryDirectory() as place:
    archive = Archive.open(Path(place) / "archive.db", bytes(32))
    bundle = admitted("item-manager", {"manager": b"def describe(item):\\n    return ['ran']"})
    try:
        print(Sandbox(archive).run(bundle, bundle.grants, "manager.describe", (Item("a", "b"),), print))
    except SemperError as refusal:
        print(refusal.code, refusal.message)
"""


@pytest.mark.parametrize(
    ("call", "missing"),
    [
        (
            "seccomp",
            (
                "forbidden-call (getppid answered",
                "open-file (a worker that tried ended with signal 0, not SIGSYS)",
                "executable-memory (executable memory was mapped",
            ),
        ),
        ("prctl", ("no wall no-new-privileges",)),
    ],
)
def test_a_wall_that_the_kernel_only_pretends_to_put_up_is_missed_before_a_bundle_runs(
    call: str, missing: tuple[str, ...]
) -> None:
    number = PRCTL[MACHINE] if call == "prctl" else _number(call)
    done = _run(*_lacking({number: 0}), sys.executable, "-c", DOOR)  # the call answers 0 and does nothing
    assert done.stdout.startswith("CONFINEMENT_UNAVAILABLE cannot run bundles"), done.stderr
    assert [each for each in missing if each not in done.stdout] == [], done.stdout
    assert "['ran']" not in done.stdout


def test_through_the_same_door_a_bundle_runs_where_nothing_is_pretended() -> None:
    done = _run(sys.executable, "-c", DOOR)
    assert done.stdout == "['ran']\n", done.stderr


FOREIGN = """
import asyncio, ctypes, sqlite3, subprocess, sys, sysconfig, tempfile, uuid, zipfile
import cbor2, cryptography.x509, msgspec, sqlalchemy.dialects.sqlite, yaml  # they know this platform as what it is
sysconfig.get_config_vars()
sys.platform = {platform!r}
class Library:
    def __init__(self, *name, **options):
        if name == (None,) and sys.platform == "win32":
            raise TypeError("there is no C library by no name")
ctypes.CDLL = Library
if sys.platform == "win32":
    sys.modules["resource"] = None
from pathlib import Path
from semper_host.host.sandbox import Sandbox
from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.archive import Archive
from tests.host.admitting import admitted
with tempfile.TemporaryDirectory() as place:
    archive = Archive.open(Path(place) / "archive.db", bytes(32))
    bundle = admitted("item-manager", {{"manager": b"def describe(item):\\n    return []"}})
    archive.commit(lambda tx: archive.keep(tx, b"scope", "name", b"works"))
    print(archive.recall(b"scope", "name").decode(), bundle.manifest.id)
    try:
        Sandbox(archive).run(bundle, bundle.grants, "manager.describe", (), print)
    except Unavailable as refusal:
        print(refusal.code, refusal.message)
"""


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_elsewhere_than_on_linux_bundles_are_refused_and_the_rest_works(platform: str) -> None:
    done = _run(sys.executable, "-c", FOREIGN.format(platform=platform))
    assert "works tests/bundle" in done.stdout, done.stderr
    assert f"CONFINEMENT_UNAVAILABLE cannot confine bundles on {platform}: it lacks the walls" in done.stdout
