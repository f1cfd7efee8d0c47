"""No worker waits long for somebody outside: it is killed, and its call goes on from the journal in a fresh one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from semper_host.confinement.bundle_process import Worker
from semper_host.model.requests import Ask, Request

IDLE_SECONDS = 2.0
"""How long a worker may wait for an answer from outside the home."""


class IdleKilled(Exception):
    """The worker was killed while it waited; the answer that it waited for is remembered."""


def unless_idle(worker: Worker, answer: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Return `answer`, which ends `worker` if it takes longer than IDLE_SECONDS, and raises IdleKilled then."""

    def serve(request: Request) -> Any:
        if not isinstance(request, Ask):
            return answer(request)
        killed = threading.Event()

        def kill() -> None:
            killed.set()
            worker.close()

        watch = threading.Timer(IDLE_SECONDS, kill)
        watch.start()
        try:
            value = answer(request)
        finally:
            watch.cancel()
            watch.join()
        if killed.is_set():
            raise IdleKilled
        return value

    return serve
