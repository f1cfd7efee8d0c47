"""What can be shown: typed screens. The kernel's templates turn them into lines; nobody else draws.

Amounts are Money, times are seconds since 1970 UTC, durations seconds. Every text in a screen that comes from
outside (names, reasons, flow lines) is checked by `display_text` when the screen is rendered.
"""

from __future__ import annotations

from enum import StrEnum

from semper_host.model.encoding import Record
from semper_host.model.grants import Grant
from semper_host.model.money import Money


class Approval(Record, frozen=True, kw_only=True):
    """Asks for a mandate. The fields stand in the order in which they are shown (DESIGN §10)."""

    amount: Money | None = None
    payee: str
    """The certified name; never one that the payee merely claims."""
    fingerprint: bytes
    """SHA-256 of the payee's certified key (32 bytes)."""
    reason: str
    given_up: str
    """What the person gives up by approving, in words."""
    deadline: int
    most_at_risk: Money | None = None
    longest: int
    """The longest time until the business has ended one way or the other, in seconds."""


class TermsReview(Record, frozen=True, kw_only=True):
    """Shows terms of business before anything is run under them: who vouched for them and what they can come to."""

    service: str
    version: str
    vouched: tuple[str, ...] = ()
    """Certified names of the authorities whose evaluation counted; empty: nobody vouched."""
    flow: tuple[str, ...]
    most_at_risk: Money | None = None
    longest: int
    grants: tuple[Grant, ...] = ()


class Decision(Record, frozen=True, kw_only=True):
    """Asks whether the person decides so in a deal, which its deal key then signs."""

    deal: bytes
    peer: str
    """The certified name of the other side, empty where it has none."""
    step: str
    """The step of the terms that is decided."""
    choice: str
    others: tuple[str, ...] = ()
    """What else the terms leave."""
    by: int


class Signatory(Record, frozen=True, kw_only=True):
    """Who else signs: certified by somebody, or only called so by the party that invited."""

    name: str
    certified_by: str = ""
    fingerprint: bytes
    """SHA-256 of the key that it signs with (32 bytes)."""


class Signature(Record, frozen=True, kw_only=True):
    """Asks whether the person signs a contract with several others."""

    title: str
    text: tuple[str, ...] = ()
    """The lines of what is signed, where it is short; else it is known by its digest."""
    digest: bytes
    """SHA-256 of what is signed (32 bytes)."""
    size: int
    parties: tuple[Signatory, ...]
    trustee: str
    """The certified name of who may sign in the others' stead, once all have promised."""
    deadline: int
    latest: int
    """When it is known at the latest whether the contract binds."""


class Notice(Record, frozen=True, kw_only=True):
    """Tells something; asks for nothing."""

    title: str
    lines: tuple[str, ...]


class Where(StrEnum):
    """Where the money of a deal is."""

    PURSE = "purse"
    HELD = "held"
    PAYEE = "payee"
    RETURNING = "returning"
    UNKNOWN = "unknown"


class Acts(StrEnum):
    """Who acts next in a deal."""

    YOU = "you"
    PEER = "peer"
    BANK = "bank"
    TRUSTEE = "trustee"
    NOBODY = "nobody"


class Recovery(Record, frozen=True, kw_only=True):
    """Answers, at any moment of a deal: where is my money, who acts next, by when."""

    deal: bytes
    amount: Money | None = None
    where: Where
    holder: str = ""
    """The certified name of the bank that holds it, or of the payee that has it."""
    acts: Acts
    actor: str = ""
    """The certified name of who acts next, empty where that is the person or nobody."""
    by: int | None = None
    doing: str = ""
    """What is to be done by whoever acts next, in words."""
    things: tuple[str, ...] = ()
    """Where everything else than money is, and what was decided: a line a step."""


Screen = Approval | TermsReview | Decision | Signature | Notice | Recovery
Question = Approval | TermsReview | Decision | Signature
"""What asks."""
