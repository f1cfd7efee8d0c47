"""Group commit: many threads' works in one durable transaction, leader and followers.

The first caller becomes leader and runs its work on its own thread. Whoever comes meanwhile queues; when the
leader is done, the first in the queue leads everybody queued: each work in a savepoint of its own, one commit,
then each caller gets its own result or error. So a failing work undoes itself alone, and nobody is answered
before the commit that holds their work is durable. Followers are woken while the next commit waits for the disk:
woken earlier, they would only contend with the next leader for the interpreter.
"""

from __future__ import annotations

import copy
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, cast

from semper_host.model.errors import Unavailable

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
        self._leader = 0
        self._queue: deque[_Caller[C]] = deque()
        self._served: list[_Caller[C]] = []

    def commit(self, work: Callable[[C], T]) -> T:
        """Run `work` in a transaction and return its result once that is durable.

        An exception of `work` undoes it and is raised here. `work` may run on another caller's thread, and must not
        call `commit` itself.
        """
        if self._leader == threading.get_ident():
            raise RuntimeError("cannot commit inside a commit")
        with self._gate:
            if self._busy:
                caller = _Caller(work)
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

    def _run_alone(self, work: Callable[[C], T]) -> T:
        self._leader = threading.get_ident()
        try:
            result = work(self._transaction.begin())
            self._transaction.commit()  # COMMIT POINT
            return result
        except BaseException:
            self._transaction.rollback()
            raise

    def _wait(self, caller: _Caller[C]) -> None:
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
                caller.error = _copied(error)
            if not isinstance(error, Exception):
                raise
        finally:
            self._wake_served()
            self._served = [caller for caller in batch if not caller.leads]

    def _run_works(self, batch: list[_Caller[C]], given: C) -> None:
        patience = time.monotonic_ns() + LONGEST_DELAY_NS
        for caller in batch:
            self._run_one(caller, given)
            if self._served and time.monotonic_ns() > patience:
                self._wake_served()

    def _run_one(self, caller: _Caller[C], given: C) -> None:
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
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].wake()
                return
            self._wake_served()
            self._busy = False

    def _wake_served(self) -> None:
        """Wake whom the last commit served; only who leads may."""
        served, self._served = self._served, []
        for caller, later in zip(served, served[WOKEN_AT_ONCE:], strict=False):
            caller.wakes = later
        for caller in served[:WOKEN_AT_ONCE]:
            caller.wake()


class _Caller(Generic[C]):
    """One who waits: its work, then its result or error, and whom it wakes in turn."""

    __slots__ = ("_turn", "_woken", "error", "leads", "result", "wakes", "work")

    def __init__(self, work: Callable[[C], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.leads = False
        self.wakes: _Caller[C] | None = None
        self._woken = False
        self._turn = threading.Lock()
        self._turn.acquire()

    def wake(self) -> None:
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

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


def _copied(error: BaseException) -> BaseException:
    """Return a fresh exception for each of several threads, since raising one writes to it."""
    if not isinstance(error, Exception):
        return Unavailable("BACKEND_FAILED", "cannot commit: the process is being stopped")
    try:
        return copy.copy(error)
    except Exception:  # one that can't be copied: better shared than lost
        return error
