"""Mail over HTTP: everything unacknowledged goes out again, everything new is handled once and in order.

A message is accepted in the same commit that handles it. Whoever calls out posts a batch; the answer brings back what
waits on the other side, so a party behind NAT needs no address. Who answers does so in tasks of an event loop: many
sessions then share one thread, and their commits; who calls out may wait.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication.session import (
    MOST_ENVELOPES,
    Batch,
    Ends,
    Envelope,
    open_envelope,
    seal_envelope,
)

MAIL_PATH = "/semper/v1/mail"
LONG_POLL_SECONDS = 8
"""How long a question for mail may wait for an answer that brings some."""

Tx = TypeVar("Tx")
Tx_contra = TypeVar("Tx_contra", contravariant=True)
T = TypeVar("T")


class Numbers(Protocol):
    """How far a session has come."""

    @property
    def received(self) -> int:
        """The last of the peer's numbers that was handled."""

    @property
    def acknowledged(self) -> int:
        """The last of our numbers that the peer has."""


class Box(Protocol[Tx_contra]):
    """Where mail is kept."""

    def letters(self, session: bytes, most: int) -> tuple[Numbers, list[tuple[int, bytes]]]:
        """Return how far the session has come, and what the peer has not acknowledged: numbers and payloads."""

    def acknowledge(self, tx: Tx_contra, session: bytes, upto: int) -> None:
        """Forget what the peer has."""

    def accept(self, tx: Tx_contra, session: bytes, seq: int) -> bool:
        """Say whether message `seq` is new and in order."""

    def session_state(self, session: bytes) -> Numbers:
        """Return how far the session has come."""


class Mailbox(Box[Tx], Protocol[Tx]):
    """Where mail is kept by who may wait: `supporting.archive.archive.Archive` is one."""

    def commit(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one durable transaction."""


class SharedMailbox(Box[Tx], Protocol[Tx]):
    """Where mail is kept by tasks of an event loop: `supporting.archive.archive.Archive` is one as well."""

    async def committed(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in a durable transaction, on another thread; others may share it."""


class Sender(Protocol):
    """Who carries bytes: `client.Client` is one."""

    def post(self, url: str, body: bytes) -> bytes:
        """Send `body` to `url` and return the answer."""


Handle = Callable[[Tx, bytes, bytes], None]
"""Handles a payload: transaction, session, payload. Short; what it writes commits with the acceptance."""


def outgoing(mailbox: Box[Tx], ends: Ends) -> tuple[Envelope, ...]:
    """Return all that the peer has not acknowledged, sealed; a bare acknowledgement if there is nothing."""
    return _outgoing(mailbox, ends)[1]


def incoming(mailbox: Mailbox[Tx], ends: Ends, envelopes: Iterable[Envelope], handle: Handle[Tx]) -> int:
    """Handle what is new in `envelopes`, each in a commit of its own; return how many were new.

    Raises PeerDeviated for an envelope that is not the peer's; those before it stay handled.
    """
    return sum(mailbox.commit(work) for work in _works(mailbox, ends, envelopes, handle))


async def received(mailbox: SharedMailbox[Tx], ends: Ends, envelopes: Iterable[Envelope], handle: Handle[Tx]) -> int:
    """Do as `incoming` does, in a task of an event loop; `handle` runs on another thread."""
    new = 0
    for work in _works(mailbox, ends, envelopes, handle):
        new += await mailbox.committed(work)
    return new


def call_out(client: Sender, url: str, mailbox: Mailbox[Tx], ends: Ends, handle: Handle[Tx], wait: int = 0) -> int:
    """Send what waits for the peer at `url`, handle what comes back; return how many messages were new.

    The peer may take `wait` seconds to find something to say.
    Raises what `Client.post` and `incoming` raise; whatever was not acknowledged goes out again next time.
    """
    state, letters = _outgoing(mailbox, ends)
    said = Batch.decode(client.post(url, encode(Batch(letters, wait))))
    works = _works(mailbox, ends, said.envelopes, handle, state.acknowledged)
    return sum(mailbox.commit(work) for work in works)


def answer_mail(
    mailbox: SharedMailbox[Tx], ends_of: Callable[[bytes], Ends | None], handle: Handle[Tx]
) -> Callable[[bytes], Awaitable[bytes]]:
    """Return the server's handler for MAIL_PATH; `ends_of(session)` gives the keys of a known session, else None."""

    async def answer(data: bytes) -> bytes:
        batch = Batch.decode(data)
        if len(batch.envelopes) > MOST_ENVELOPES:
            raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot take more than {MOST_ENVELOPES} envelopes at once")
        replies: list[Envelope] = []
        for session in dict.fromkeys(envelope.session for envelope in batch.envelopes):
            ends = ends_of(session)
            if ends is None:
                raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the envelope: its session is unknown here")
            await received(mailbox, ends, (e for e in batch.envelopes if e.session == session), handle)
            replies.extend(outgoing(mailbox, ends))
        return encode(Batch(tuple(replies[:MOST_ENVELOPES])))

    return answer


def _outgoing(mailbox: Box[Tx], ends: Ends) -> tuple[Numbers, tuple[Envelope, ...]]:
    state, letters = mailbox.letters(ends.session, MOST_ENVELOPES)
    sealed = (seal_envelope(ends, seq, state.received, payload) for seq, payload in letters or [(0, b"")])
    return state, tuple(sealed)


def _works(
    mailbox: Box[Tx], ends: Ends, envelopes: Iterable[Envelope], handle: Handle[Tx], had: int | None = None
) -> Iterator[Callable[[Tx], bool]]:
    """Yield, in order, what is to be committed for each envelope; opened when its turn comes.

    `had`: what the peer had acknowledged a moment ago, if known; an acknowledgement of no more needs no commit.
    """
    for envelope in sorted(envelopes, key=lambda each: each.seq):
        payload = open_envelope(ends, envelope)
        if not envelope.seq and envelope.ack > 0 and had is None:
            had = mailbox.session_state(ends.session).acknowledged
        if envelope.seq or envelope.ack > (had or 0):
            yield _taking(mailbox, envelope, payload, handle)


def _taking(mailbox: Box[Tx], envelope: Envelope, payload: bytes, handle: Handle[Tx]) -> Callable[[Tx], bool]:
    def take(tx: Tx) -> bool:
        mailbox.acknowledge(tx, envelope.session, envelope.ack)
        if envelope.seq == 0 or not mailbox.accept(tx, envelope.session, envelope.seq):
            return False
        handle(tx, envelope.session, payload)
        return True

    return take
