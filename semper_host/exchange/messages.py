"""The four messages of an exchange: what is signed, how they are chained, and strict reading.

    1  A to B   Sig(1, L, digests of attachments), L's preimage, attachments
    2  B to A   Sig(2, L, H(m1), digests), attachments
    3  A to B   Sig(3, L, H(m2), digests), attachments
    4  B to A   Sig(4, L, H(m2), digests), attachments

H(m) is SHA-256 of a message's exact signed part. The signed part fixes L and every attachment, so it fixes
the whole message, also when some attachments are elided for the trustee's eyes.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

from semper_host.exchange.primitives import Crypto, digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated

MAX_MESSAGE = 256 * 1024
MAX_ATTACHMENTS = 16
KINDS = {1: "exchange.m1", 2: "exchange.m2", 3: "exchange.m3", 4: "exchange.m4"}
"""The signed kind (COSE content type) of each message."""

Attachments = tuple[bytes, ...]


class Body(Record, frozen=True):
    """What a message signs: its number, L, SHA-256 of each attachment, and `previous`: H(m1) in 2, H(m2) in 3 and 4."""

    number: int
    label: bytes
    attachments: tuple[bytes, ...]
    previous: bytes | None = None


class Message(Record, frozen=True):
    """A message as sent. `label` is L's preimage, in message 1 only; an elided attachment is null."""

    number: int
    signed: bytes
    attachments: tuple[bytes | None, ...]
    label: bytes | None = None


class Opened(NamedTuple):
    """A message whose signature, place and attachments were checked; each attachment, elided or not, has its digest."""

    digest: bytes
    attachments: tuple[bytes | None, ...]
    digests: tuple[bytes, ...]

    def part(self, index: int) -> bytes:
        """Return the attachment `index`; PeerDeviated (PEER_DEVIATED) if it is missing or elided."""
        found = self.attachments[index] if index < len(self.attachments) else None
        if found is None:
            raise PeerDeviated("PEER_DEVIATED", f"cannot go on: attachment {index} of the message is missing")
        return found


def make(
    crypto: Crypto, number: int, label: bytes, attachments: Attachments, *, previous: bytes | None = None,
    preimage: bytes | None = None,
) -> bytes:  # fmt: skip
    """Return message `number` under L = `label`, signed with the own deal key. `previous` is the H it names."""
    body = Body(number, label, tuple([digest(each) for each in attachments]), previous)
    return encode(Message(number, crypto.sign(encode(body), KINDS[number]), attachments, preimage))


@lru_cache(maxsize=32)
def parse(data: bytes) -> Message:
    """Return the message that `data` encodes, its signature unchecked. Raises MalformedEncoding, PeerDeviated."""
    if len(data) > MAX_MESSAGE:
        raise PeerDeviated("PEER_DEVIATED", "cannot read the message: it is too long")
    message = Message.decode(data)
    if message.number not in KINDS or (message.label is None) != (message.number != 1):
        raise PeerDeviated("PEER_DEVIATED", "cannot read the message: there is no such form", evidence=data)
    if len(message.attachments) > MAX_ATTACHMENTS:
        raise PeerDeviated("PEER_DEVIATED", "cannot read the message: it has too many attachments", evidence=data)
    return message


def read(
    crypto: Crypto, data: bytes, number: int, label: bytes, signer: bytes, *, previous: bytes | None = None,
    elided: bool = False,
) -> Opened:  # fmt: skip
    """Return message `number` of the exchange L = `label`, checked in full against `signer`'s key.

    `previous` is the H that it must name; `elided` allows null attachments (the trustee's view).
    Raises PeerDeviated: MESSAGE_UNEXPECTED (another place in the protocol), SIG_INVALID, PEER_DEVIATED.
    """
    message = parse(data)
    if message.number != number:
        why = f"cannot accept message {message.number}: {number} is due"
        raise PeerDeviated("MESSAGE_UNEXPECTED", why, evidence=data)
    body = Body.decode(crypto.open(message.signed, KINDS[number], signer))
    if (body.number, body.label, body.previous) != (number, label, previous):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept the message: it belongs elsewhere", evidence=data)
    if message.label is not None and digest(message.label) != label:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the message: its label is not what it signs", evidence=data)
    _check_attachments(message, body, data, elided)
    return Opened(digest(message.signed), message.attachments, body.attachments)


def _check_attachments(message: Message, body: Body, data: bytes, elided: bool) -> None:
    if len(body.attachments) != len(message.attachments):
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the message: attachments are missing", evidence=data)
    for attachment, expected in zip(message.attachments, body.attachments, strict=True):
        fits = elided if attachment is None else digest(attachment) == expected
        if not fits:
            raise PeerDeviated("SIG_INVALID", "cannot accept the message: an attachment was changed", evidence=data)


def own(data: bytes) -> Opened:
    """Return one of our own messages as its reader will see it, without checking our own signature."""
    message, parts = parse(data), attachments_of(data)
    return Opened(digest(message.signed), parts, tuple(digest(part) for part in parts))


def digest_of(data: bytes) -> bytes:
    """Return H(m), 32 bytes, of the message that `data` encodes (elided or not)."""
    return digest(parse(data).signed)


def attachments_of(data: bytes) -> Attachments:
    """Return the attachments of a message that was checked before and is not elided."""
    parts = parse(data).attachments
    return tuple([each for each in parts if each is not None])


def elide(data: bytes, shown: Collection[int]) -> bytes:
    """Return the message with every attachment but those at `shown` replaced by null; H(m) stays the same."""
    message = parse(data)
    kept = tuple(each if at in shown else None for at, each in enumerate(message.attachments))
    return encode(Message(message.number, message.signed, kept, message.label))
