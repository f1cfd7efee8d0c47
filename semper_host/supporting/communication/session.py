"""Envelopes between two deal keys: sealed to the recipient, signed by the sender, numbered. Pure.

The outer header (session, sender, number, acknowledgement) stays readable for whoever relays; seal and signature both
cover it, so nobody can change it, and the signature is by the sender's deal key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.sealing import SealingKey, seal
from semper_host.supporting.cryptographic.signing import SigningKey, verify

MOST_ENVELOPES = 64
"""Envelopes in one batch."""

_DOMAIN = "semper/envelope/1"


class Envelope(Record, frozen=True):
    """One sealed message, or (seq 0) a bare acknowledgement that is never delivered."""

    session: bytes  # 32 bytes
    sender: bytes  # the sender's deal signing key, 32 bytes
    seq: int  # from 1 in each direction
    ack: int  # the last of the other side's numbers that was handled
    sealed: bytes
    signature: bytes  # Ed25519, by `sender`, over header and digest of `sealed`


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


def session_between(deal: bytes, one: bytes, other: bytes) -> bytes:
    """Return the id of the session of two deal signing keys in `deal`: the same from both sides, 32 bytes."""
    return hashlib.sha256(encode(["semper/session/1", deal, *sorted((one, other))])).digest()


def seal_envelope(ends: Ends, seq: int, ack: int, payload: bytes) -> Envelope:
    """Return `payload` as message `seq` to the peer, acknowledging all of the peer's up to `ack`."""
    header = _header(ends.session, ends.signing.public, seq, ack)
    sealed = seal(ends.peer_sealing, payload, header)
    signature = ends.signing.sign(_signed(header, sealed))
    return Envelope(ends.session, ends.signing.public, seq, ack, sealed, signature)


def open_envelope(ends: Ends, envelope: Envelope) -> bytes:
    """Return the payload.

    Raises PeerDeviated: PEER_IDENTITY (another session or sender), SIG_INVALID with the envelope as evidence.
    """
    if envelope.session != ends.session or envelope.sender != ends.peer_signing:
        raise PeerDeviated("PEER_IDENTITY", "cannot open the envelope: it is not from the peer of this session")
    header = _header(envelope.session, envelope.sender, envelope.seq, envelope.ack)
    if not verify(envelope.sender, envelope.signature, _signed(header, envelope.sealed)):
        evidence = encode(envelope)
        raise PeerDeviated("SIG_INVALID", "cannot open the envelope: its signature is wrong", evidence=evidence)
    return ends.sealing.open(envelope.sealed, header)


def _header(session: bytes, sender: bytes, seq: int, ack: int) -> bytes:
    return encode([_DOMAIN, session, sender, seq, ack])


def _signed(header: bytes, sealed: bytes) -> bytes:
    return header + hashlib.sha256(sealed).digest()
