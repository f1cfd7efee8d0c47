"""A deal's mail: the archive as a mailbox. What comes in counts once it is durable; what is overdue goes out void."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from semper_host.commerce.dispatch import VOID, Dispatch, Waiting, sign_dispatch
from semper_host.host.deals import Deals
from semper_host.host.live_deal import LiveDeal, Standing
from semper_host.supporting.archive.mail import SessionState
from semper_host.supporting.archive.store import Transaction

T = TypeVar("T")


class DealMail:
    """The mailbox of one deal, for one call (`supporting.communication.mail`)."""

    def __init__(self, deals: Deals, live: LiveDeal) -> None:
        self._deals, self._live, self._archive = deals, live, deals.archive
        self._reached: Standing | None = None
        self.acknowledge = self._archive.acknowledge
        self.accept = self._archive.accept

    def commit(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` durably; only then does what it received count."""
        results: list[T] = []
        self._deals.durably(self._live, self._whole(work, results))
        return results[-1]

    async def committed(self, work: Callable[[Transaction], T]) -> T:
        """Do as `commit` does, in a task of an event loop."""
        results: list[T] = []
        await self._deals.durable(self._live, self._whole(work, results))
        return results[-1]

    def _whole(
        self, work: Callable[[Transaction], T], results: list[T]
    ) -> Callable[[Transaction], Standing | None]:
        def whole(tx: Transaction) -> Standing | None:
            self._reached = None
            results.append(work(tx))
            return self._reached

        return whole

    def receive(self, tx: Transaction, session: bytes, payload: bytes) -> None:
        """Handle one payload of the peer, inside the commit that accepts it."""
        self._reached = self._deals.record.receive(tx, self._live, payload)

    def session_state(self, session: bytes) -> SessionState:
        """Return how far the session has come."""
        return self._archive.session_state(session)

    def letters(self, session: bytes, most: int) -> tuple[SessionState, list[tuple[int, bytes]]]:
        """Return how far the session has come, and what waits for the peer, each as it may leave now."""
        state, letters = self._archive.letters(session, most)
        return state, [(seq, self._leaving(payload)) for seq, payload in letters]

    def waiting(self) -> bool:
        """Say whether anything waits for the peer."""
        state = self.session_state(self._live.business.ends.session)
        return state.sent > state.acknowledged

    def _leaving(self, payload: bytes) -> bytes:
        """Return a dispatch as signed, or an empty one in its place if it must not leave any more."""
        waiting = Waiting.decode(payload)
        if waiting.until is None or self._deals.clock() <= waiting.until:
            return waiting.signed
        plan = self._live.business.plan
        return sign_dispatch(plan.crypto.sign, Dispatch(self._live.id, "", VOID, b"", b"", b""))
