"""Contract signing for three and more: everybody's promise, then everybody's confirmation, under one L.

    1  every party, to the initiator, who passes all on    Sig(1, L, document)        its promise
    3  every party that has all promises, until t2         Sig(3, L)                  its confirmation
    the trustee can sign instead of missing confirmations, once it has seen every promise

Binding are all confirmations, or the trustee's substitute. Nobody can abort: see docs/adr/0009. The trustee resolves
until t_resolve, by its clock, for whoever brings all promises, and from then on tells everybody that it never will.
The step function of a party is in `exchange.joint_contract`; these are the rules as the trustee needs them.
"""

from __future__ import annotations

from typing import NoReturn

from semper_host.exchange.case import Case, Generated, Rules
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Opened, read
from semper_host.exchange.requests import RESOLVE, Request
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

KIND = "joint-contract"
LEAST = 3
"""Parties at least; two sign by the kind `contract`, where the initiator may abort."""


def rules_of(label: Label) -> Rules:
    """Return the rules for this label. Raises PeerDeviated if it is no contract of three or more."""
    items = [label.left, label.right, *(seat.item for seat in label.others or ())]
    alone = label.and_left is None and label.and_right is None and not label.holds
    if len(label.parties) < LEAST or not alone or any(item.family != Family.STATEMENT for item in items):
        raise PeerDeviated("PEER_DEVIATED", "cannot sign the contract: its items are not a statement of each party")
    return _RULES


def documents(label: Label) -> tuple[bytes, ...]:
    """Return the digest of each party's document, in the order of the parties."""
    return (label.left.digest, label.right.digest, *(seat.item.digest for seat in label.others or ()))


def check_promise(case: Case, data: bytes, number: int) -> Opened:
    """Return the promise of party `number` (0 is the initiator), elided or not. Raises PeerDeviated."""
    opened = read(case.crypto, data, 1, case.id, case.label.parties[number].signing, elided=True)
    if opened.digests != (documents(case.label)[number],):
        raise PeerDeviated("PEER_DEVIATED", "cannot sign the contract: it is not the one agreed on")
    return opened


def complete(case: Case, asked: Request) -> bool:
    """Say whether a request brings every promise. Raises PeerDeviated if it is malformed or one is forged."""
    if asked.kind != RESOLVE or asked.m2 is not None or asked.abort is not None or asked.more is None:
        raise PeerDeviated("PEER_DEVIATED", "cannot judge: a contract of several parties can only be resolved")
    check_promise(case, asked.m1, 0)
    if len(asked.more) != len(case.label.parties) - 1:
        raise PeerDeviated("PEER_DEVIATED", "cannot judge: the request has not one place for each further party")
    for number, promise in enumerate(asked.more, 1):
        if promise is not None:
            check_promise(case, promise, number)
    return all(promise is not None for promise in asked.more)


def _check_offer(case: Case, m1: Opened) -> None:
    if m1.digests != documents(case.label)[:1]:
        raise PeerDeviated("PEER_DEVIATED", "cannot sign the contract: it is not the one agreed on")


def _not_here(*arguments: object) -> NoReturn:
    raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot join the exchange: a contract of several parties goes otherwise")


_RULES = Rules(
    kind=KIND, keyed=False, substitutes=True, shown1=frozenset(), shown2=frozenset(), check_label=lambda label: None,
    check_offer=_check_offer, check_m1=_not_here, check_m2=_not_here, make_m3=_not_here, check_m3=_not_here,
    make_m4=_not_here, check_m4=_not_here, generate=lambda case, m1, m2: Generated(), claim=_not_here,
    complete=complete,
)  # fmt: skip
