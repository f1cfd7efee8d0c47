"""Where a merchant answers its buyers' mail: on the server's loop, so that many wait for news and hold no thread.

What comes in is handled, and committed, on the archive's thread for all deals together; what then is to be done for a
deal, at the bank say, is done on a thread of the desk's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from semper_host.host.deal_mail import DealMail
from semper_host.host.deals import Deals
from semper_host.host.live_deal import LiveDeal
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication.mail import incoming, outgoing, received
from semper_host.supporting.communication.session import MOST_ENVELOPES, Batch

T = TypeVar("T")

MOST_WAITING = 128
"""Deals whose buyers may wait for mail at the same time: each holds a connection."""
WORKERS = 32
"""Threads that do what deals owe after their mail: as many banks may be slow before a deal waits for another's."""


class MailDesk:
    """One merchant's. `answer` belongs to the server's loop, everything else to any thread."""

    def __init__(self, deals: Deals, longest_wait: int) -> None:
        self._deals, self._longest = deals, longest_wait
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="semper-mail")
        self._waiting = set[bytes]()
        self._stopping = False

    async def answer(self, data: bytes) -> bytes:
        """Take a batch of envelopes of one deal, and answer with what waits for the buyer, soon or after a while."""
        batch = Batch.decode(data)
        sessions = {envelope.session for envelope in batch.envelopes}
        if len(batch.envelopes) > MOST_ENVELOPES or len(sessions) != 1:
            raise PeerDeviated(
                "MESSAGE_UNEXPECTED",
                f"cannot take the mail: it is not for one deal, or over {MOST_ENVELOPES} envelopes",
            )
        session = sessions.pop()
        live = self._deals.sessions.get(session) or await self._aside(self._deals.of_session, session)
        if live is None:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the mail: its deal is unknown here")
        live.touched = time.monotonic()
        box, ends = DealMail(self._deals, live), live.business.ends
        if self._deals.archive.store.remote:
            await self._aside(incoming, box, ends, batch.envelopes, box.receive)
        else:
            await received(box, ends, batch.envelopes, box.receive)
        if self._deals.due(live) and not self._stopping:
            await self._aside(self._deals.work, live)
        await self._linger(live, box, min(max(batch.wait, 0), self._longest))
        return encode(Batch(await self._read(outgoing, box, ends)))

    def stop(self) -> None:
        """Let go whoever waits, and begin nothing more. May be called twice."""
        self._stopping = True
        self._deals.wake()
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def _linger(self, live: LiveDeal, box: DealMail, seconds: float) -> None:
        """Wait for news of the deal: one waiter a deal, and not too many, whoever replays old mail."""
        if not seconds or live.id in self._waiting or len(self._waiting) >= MOST_WAITING:
            return
        self._waiting.add(live.id)
        before, news, loop = live.standing, asyncio.Event(), asyncio.get_running_loop()
        try:
            with self._deals.watching(live, lambda: loop.call_soon_threadsafe(news.set)):
                async with asyncio.timeout(seconds):
                    while not (self._stopping or live.over or live.standing is not before):
                        if await self._read(box.waiting):
                            return
                        await news.wait()
                        news.clear()
        except TimeoutError:
            pass  # nothing new: the buyer asks again
        finally:
            self._waiting.discard(live.id)

    async def _read(self, work: Callable[..., T], *arguments: Any) -> T:
        """Return what `work` reads: here, unless it waits for a database on some other machine."""
        waits = self._deals.archive.store.remote and not self._stopping
        return await self._aside(work, *arguments) if waits else work(*arguments)

    async def _aside(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
