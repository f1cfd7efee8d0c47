"""Composed exchanges: every row of DESIGN's table, and packages, made of one leg an item.

    m1   the promises of the initiator's items; where information is among the items, the second half of its keys
    m2   the promises of the responder's items; where one is in escrow, the trustee's certificate that it is good
    m3   what gives the initiator's items     m4   what gives the responder's
    the trustee can open escrows, release money, stand in for signatures

The certificate is why the initiator may give first: it can't open an escrow itself, and would lose its item to a bad
one (docs/adr/0009). The responder needs none: it gives only after message 3, and a bad escrow ends in VOID.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semper_host.exchange.case import Case, Final, Gains, Generated, Progress, Rules
from semper_host.exchange.escrows import check_certificate
from semper_host.exchange.labels import Label
from semper_host.exchange.legs import LEGS, held
from semper_host.exchange.legs.leg import Leg, Promise, promise_of
from semper_host.exchange.messages import Attachments, Opened
from semper_host.exchange.places import Place, lefts, rights
from semper_host.exchange.primitives import DIGEST_SIZE, KEY_SIZE, digest
from semper_host.model.encoding import Record, decode, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.items import Family

Legged = tuple[Place, Leg]


class Half(Record, frozen=True):
    """SHA-256 of k2, and k2 sealed to the responder."""

    hash: bytes
    sealed: bytes


class Own(Record, frozen=True):
    """What one side keeps to itself: for each of its items what gives it (b"" where a signature does), and k2."""

    secrets: tuple[bytes, ...]
    half: bytes = b""


@dataclass(frozen=True, slots=True)
class Composition:
    """The legs of one label. Its methods are the functions of `Rules`."""

    kind: str
    left: tuple[Legged, ...]
    right: tuple[Legged, ...]

    @property
    def halved(self) -> bool:
        """Whether message 1 carries the second half of the information's keys."""
        return any(leg.halved for _, leg in (*self.left, *self.right))

    @property
    def certified(self) -> bool:
        """Whether message 2 carries the trustee's certificate."""
        return any(leg.escrowed for _, leg in self.right)

    def check_offer(self, case: Case, m1: Opened) -> None:
        """Message 1 must promise exactly the initiator's items."""
        for (place, leg), promise in _split(self.left, m1.attachments, m1.digests, extra=self.halved):
            leg.check(case, place, promise)

    def check_m1(self, case: Case, m1: Opened) -> bytes:
        """Check message 1 as the responder, the second half included."""
        self.check_offer(case, m1)
        if self.halved:
            half_from(case, m1.part(len(m1.digests) - 1))
        return b""

    def check_m2(self, case: Case, m2: Opened) -> bytes:
        """Message 2 must promise exactly the responder's items, and prove that what is in escrow can be had."""
        for (place, leg), promise in _split(self.right, m2.attachments, m2.digests, extra=self.certified):
            leg.check(case, place, promise)
        if self.certified:
            check_certificate(case, m2.part(len(m2.digests) - 1), m2.digests[:-1])
        return b""

    def make_m3(self, case: Case, progress: Progress) -> Attachments:
        """Give the initiator's items."""
        return _give(case, self.left, progress.m1, progress.secret)

    def check_m3(self, case: Case, progress: Progress, given: Attachments) -> Gains:
        """Return the responder's gains from what message 3 gives."""
        return self._take(case, self.left, _promises(self.left, progress.m1), self._known_half(case, progress), given)

    def make_m4(self, case: Case, progress: Progress) -> Attachments:
        """Give the responder's items."""
        return _give(case, self.right, progress.m2, progress.secret)

    def check_m4(self, case: Case, progress: Progress, given: Attachments) -> Gains:
        """Return the initiator's gains from what message 4 gives."""
        half = Own.decode(progress.secret).half if progress.secret else b""
        return self._take(case, self.right, _promises(self.right, progress.m2), half, given)

    def generate(self, case: Case, m1: Opened, m2: Opened) -> Generated:
        """Open all escrows and seal what is in them to whom it is for, or say why not."""
        label = case.label
        try:
            sealed = _open_all(case, self.left, m1)
            back = _open_all(case, self.right, m2)
        except PeerDeviated as error:
            return Generated(why=error.message.removeprefix("cannot exchange: "))
        return Generated(
            b"" if sealed is None else case.crypto.seal(label.responder.sealing, sealed, case.id),
            back=None if back is None else case.crypto.seal(label.initiator.sealing, back, case.id),
        )

    def claim(self, case: Case, progress: Progress, key: bytes) -> Gains:
        """Return the responder's gains from what was in the initiator's escrows."""
        promises = _promises(self.left, progress.m1)
        return self._claim(case, self.left, promises, self._known_half(case, progress), key)

    def claim_back(self, case: Case, progress: Progress, m2: Opened, key: bytes) -> Gains:
        """Return the initiator's gains from what was in the responder's escrows; the trustee may relay message 2."""
        own = Own.decode(progress.secret)
        split = _split(self.right, m2.attachments, m2.digests, extra=self.certified)
        return self._claim(case, self.right, tuple(promise for _, promise in split), own.half, key)

    def check_escrows(self, case: Case, promised: Opened) -> None:
        """Check the responder's promises as the trustee that is asked to certify them, and open its escrows."""
        for (place, leg), promise in _split(self.right, promised.attachments, promised.digests, extra=False):
            if leg.escrowed:
                leg.check(case, place, promise)
        _open_all(case, self.right, promised)

    def hold_ids(self, case: Case, m1: Opened, m2: Opened) -> tuple[bytes, ...]:
        """Return the ids of the label's holds, in order."""
        both = (
            *_split(self.left, m1.attachments, m1.digests, extra=self.halved),
            *_split(self.right, m2.attachments, m2.digests, extra=self.certified),
        )
        return tuple(held.hold_of(case, place, promise) for (place, _), promise in both if place.hold is not None)

    def finals(self, case: Case, m3: Attachments) -> tuple[Final, ...]:
        """Return what the responder brings to each keeper of the initiator's items."""
        label, found = case.label, []
        for (place, _), given in zip(self.left, m3, strict=True):
            if place.hold is not None:
                found.append(Final(label.holds[place.hold].system, given))
            elif place.revocable and place.item.status is not None:
                found.append(Final(place.item.status.issuer, given))
        return tuple(found)

    def _known_half(self, case: Case, progress: Progress) -> bytes:
        return half_from(case, progress.m1[-1]) if self.halved else b""

    def _take(
        self, case: Case, legs: tuple[Legged, ...], promises: tuple[Promise, ...], half: bytes, given: Attachments
    ) -> Gains:
        if len(given) != len(legs):
            raise PeerDeviated("PEER_DEVIATED", "cannot accept the items: some are missing, or there are too many")
        gains: Gains = ()
        for (place, leg), promise, each in zip(legs, promises, given, strict=True):
            gains += leg.take(case, place, promise, half, each)
        return gains

    def _claim(
        self, case: Case, legs: tuple[Legged, ...], promises: tuple[Promise, ...], half: bytes, key: bytes
    ) -> Gains:
        escrowed = [(legged, promise) for legged, promise in zip(legs, promises, strict=True) if legged[1].escrowed]
        given = decode(key)
        if not isinstance(given, list) or not all(isinstance(each, bytes) for each in given):
            raise PeerDeviated("PEER_DEVIATED", "cannot use the trustee's answer: its keys are malformed")
        kept = tuple(legged for legged, _ in escrowed)
        return self._take(case, kept, tuple(promise for _, promise in escrowed), half, tuple(given))


