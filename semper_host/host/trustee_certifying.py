"""The trustee certifies escrows: it looks into them, signs that they are good, and keeps nothing (docs/adr/0009).

A responder whose item is in escrow asks before it answers. Only deals that an enrolled merchant vouches for are served.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semper_host.admission.service_keys import ServiceKeys
from semper_host.exchange.certifying import certify
from semper_host.exchange.escrows import Certify
from semper_host.exchange.labels import Label
from semper_host.exchange.trustee import Trustee
from semper_host.host.enrolment import Enrolments
from semper_host.model.encoding import Record, encode
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.entropy import fresh_seed

CERTIFY_PATH = "/semper/v1/trustee/certify"


class CertifyCall(Record, frozen=True):
    """What a trustee is sent: an encoded `exchange.escrows.Certify`, and the merchant's vouch for the deal's keys."""

    request: bytes
    vouch: bytes = b""


@dataclass(frozen=True)
class Certifier:
    """Answers at CERTIFY_PATH. It writes nothing: each answer follows from its request and the trustee's keys."""

    trustee: Trustee
    enrolments: Enrolments
    clock: Callable[[], int]

    def __call__(self, call: bytes) -> bytes:
        """Return the signed certificate for an encoded `CertifyCall`.

        Raises PeerDeviated: NOT_ENROLLED, MESSAGE_UNEXPECTED, TOO_LATE, ESCROW_INVALID.
        """
        asked, now = CertifyCall.decode(call), self.clock()
        label = Label.decode(Certify.decode(asked.request).label)
        self.enrolments.admit(asked.vouch, self.trustee.signing, [each.signing for each in label.parties], now)
        return certify(self.trustee, asked.request, now)


def ask_certificate(client: Client, trustee: ServiceKeys, request: bytes, vouch: bytes | None) -> bytes:
    """Have the trustee certify what an encoded `exchange.escrows.Certify` promises; return the signed certificate.

    Raises Unavailable, RefusedByPeer; whether it says what it must, the exchange checks.
    """
    call = encode(CertifyCall(request, vouch or b""))
    return sealed_call.call(client, trustee.url + CERTIFY_PATH, trustee.sealing, call, fresh_seed())
