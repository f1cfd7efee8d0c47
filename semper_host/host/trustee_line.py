"""The line to a trustee: one sealed call for a request, answered once the trustee's row is durable."""

from __future__ import annotations

from semper_host.admission.service_keys import ServiceKeys
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.entropy import fresh_seed

TRUSTEE_PATH = "/semper/v1/trustee"


def ask_trustee(client: Client, trustee: ServiceKeys, request: bytes) -> bytes:
    """Bring an encoded `exchange.requests.Request` to the trustee; return its encoded Answer.

    Raises Unavailable, RefusedByPeer.
    """
    return sealed_call.call(client, trustee.url + TRUSTEE_PATH, trustee.sealing, request, fresh_seed())
