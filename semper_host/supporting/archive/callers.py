"""Whose works share a commit: threads that block until theirs is durable, and tasks of an event loop that await it."""

from __future__ import annotations

import asyncio
import copy
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from semper_host.model.errors import Unavailable

C = TypeVar("C")


class Caller(Generic[C]):
    """A work that waits to be run, then its result or error."""

    __slots__ = ("error", "result", "work")

    def __init__(self, work: Callable[[C], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None

    def outcome(self) -> Any:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result


class BlockedCaller(Caller[C]):
    """A thread that waits. It may be asked to lead the batch that its work is in, and whom to wake in turn."""

    __slots__ = ("_turn", "_woken", "leads", "wakes")

    def __init__(self, work: Callable[[C], Any]) -> None:
        super().__init__(work)
        self.leads = False
        self.wakes: BlockedCaller[C] | None = None
        self._woken = False
        self._turn = threading.Lock()
        self._turn.acquire()

    def wake(self) -> None:
        """End its waiting."""
        self._woken = True
        self._turn.release()

    def wait(self) -> BaseException | None:
        """Wait until woken; return what interrupted the waiting. The work is queued and will run: it can't be left."""
        interruption = None
        while not self._woken:
            try:
                self._turn.acquire()
            except BaseException as error:
                interruption = error
        return interruption


class AwaitingCaller(Caller[C]):
    """A task that waits. What concerns its loop happens on its loop's thread alone."""

    __slots__ = ("_answered", "_future", "loop")

    def __init__(self, work: Callable[[C], Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(work)
        self.loop = loop
        self._answered = False
        self._future: asyncio.Future[None] | None = None

    async def wait(self) -> BaseException | None:
        """Wait until answered; return what cancelled the waiting. The work is queued and will run: it can't be left."""
        interruption = None
        while not self._answered:
            self._future = self.loop.create_future()
            try:
                await self._future
            except asyncio.CancelledError as error:
                interruption = error
        return interruption

    def answer(self) -> None:
        """End its waiting; on its loop's thread."""
        self._answered = True
        if self._future is not None and not self._future.done():
            self._future.set_result(None)


def answer(callers: Iterable[AwaitingCaller[C]]) -> None:
    """Have tasks go on whose works were committed, or failed: each loop is called once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[AwaitingCaller[C]]] = {}
    for caller in callers:
        by_loop.setdefault(caller.loop, []).append(caller)
    for loop, own in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(_answer_each, own)


def _answer_each(callers: list[AwaitingCaller[C]]) -> None:
    for caller in callers:
        caller.answer()


def copied(error: BaseException) -> BaseException:
    """Return a fresh exception for each of several callers, since raising one writes to it."""
    if not isinstance(error, Exception):
        return Unavailable("BACKEND_FAILED", "cannot commit: the process is being stopped")
    try:
        return copy.copy(error)
    except Exception:  # one that can't be copied: better shared than lost
        return error
