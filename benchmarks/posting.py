"""One side of an exchange as a mailbox: what its archive holds for the peer, and what is done with what comes."""

from __future__ import annotations

from typing import Any

from benchmarks.parties import Keys, Side, ends
from semper_host.commerce.dispatch import Waiting
from semper_host.supporting.archive.mail import SessionState

AGREED_PATH, ENDED_PATH = "/bench/agreed", "/bench/ended"


class Posting:
    """The mailbox of one deal, as host/deal_mail.py is: what leaves is what may, and each message counts once."""

    def __init__(self, side: Side, own: Keys, peer: Keys) -> None:
        self.side, self.ends = side, ends(side.agreed, own, peer)
        archive = self._archive = side.archive
        self.commit, self.committed = archive.commit, archive.committed
        self.acknowledge, self.accept, self.session_state = archive.acknowledge, archive.accept, archive.session_state

    @property
    def waiting(self) -> bool:
        """Whether anything waits for the peer."""
        state = self.session_state(self.ends.session)
        return state.sent > state.acknowledged

    def letters(self, session: bytes, most: int) -> tuple[SessionState, list[tuple[int, bytes]]]:
        """Return how far the session has come, and what waits for the peer."""
        state, letters = self._archive.letters(session, most)
        return state, [(seq, Waiting.decode(each).signed) for seq, each in letters]

    def handle(self, tx: Any, session: bytes, payload: bytes) -> None:
        """Take a message inside the commit that accepts it."""
        self.side.take(tx, payload)
