"""The line to a trustee: one sealed call for a request, answered once the trustee's row is durable."""

from __future__ import annotations

from collections.abc import Callable

from semper_host.admission.service_keys import ServiceKeys
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import Unavailable
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.entropy import fresh_seed

TRUSTEE_PATH = "/semper/v1/trustee"
ENROLLED_PATH = "/semper/v1/trustee/enrolled"


class TrusteeCall(Record, frozen=True):
    """What a trustee is sent: an encoded `exchange.requests.Request`, and the merchant's vouch for the deal's keys.

    `issuers`: the statements of keys of those who keep the credentials at stake, so that the trustee finds them.
    """

    request: bytes
    vouch: bytes = b""
    issuers: tuple[bytes, ...] | None = None


class TrusteeReply(Record, frozen=True):
    """What a trustee says: its signed receipt for the request, and the encoded `exchange.requests.Answer`.

    The answer is absent while a payment system has not confirmed the decision; the decision stands already.
    """

    receipt: bytes
    answer: bytes | None = None


class Enrolled(Record, frozen=True):
    """A trustee's word that it serves this merchant: its certified URI, and how many decisions a day."""

    merchant: str
    quota: int


def ask_enrolled(client: Client, trustee: ServiceKeys, vouch: bytes) -> Enrolled:
    """Ask whether the trustee serves who signed `vouch`. Raises RefusedByPeer NOT_ENROLLED, Unavailable."""
    url = trustee.url + ENROLLED_PATH
    return Enrolled.decode(sealed_call.call(client, url, trustee.sealing, vouch, fresh_seed()))


def ask_trustee(
    client: Client, trustee: ServiceKeys, request: bytes, vouch: bytes, keep: Callable[[bytes], None],
    issuers: tuple[bytes, ...] = (),
) -> bytes:  # fmt: skip
    """Bring an encoded `exchange.requests.Request` to the trustee; return its encoded Answer.

    `vouch` is the merchant's, from the deal's agreement; `keep` checks and keeps the receipt first; `issuers` are the
    statements of those who keep credentials at stake. Raises Unavailable, RefusedByPeer, and what `keep` raises.
    """
    call = encode(TrusteeCall(request, vouch, issuers or None))
    said = sealed_call.call(client, trustee.url + TRUSTEE_PATH, trustee.sealing, call, fresh_seed())
    reply = TrusteeReply.decode(said)
    keep(reply.receipt)
    if reply.answer is None:
        message = "cannot tell the decision yet: it stands, but the bank has not confirmed it; ask again"
        raise Unavailable("PEER_UNREACHABLE", message)
    return reply.answer
