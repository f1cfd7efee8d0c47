"""One exchange as its participants see it, and the shape of the rules that each kind of exchange adds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Attachments, Opened
from semper_host.exchange.primitives import Crypto

if TYPE_CHECKING:
    from semper_host.exchange.requests import Request


@dataclass(frozen=True, slots=True)
class Case:
    """A checked label, its exact bytes, L, and what this participant can do with its keys."""

    label: Label
    preimage: bytes
    id: bytes  # L, 32 bytes
    crypto: Crypto


@dataclass(frozen=True, slots=True)
class Progress:
    """What a party holds when messages 3 and 4 come: the attachments of 1 and 2, its secret, the hold's id."""

    m1: Attachments
    m2: Attachments
    secret: bytes
    hold: bytes


@dataclass(frozen=True, slots=True)
class Generated:
    """What the trustee can put in place of missing items, or `why` not.

    `sealed` is the initiator's key, sealed to the responder; `back` the responder's, sealed to the initiator.
    """

    sealed: bytes = b""
    why: str = ""
    back: bytes | None = None


Gains = tuple[Token, ...]


class Final(NamedTuple):
    """What the responder brings to the payment system or issuer with signing key `keeper`, to have an item final."""

    keeper: bytes
    proof: bytes


def _no_claim(case: Case, progress: Progress, m2: Opened, key: bytes) -> Gains:
    return ()


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one kind of exchange. Every check raises PeerDeviated; every function is pure.

    `shown1` and `shown2` say which attachments of messages 1 and 2 the trustee needs to see; the others are
    elided from what it gets.
    """

    kind: str
    keyed: bool  # the trustee hands a key to the responder
    substitutes: bool  # the trustee signs in place of missing statements
    shown1: frozenset[int]
    shown2: frozenset[int]
    check_label: Callable[[Label], None]
    check_offer: Callable[[Case, Opened], None]  # m1, as far as the trustee sees it
    check_m1: Callable[[Case, Opened], bytes]  # m1, as the responder sees it -> the responder's secret
    check_m2: Callable[[Case, Opened], bytes]  # m2, as the initiator and the trustee see it -> the hold's id
    make_m3: Callable[[Case, Progress], Attachments]
    check_m3: Callable[[Case, Progress, Attachments], Gains]  # -> what the responder gains
    make_m4: Callable[[Case, Progress], Attachments]
    check_m4: Callable[[Case, Progress, Attachments], Gains]  # -> what the initiator gains
    generate: Callable[[Case, Opened, Opened], Generated]  # trustee, resolving
    claim: Callable[[Case, Progress, bytes], Gains]  # responder: from the key that the trustee sealed to it
    keyed_back: bool = False  # the trustee hands a key to the initiator
    claim_back: Callable[[Case, Progress, Opened, bytes], Gains] = _no_claim  # initiator: from that key
    settles: bool = True  # how the one hold ended says how the exchange ended
    hold_ids: Callable[[Case, Opened, Opened], tuple[bytes, ...]] | None = None  # where there is not exactly one hold
    check_escrows: Callable[[Case, Opened], None] | None = None  # trustee, asked to certify the responder's escrows
    complete: Callable[[Case, Request], bool] | None = None  # several parties: whether all promises are there
    finals: Callable[[Case, Attachments], tuple[Final, ...]] | None = None  # of message 3: to be final before message 4
