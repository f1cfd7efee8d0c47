"""The chain of exhibits as a stranger reads it: links, signers, both sides' heads (DESIGN §6). Pure.

What the exporter recorded of itself must be flawless. What it recorded of the peer may be anything that the peer
signed: an honest side keeps also the messages that it had to refuse.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from semper_host.commerce.dispatch import (
    AFFIDAVIT,
    BANK_ROLE,
    CONVICTION,
    DEVIATION,
    EXCHANGE,
    NOTICE,
    PROOF,
    TRUSTEE_ROLE,
    VOID,
    Dispatch,
    read_dispatch,
)
from semper_host.commerce.evidence_format import Place, refuse, shown
from semper_host.commerce.plan import Plan
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.exchange.kinds.fair_purchase import Conviction
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.supporting.archive.evidence import Exhibit, link_hash, verify_chain


class Sort(StrEnum):
    """What an exhibit shows."""

    MESSAGE = "message"  # of an exchange
    PROOF = "proof"  # the payment system's signed record
    ANSWER = "answer"  # the trustee's
    CONVICTION = "conviction"  # keys under which the peer's goods are not what was promised; or an affidavit
    NOTICE = "notice"  # nothing that the terms know
    REFUSED = "refused"  # bytes that claim to be the peer's, and prove nothing
    ERASED = "erased"  # the link only


class Fact(NamedTuple):
    """One exhibit, read. `trusted`: the exporter stands for it, so a fault in it is a fault of the evidence."""

    place: Place
    sort: Sort
    role: str
    step: str
    body: bytes
    label: bytes
    trusted: bool


@dataclass
class _Reader:
    """Follows both sides' heads along the chain. `seen` is the peer's last head, `named` are the exporter's."""

    plan: Plan
    side: str
    seen: bytes | None = b""  # None after an erased message of the peer: it is not known then
    named: set[bytes] = field(default_factory=set)

    def fact(self, exhibit: Exhibit, place: Place) -> Fact:
        """Return what the exhibit shows. Raises SemperError where it can't stand where it does."""
        link, message = exhibit.evidence, exhibit.message

        def found(sort: Sort, body: bytes = b"", trusted: bool = True) -> Fact:
            return Fact(place, sort, link.role, link.step, body, link.label, trusted)

        if message is None:
            self._erased(link.role, link.previous)
            return found(Sort.ERASED)
        match link.role:
            case role if role == BANK_ROLE:
                return found(Sort.PROOF, message)
            case role if role == TRUSTEE_ROLE:
                return found(Sort.ANSWER, message)
            case role if role not in (BUYER, SELLER):
                raise PeerDeviated("EVIDENCE_INVALID", f"cannot place it: {role[:40]!r} has no part in the deal")
        mine = link.role == self.side
        if mine and link.step in (CONVICTION, AFFIDAVIT) and _is_conviction(message):
            return found(Sort.CONVICTION, message)
        try:
            dispatch = self._dispatch(exhibit, message, mine)
        except SemperError:
            if mine or link.step != DEVIATION:
                raise
            return found(Sort.REFUSED, message, trusted=False)
        sort = {EXCHANGE: Sort.MESSAGE, PROOF: Sort.PROOF}.get(dispatch.kind, Sort.NOTICE)
        if mine and sort is Sort.NOTICE:
            raise PeerDeviated("EVIDENCE_INVALID", f"cannot place it: the exporter never sends {dispatch.kind[:40]!r}")
        return found(sort, dispatch.body, trusted=mine)

    def _dispatch(self, exhibit: Exhibit, message: bytes, mine: bool) -> Dispatch:
        """Return the dispatch in `message`, signed by whom its link names, in line with both sides' heads."""
        link, plan = exhibit.evidence, self.plan
        signer = plan.me.signing if mine else plan.peer.signing
        dispatch = read_dispatch(plan.crypto.open, message, plan.deal, signer)
        if (dispatch.step or NOTICE) != link.step:
            raise PeerDeviated("EVIDENCE_INVALID", "cannot place it: it belongs to another step than its link says")
        if mine:
            if dispatch.head != link.previous or self.seen not in (None, dispatch.seen):
                raise PeerDeviated("EVIDENCE_INVALID", "cannot place it: it was signed over another record than this")
            self.named.add(dispatch.head)
        elif dispatch.seen and dispatch.seen not in self.named:
            raise PeerDeviated("EVIDENCE_INVALID", "cannot place it: its sender saw another record than this")
        elif dispatch.kind != VOID:  # which goes out unrecorded, in the place of what is overdue
            self.seen = dispatch.head
        return dispatch

    def _erased(self, role: str, previous: bytes) -> None:
        if role == self.side:
            self.named.add(previous)
        elif role in (BUYER, SELLER):
            self.seen = None


