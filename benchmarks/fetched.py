"""A client that counts what it fetches, and a static server in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service_repo.fetch import Remote

_SERVER = """
import sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles
from starlette.routing import Mount
from semper_host.supporting.communication.runner import serve
serve(Starlette(routes=[Mount("/", StaticFiles(directory=sys.argv[1]))]))
"""


class Fetched:
    """Gets files from `url` and counts requests and body bytes."""

    def __init__(self, url: str) -> None:
        self.url, self._remote = url, Remote(url)
        self.requests = self.bytes = 0

    def get(self, name: str) -> bytes | None:
        """Return the file, or None where there is none."""
        data = self._remote.read(name, 1 << 24)
        self.requests += 1
        self.bytes += len(data or b"")
        return data

    def close(self) -> None:
        """Close the connections."""
        self._remote.close()


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """Serve the files in `directory` from another process while the block runs; gives the address."""
    command = [sys.executable, "-c", _SERVER, str(directory)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parent.parent)
    try:
        assert server.stdout is not None
        yield server.stdout.readline().removeprefix("ready ").strip()
    finally:
        server.terminate()
        server.wait(30)
