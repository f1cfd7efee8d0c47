"""Works as tasks of one event loop, all starting together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

Job = Callable[[], Awaitable[object]]


def in_tasks(jobs: Sequence[Sequence[Job]]) -> float:
    """Do each list of jobs in a task of its own, all starting together; return the seconds that it took."""

    async def one(mine: Sequence[Job]) -> None:
        for job in mine:
            await job()

    async def all_of_them() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(one(mine) for mine in jobs))
        return time.perf_counter() - started

    return asyncio.run(all_of_them())
