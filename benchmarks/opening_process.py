"""Opens an edition in a process of its own and tells how its memory grew: `opening_process SEALED TARGET`."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path

from semper_host.supporting.cryptographic.bulk import open_edition, read_edition, read_from

KEY = bytes(range(32))


def status(name: str) -> int:
    """Return a line of /proc/self/status, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":"))


def main() -> None:
    """Open, and print {"idle_kib", "peak_kib"}."""
    sealed, target = Path(sys.argv[1]), Path(sys.argv[2])
    edition = read_edition(sealed)
    read, hashes = read_from(sealed, edition)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak of starting up (proc(5))
    idle = status("VmRSS")
    open_edition(edition, read, KEY, target, segment_hashes=hashes, durable=False)
    print(json.dumps({"idle_kib": idle, "peak_kib": status("VmHWM")}))


main()
