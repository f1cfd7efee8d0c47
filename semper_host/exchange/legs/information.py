"""Information under lock: goods, W = AEAD(HKDF(k1, k2), content keys), k1 in escrow with the trustee (DESIGN §6).

k2 is one for the whole exchange: the initiator makes it and seals it to the responder in message 1, the trustee never
sees it. So the trustee can check all that the taker checks, and hands over k1, but can't read any content.
H(k1) proves the key, not the content: what W opens to under both keys convicts a giver that lied.
"""

from __future__ import annotations

from semper_host.exchange.case import Case, Gains
from semper_host.exchange.goods import CONTENT_KEY, CONVICTION, KEY, MAX_ESCROW, MAX_PARTS, Conviction, Goods
from semper_host.exchange.items import Token
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.exchange.primitives import DIGEST_SIZE, KEY_SIZE, digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

GOODS, WRAPPED, ESCROW = range(3)
"""Where a promise carries what."""


class Escrow(Record, frozen=True):
    """k1 sealed to the trustee, and SHA-256 of k1."""

    sealed: bytes
    hash: bytes


def promise(
    case: Case, place: Place, goods: Goods, content_keys: tuple[bytes, ...], first: bytes, half: bytes
) -> tuple[bytes, ...]:
    """Return the parts that promise `goods`: `first` is k1, fresh and random, `half` the exchange's k2. Seals."""
    wrapped = case.crypto.wrap(_wrapping_key(case, place, first, half), b"".join(content_keys), case.id)
    escrow = Escrow(case.crypto.seal(case.label.trustee.sealing, first, case.id), digest(first))
    return encode(goods), wrapped, encode(escrow)


def check(case: Case, place: Place, promise: Promise) -> None:
    """The goods must be those agreed on, with an escrow of the right form; whether it opens, the trustee knows."""
    if promise.digests[GOODS] != place.item.digest:
        raise PeerDeviated("PEER_DEVIATED", "cannot exchange: the goods are not those agreed on")
    _escrow(promise)
    if promise.parts[GOODS] is not None and not 0 < len(Goods.decode(promise.part(GOODS)).parts) <= MAX_PARTS:
        raise PeerDeviated("PEER_DEVIATED", "cannot exchange: the goods have no parts, or too many")


def give(case: Case, place: Place, promise: Promise, secret: bytes) -> bytes:
    """Release k1."""
    return secret


def take(case: Case, place: Place, promise: Promise, half: bytes, given: bytes) -> Gains:
    """Return the content keys that k1 opens, or what convicts the giver. Raises PeerDeviated if it is not k1.

    Where the goods were elided (the trustee relays message 2 without them) the taker compares with its own copy.
    """
    if digest(given) != _escrow(promise).hash:
        raise PeerDeviated("ESCROW_INVALID", "cannot accept the key: it is not the one that was promised")
    keys = _open(case, place, promise, given, half)
    if keys is None:
        return Token(KEY, given), Token(CONVICTION, encode(Conviction(case.id, given, half)))
    return Token(KEY, given), *(Token(CONTENT_KEY, key) for key in keys)


def open_escrow(case: Case, place: Place, promise: Promise) -> bytes:
    """Return k1. Raises PeerDeviated (ESCROW_INVALID) if the escrow does not hold it."""
    escrow = _escrow(promise)
    try:
        first = case.crypto.unseal(escrow.sealed, case.id)
    except PeerDeviated:
        raise PeerDeviated("ESCROW_INVALID", "cannot exchange: the escrow does not open") from None
    if digest(first) != escrow.hash:
        raise PeerDeviated("ESCROW_INVALID", "cannot exchange: the escrow does not hold the key it promises")
    return first


def convicts(case: Case, place: Place, promise: Promise, half_hash: bytes, conviction: Conviction) -> bool:
    """Say whether `conviction` proves that the promise wraps something other than the goods' content keys.

    `half_hash` is SHA-256 of k2 as message 1 has it (`composition.half_hash_in`), to which both sides agreed: the
    initiator signed it, the responder checked and answered it. Needs nobody's key.
    """
    keys = (digest(conviction.first), digest(conviction.second), conviction.label)
    fits = keys == (_escrow(promise).hash, half_hash, case.id)
    return fits and _open(case, place, promise, conviction.first, conviction.second) is None


def _open(case: Case, place: Place, promise: Promise, first: bytes, half: bytes) -> tuple[bytes, ...] | None:
    key = _wrapping_key(case, place, first, half)
    try:
        joined = case.crypto.unwrap(key, promise.part(WRAPPED), case.id)
    except PeerDeviated:
        return None
    if len(joined) % KEY_SIZE:  # a hash that was promised can be that of something that is no key
        return None
    keys = tuple(joined[at : at + KEY_SIZE] for at in range(0, len(joined), KEY_SIZE))
    if promise.parts[GOODS] is None:
        return keys
    expected = [part.key_hash for part in Goods.decode(promise.part(GOODS)).parts]
    return keys if [digest(each) for each in keys] == expected else None


def _wrapping_key(case: Case, place: Place, first: bytes, half: bytes) -> bytes:
    who = b"initiator" if place.first else b"responder"
    return case.crypto.derive(first + half, b"semper.information.wrap." + who + place.item.digest + case.id)


def _escrow(promise: Promise) -> Escrow:
    escrow = Escrow.decode(promise.part(ESCROW))
    if len(escrow.hash) != DIGEST_SIZE or len(escrow.sealed) > MAX_ESCROW:
        raise PeerDeviated("PEER_DEVIATED", "cannot exchange: the escrow has the wrong length")
    return escrow


LEG = Leg(
    form="information", family=Family.STATEMENT, parts=3, shown=frozenset({ESCROW}),
    shown_back=frozenset({WRAPPED, ESCROW}), check=check, escrowed=True, halved=True, give=give, take=take,
    open=open_escrow,
)  # fmt: skip
