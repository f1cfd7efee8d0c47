"""What an adversary that holds the keys of some seats, and knows every message sent, can say.

It varies one thing at a time: another key, a wrong escrow, a wrap of rubbish, its own bank's HELD, one that ends too
early, a certificate of its own, a right to another hold, a forged token; and it replays whatever anybody said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from msgspec.structs import replace

from semper_host.exchange import held_money
from semper_host.exchange.case import Case
from semper_host.exchange.certifying import certify
from semper_host.exchange.composition import half_for
from semper_host.exchange.events import Begin, Consent
from semper_host.exchange.fair_exchange import join
from semper_host.exchange.goods import Goods
from semper_host.exchange.kinds import fair_purchase, payment_receipt
from semper_host.exchange.labels import Label
from semper_host.exchange.legs import LEGS, access, information, presentation
from semper_host.exchange.messages import Attachments, Message, digest_of, make, parse
from semper_host.exchange.places import Place, lefts, rights
from semper_host.exchange.preparing import Promised, answering, certificate_request, opening
from semper_host.exchange.requests import ABORT, ABORT_KIND, Abort, Request, resolve_request
from semper_host.exchange.state import Context, Role
from semper_host.model.credentials import CREDENTIAL, Credential, Shown
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import CAPTURE_RIGHT, CaptureRight
from tests.protocol.samples import (
    CONTENT_KEY,
    GOODS,
    HOLD,
    INVOICE,
    K1,
    K2,
    ORDER,
    START,
    Actor,
    Cast,
    begin_in,
    consent_in,
    described,
    held_by,
    label_in,
    promised,
)
from tests.protocol.symbols import crypto_of, party_of

OTHER_K1, WRONG_KEY = b"\x03" * 32, b"\x04" * 32
EARLY = 500
"""Seconds by which a short hold ends before it should."""


@dataclass(frozen=True, eq=False)
class Session:
    """One exchange: its label, its cast, the contexts of both roles, and which roles honest parties play."""

    label: Label
    cast: Cast
    initiator: Context
    responder: Context
    honest: frozenset[Role]

    @property
    def name(self) -> bytes:
        return self.initiator.case.id

    @property
    def composed(self) -> bool:
        return self.label.left.form is not None


def actor(name: str) -> Actor:
    return Actor(party_of(name), crypto_of(name))


EVIL = actor("adversary")


def session(kind: str, honest: str, step: str = "pay") -> Session:
    """A session of `kind`; `honest` has the letters "a", "b" of the honest roles. Keys are the same in all sessions."""
    first, second = (name if name in honest else "adversary" for name in "ab")
    cast = Cast(*(actor(name) for name in (first, second, "t", "mint", "bank", "issuer", f"member of {second}")))
    label = label_in(kind, cast, step=step)
    roles = {"a": Role.INITIATOR, "b": Role.RESPONDER}
    initiator, _ = join(label, Role.INITIATOR, crypto_of(first))
    responder, _ = join(label, Role.RESPONDER, crypto_of(second))
    return Session(label, cast, initiator, responder, frozenset(roles[name] for name in honest))


@cache
def honest_opening(each: Session) -> Begin:
    """The honest initiator's first event."""
    return begin_in(each.initiator.case, each.cast)


@cache
def honest_consent(each: Session) -> Consent:
    """The honest responder's second."""
    return consent_in(each.responder.case, each.responder.rules, each.cast)


# --- what the adversary makes


@cache
def first_messages(each: Session, money: tuple[str, ...]) -> frozenset[bytes]:
    """Message 1: right, right with another k1 (two under one label), with a wrong escrow, with a wrong wrap."""
    case = each.initiator.case
    variants = list(_composed_firsts(each, money)) if each.composed else list(_fixed_firsts(each))
    return frozenset(make(case.crypto, 1, case.id, parts, preimage=case.preimage) for parts in variants)


def _fixed_firsts(each: Session) -> Iterator[Attachments]:
    case, right = each.initiator.case, honest_opening(each).attachments
    yield right
    if each.label.kind == "fair-purchase":
        yield fair_purchase.prepare(case, GOODS, (CONTENT_KEY,), OTHER_K1, K2)[0]
        yield swap(right, fair_purchase.ESCROW, case.crypto.seal(case.label.trustee.sealing, WRONG_KEY, case.id))
        yield swap(right, fair_purchase.WRAPPED, b"rubbish")


def _composed_firsts(each: Session, money: tuple[str, ...]) -> Iterator[Attachments]:
    case, composed = each.initiator.case, (*lefts(each.label), *rights(each.label))
    half = K2 if any(place.item.form == "information" for place in composed) else b""
    for items in _combinations(each, case, lefts(each.label), money):
        yield opening(case, items, half).attachments
    if half and all(_funded(money[place.hold]) for place in lefts(each.label) if place.hold is not None):
        right = honest_opening(each).attachments
        yield (*right[:-1], half_for(case, WRONG_KEY))


