"""A credential bound to its taker's key: promised by an escrow, given by the credential itself (DESIGN §6).

It is the credential that its holder puts into the wallet, shows and redeems (`model.credentials`): the issuer's
signature over a description, whose digest the label names, its place in the status list, and L. So the trustee can
check it and hand it over, but only the holder can use it. Its status is pending under L: the issuer revokes it if the
trustee decides "aborted" on L, until the holder has had it made final. A description without a status list is of a
credential that nobody can revoke.
"""

from __future__ import annotations

from semper_host.exchange.case import Case, Gains
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.exchange.primitives import digest
from semper_host.model.credentials import CREDENTIAL, Credential, Described, well_formed
from semper_host.model.encoding import MalformedEncoding, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

ACCESS = "exchange.access"
"""The name of the taker's gain: the signed credential."""
MAX_ESCROW = 16 * 1024
"""Bytes of a sealed credential at most."""


def credential_of(case: Case, place: Place, described: Described) -> Credential:
    """Return what the issuer has to sign in this place."""
    status = place.item.status
    return Credential(described, (status.index or 0) if status is not None else 0, case.id)


def promise(case: Case, credential: bytes) -> tuple[bytes, ...]:
    """Return the part that promises a signed `credential`. Seals."""
    return (case.crypto.seal(case.label.trustee.sealing, credential, case.id),)


def check_item(label: Label, place: Place) -> None:
    """Somebody must have issued the credential."""
    if place.item.status is None:
        raise PeerDeviated("PEER_DEVIATED", "cannot join the exchange: its credential names no issuer")


def check(case: Case, place: Place, promise: Promise) -> None:
    """There must be an escrow; whether it opens, the trustee knows."""
    if not 0 < len(promise.part(0)) <= MAX_ESCROW:
        raise PeerDeviated("PEER_DEVIATED", "cannot exchange: the escrow has the wrong length")


def give(case: Case, place: Place, promise: Promise, secret: bytes) -> bytes:
    """Give the credential."""
    return secret


def take(case: Case, place: Place, promise: Promise, half: bytes, given: bytes) -> Gains:
    """Require the issuer's credential for exactly this exchange."""
    _check_credential(case, place, given)
    return (Token(ACCESS, given),)


def open_escrow(case: Case, place: Place, promise: Promise) -> bytes:
    """Return the credential. Raises PeerDeviated (ESCROW_INVALID) if the escrow does not hold it."""
    try:
        credential = case.crypto.unseal(promise.part(0), case.id)
        _check_credential(case, place, credential)
    except (PeerDeviated, MalformedEncoding):
        message = "cannot exchange: the escrow does not hold the credential it promises"
        raise PeerDeviated("ESCROW_INVALID", message) from None
    return credential


def _check_credential(case: Case, place: Place, signed: bytes) -> None:
    """Everything that a holder's wallet asks, and that it is the one agreed on: whoever has it can use it."""
    status = place.item.status
    issuer = b"" if status is None else status.issuer
    found = Credential.decode(case.crypto.open(signed, CREDENTIAL, issuer))
    said = found.described
    listed = status is not None and status.index is not None
    agreed = found == credential_of(case, place, said) and digest(encode(said)) == place.item.digest
    if not agreed or (said.issuer, said.holder) != (issuer, place.taker.signing):
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the credential: it is for something else", evidence=signed)
    if not well_formed(found) or bool(said.status) != listed:
        why = "it can't be kept, or says of its revocation something else than was agreed"
        raise PeerDeviated("PEER_DEVIATED", f"cannot accept the credential: {why}", evidence=signed)


LEG = Leg(
    form="access", family=Family.CREDENTIAL, parts=1, shown=frozenset({0}), check=check, check_item=check_item,
    escrowed=True, give=give, take=take, open=open_escrow,
)  # fmt: skip
