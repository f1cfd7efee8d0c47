"""How a refusal travels: a small record with a stable code and words, never a traceback."""

from __future__ import annotations

from semper_host.model.encoding import MalformedEncoding, Record
from semper_host.model.error_codes import CODES, Blame
from semper_host.model.errors import SemperError, Unavailable

MEDIA_TYPE = "application/semper+cbor"
MALFORMED, REFUSED, UNAVAILABLE = 422, 409, 503
"""The HTTP statuses of refusals: what came is not the protocol; not now or never; try again later."""

_LONGEST = 300


class ErrorBody(Record, frozen=True):
    """A refusal on the wire: a code of `model.error_codes` and the cause in words."""

    code: str
    message: str


class RefusedByPeer(SemperError):
    """The other side refused; `code` is the code it gave, `message` quotes its words."""


class NotThere(Unavailable):
    """The server has nothing at this address. Its code is PEER_RESPONSE: most who ask know that it should."""


def status_of(error: SemperError) -> int:
    """Return the HTTP status that `error` travels with."""
    if isinstance(error, MalformedEncoding) or error.code in ("ENCODING_INVALID", "SIG_INVALID", "REQUEST_TOO_LARGE"):
        return MALFORMED
    return UNAVAILABLE if error.retryable and error.blame in (Blame.HOST, Blame.NETWORK) else REFUSED


def body_of(error: SemperError) -> ErrorBody:
    """Return what of `error` may be told to the other side."""
    return ErrorBody(error.code, error.message)


def refused(body: ErrorBody) -> RefusedByPeer:
    """Return the exception for a refusal that came in.

    A code unknown here counts as PEER_RESPONSE; words are cut and made printable.
    """
    code = body.code if body.code in CODES else "PEER_RESPONSE"
    words = "".join(c if c.isprintable() else " " for c in body.message[:_LONGEST])
    return RefusedByPeer(code, f"cannot go on: the other side refused: {words}")