def _combinations(
    each: Session, case: Case, places: tuple[Place, ...], money: tuple[str, ...]
) -> Iterator[list[Promised]]:
    """All items right; and every wrong variant of one of them, the others right. Without money that is held, none."""
    right = [promised(case, place, each.cast) for place in places]
    sound = [place.hold is None or _funded(money[place.hold]) for place in places]
    if all(sound):
        yield right
    for at, place in enumerate(places):
        if all(ok for other, ok in enumerate(sound) if other != at):
            for wrong in _wrong(each, case, place, right[at], money):
                yield [*right[:at], wrong, *right[at + 1 :]]


def _funded(state: str) -> bool:
    return state not in ("none", "refused") and not state.startswith("short")


def _wrong(each: Session, case: Case, place: Place, right: Promised, money: tuple[str, ...]) -> Iterator[Promised]:
    trustee = case.label.trustee.sealing
    match place.item.form:
        case "held":
            yield Promised((held_by(EVIL, case, place.hold or 0, first=place.first),))
            if money[place.hold or 0].startswith("short"):
                keeper = each.cast.keeper(case.label.holds[place.hold or 0].system)
                yield Promised((held_by(keeper, case, place.hold or 0, first=place.first, early=EARLY),))
        case "information":
            goods = Goods.decode(right.parts[information.GOODS])
            yield Promised(information.promise(case, place, goods, (WRONG_KEY,), OTHER_K1, K2), OTHER_K1)
            escrow = information.Escrow.decode(right.parts[information.ESCROW])
            bad = replace(escrow, sealed=case.crypto.seal(trustee, WRONG_KEY, case.id))
            yield Promised(swap(right.parts, information.ESCROW, encode(bad)), right.secret)
        case "access":
            yield Promised(access.promise(case, EVIL.crypto.sign(b"a token", CREDENTIAL)), right.secret)
            yield Promised(access.promise(case, _elsewhere(each, case, place)), right.secret)
        case "presentation":
            said = described("membership", each.cast, EVIL)
            forged = EVIL.crypto.sign(encode(Credential(said, 3)), CREDENTIAL)
            yield Promised(presentation.promise(forged, Shown.decode(right.parts[0]).presentation))


def _elsewhere(each: Session, case: Case, place: Place) -> bytes:
    """The issuer's own credential as agreed, but issued in another exchange: not this one's place is pending there."""
    said = described(place.item.kind, each.cast, each.cast.b if place.first else each.cast.a)
    credential = access.credential_of(case, place, said)
    return each.cast.issuer.crypto.sign(encode(replace(credential, label=b"another exchange".ljust(32))), CREDENTIAL)


@cache
def as_initiator(each: Session, sent: frozenset[bytes], money: tuple[str, ...]) -> frozenset[bytes]:
    """All the adversary says as the initiator when it knows what was `sent`."""
    case = each.initiator.case
    thirds = {
        make(case.crypto, 3, case.id, parts, previous=digest_of(m2))
        for m2 in sent
        if number_of(m2) == 2
        for parts in _releases(each)
    }
    return first_messages(each, money) | thirds


def _releases(each: Session) -> tuple[Attachments, ...]:
    if each.composed:
        return _given(each, each.initiator.case, lefts(each.label))
    if each.label.kind == "payment-receipt":
        terms = each.label.holds[0]
        receipt = payment_receipt.Receipt(each.name, each.label.left.digest, terms.payee, terms.amount, HOLD)
        return ((each.initiator.case.crypto.sign(encode(receipt), payment_receipt.RECEIPT),),)
    return ((),) if each.label.kind == "contract" else ((K1,), (OTHER_K1,), (WRONG_KEY,))


def _given(each: Session, case: Case, places: tuple[Place, ...]) -> tuple[Attachments, ...]:
    """What gives these items; and each wrong variant of one of them."""
    right = []
    for place in places:
        secret = promised(case, place, each.cast).secret
        right.append(held_money.grant_capture(case, HOLD) if place.hold is not None else secret)
    found = [tuple(right)]
    for at, place in enumerate(places):
        wrongs: tuple[bytes, ...] = (b"rubbish",)
        if place.item.form == "information":
            wrongs = (OTHER_K1, WRONG_KEY)
        if place.item.form == "access":
            wrongs = (b"rubbish", _elsewhere(each, case, place))
        if place.hold is not None:
            wrongs = (case.crypto.sign(encode(CaptureRight(case.id, b"other")), CAPTURE_RIGHT),)
        found += [(*right[:at], wrong, *right[at + 1 :]) for wrong in wrongs]
    return tuple(found)


