"""What the story of a deal asks of every form of step, as `deal_step` does for the engine. Pure.

A step is watched from one side's record. Its class knows its messages and records; the story knows which step is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

from semper_host.commerce.evidence_proved import Proof, StepProved
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.worth import Promise

Promises = Mapping[tuple[str, str], Promise]


class Watcher(NamedTuple):
    """Who looks on: the exporter's plan, its side (buyer or seller), and the other side.

    `promises`: what was agreed on of an item that no digest fixes, by side and item ("seller", "info.course").
    """

    plan: Plan
    side: str
    peer: str
    promises: Promises = MappingProxyType({})


class Watched(Protocol):
    """One step under watch. What does not fit raises SemperError, and changes nothing but what it proves."""

    spec: StepSpec
    outcome: str
    """OPEN, until the record shows how it ended; what comes later changes it no more."""

    @property
    def names(self) -> tuple[bytes, ...]:
        """L, or the transfer's name: what links of this step carry; of several parcels each has its own."""

    def message(self, by: str, body: bytes) -> str:
        """Take a message that `by` sent, the same once more changing nothing; return what it is ("message 2")."""

    def proof(self, body: bytes) -> tuple[str, str]:
        """Take a payment system's or issuer's signed record; return its kind, and whose word it is."""

    def answer(self, body: bytes) -> str:
        """Take an answer of the trustee; return what it is."""

    def conviction(self, body: bytes) -> bool:
        """Take what is said to convict the peer, or the exporter's affidavit, if it is about this step.

        Raises PeerDeviated where it does not convict, or the record says otherwise.
        """

    def silently(self) -> str:
        """Return the outcome to which the exporter may have come from here without a word of its own, "" if none."""

    def missed(self) -> str:
        """Return for people why the step did not bring what it should, where the record shows that; else ""."""

    def why(self) -> str:
        """Return for people why the step was called off, where somebody signed a reason; else ""."""

    def proved(self, proofs: tuple[Proof, ...]) -> StepProved:
        """Return what the record proves of it."""


class Form(Protocol):
    """One form of step."""

    def begins(self, spec: StepSpec, body: bytes, /) -> bool:
        """Say whether a message can be the first of its step. Raises SemperError."""

    def begin(self, watcher: Watcher, spec: StepSpec, by: str, body: bytes, /) -> tuple[Watched, str]:
        """Return the step that this message begins, and what it is. Raises SemperError where the terms forbid it."""

    def unsaid(self, spec: StepSpec, /) -> str:
        """Return the outcome to which the exporter may come without any exhibit of the step, "" if to none."""
