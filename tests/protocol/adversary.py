"""What an adversary that holds the keys of some seats, and knows every message sent, can say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from msgspec.structs import replace

from semper_host.exchange.events import Begin
from semper_host.exchange.fair_exchange import join
from semper_host.exchange.kinds import fair_purchase, payment_receipt
from semper_host.exchange.kinds.fair_purchase import ESCROW, WRAPPED
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Attachments, Message, digest_of, make, parse
from semper_host.exchange.requests import ABORT, ABORT_KIND, Abort, Request, resolve_request
from semper_host.exchange.state import Context, Role
from semper_host.model.encoding import encode
from semper_host.model.holds import CAPTURE_RIGHT, HELD, CaptureRight, Held
from tests.protocol.symbols import crypto_of, key_of, party_of
from tests.protocol.world import CONTENT_KEY, CONTRACT, GOODS, INVOICE, K1, K2, ORDER, label_for

HOLD = b"h" * 16
OTHER_K1, WRONG_KEY = b"\x03" * 32, b"\x04" * 32


@dataclass(frozen=True)
class Session:
    """One exchange: its label, the contexts of both roles, and which roles honest parties play."""

    label: Label
    initiator: Context
    responder: Context
    honest: frozenset[Role]

    @property
    def name(self) -> bytes:
        return self.initiator.case.id


def session(kind: str, honest: str, step: str = "pay") -> Session:
    """A session of `kind`; `honest` has the letters "a", "b" of the honest roles. Keys are the same in all sessions."""
    first, second = (name if name in honest else "adversary" for name in "ab")
    parties = {"initiator": party_of(first), "responder": party_of(second), "trustee": party_of("t"), "step": step}
    label = label_for(kind, **parties)
    if label.holds:
        label = replace(label, holds=(replace(label.holds[0], system=key_of("mint")),))
    roles = {"a": Role.INITIATOR, "b": Role.RESPONDER}
    initiator, _ = join(label, Role.INITIATOR, crypto_of(first))
    responder, _ = join(label, Role.RESPONDER, crypto_of(second))
    return Session(label, initiator, responder, frozenset(roles[name] for name in honest))


# --- what honest parties put in


@lru_cache
def opening(each: Session) -> Begin:
    """The honest initiator's first event."""
    match each.label.kind:
        case "contract":
            return Begin((CONTRACT,))
        case "payment-receipt":
            return Begin((INVOICE,))
    return Begin(*fair_purchase.prepare(each.initiator.case, GOODS, (CONTENT_KEY,), K1, K2))


@lru_cache
def committing(each: Session) -> Attachments:
    """The honest responder's attachments of message 2."""
    return (held(each, "mint"),) if each.label.holds else (ORDER,)


def held(each: Session, system: str, early: int = 0) -> bytes:
    """HELD, signed by `system`; `early` seconds before it may end."""
    label, terms = each.label, each.label.holds[0]
    statement = Held(
        each.name, HOLD, terms.payee, terms.amount, terms.least_expiry - early, label.responder.signing,
        label.initiator.signing, label.trustee.signing, terms.system, b"r" * 32,
    )  # fmt: skip
    return crypto_of(system).sign(encode(statement), HELD)


# --- what the adversary makes


@lru_cache
def first_messages(each: Session) -> frozenset[bytes]:
    """Message 1: right, right with another k1 (two under one label), with a wrong escrow, with a wrong wrap."""
    case, right = each.initiator.case, opening(each).attachments
    variants = [right]
    if each.label.kind == "fair-purchase":
        other, _ = fair_purchase.prepare(case, GOODS, (CONTENT_KEY,), OTHER_K1, K2)
        escrow = case.crypto.seal(case.label.trustee.sealing, WRONG_KEY, case.id)
        variants += [other, swap(right, ESCROW, escrow), swap(right, WRAPPED, b"rubbish")]
    return frozenset(make(case.crypto, 1, case.id, parts, preimage=case.preimage) for parts in variants)


