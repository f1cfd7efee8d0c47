"""Preparing a composed exchange: what the host gathers for messages 1 and 2, before `Begin` and `Consent`.

Promised(*information.promise(...)), Promised(held), …   one for each of our items, in the label's order
initiator   Begin = opening(case, promised, half)
responder   certificate = the trustee's answer to certificate_request(case, rules, promised), if that is not None
            Consent = answering(promised, certificate)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from semper_host.exchange.case import Case, Rules
from semper_host.exchange.composition import Own, half_for
from semper_host.exchange.escrows import certify_request
from semper_host.exchange.events import Begin, Consent
from semper_host.exchange.messages import Attachments
from semper_host.model.encoding import encode


class Promised(NamedTuple):
    """What promises one item (its leg's attachments), and what gives it later: k1, a token, or b""."""

    parts: Attachments
    secret: bytes = b""


def opening(case: Case, promised: Sequence[Promised], half: bytes = b"") -> Begin:
    """Return the event that opens the exchange; `half` is k2, fresh, where information is among the items. Seals."""
    last = (half_for(case, half),) if half else ()
    return Begin((*_parts(promised), *last), encode(Own(_secrets(promised), half)))


def certificate_request(case: Case, rules: Rules, promised: Sequence[Promised]) -> bytes | None:
    """Return what the responder asks the trustee to certify before it answers, or None if nothing is in escrow."""
    if rules.check_escrows is None:
        return None
    return certify_request(case, _parts(promised), rules.shown2)


def answering(promised: Sequence[Promised], certificate: bytes | None = None) -> Consent:
    """Return the event with which the responder commits itself."""
    last = () if certificate is None else (certificate,)
    return Consent((*_parts(promised), *last), encode(Own(_secrets(promised))))


def _parts(promised: Sequence[Promised]) -> Attachments:
    return tuple(part for each in promised for part in each.parts)


def _secrets(promised: Sequence[Promised]) -> tuple[bytes, ...]:
    return tuple(each.secret for each in promised)
