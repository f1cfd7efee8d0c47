"""Envelopes between two parties of a deal: numbered, sealed under keys that only these two can make. Pure.

The keys of a session, one for each direction, come from both sides' certified deal sealing keys: whoever opens an
envelope knows that the peer sealed it, and that nobody changed its readable header. They prove nothing to a stranger;
what must, is signed inside (docs/adr/0020).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, Unavailable
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.secret import KEY_LENGTH, Box
from semper_host.supporting.cryptographic.signing import SigningKey

MOST_ENVELOPES = 64
"""Envelopes in one batch."""

_DOMAIN = "semper/envelope/2"


class Envelope(Record, frozen=True):
    """One sealed message, or (seq 0) a bare acknowledgement that is never delivered."""

    session: bytes  # 32 bytes
    sender: bytes  # the sender's deal signing key, 32 bytes
    seq: int  # from 1 in each direction
    ack: int  # the last of the other side's numbers that was handled
    sealed: bytes  # under the session's key for this direction, bound to all of the above


class Batch(Record, frozen=True):
    """What one POST to the mail address carries, and what its answer carries back.

    `wait`: for how many seconds the answer may be waited for, where there is nothing to say yet.
    """

    envelopes: tuple[Envelope, ...] = ()
    wait: int = 0


@dataclass(frozen=True)
class Ends:
    """One side's view of a session: own private keys, the peer's public keys."""

    session: bytes
    signing: SigningKey
    sealing: SealingKey
    peer_signing: bytes
    peer_sealing: bytes

    @property
    def outward(self) -> Box:
        """What seals to the peer. Raises PeerDeviated (SIG_KEY_WEAK)."""
        return self._boxes[0]

    @property
    def inward(self) -> Box:
        """What opens the peer's. Raises PeerDeviated (SIG_KEY_WEAK)."""
        return self._boxes[1]

    @cached_property
    def _boxes(self) -> tuple[Box, Box]:
        """One secret, cut in two: the first half for what the lesser of the two signing keys sends."""
        signing = (self.signing.public, self.peer_signing)
        sealing = (self.sealing.public, self.peer_sealing)
        info = encode([_DOMAIN, self.session, *sorted(zip(signing, sealing, strict=True))])
        both = self.sealing.agree(self.peer_sealing, info, 2 * KEY_LENGTH)
        first, second = Box(both[:KEY_LENGTH]), Box(both[KEY_LENGTH:])
        return (first, second) if signing[0] < signing[1] else (second, first)


def session_between(deal: bytes, one: bytes, other: bytes) -> bytes:
    """Return the id of the session of two deal signing keys in `deal`: the same from both sides, 32 bytes."""
    return hashlib.sha256(encode(["semper/session/1", deal, *sorted((one, other))])).digest()


def seal_envelope(ends: Ends, seq: int, ack: int, payload: bytes) -> Envelope:
    """Return `payload` as message `seq` to the peer, acknowledging all of the peer's up to `ack`."""
    sender = ends.signing.public
    sealed = ends.outward.encrypt(payload, _header(ends.session, sender, seq, ack))
    return Envelope(ends.session, sender, seq, ack, sealed)


def open_envelope(ends: Ends, envelope: Envelope) -> bytes:
    """Return the payload.

    Raises PeerDeviated: PEER_IDENTITY (another session or sender), SIG_INVALID (not sealed by the peer, or changed).
    """
    if envelope.session != ends.session or envelope.sender != ends.peer_signing:
        raise PeerDeviated("PEER_IDENTITY", "cannot open the envelope: it is not from the peer of this session")
    header = _header(envelope.session, envelope.sender, envelope.seq, envelope.ack)
    try:
        return ends.inward.decrypt(envelope.sealed, header)
    except Unavailable:  # as Box says it of what was stored
        message = "cannot open the envelope: it was changed, or the peer of this session did not seal it"
        raise PeerDeviated("SIG_INVALID", message, evidence=encode(envelope)) from None


def _header(session: bytes, sender: bytes, seq: int, ack: int) -> bytes:
    return encode([_DOMAIN, session, sender, seq, ack])
