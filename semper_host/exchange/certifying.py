"""The trustee certifies a responder's escrows: it looks into them, says that they are good, and keeps nothing."""

from __future__ import annotations

from semper_host.exchange.escrows import Certify, promised_in, sign_certificate
from semper_host.exchange.kinds import open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.trustee import Trustee
from semper_host.model.errors import PeerDeviated


def certify(trustee: Trustee, request: bytes, now: int) -> bytes:
    """Return the signed certificate for an encoded `Certify` at `now` (seconds, own clock). Writes no row.

    Raises SemperError: MESSAGE_UNEXPECTED (not ours to certify), TOO_LATE, ESCROW_INVALID, ….
    """
    asked = Certify.decode(request)
    label = Label.decode(asked.label)
    if (label.trustee.signing, label.trustee.sealing) != (trustee.signing, trustee.sealing):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot certify: the exchange names another trustee")
    case, rules = open_case(label, trustee.crypto)
    if rules.check_escrows is None:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot certify: the responder has nothing in escrow")
    if now > label.t_resolve:
        raise PeerDeviated("TOO_LATE", "cannot certify: the exchange can no longer be resolved")
    promised = promised_in(asked)
    rules.check_escrows(case, promised)
    return sign_certificate(case, promised)
