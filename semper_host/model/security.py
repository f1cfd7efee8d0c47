"""Security attributes: what an inner node of a container asks of whoever hands it on (DESIGN §6; the paper's III.A)."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from semper_host.model.encoding import Record

Level = TypeVar("Level", bound=StrEnum)

KEY_SIZE = 32
MAX_PARTIES = 16
"""Parties at most that one node keeps its content for."""


class Receipt(StrEnum):
    """What the recipient can't deny later: nothing, having the bytes, or having the content."""

    NONE = "none"
    RECEIVED = "received"
    OPENED = "opened"


class Fairness(StrEnum):
    """What holds if the other side stops midway: nothing, evidence for a dispute, or both items or neither."""

    NONE = "none"
    WEAK = "weak"
    STRONG = "strong"


class Security(Record, frozen=True):
    """What is asked for a node and everything below it. Every field is always written, so each value has one form.

    `confidential` names parties by their sealing keys (X25519, 32 bytes each), ascending, each once; empty means
    that anybody may read. `anonymous`: the sender is known by the deal's key alone, never by a certificate.
    """

    origin: bool
    receipt: Receipt
    confidential: tuple[bytes, ...]
    anonymous: bool
    fairness: Fairness

    def __post_init__(self) -> None:
        if not self.confidential:
            return
        if len(self.confidential) > MAX_PARTIES:
            raise ValueError(f"content is kept for at most {MAX_PARTIES} parties")
        if any(len(key) != KEY_SIZE for key in self.confidential):
            raise ValueError("a party's sealing key has 32 bytes")
        if list(self.confidential) != sorted(set(self.confidential)):
            raise ValueError("parties are named once each, in ascending order")

    def within(self, outer: Security) -> Security:
        """Return what holds for this node inside one for which `outer` holds: the stronger of each attribute.

        The parties are the innermost ones named: `narrows` says whether they may be.
        """
        return Security(
            self.origin or outer.origin,
            _stronger(self.receipt, outer.receipt),
            self.confidential or outer.confidential,
            self.anonymous or outer.anonymous,
            _stronger(self.fairness, outer.fairness),
        )

    def narrows(self, outer: tuple[bytes, ...]) -> bool:
        """Say whether a node with these attributes may stand where content is for `outer` (empty: for anybody)."""
        return not outer or set(self.confidential) <= set(outer)


def make_security(
    *, origin: bool = False, receipt: Receipt = Receipt.NONE, confidential: tuple[bytes, ...] = (),
    anonymous: bool = False, fairness: Fairness = Fairness.NONE,
) -> Security:  # fmt: skip
    """Return these attributes, the parties brought into order. Raises ValueError for a key of another length."""
    return Security(origin, receipt, tuple(sorted(set(confidential))), anonymous, fairness)


NOTHING = make_security()
"""No attribute asked."""


def _stronger(one: Level, other: Level) -> Level:
    return max(one, other, key=list(type(one)).index)
