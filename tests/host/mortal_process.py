"""A home's role in a process of its own that kills itself at one of its commits, as the power would.

Words: home, passphrase, number of the commit (0: none), "before" or "after" it is durable, milliseconds of a trustee's
lease. Commits are counted from the first request on; each is said on stdout as `commit N`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from semper_host.host import home as homes
from semper_host.host import serving, trusteeing
from semper_host.host.home import Home
from semper_host.host.sandbox import Sandbox
from semper_host.supporting.communication.client import Client


class MortalStore:
    """A store whose process is killed at its commit number `at`."""

    def __init__(self, store: Any, at: int, when: str) -> None:
        self._store, self._at, self._when = store, at, when
        self._count, self.counting, self._lock = 0, False, threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, work: Callable[[Any], Any]) -> Any:
        with self._lock:
            self._count += self.counting
            number = self._count if self.counting else -1
        if number == self._at and self._when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = self._store.commit(work)
        if number == self._at:
            os.kill(os.getpid(), signal.SIGKILL)
        if number > 0:
            os.write(1, f"commit {number}\n".encode())
        return result

    async def committed(self, work: Callable[[Any], Any]) -> Any:
        return await asyncio.to_thread(self.commit, work)


def counting(store: MortalStore, role: Any, among: str = "") -> Any:
    """Return the role with its store counting from the first call on that has `among` in its path."""
    routes = role.routes()

    def from_now_on(answer: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def call(body: bytes) -> Any:
            store.counting = True
            return answer(body)

        return call

    role.routes = lambda: {path: from_now_on(each) if among in path else each for path, each in routes.items()}
    return role


def main(home: Home, at: int, when: str, lease_ms: int) -> None:
    store = MortalStore(home.archive.store, at, when)
    home.archive.store = store  # type: ignore[assignment]

    def trustee(home: Home, sandbox: Sandbox, client: Client) -> Any:
        return counting(store, trusteeing.TrusteeService(home, sandbox, client, waits=(0.1,), lease_ms=lease_ms))

    def bank(home: Home, sandbox: Sandbox, client: Client) -> Any:
        return counting(store, serving.FACTORIES["bank"](home, sandbox, client))

    serving.serve(home, more={"trustee": trustee, "bank": bank})


if __name__ == "__main__":
    opened = homes.open_home(Path(sys.argv[1]), sys.argv[2])
    try:
        main(opened, int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
    finally:
        opened.close()
