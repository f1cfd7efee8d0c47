"""What a party and the trustee say to each other: abort and resolve requests, and the trustee's answer."""

from __future__ import annotations

from functools import lru_cache

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.items import Token
from semper_host.exchange.messages import digest_of, elide, parse
from semper_host.exchange.primitives import digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import DECISION, Decision

ABORT, RESOLVE = "abort", "resolve"
"""The two requests."""
RESOLVED, ABORTED, LAPSED = "resolved", "aborted", "lapsed"
"""The three verdicts. Lapsed: nobody asked in time; the trustee will never resolve, and orders nothing."""
ABORT_KIND = "exchange.abort"
SUBSTITUTE = "trustee.substitute"
"""The signed kind of what stands in for a missing statement or receipt."""


class Abort(Record, frozen=True):
    """What the initiator signs to abort (AB): L and H(m1)."""

    label: bytes
    m1: bytes


class Request(Record, frozen=True):
    """A request to the trustee: message 1, and either message 2 (resolve) or the initiator's signed Abort (abort).

    Attachments that the trustee does not need are elided.
    """

    kind: str
    m1: bytes
    m2: bytes | None = None
    abort: bytes | None = None
    more: tuple[bytes | None, ...] | None = None  # of a contract of several: the promises of the second party and on


@lru_cache(maxsize=8)
def read_request(data: bytes) -> Request:
    """Return the request that `data` encodes; one is read several times on its way. Raises MalformedEncoding."""
    return Request.decode(data)


class Substitute(Record, frozen=True):
    """The trustee's word that the initiator's item, and the responder's where it is a statement, count as given."""

    label: bytes
    kind: str
    m1: bytes
    m2: bytes
    left: bytes  # digests of the two items; empty for money
    right: bytes


class Answer(Record, frozen=True):
    """The trustee's answer: its signed Decision, and records such as RELEASED or its substitute.

    Without a decision there is only the payment system's record that the money went back before it could be
    released: then nobody gets anything, least of all the key.
    """

    decision: bytes | None = None
    records: tuple[Token, ...] = ()


def abort_request(case: Case, m1: bytes) -> bytes:
    """Return the initiator's encoded request to abort the exchange that `m1` began."""
    signed = case.crypto.sign(encode(Abort(case.id, digest_of(m1))), ABORT_KIND)
    return encode(Request(ABORT, elide(m1, ()), abort=signed))


def resolve_request(rules: Rules, m1: bytes, m2: bytes) -> bytes:
    """Return the encoded request to resolve, which either party can make once both messages exist."""
    return encode(Request(RESOLVE, elide(m1, rules.shown1), m2=elide(m2, rules.shown2)))


def read_decision(case: Case, signed: bytes) -> Decision:
    """Return the trustee's decision on this exchange. Raises PeerDeviated."""
    decision = Decision.decode(case.crypto.open(signed, DECISION, case.label.trustee.signing))
    if decision.label != case.id or decision.verdict not in (RESOLVED, ABORTED, LAPSED):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot use the decision: it is on another exchange", evidence=signed)
    return decision


def check_substitute(case: Case, signed: bytes, m1: bytes, m2: bytes) -> None:
    """Require the trustee's substitute for the exchange of the messages with H `m1` and `m2`. Raises PeerDeviated."""
    found = Substitute.decode(case.crypto.open(signed, SUBSTITUTE, case.label.trustee.signing))
    if found != substitute_of(case, m1, m2):
        message = "cannot use the substitute: it is for another exchange"
        raise PeerDeviated("MESSAGE_UNEXPECTED", message, evidence=signed)


def substitute_of(case: Case, m1: bytes, m2: bytes) -> Substitute:
    """Return what the trustee signs in place of missing items."""
    label = case.label
    return Substitute(case.id, label.kind, m1, m2, label.left.digest, label.right.digest)


def label_in(request: bytes) -> bytes:
    """Return L of an encoded request, to look up its row; nothing else of it is checked. Raises SemperError."""
    preimage = parse(read_request(request).m1).label
    if preimage is None:
        raise PeerDeviated("PEER_DEVIATED", "cannot judge: the request has no message 1", evidence=request)
    return digest(preimage)
