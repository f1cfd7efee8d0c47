"""Group commit: the works of many threads and tasks in one durable transaction.

The first thread that comes becomes leader and runs its work itself. Whoever comes meanwhile queues; when the leader is
done, the first in the queue leads everybody queued: each work in a savepoint of its own, one commit, then each caller
gets its own result or error. So a failing work undoes itself alone, and nobody is answered before the commit that
holds their work is durable. Threads that followed are woken while the next commit waits for the disk: woken earlier,
they would only contend with the next leader for the interpreter.

Tasks of an event loop never lead: where one is first in the queue, a thread of ours does (`committer`). The tasks that
are ready together queue together, and one call into their loop answers all of them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar, cast

from semper_host.model.errors import Unavailable
from semper_host.supporting.archive.callers import AwaitingCaller, BlockedCaller, Caller, answer, copied
from semper_host.supporting.archive.committer import Committer

MOST_AT_ONCE = 256
"""Works in one commit at most: bounds how long the first of them waits."""
WOKEN_AT_ONCE = 4
"""How many followers the leader wakes; each wakes one more. Waking all at once has them fight for the interpreter."""
LONGEST_DELAY_NS = 2_000_000
"""How long, in nanoseconds, those already served may wait for the next leader to reach its commit."""

T = TypeVar("T")
C = TypeVar("C")
Given_co = TypeVar("Given_co", covariant=True)


class Transaction(Protocol[Given_co]):
    """What group commit needs of a database: one transaction at a time, with savepoints."""

    def begin(self) -> Given_co:
        """Begin, and return what works are given."""

    def commit(self) -> None:
        """Make everything since `begin` durable."""

    def rollback(self) -> None:
        """Undo everything since `begin`; never raises."""

    def savepoint(self) -> None:
        """Mark where the next work starts."""

    def keep(self) -> None:
        """Keep what came since the savepoint."""

    def undo(self) -> None:
        """Undo what came since the savepoint."""


class GroupCommit(Generic[C]):
    """Runs works in transactions of `transaction`, batching concurrent callers."""

    def __init__(self, transaction: Transaction[C]) -> None:
        self._transaction = transaction
        self._gate = threading.Lock()
        self._busy = False
        self._closed = False
        self._leader = 0
        self._queue: deque[Caller[C]] = deque()
        self._served: list[BlockedCaller[C]] = []
        self._committer = Committer(self._lead_batch)
        self._calling: asyncio.AbstractEventLoop | None = None

    def commit(self, work: Callable[[C], T]) -> T:
        """Run `work` in a transaction and return its result once that is durable.

        An exception of `work` undoes it and is raised here. `work` may run on another caller's thread, and must not
        call `commit` itself.
        """
        if self._leader == threading.get_ident():
            raise RuntimeError("cannot commit inside a commit")
        with self._gate:
            if self._busy:
                caller = BlockedCaller(work)
                self._queue.append(caller)
            else:
                self._busy, caller = True, None
        if caller is not None:
            self._wait(caller)
            return cast(T, caller.outcome())
        try:
            return self._run_alone(work)
        finally:
            self._hand_over()

    async def committed(self, work: Callable[[C], T]) -> T:
        """Do as `commit` does, for a task: its loop goes on meanwhile. `work` runs on another thread.

        A task that is cancelled meanwhile is cancelled once its work is durable or has failed: never in between.
        """
        loop = asyncio.get_running_loop()
        caller = AwaitingCaller(work, loop)
        with self._gate:
            if self._closed:
                raise Unavailable("BACKEND_FAILED", "cannot commit: the archive was closed")
            self._committer.start()
            self._queue.append(caller)
            call = not self._busy and self._calling is not loop
            if call:
                self._calling = loop
        if call:
            loop.call_soon(self._begin_batch)  # not at once: after the other tasks that are ready now have queued
        interruption = await caller.wait()
        if interruption is not None:
            raise interruption from caller.error
        return cast(T, caller.outcome())

    def close(self) -> None:
        """Answer all tasks that wait, then end the thread that led for them; later ones are refused."""
        if self._leader == threading.get_ident():
            raise RuntimeError("cannot close inside a commit")
        with self._gate:
            self._closed = True
        while self._busy or self._queue:
            with suppress(Exception):
                self.commit(lambda given: None)  # comes after all that wait
        self._committer.stop()

    def _begin_batch(self) -> None:
        """Have the tasks' works committed, unless somebody leads already and will come to them."""
        with self._gate:
            self._calling = None
            if self._busy or not self._queue:
                return
            self._busy = True
        self._committer.lead()

    def _lead_batch(self) -> None:
        """Lead on the committer's thread."""
        try:
            with suppress(BaseException):  # everybody was answered: it has no caller to raise it to
                self._run_batch()
        finally:
            self._hand_over()

    def _run_alone(self, work: Callable[[C], T]) -> T:
        self._leader = threading.get_ident()
        try:
            result = work(self._transaction.begin())
            self._transaction.commit()  # COMMIT POINT
            return result
        except BaseException:
            self._transaction.rollback()
            raise

    def _wait(self, caller: BlockedCaller[C]) -> None:
        interruption = caller.wait()
        if caller.wakes is not None:
            caller.wakes.wake()
        if caller.leads:
            try:
                self._run_batch()
            finally:
                self._hand_over()
        if interruption is not None:
            raise interruption

    def _run_batch(self) -> None:
        self._leader = threading.get_ident()
        with self._gate:
            batch = [self._queue.popleft() for _ in range(min(len(self._queue), MOST_AT_ONCE))]
        try:
            self._run_works(batch, self._transaction.begin())
            self._wake_served()
            self._transaction.commit()  # COMMIT POINT
        except BaseException as error:
            self._transaction.rollback()
            for caller in batch:
                caller.error = copied(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._wake_served()
            self._served = [caller for caller in batch if isinstance(caller, BlockedCaller) and not caller.leads]
            answer(caller for caller in batch if isinstance(caller, AwaitingCaller))

    def _run_works(self, batch: list[Caller[C]], given: C) -> None:
        patience = time.monotonic_ns() + LONGEST_DELAY_NS
        for caller in batch:
            self._run_one(caller, given)
            if self._served and time.monotonic_ns() > patience:
                self._wake_served()

    def _run_one(self, caller: Caller[C], given: C) -> None:
        self._transaction.savepoint()
        try:
            caller.result = caller.work(given)
            self._transaction.keep()
        except Exception as error:
            caller.error = error
            self._transaction.undo()

    def _hand_over(self) -> None:
        """Let the first in the queue lead; if nobody waits, the next caller runs alone."""
        self._leader = 0
        with self._gate:
            if not self._queue:
                self._wake_served()
                self._busy = False
                return
            first = self._queue[0]
        if isinstance(first, BlockedCaller):
            first.leads = True
            first.wake()
        else:
            self._committer.lead()

    def _wake_served(self) -> None:
        """Wake the threads that the last commit served; only who leads may."""
        served, self._served = self._served, []
        for caller, later in zip(served, served[WOKEN_AT_ONCE:], strict=False):
            caller.wakes = later
        for caller in served[:WOKEN_AT_ONCE]:
            caller.wake()
