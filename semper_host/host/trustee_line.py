"""The line to a trustee: one sealed call for a request, answered once the trustee's row is durable."""

from __future__ import annotations

from semper_host.admission.service_keys import ServiceKeys
from semper_host.model.encoding import Record, encode
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.entropy import fresh_seed

TRUSTEE_PATH = "/semper/v1/trustee"


class TrusteeCall(Record, frozen=True):
    """What a trustee is sent: an encoded `exchange.requests.Request`, and the merchant's vouch for the deal's keys."""

    request: bytes
    vouch: bytes = b""


def ask_trustee(client: Client, trustee: ServiceKeys, request: bytes, vouch: bytes = b"") -> bytes:
    """Bring an encoded `exchange.requests.Request` to the trustee; return its encoded Answer.

    `vouch` is the merchant's, from the deal's agreement. Raises Unavailable, RefusedByPeer.
    """
    call = encode(TrusteeCall(request, vouch))
    return sealed_call.call(client, trustee.url + TRUSTEE_PATH, trustee.sealing, call, fresh_seed())
