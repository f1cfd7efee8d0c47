"""A fork server whose locked workers run attacks as machine-near Python: raw os, socket and ctypes, no dialect.

It stands for a full escape from the interpreter. What the attacks then try, the walls alone must stop. It exists
for these tests only: the host cannot start it, and it needs this folder on the path.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from semper_host.confinement import fork_server
from semper_host.confinement.frames import MAX_FRAME, Tag, pack
from semper_host.confinement.wall_types import ENCODE

FOLDER = Path(__file__).parent / "escapes"
ATTACKS = sorted(path.stem for path in FOLDER.glob("*/*.py"))


def load(name: str) -> ModuleType:
    """Import one attack before the walls stand."""
    (path,) = FOLDER.glob(f"*/{name}.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(module: ModuleType, channel: int) -> NoReturn:
    """Run one attack in a locked worker; what it returns is what it got away with."""
    try:
        got = str(module.attack(channel))
    except (OSError, ValueError, MemoryError, RuntimeError) as error:
        got = f"{type(error).__name__}: {error}"
    os.write(channel, pack(Tag.RESULT, 1, ENCODE([got])))
    while os.read(channel, MAX_FRAME):  # the host is still talking: leaving now would race with what it says
        pass
    os._exit(0)


if __name__ == "__main__":
    fork_server.main(tuple(functools.partial(run, load(name)) for name in ATTACKS))