@lru_cache
def as_initiator(each: Session, sent: frozenset[bytes]) -> frozenset[bytes]:
    """All the adversary says as the initiator when it knows what was `sent`."""
    case = each.initiator.case
    thirds = {
        make(case.crypto, 3, case.id, parts, previous=digest_of(m2))
        for m2 in sent
        if number_of(m2) == 2
        for parts in _releases(each)
    }
    return first_messages(each) | thirds


def _releases(each: Session) -> tuple[Attachments, ...]:
    if each.label.kind == "payment-receipt":
        terms = each.label.holds[0]
        receipt = payment_receipt.Receipt(each.name, each.label.left.digest, terms.payee, terms.amount, HOLD)
        return ((each.initiator.case.crypto.sign(encode(receipt), payment_receipt.RECEIPT),),)
    return ((),) if each.label.kind == "contract" else ((K1,), (OTHER_K1,), (WRONG_KEY,))


@lru_cache
def as_responder(each: Session, sent: frozenset[bytes], money: str) -> frozenset[bytes]:
    """All the adversary says as the responder, with the holds that it has."""
    case, made = each.responder.case, set()
    for m1 in sent:
        for parts in _commitments(each, money) if number_of(m1) == 1 else ():
            m2 = make(case.crypto, 2, case.id, parts, previous=digest_of(m1))
            fourths = (make(case.crypto, 4, case.id, right, previous=digest_of(m2)) for right in _grants(each))
            made |= {m2, *fourths}
    return frozenset(made)


def _commitments(each: Session, money: str) -> tuple[Attachments, ...]:
    """Right, in two versions; with a hold of the adversary's own bank; with one that ends too early."""
    if not each.label.holds:
        return ((ORDER,),)
    own: tuple[Attachments, ...] = ((held(each, "adversary"),),)
    if money in ("none", "refused"):
        return own
    if money.startswith("short"):
        return (*own, (held(each, "mint", early=500),))
    return (*own, (held(each, "mint"),), (held(each, "mint"), b"an order"))


def _grants(each: Session) -> tuple[Attachments, ...]:
    sign = each.responder.case.crypto.sign
    if not each.label.holds:
        return ((),)
    return tuple((sign(encode(CaptureRight(each.name, hold)), CAPTURE_RIGHT),) for hold in (HOLD, b"other"))


@lru_cache
def requests(each: Session, known: frozenset[bytes]) -> tuple[bytes, ...]:
    """All the adversary asks of the trustee: aborts with whatever key it has, resolutions, swapped escrows."""
    if len(each.honest) == len(Role):
        return ()
    made: set[bytes] = set()
    firsts = [message for message in known if number_of(message) == 1]

    for m1 in firsts:
        signed = crypto_of("adversary").sign(encode(Abort(each.name, digest_of(m1))), ABORT_KIND)
        made.add(encode(Request(ABORT, m1, abort=signed)))
        for m2 in known:
            if number_of(m2) == 2:
                made.add(resolve_request(each.initiator.rules, m1, m2))
                made |= {
                    resolve_request(each.initiator.rules, swapped, m2) for swapped in _with_swapped_escrow(each, m1)
                }
    return tuple(sorted(made))


def _with_swapped_escrow(each: Session, m1: bytes) -> Iterator[bytes]:
    """The honest initiator's message, with an escrow put in that it never made."""
    if each.label.kind == "fair-purchase" and Role.INITIATOR in each.honest:
        found = parse(m1)
        wrong = crypto_of("adversary").seal(each.label.trustee.sealing, WRONG_KEY, each.name)
        parts = tuple(wrong if at == ESCROW else part for at, part in enumerate(found.attachments))
        yield encode(Message(1, found.signed, parts, found.label))


def swap(parts: Attachments, at: int, part: bytes) -> Attachments:
    return (*parts[:at], part, *parts[at + 1 :])


@cache
def number_of(message: bytes) -> int:
    return parse(message).number
