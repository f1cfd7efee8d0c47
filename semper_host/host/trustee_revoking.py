"""The trustee carries "aborted" to the issuers whose credentials were at stake, so that they revoke them.

Where an issuer answers, the parties say with their request: its statement of keys, certified like an enrolled merchant
of this trustee. It is noted with the row. A trustee that was shown none can't carry that order; then nobody was given
the credential either, or has it from an issuer that keeps to nothing. One that does not answer is asked again until a
week has passed after the exchange; then the case is closed, and says so. An issuer that was away for so long can have
the decision from either party.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from semper_host.admission.service_keys import ServiceKeys
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import parse
from semper_host.exchange.places import places
from semper_host.exchange.requests import read_request
from semper_host.exchange.status import StatusEnd
from semper_host.exchange.trustee import Order, Row
from semper_host.host.enrolment import Enrolments
from semper_host.host.issuer_line import ask_revoked
from semper_host.model.credentials import MOST_STATUSES
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic import cose

REVOKE_SECONDS = 7 * 24 * 3600
"""How long after an exchange's t_resolve an issuer is asked that does not answer."""
MOST_ISSUERS = 8
"""Statements of issuers that are looked at: an exchange has as many items at most."""

UNREACHABLE = "PEER_UNREACHABLE"
Statements = Mapping[bytes, bytes]
"""By an issuer's signing key: its signed statement of service keys."""


@dataclass(frozen=True)
class Revoker:
    """Carries orders to issuers."""

    client: Client
    enrolments: Enrolments

    def known(self, label: Label, statements: tuple[bytes, ...], vouch: bytes) -> Statements:
        """Return, of the `statements` shown with a request, those of issuers that keep something under the label."""
        kept = {place.item.status.issuer for place in places(label) if place.revocable and place.item.status}
        kept -= {hold.system for hold in label.holds}  # what an issuer refuses must not count for a bank
        found = {}
        for signed in statements[:MOST_ISSUERS]:
            try:
                keys = self.enrolments.issuer(signed, vouch)
            except SemperError:
                continue  # the decision does not hang on it
            if keys.signing in kept:
                found[keys.signing] = signed
        return found

    def carry(self, order: Order, statement: bytes) -> tuple[Token, ...]:
        """Have an issuer revoke what it issued under L; return its records, unchecked. Raises Unavailable,
        RefusedByPeer where it issued nothing under L.
        """
        keys = ServiceKeys.decode(cose.peek(statement).payload)
        return ask_revoked(self.client, keys.url, keys.sealing, order.label, order.decision)


def unanswered(error: SemperError, row: Row, now: int) -> Token | None:
    """Return what is noted of an issuer that did not revoke, in place of its record; None to ask it again.

    It refused for good, or has not answered until its time was over.
    """
    last = named_in(row.request).t_resolve + REVOKE_SECONDS
    if isinstance(error, RefusedByPeer) and not error.retryable:
        return Token(error.code, error.message.encode())
    if now <= last:
        return None
    message = f"cannot have the credential revoked: its issuer did not answer in {REVOKE_SECONDS // 86_400} days"
    return Token(UNREACHABLE, f"{message}: {error.message}".encode())


def check_heard(order: Order, left: Sequence[Order]) -> None:
    """Require that the issuer's records ended all that `order` is about; `left` are the orders still to be carried.

    Raises PeerDeviated PEER_RESPONSE.
    """
    if order in left:
        message = "cannot use the issuer's answer: it does not say how every credential ended"
        raise PeerDeviated("PEER_RESPONSE", message)


def about(order: Order, record: Token) -> bytes:
    """Return under what the record of a place is noted: its issuer and index, for one issuer may keep several.

    Raises PeerDeviated, MalformedEncoding for what is no record of the issuer's.
    """
    ended = StatusEnd.decode(cose.open1(record.data, record.name, order.system))
    if not 0 <= ended.index < MOST_STATUSES:
        message = "cannot use the issuer's record: no status list has such a place"
        raise PeerDeviated("PEER_RESPONSE", message, evidence=record.data)
    return order.system + ended.index.to_bytes(8, "big")


def named_in(request: bytes) -> Label:
    """Return the label of the exchange that an encoded request is about. Raises SemperError."""
    return Label.decode(parse(read_request(request).m1).label or b"")
