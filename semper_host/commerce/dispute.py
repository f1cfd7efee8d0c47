"""Disputes: verified evidence of one or both sides and what is claimed, in; who deviated, out (DESIGN §7). Pure.

Only signatures convict. What one side says against the other without them is undecidable, and so is a bundle that
was stopped for want of time or memory. That nobody deviated is a verdict too: then the record answers the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from semper_host.commerce.evidence_exchange import MESSAGES
from semper_host.commerce.evidence_report import StepProved, Verified
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.model.errors import UsageError

NOBODY = ""
PAID = ("captured", "released")


class ClaimKind(StrEnum):
    """What can be claimed."""

    NOT_DELIVERED = "not delivered"  # by the buyer: the money is gone, and there is no key
    CONTENT_FALSE = "content false"  # by the buyer: the key does not open the goods that were promised
    NOT_PAID = "not paid"  # by the seller: the key is gone, and there is no money
    STOPPED = "stopped"  # by either: the other's bundle exceeded its time or memory


class Claim(NamedTuple):
    """What `by` (BUYER or SELLER) says happened, in `step`, or in the step that pays."""

    by: str
    kind: ClaimKind
    step: str = ""


@dataclass(frozen=True)
class Verdict:
    """`deviated`: buyer, seller, bank, trustee or NOBODY, also where not `decided`; `why` is for people."""

    decided: bool
    deviated: str
    why: str


def judge(files: Sequence[Verified], claims: Claim | Sequence[Claim]) -> Verdict:
    """Return the verdict on `claims` by the evidence of one or both sides of one deal.

    Raises UsageError (USAGE_INVALID) for files of several deals, two of one side, or none.
    """
    _check(files)
    heard = [claims] if isinstance(claims, Claim) else list(claims)
    signed = next(_self_convicted(files), None)
    if signed is not None:
        return signed
    findings = [_find(files, claim) for claim in heard]
    guilty = {finding.deviated for finding in findings if finding.decided} - {NOBODY}
    if len(guilty) > 1:
        return _undecidable("the claims contradict each other, and the evidence supports both")
    for finding in findings:
        if finding.decided and finding.deviated in guilty:
            return finding
    open_ones = [finding for finding in findings if not finding.decided]
    if open_ones:
        return open_ones[0]
    return findings[0] if findings else Verdict(True, NOBODY, "nothing is claimed, and the record shows no deviation")


def _check(files: Sequence[Verified]) -> None:
    if not files or len({each.deal for each in files}) != 1 or len({each.side for each in files}) != len(files):
        message = "cannot judge: give the evidence of one deal, one file a side"
        raise UsageError("USAGE_INVALID", message)


def _self_convicted(files: Sequence[Verified]) -> Iterator[Verdict]:
    """Yield whoever signed two things that cannot both be: between two files of one deal, or within one."""
    for one in files:
        for step in one.steps:
            for who in step.contradictions:
                yield Verdict(True, who, f"the {who} signed two things in step {step.name} that exclude each other")
    steps = [{step.name: step for step in each.steps} for each in files]
    for name in steps[0].keys() & steps[-1].keys():
        first, second = steps[0][name], steps[-1][name]
        known = dict(second.messages)
        for number, digest in first.messages:
            if known.get(number, digest) != digest:
                who = _sender(first, number)
                yield Verdict(True, who, f"the {who} signed two different messages {number} in step {name}")


def _find(files: Sequence[Verified], claim: Claim) -> Verdict:
    """Return what the evidence says of one claim."""
    if claim.kind is ClaimKind.STOPPED:
        return _undecidable("a bundle that exceeds its time or memory proves nothing about anybody")
    if _hides(files, claim.by):
        why = f"the {claim.by}'s evidence does not hold all that it had recorded when it signed; export it anew"
        return _undecidable(why)
    step = _merged(files, claim.step)
    if step is None:
        return _undecidable("the record shows no such step")
    alone = len(files) == 1
    if step.escrow_false:
        return Verdict(True, SELLER, "the trustee found that the seller's escrow does not hold the key it promises")
    match claim.kind:
        case ClaimKind.CONTENT_FALSE:
            return _content_false(step)
        case ClaimKind.NOT_DELIVERED:
            return _not_delivered(step, alone)
    return _not_paid(step, alone)


def _content_false(step: StepProved) -> Verdict:
    if step.convicted:
        return Verdict(True, SELLER, "the seller's own keys do not open what it sold to what it promised")
    return _undecidable("the record holds no keys under which the goods are not what was promised")


def _not_delivered(step: StepProved, alone: bool) -> Verdict:
    if step.convicted:
        return Verdict(True, SELLER, "what the seller delivered does not open to what it promised")
    if step.key_shown:
        return Verdict(True, NOBODY, "the key was released: it stands in the record and fits the hash signed before")
    if step.key_released:
        return Verdict(True, NOBODY, "the key was handed over, sealed to the buyer, when the money was released")
    if step.money in ("voided", "never held"):
        return Verdict(True, NOBODY, "the money went back to the buyer: nothing was owed for it")
    if step.money in PAID:
        return _undecidable("the money was paid and no key is shown; the payment system must show by what right")
    return _unsettled(step, alone)


def _not_paid(step: StepProved, alone: bool) -> Verdict:
    if step.money in PAID:
        return Verdict(True, NOBODY, f"the money was {step.money} for the seller, as the payment system signed")
    granted = MESSAGES in dict(step.messages)
    if step.money in ("voided", "never held"):
        if granted:
            return _undecidable("the buyer granted the money, and it went back before it was collected")
        if not step.key_shown:
            return Verdict(True, NOBODY, "the money went back, and no key was released for it")
        return _undecidable("the key is shown and the money went back; who came late is not in the record")
    if granted:
        return Verdict(True, NOBODY, "the buyer granted the right to capture: it stands in the record, to be used")
    return _unsettled(step, alone)


def _unsettled(step: StepProved, alone: bool) -> Verdict:
    if step.money == "held":
        return _undecidable(f"the exchange is not over: the trustee resolves it until second {step.t_resolve}")
    other = "; the other side's evidence may say more" if alone else ""
    return _undecidable(f"the record shows no money held in this step{other}")


def _merged(files: Sequence[Verified], name: str) -> StepProved | None:
    """Return what all files together prove of a step: the one named, else the one that pays."""
    found = [step for each in files for step in each.steps if (step.name == name if name else step.amount is not None)]
    if not found:
        return None
    best = max(found, key=lambda step: (step.money in PAID, step.money == "voided", len(step.messages)))
    merged = {
        field: any(getattr(step, field) for step in found)
        for field in ("key_shown", "key_released", "escrow_false", "convicted")
    }
    messages = tuple(sorted({pair for step in found if step.label == best.label for pair in step.messages}))
    return StepProved(**{**best.__dict__, **merged, "messages": messages})


def _hides(files: Sequence[Verified], side: str) -> bool:
    """Say whether the other's file shows that `side`, when it signed, had a record that its own file does not have."""
    own = next((each for each in files if each.side == side), None)
    other = next((each for each in files if each.side != side), None)
    return own is not None and other is not None and not other.peer_heads <= own.heads


def _sender(step: StepProved, number: int) -> str:
    other = BUYER if step.initiator == SELLER else SELLER
    return step.initiator if number % 2 else other


def _undecidable(why: str) -> Verdict:
    return Verdict(False, NOBODY, f"undecidable: {why}")
