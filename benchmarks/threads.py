"""Works in threads of their own, all starting together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence


def at_once(works: Sequence[Sequence[Callable[[], object]]]) -> float:
    """Do each list of works in a thread of its own, all starting together; return the seconds that it took."""
    gate = threading.Barrier(len(works) + 1)
    failed: list[BaseException] = []

    def worker(mine: Sequence[Callable[[], object]]) -> None:
        gate.wait()
        try:
            for work in mine:
                work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=worker, args=(mine,)) for mine in works]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    if failed:
        raise failed[0]
    return seconds
