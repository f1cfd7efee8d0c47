"""Fair purchase: content keys against held money (DESIGN §6).

    m1  goods, W = AEAD(HKDF(k1, k2), content keys), k1 sealed to the trustee, H(k1) and H(k2), k2 sealed to the buyer
    m2  HELD, and an order if there is one        m3  k1        m4  the buyer's right to capture
    the trustee can open the escrow, release the money and seal k1 to the buyer

The seller begins: k1 goes first and is covered by the hold. The trustee alone cannot read the content, for it
never sees k2. H(k1) proves the key, not the content: a W that does not open to the promised content keys
convicts the seller afterwards, and H(k2) in the signed m1 is what lets a stranger check that.
"""

from __future__ import annotations

from functools import lru_cache

from semper_host.exchange import held_money
from semper_host.exchange.case import Case, Gains, Generated, Progress, Rules
from semper_host.exchange.goods import CONTENT_KEY, CONVICTION, KEY, MAX_ESCROW, MAX_PARTS, Conviction, Goods, Part
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Attachments, Opened
from semper_host.exchange.primitives import DIGEST_SIZE, KEY_SIZE, digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT

__all__ = ["CONTENT_KEY", "CONVICTION", "KEY", "RULES", "Conviction", "Goods", "Part", "prepare"]

GOODS, WRAPPED, ESCROW, HASHES, SEALED = range(5)
"""Where message 1 carries what."""
HOLD, ORDER = range(2)
"""Where message 2 carries the payment system's signed HELD and, optionally, an order."""


class Hashes(Record, frozen=True):
    """SHA-256 of k1 and of k2."""

    first: bytes
    second: bytes


class Secret(Record, frozen=True):
    """What the seller keeps to itself: k1, which message 3 releases, and k2."""

    first: bytes
    second: bytes


def prepare(
    case: Case, goods: Goods, content_keys: tuple[bytes, ...], first: bytes, second: bytes
) -> tuple[Attachments, bytes]:
    """Return the attachments of message 1 and the seller's secret.

    `first` and `second` are k1 and k2, fresh and random, 32 bytes each. Seals, so it draws
    randomness: call it once, journal the result, then begin.
    """
    label = case.label
    wrapped = case.crypto.wrap(_wrapping_key(case, first, second), b"".join(content_keys), case.id)
    escrow = case.crypto.seal(label.trustee.sealing, first, case.id)
    sealed = case.crypto.seal(label.responder.sealing, second, case.id)
    hashes = encode(Hashes(digest(first), digest(second)))
    return (encode(goods), wrapped, escrow, hashes, sealed), encode(Secret(first, second))


def check_label(label: Label) -> None:
    """Information against money that is held at one payment system."""
    if label.left.family != "statement":
        raise PeerDeviated("PEER_DEVIATED", "cannot buy: the seller offers no information")
    held_money.check_one_hold(label)


def check_offer(case: Case, m1: Opened) -> None:
    """Message 1 must be for the goods that the label names, with an escrow and two hashes."""
    if len(m1.digests) != SEALED + 1 or m1.digests[GOODS] != case.label.left.digest:
        raise PeerDeviated("PEER_DEVIATED", "cannot buy: the goods are not those agreed on")
    if len(m1.part(ESCROW)) > MAX_ESCROW:
        raise PeerDeviated("PEER_DEVIATED", "cannot buy: the escrow is too long for one key")
    _hashes(m1.part(HASHES))


def check_m1(case: Case, m1: Opened) -> bytes:
    """Check message 1 as the buyer; return k2, the buyer's secret until k1 comes."""
    check_offer(case, m1)
    _parts(m1.part(GOODS))
    second = case.crypto.unseal(m1.part(SEALED), case.id)
    if digest(second) != _hashes(m1.part(HASHES)).second:
        raise PeerDeviated("ESCROW_INVALID", "cannot buy: the seller's half of the key is not the one it promises")
    return second


def check_m2(case: Case, m2: Opened) -> bytes:
    """Message 2 must carry a hold that covers the price; return the hold's id."""
    if not HOLD < len(m2.digests) <= ORDER + 1:
        raise PeerDeviated("HOLD_INVALID", "cannot sell: the order must come with one hold")
    return held_money.check_held(case, m2.part(HOLD))


def make_m3(case: Case, progress: Progress) -> Attachments:
    """Release k1."""
    return (Secret.decode(progress.secret).first,)


def check_m3(case: Case, progress: Progress, attachments: Attachments) -> Gains:
    """Message 3 must carry k1. What it opens is the buyer's gain: content keys, or what convicts the seller."""
    if len(attachments) != 1:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the key: it is missing")
    return claim(case, progress, attachments[0])


