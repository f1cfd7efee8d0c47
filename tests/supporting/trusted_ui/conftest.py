"""Real driver packages, built and installed by pip into folders of their own, and a real terminal."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
DRIVERS = [str(ROOT / "plugins/trusted_io/terminal"), str(ROOT / "plugins/trusted_io/scripted")]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name}"
version = "1.0"
[project.entry-points."semper.trusted_io.v1"]
reader = "{module}.driver:Reader"
[tool.hatch.build.targets.wheel]
packages = ["{module}"]
dev-mode-dirs = ["."]
"""

DRIVER = """
from {module}.buttons import LABEL


class Reader:
    name = "reader"
    label = LABEL

    def show(self, lines):
        pass

    def confirm(self, lines, word, timeout):
        return False

    def prompt_secret(self, label):
        return ""
"""


def build(folder: Path, name: str, *pip: str) -> None:
    """Write a driver package `name` under `folder` and install it with pip, given where."""
    module = name.replace("-", "_")
    (folder / module).mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(name=name, module=module))
    (folder / module / "__init__.py").write_text("")
    (folder / module / "driver.py").write_text(DRIVER.format(module=module))
    (folder / module / "buttons.py").write_text('LABEL = "as installed"\n')
    run = [sys.executable, "-m", "pip", "install", "-qq", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*run, *pip], check=True, cwd=folder, capture_output=True)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders like site-packages: `reader` holds acme-reader, `rival` another package with the same driver name,
    `linked` an editable install."""
    top = tmp_path_factory.mktemp("drivers")
    build(top / "a", "acme-reader", "--target", str(top / "reader"), ".")
    build(top / "b", "rival-reader", "--target", str(top / "rival"), ".")
    build(top / "c", "linked-reader", "--prefix", str(top / "prefix"), "--editable", ".")
    linked = next((top / "prefix").rglob("site-packages"))
    return {"reader": top / "reader", "rival": top / "rival", "linked": linked}


@pytest.fixture
def site(built: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Puts a fresh copy of a built folder first on sys.path; what was imported from it is forgotten afterwards."""
    modules, finders = set(sys.modules), list(sys.meta_path)

    def use(name: str) -> Path:
        copy = tmp_path / name
        shutil.copytree(built[name], copy)
        monkeypatch.syspath_prepend(str(copy))
        return copy

    yield use
    sys.meta_path[:] = finders
    for name in set(sys.modules) - modules:
        if "reader" in name:
            del sys.modules[name]


@dataclass
class Person:
    """Somebody at a real terminal, in front of a child process that has it as controlling terminal."""

    master: int
    child: subprocess.Popen[bytes]

    def read_until(self, text: str, seconds: int = 20) -> str:
        """Return what the terminal shows up to and including `text`."""
        seen, end = b"", time.monotonic() + seconds
        ready = select.poll()  # unlike select(2), not bound to descriptors below 1,024
        ready.register(self.master, select.POLLIN)
        while text.encode() not in seen:
            assert ready.poll(max(0, end - time.monotonic()) * 1000), seen
            seen += os.read(self.master, 4096)
        return seen.decode().replace("\r\n", "\n")

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def result(self) -> Any:
        """Return what the child printed on its standard output, as JSON."""
        out, err = self.child.communicate(timeout=20)
        assert self.child.returncode == 0, err.decode()
        return json.loads(out)


@pytest.fixture
def at_terminal() -> Iterator[Callable[..., Person]]:
    """Starts Python code with a terminal of its own; its standard input is a pipe that says yes all the time."""
    people: list[Person] = []

    def start(code: str) -> Person:
        master, slave = os.openpty()
        path = os.pathsep.join([str(ROOT), *DRIVERS])
        child = subprocess.Popen(
            [sys.executable, "-c", f"import fcntl, termios; fcntl.ioctl({slave}, termios.TIOCSCTTY, 0)\n{code}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[slave],
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
        )  # fmt: skip
        assert child.stdin
        child.stdin.write(b"yes\nyes\n")
        child.stdin.flush()
        os.close(slave)
        people.append(Person(master, child))
        return people[-1]

    yield start
    for person in people:
        person.child.kill()
        person.child.wait()
        for pipe in (person.child.stdin, person.child.stdout, person.child.stderr):
            if pipe:
                pipe.close()
        os.close(person.master)


@pytest.fixture
def drivers_path() -> str:
    """The PYTHONPATH under which a child finds the host and the first-party drivers of the checkout."""
    return os.pathsep.join([str(ROOT), *DRIVERS])