def compose(label: Label, fits: Callable[[tuple[Place, ...], tuple[Place, ...]], bool]) -> Rules:
    """Return the rules of a composed exchange with this label, whose items `fits` must allow. Raises PeerDeviated."""
    left, right = _legs(lefts(label)), _legs(rights(label))
    money = [place for place, _ in (*left, *right) if place.hold is not None]
    if not fits(lefts(label), rights(label)) or len(money) != len(label.holds):
        raise PeerDeviated("PEER_DEVIATED", f"cannot join the exchange: its items are not those of a {label.kind}")
    for place, leg in (*left, *right):
        leg.check_item(label, place)
    return _rules(Composition(label.kind, left, right), label)


def promised(label: Label, number: int, message: Opened) -> tuple[tuple[Place, Leg, Promise], ...]:
    """Return each item that message `number` (1 or 2) promises, with its leg and what promises it.

    Of a checked message of a composed exchange; what it carries besides is left out.
    """
    legs = _legs(lefts(label) if number == 1 else rights(label))
    parts = sum(leg.parts for _, leg in legs)
    split = _split(legs, message.attachments[:parts], message.digests[:parts], extra=False)
    return tuple((place, leg, promise) for (place, leg), promise in split)


def half_for(case: Case, half: bytes) -> bytes:
    """Return the attachment that ends message 1 where information is exchanged: `half` is k2, fresh. Seals."""
    return encode(Half(digest(half), case.crypto.seal(case.label.responder.sealing, half, case.id)))


