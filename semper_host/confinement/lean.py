"""Start the fork server without modules that no worker needs: each of its pages is a worker's page, too.

    python -s -P -B -S -m semper_host.confinement.lean CONTROL

Nothing here is a wall. It makes a worker small, and keeps what starts work of its own at every fork (random) out of it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType

ABSENT = ["typing_extensions"]
"""What msgspec asks for, and does without."""
if find_spec("_sha2") or find_spec("_sha256"):
    ABSENT.append("_hashlib")  # OpenSSL's hashes, in whose stead Python has its own
EMPTY = ["msgspec.inspect", "msgspec.json", "msgspec.toml", "msgspec.yaml"]
"""What msgspec imports with itself, and no worker calls."""
BARE = ["RestrictedPython"]
"""Packages whose modules are imported without their `__init__`, which would load what we have better or not at all."""


class UUID:
    """Stands for uuid.UUID, which msgspec wants to know; nothing that crosses the wall has one."""


class SafeUUID:
    """Stands for uuid.SafeUUID."""

    unknown = None


def leave_out() -> None:
    """Have the imports that follow find nothing, or next to nothing, under these names."""
    sys.modules.update(dict.fromkeys(ABSENT))  # type: ignore[arg-type]
    sys.modules.update({name: ModuleType(name) for name in [*EMPTY, "uuid"]})
    vars(sys.modules["uuid"]).update(UUID=UUID, SafeUUID=SafeUUID)
    for name in BARE:
        spec = find_spec(name)
        assert spec is not None
        sys.modules[name] = module_from_spec(spec)


leave_out()

from semper_host.confinement.fork_server import main  # noqa: E402

if __name__ == "__main__":
    main()

__all__ = ["ABSENT", "BARE", "EMPTY", "main"]