def make_m4(case: Case, progress: Progress) -> Attachments:
    """Grant the right to capture the hold."""
    return (held_money.grant_capture(case, progress.hold),)


def check_m4(case: Case, progress: Progress, attachments: Attachments) -> Gains:
    """Message 4 must carry the right to capture the hold; it is the seller's gain."""
    if len(attachments) != 1:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the payment: the right to capture is missing")
    held_money.check_capture(case, progress.hold, attachments[0])
    return (Token(CAPTURE_RIGHT, attachments[0]),)


def generate(case: Case, m1: Opened, m2: Opened) -> Generated:
    """Open the escrow; if it holds the k1 that H(k1) promises, seal it to the buyer, else say why not."""
    try:
        first = case.crypto.unseal(m1.part(ESCROW), case.id)
    except PeerDeviated:
        return Generated(why="the seller's escrow does not open")
    if digest(first) != _hashes(m1.part(HASHES)).first:
        return Generated(why="the seller's escrow does not hold the key it promises")
    return Generated(sealed=case.crypto.seal(case.label.responder.sealing, first, case.id))


def claim(case: Case, progress: Progress, key: bytes) -> Gains:
    """Return the buyer's gains from k1, however it came. Raises PeerDeviated (ESCROW_INVALID) if it is not k1."""
    if digest(key) != _hashes(progress.m1[HASHES]).first:
        raise PeerDeviated("ESCROW_INVALID", "cannot accept the key: it is not the one that the seller promised")
    opened = _content_keys(case, progress.m1, key, progress.secret)
    if opened is None:
        return Token(KEY, key), Token(CONVICTION, encode(Conviction(case.id, key, progress.secret)))
    return Token(KEY, key), *(Token(CONTENT_KEY, each) for each in opened)


def convicts(case: Case, m1: Opened, conviction: Conviction) -> bool:
    """Say whether `conviction` proves that the seller's message 1 wraps something other than the goods' content keys.

    Needs no key of anybody: `case.crypto` only unwraps. Never true of an honest seller's message.
    """
    hashes = _hashes(m1.part(HASHES))
    fits = (digest(conviction.first), digest(conviction.second)) == (hashes.first, hashes.second)
    parts = tuple(m1.part(index) for index in range(SEALED + 1))
    if not fits or conviction.label != case.id:
        return False
    return _content_keys(case, parts, conviction.first, conviction.second) is None


def _content_keys(case: Case, m1: Attachments, first: bytes, second: bytes) -> tuple[bytes, ...] | None:
    """Return the content key of each part of the goods, or None if W does not open to exactly those."""
    parts = _parts(m1[GOODS])
    try:
        joined = case.crypto.unwrap(_wrapping_key(case, first, second), m1[WRAPPED], case.id)
    except PeerDeviated:
        return None
    if len(joined) % KEY_SIZE:  # a hash that was promised can be that of something that is no key
        return None
    keys = tuple(joined[at : at + KEY_SIZE] for at in range(0, len(joined), KEY_SIZE))
    return keys if [digest(key) for key in keys] == [part.key_hash for part in parts] else None


def _wrapping_key(case: Case, first: bytes, second: bytes) -> bytes:
    return case.crypto.derive(first + second, b"semper.fair-purchase.wrap" + case.id)


@lru_cache(maxsize=64)
def _hashes(data: bytes) -> Hashes:
    hashes = Hashes.decode(data)
    if len(hashes.first) != DIGEST_SIZE or len(hashes.second) != DIGEST_SIZE:
        raise PeerDeviated("PEER_DEVIATED", "cannot buy: the key's digest has the wrong length", evidence=data)
    return hashes


@lru_cache(maxsize=64)
def _parts(data: bytes) -> tuple[Part, ...]:
    parts = Goods.decode(data).parts
    if not 0 < len(parts) <= MAX_PARTS:
        raise PeerDeviated("PEER_DEVIATED", "cannot buy: the goods have no parts, or too many", evidence=data)
    return parts


RULES = Rules(
    kind="fair-purchase",
    keyed=True,
    substitutes=False,
    shown1=frozenset({ESCROW, HASHES}),
    shown2=frozenset({HOLD}),
    check_label=check_label,
    check_offer=check_offer,
    check_m1=check_m1,
    check_m2=check_m2,
    make_m3=make_m3,
    check_m3=check_m3,
    make_m4=make_m4,
    check_m4=check_m4,
    generate=generate,
    claim=claim,
)