def half_from(case: Case, part: bytes) -> bytes:
    """Return k2 from what ends message 1, as the responder. Raises PeerDeviated (ESCROW_INVALID) if it is another."""
    half = Half.decode(part)
    opened = case.crypto.unseal(half.sealed, case.id)
    if len(opened) != KEY_SIZE or len(half.hash) != DIGEST_SIZE or digest(opened) != half.hash:
        raise PeerDeviated("ESCROW_INVALID", "cannot exchange: the second half of the keys is not the one promised")
    return opened


def half_hash_in(m1: Opened) -> bytes:
    """Return SHA-256 of k2 from a checked message 1 of an exchange with information."""
    return Half.decode(m1.part(len(m1.digests) - 1)).hash


def _rules(legs: Composition, label: Label) -> Rules:
    revocable = any(place.revocable for place, _ in legs.left)
    only_money = len(label.holds) == 1 and len(legs.right) == 1 and label.right.family == Family.MONEY
    every = (*legs.left, *legs.right)
    return Rules(
        kind=legs.kind, keyed=any(leg.escrowed for _, leg in legs.left),
        substitutes=any(leg.substituted for _, leg in every),
        shown1=_shown(legs.left, certificate=False), shown2=_shown(legs.right, certificate=legs.certified),
        check_label=lambda label: None, check_offer=legs.check_offer, check_m1=legs.check_m1, check_m2=legs.check_m2,
        make_m3=legs.make_m3, check_m3=legs.check_m3, make_m4=legs.make_m4, check_m4=legs.check_m4,
        generate=legs.generate, claim=legs.claim, keyed_back=legs.certified, claim_back=legs.claim_back,
        settles=only_money, hold_ids=legs.hold_ids, finals=legs.finals if revocable else None,
        check_escrows=legs.check_escrows if legs.certified else None,
    )  # fmt: skip


def _legs(places: tuple[Place, ...]) -> tuple[Legged, ...]:
    found = []
    for place in places:
        leg = LEGS.get(place.item.form or "")
        if leg is None or leg.family != place.item.family:
            what = f"{place.item.family}.{place.item.kind}"
            raise PeerDeviated("PEER_DEVIATED", f"cannot join the exchange: {what} does not say how it is handed over")
        found.append((place, leg))
    return tuple(found)


def _split(
    legs: tuple[Legged, ...], parts: tuple[bytes | None, ...], digests: tuple[bytes, ...], *, extra: bool
) -> list[tuple[Legged, Promise]]:
    """Return each leg with its attachments. Raises PeerDeviated if there are too few or too many."""
    if len(parts) != sum(leg.parts for _, leg in legs) + extra:
        raise PeerDeviated("PEER_DEVIATED", "cannot exchange: something that was to be promised is missing")
    found, at = [], 0
    for place, leg in legs:
        found.append(((place, leg), Promise(parts[at : at + leg.parts], digests[at : at + leg.parts])))
        at += leg.parts
    return found


def _promises(legs: tuple[Legged, ...], parts: Attachments) -> tuple[Promise, ...]:
    """Return the promises in a message that was checked before."""
    at, found = 0, []
    for _, leg in legs:
        found.append(promise_of(parts[at : at + leg.parts]))
        at += leg.parts
    return tuple(found)


def _give(case: Case, legs: tuple[Legged, ...], parts: Attachments, secret: bytes) -> Attachments:
    secrets = Own.decode(secret).secrets if secret else (b"",) * len(legs)
    if len(secrets) != len(legs):
        raise UsageError("USAGE_INVALID", "cannot give the items: what gives them was not kept")
    triples = zip(legs, _promises(legs, parts), secrets, strict=True)
    return tuple(leg.give(case, place, promise, each) for (place, leg), promise, each in triples)


def _open_all(case: Case, legs: tuple[Legged, ...], message: Opened) -> bytes | None:
    at, found = 0, []
    for place, leg in legs:
        if leg.escrowed:
            promise = Promise(message.attachments[at : at + leg.parts], message.digests[at : at + leg.parts])
            found.append(leg.open(case, place, promise))
        at += leg.parts
    return encode(found) if found else None


def _shown(legs: tuple[Legged, ...], *, certificate: bool) -> frozenset[int]:
    at, found = 0, set()
    for place, leg in legs:
        shown = leg.shown if place.first or leg.shown_back is None else leg.shown_back
        found |= {at + index for index in shown}
        at += leg.parts
    return frozenset(found | ({at} if certificate else set()))
