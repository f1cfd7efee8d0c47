"""A home's role in a process of its own, as `semper up` runs it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from semper_host.host import home as homes
from semper_host.host import serving
from semper_host.model.errors import SemperError

if __name__ == "__main__":
    home = homes.open_home(Path(sys.argv[1]), sys.argv[2])
    try:
        serving.serve(home)
        print("stopped", flush=True)
    except SemperError as error:
        print(f"{error.code} {error.message}", flush=True)
    finally:
        home.close()
