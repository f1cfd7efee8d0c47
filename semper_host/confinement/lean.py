"""Start the fork server without modules that no worker needs: each of its pages is a worker's page, too.

    python -s -P -B -S -m semper_host.confinement.lean CONTROL

OpenSSL's hashes give way to Python's own where this Python has them, and typing_extensions, which msgspec asks
for but can do without, to typing.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

UNNEEDED = ["typing_extensions"]
if find_spec("_sha2") or find_spec("_sha256"):
    UNNEEDED.append("_hashlib")
for _name in UNNEEDED:
    sys.modules[_name] = None  # type: ignore[assignment]

from semper_host.confinement.fork_server import main  # noqa: E402

if __name__ == "__main__":
    main()

__all__ = ["UNNEEDED", "main"]
