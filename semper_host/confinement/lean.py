"""Start the fork server without modules that no worker needs: each of its pages is a worker's page, too.

    python -s -P -B -S -m semper_host.confinement.lean CONTROL

Nothing here is a wall. It makes a worker small, and keeps what starts work of its own at every fork (random) out of it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType, SimpleNamespace

ABSENT = ["typing_extensions", "_decimal"]
"""What msgspec and Python's division of large numbers ask for, and do without."""
EMPTY = ["msgspec.inspect", "msgspec.json", "msgspec.toml", "msgspec.yaml"]
"""What msgspec imports with itself, and no worker calls."""
BARE = ["RestrictedPython"]
"""Packages whose modules are imported without their `__init__`, which would load what we have better or not at all."""


class UUID:
    """Stands for uuid.UUID, which msgspec wants to know; nothing that crosses the wall has one."""


class SafeUUID:
    """Stands for uuid.SafeUUID."""

    unknown = None


class Decimal:
    """Stands for decimal.Decimal, which msgspec wants to know; amounts are whole numbers of minor units."""


CONTEXT = SimpleNamespace(copy=lambda: SimpleNamespace(traps={}))
"""Stands for decimal's context: the division of large numbers (`dialect_runtime`) prepares one when it is loaded."""
LIMITS = ("MAX_PREC", "MAX_EMAX", "MIN_EMIN", "Inexact")
"""What it sets in it."""
STANDINS: dict[str, dict[str, object]] = {
    "uuid": {"UUID": UUID, "SafeUUID": SafeUUID},
    "decimal": {"Decimal": Decimal, "getcontext": lambda: CONTEXT, **dict.fromkeys(LIMITS)},
}
"""Modules in whose stead there are these names alone: each library less is five mappings less to copy at a fork."""
OWN_SHA256 = next((name for name in ("_sha2", "_sha256") if find_spec(name)), None)
"""Python's own SHA-256, 3.12 or 3.11: the one hash that a worker needs of hashlib, which loads all of them."""


def leave_out() -> None:
    """Have the imports that follow find nothing, or next to nothing, under these names."""
    sys.modules.update(dict.fromkeys(ABSENT))  # type: ignore[arg-type]
    sys.modules.update({name: ModuleType(name) for name in EMPTY})
    if OWN_SHA256:
        STANDINS["hashlib"] = {"sha256": import_module(OWN_SHA256).sha256}
    for name, has in STANDINS.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(has)
    for name in BARE:
        spec = find_spec(name)
        assert spec is not None
        sys.modules[name] = module_from_spec(spec)


leave_out()

from semper_host.confinement.fork_server import main as main  # noqa: E402, PLC0414 (to be started by others)

if __name__ == "__main__":
    main()
