"""What verified evidence proves: of whom, and of each step its items and messages. Values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from semper_host.model.money import Money
from semper_host.model.outcome import Outcome

OPEN = "open"
"""The outcome of a step that the record does not show the end of."""
PAID, BACK = ("captured", "released"), ("voided", "never held")
"""How a hold can have ended: with its payee, or with its payer."""


class Proof(NamedTuple):
    """One exhibit of a step: what it is ("message 3", "hold.captured"), whose word, SHA-256, where it stands."""

    what: str
    by: str
    digest: bytes
    place: str


class Deviation(NamedTuple):
    """Something that `by` sent and that fits nothing; it changes no outcome."""

    by: str
    what: str
    place: str


class Issued(NamedTuple):
    """Where a credential that stands in the record has its status: its issuer's key, the list's name, its place."""

    issuer: bytes
    listed: str
    place: int


@dataclass(frozen=True)
class ItemProved:
    """One item of a step, and how far the record shows that its taker has it.

    `form`: document, receipt, held, information, access or presentation; "parcel" for what is simply handed over.
    `promised`, `given`: by its giver's signed messages; `generated`: by the trustee. `ended`: the word of its
    payment system or issuer: captured, released, voided, never held, final or revoked; `at`: since when.
    `false`: its giver's own signatures prove that it is not what was promised. `receipted`: whether its taker signed
    that it came; None where no receipt is asked. `issued`: of a credential that the record shows.
    """

    giver: str
    taker: str
    family: str
    kind: str
    form: str
    promised: bool = False
    given: bool = False
    generated: bool = False
    ended: str = ""
    at: int | None = None
    false: bool = False
    amount: Money | None = None
    receipted: bool | None = None
    issued: Issued | None = None

    @property
    def gone(self) -> bool:
        """Whether it went back to its giver."""
        return self.ended in (*BACK, "revoked")

    @property
    def had(self) -> bool:
        """Whether the record shows that its taker has it, or can take it."""
        sure = self.ended in (*PAID, "final")
        return sure or ((self.given or self.generated) and not self.gone and not self.false)


@dataclass(frozen=True)
class StepProved:
    """One step. `outcome` is what the terms call it, or open; `initiator`: which side sends messages 1 and 3.

    `money` sums up the first item of money: none, held, captured, released, voided or never held.
    """

    name: str
    kind: str
    outcome: str
    label: bytes  # L, or the transfer's name
    proofs: tuple[Proof, ...]
    initiator: str
    t2: int = 0
    t_resolve: int = 0  # 0: no trustee decides
    messages: tuple[tuple[int, bytes], ...] = ()  # number, H(m)
    items: tuple[ItemProved, ...] = ()
    amount: Money | None = None
    money: str = ""
    money_at: int | None = None  # when the payment system ended the hold
    verdicts: tuple[str, ...] = ()
    decisions: tuple[bytes, ...] = ()  # SHA-256 of what the trustee signed
    escrow_false: bool = False  # the trustee, asked to resolve, found the initiator's escrow is not what it says
    contradictions: tuple[str, ...] = ()  # who signed, in this file alone, what cannot both be
    fair: str = "strong"
    words: tuple[str, ...] = ()  # of a transfer or decision: who signed what, for people


@dataclass(frozen=True)
class Known:
    """A party. `name`, `uri`, `fingerprint`, `root` are as certified; empty for a buyer, who is its deal key only."""

    role: str
    signing: bytes
    name: str = ""
    uri: str = ""
    fingerprint: bytes = b""
    root: str = ""


@dataclass(frozen=True)
class Verified:
    """What one side's file proves. `lines` say it to people."""

    deal: bytes  # D
    side: str  # whose file it is
    at: int
    outcome: Outcome
    steps: tuple[StepProved, ...]
    parties: tuple[Known, ...]
    service: str  # id and version
    service_digest: bytes
    evaluated_by: tuple[str, ...]
    basket: tuple[tuple[str, int], ...]
    total: Money
    payment: str
    deviations: tuple[Deviation, ...]
    erased: int  # exhibits whose message was erased
    exhibits: int
    head: bytes  # of the chain
    heads: frozenset[bytes]  # all that the chain ever had
    peer_heads: frozenset[bytes]  # those that the peer's messages name of its own chain
    lines: tuple[str, ...] = ()
