"""The trustee's certificate of a responder's escrow: what an initiator must have before it gives first.

    responder -> trustee    Certify: L's preimage, the promises of message 2, elided as for a resolution
    trustee -> responder    Sig(trustee.escrow: L, digests of the promises)

HELD shows an initiator that money is there; for keys and tokens in escrow only the trustee can say so. The certificate
is evidence like HELD, goes into message 2, writes no row and binds nobody (docs/adr/0009).
"""

from __future__ import annotations

from semper_host.exchange.case import Case
from semper_host.exchange.messages import Opened
from semper_host.exchange.primitives import digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated

CERTIFICATE = "trustee.escrow"
"""The signed kind of a certificate."""


class Certify(Record, frozen=True):
    """A responder's request: the label's exact bytes, and the attachments of its message 2 so far (null: elided)."""

    label: bytes
    parts: tuple[bytes | None, ...]
    digests: tuple[bytes, ...]


class Certificate(Record, frozen=True):
    """What the trustee signs: under L, the escrows among attachments with these digests hold what they promise."""

    label: bytes
    digests: tuple[bytes, ...]


def certify_request(case: Case, parts: tuple[bytes, ...], shown: frozenset[int]) -> bytes:
    """Return the encoded request for `parts`, the promises of message 2; only `shown` are shown."""
    kept = tuple(part if at in shown else None for at, part in enumerate(parts))
    return encode(Certify(case.preimage, kept, tuple(digest(part) for part in parts)))


def promised_in(request: Certify) -> Opened:
    """Return the promises of a request as if they stood in message 2. Raises PeerDeviated if a digest is wrong."""
    if len(request.parts) != len(request.digests):
        raise PeerDeviated("PEER_DEVIATED", "cannot certify: the request's parts and digests do not match")
    for part, expected in zip(request.parts, request.digests, strict=True):
        if part is not None and digest(part) != expected:
            raise PeerDeviated("PEER_DEVIATED", "cannot certify: a part is not what its digest says")
    return Opened(b"", request.parts, request.digests)


def sign_certificate(case: Case, promised: Opened) -> bytes:
    """Return the trustee's signed certificate, after the escrows were opened."""
    return case.crypto.sign(encode(Certificate(case.id, promised.digests)), CERTIFICATE)


def check_certificate(case: Case, signed: bytes, digests: tuple[bytes, ...]) -> None:
    """Require the trustee's certificate for these promises under L. Raises PeerDeviated (ESCROW_INVALID)."""
    try:
        found = case.crypto.open(signed, CERTIFICATE, case.label.trustee.signing)
    except PeerDeviated as error:
        message = "cannot rely on the escrow: the trustee did not certify it"
        raise PeerDeviated("ESCROW_INVALID", message, evidence=signed) from error
    if found != encode(Certificate(case.id, digests)):
        message = "cannot rely on the escrow: the trustee certified another one"
        raise PeerDeviated("ESCROW_INVALID", message, evidence=signed)
