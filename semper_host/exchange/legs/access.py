"""A credential bound to its taker's key: promised by an escrow, given by the token itself (DESIGN §6).

The token is the issuer's signature over (L, holder's key, item, status index), so the trustee can check it and hand it
over, but only the holder can use it. Its status is pending under L: the issuer revokes it if the trustee decides
"aborted" on L, until the holder has had it made final.
"""

from __future__ import annotations

from semper_host.exchange.case import Case, Gains
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

ACCESS = "exchange.access"
"""The signed kind of a token, and the name of the taker's gain."""
MAX_ESCROW = 2048
"""Bytes of a sealed token at most."""


class Access(Record, frozen=True):
    """What the issuer signs: under L, the holder of the signing key `holder` has what `item` (SHA-256) describes."""

    label: bytes
    holder: bytes
    item: bytes
    index: int | None = None


def access_of(case: Case, place: Place) -> Access:
    """Return what the token of this place must say."""
    status = place.item.status
    return Access(case.id, place.taker.signing, place.item.digest, None if status is None else status.index)


def promise(case: Case, token: bytes) -> tuple[bytes, ...]:
    """Return the part that promises `token`. Seals."""
    return (case.crypto.seal(case.label.trustee.sealing, token, case.id),)


def check_item(label: Label, place: Place) -> None:
    """Somebody must have issued the credential."""
    if place.item.status is None:
        raise PeerDeviated("PEER_DEVIATED", "cannot join the exchange: its credential names no issuer")


def check(case: Case, place: Place, promise: Promise) -> None:
    """There must be an escrow; whether it opens, the trustee knows."""
    if not 0 < len(promise.part(0)) <= MAX_ESCROW:
        raise PeerDeviated("PEER_DEVIATED", "cannot exchange: the escrow has the wrong length")


def give(case: Case, place: Place, promise: Promise, secret: bytes) -> bytes:
    """Give the token."""
    return secret


def take(case: Case, place: Place, promise: Promise, half: bytes, given: bytes) -> Gains:
    """Require the issuer's token for exactly this exchange."""
    _check_token(case, place, given)
    return (Token(ACCESS, given),)


def open_escrow(case: Case, place: Place, promise: Promise) -> bytes:
    """Return the token. Raises PeerDeviated (ESCROW_INVALID) if the escrow does not hold it."""
    try:
        token = case.crypto.unseal(promise.part(0), case.id)
        _check_token(case, place, token)
    except PeerDeviated:
        message = "cannot exchange: the escrow does not hold the credential it promises"
        raise PeerDeviated("ESCROW_INVALID", message) from None
    return token


def _check_token(case: Case, place: Place, token: bytes) -> None:
    status = place.item.status
    issuer = b"" if status is None else status.issuer
    found = case.crypto.open(token, ACCESS, issuer)
    if found != encode(access_of(case, place)):
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the credential: it is for something else", evidence=token)


LEG = Leg(
    form="access", family=Family.CREDENTIAL, parts=1, shown=frozenset({0}), check=check, check_item=check_item,
    escrowed=True, give=give, take=take, open=open_escrow,
)  # fmt: skip