@cache
def as_responder(each: Session, sent: frozenset[bytes], money: tuple[str, ...]) -> frozenset[bytes]:
    """All the adversary says as the responder, with the holds that it has."""
    case, made = each.responder.case, set()
    for m1 in sent:
        for parts in _commitments(each, money) if number_of(m1) == 1 else ():
            m2 = make(case.crypto, 2, case.id, parts, previous=digest_of(m1))
            fourths = (make(case.crypto, 4, case.id, right, previous=digest_of(m2)) for right in _grants(each))
            made |= {m2, *fourths}
    return frozenset(made)


@cache
def _commitments(each: Session, money: tuple[str, ...]) -> tuple[Attachments, ...]:
    """Right, in two versions; with a hold of the adversary's own bank; with one that ends too early."""
    if each.composed:
        return tuple(_composed_seconds(each, money))
    if not each.label.holds:
        return ((ORDER,),)
    case, mint = each.responder.case, each.cast.mint
    own: tuple[Attachments, ...] = ((held_by(EVIL, case),),)
    if money[0] in ("none", "refused"):
        return own
    if money[0].startswith("short"):
        return (*own, (held_by(mint, case, early=EARLY),))
    return (*own, (held_by(mint, case),), (held_by(mint, case), b"an order"))


def _composed_seconds(each: Session, money: tuple[str, ...]) -> Iterator[Attachments]:
    """With the trustee's certificate where it gives one; else with the adversary's own, and with another's."""
    case, rules, right = each.responder.case, each.responder.rules, None
    for items in _combinations(each, case, rights(each.label), money):
        request = certificate_request(case, rules, items)
        if request is None:
            yield answering(items).attachments
            continue
        try:
            certificate = certify(each.cast.trustee, request, START)
            right = right or certificate
            yield answering(items, certificate).attachments
        except SemperError:
            parts = answering(items, b"").attachments[:-1]
            yield (*parts, EVIL.crypto.sign(b"it is good", "trustee.escrow"))
            if right is not None:
                yield (*parts, right)


def _grants(each: Session) -> tuple[Attachments, ...]:
    case = each.responder.case
    if each.composed:
        return _given(each, case, rights(each.label))
    if not each.label.holds:
        return ((),)
    sign = case.crypto.sign
    return tuple((sign(encode(CaptureRight(each.name, hold)), CAPTURE_RIGHT),) for hold in (HOLD, b"other"))


@cache
def requests(each: Session, known: frozenset[bytes]) -> tuple[bytes, ...]:
    """All the adversary asks of the trustee: aborts with whatever key it has, resolutions, swapped escrows."""
    if len(each.honest) == len(Role):
        return ()
    made: set[bytes] = set()
    firsts = [message for message in known if number_of(message) == 1]
    rules = each.initiator.rules
    for m1 in firsts:
        signed = EVIL.crypto.sign(encode(Abort(each.name, digest_of(m1))), ABORT_KIND)
        made.add(encode(Request(ABORT, m1, abort=signed)))
        for m2 in known:
            if number_of(m2) == 2:
                made.add(resolve_request(rules, m1, m2))
                made |= {resolve_request(rules, swapped, m2) for swapped in _with_swapped_escrow(each, m1)}
    return tuple(sorted(made))


def _with_swapped_escrow(each: Session, m1: bytes) -> Iterator[bytes]:
    """The honest initiator's message, with an escrow put in that it never made."""
    for where in _escrows(each) if Role.INITIATOR in each.honest else ():
        found = parse(m1)
        wrong = EVIL.crypto.seal(each.label.trustee.sealing, WRONG_KEY, each.name)
        parts = tuple(wrong if at == where else part for at, part in enumerate(found.attachments))
        yield encode(Message(1, found.signed, parts, found.label))


def _escrows(each: Session) -> Iterator[int]:
    """Where message 1 has an escrow."""
    if each.label.kind == "fair-purchase":
        yield fair_purchase.ESCROW
    at = 0
    for place in lefts(each.label) if each.composed else ():
        leg = LEGS[place.item.form or ""]
        if leg.escrowed:
            yield at + (information.ESCROW if leg.halved else 0)
        at += leg.parts


def swap(parts: Attachments, at: int, part: bytes) -> Attachments:
    return (*parts[:at], part, *parts[at + 1 :])


@cache
def number_of(message: bytes) -> int:
    return parse(message).number


__all__ = [
    "HOLD", "INVOICE", "K1", "OTHER_K1", "WRONG_KEY", "Session", "as_initiator", "as_responder", "honest_consent",
    "honest_opening",
    "number_of", "requests", "session",
]  # fmt: skip