def read_chain(
    plan: Plan, side: str, exhibits: Sequence[Exhibit], places: Sequence[Place], hello: bytes, agreement: bytes
) -> Iterator[Fact]:
    """Yield what each exhibit after hello and agreement shows, once all links fit.

    `plan` is the exporter's. Raises PeerDeviated (EVIDENCE_INVALID) naming the exhibit and its bytes.
    """
    _check_links(plan.deal, exhibits, places)
    for at, (role, step, message) in enumerate(((BUYER, "hello", hello), (SELLER, "agreement", agreement))):
        if at >= len(exhibits):
            refuse(places[-1] if places else Place("its end", 0, 0), f"the {step} is not in the record")
        link = exhibits[at].evidence
        if (link.role, link.step) != (role, step) or exhibits[at].message not in (message, None):
            refuse(places[at], f"here the record must hold the {step} that the deal began with")
    reader = _Reader(plan, side)
    for exhibit, place in list(zip(exhibits, places, strict=True))[2:]:
        link = exhibit.evidence
        named = place._replace(name=f"{place.name} ({shown(link.role, 20)}, {shown(link.step, 40)})")
        try:
            yield reader.fact(exhibit, named)
        except SemperError as error:
            refuse(named, error.message, exhibit.message or b"")


def heads(exhibits: Sequence[Exhibit]) -> frozenset[bytes]:
    """Return every head that this chain ever had."""
    return frozenset(link_hash(exhibit.evidence) for exhibit in exhibits)


def named_heads(plan: Plan, exhibits: Sequence[Exhibit], side: str) -> frozenset[bytes]:
    """Return the heads of its own chain that the peer of `side` named in dispatches of this checked chain."""
    found = set()
    for exhibit in exhibits:
        if exhibit.message is not None and exhibit.evidence.role not in (side, BANK_ROLE, TRUSTEE_ROLE):
            with suppress(SemperError):  # the hello or agreement, or what was refused
                found.add(read_dispatch(plan.crypto.open, exhibit.message, plan.deal, plan.peer.signing).head)
    return frozenset(found - {b""})


def digest_of(fact: Fact) -> bytes:
    """Return SHA-256 of what an exhibit shows, to name it by."""
    return sha256(fact.body).digest()


def _check_links(deal: bytes, exhibits: Sequence[Exhibit], places: Sequence[Place]) -> None:
    """Check the hash chain; where it breaks, find the first exhibit that does not fit."""

    def broken(count: int) -> str:
        try:
            verify_chain(deal, exhibits[:count])
        except PeerDeviated as error:
            return error.message
        return ""

    cause = broken(len(exhibits))
    if cause:
        first = bisect_left(range(1, len(exhibits) + 1), True, key=lambda count: bool(broken(count)))
        refuse(places[first], cause.removeprefix("cannot accept the evidence at "))


def _is_conviction(message: bytes) -> bool:
    """Say whether it has the form of a conviction, which is that of an affidavit too: a name, and two byte strings."""
    try:
        Conviction.decode(message)
    except MalformedEncoding:
        return False
    return True
