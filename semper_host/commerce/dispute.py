"""Disputes: verified evidence of one or both sides and what is claimed, in; who deviated, out (DESIGN §7). Pure.

Only signatures convict. What one side says against the other without them is undecidable, and so is a bundle that
was stopped for want of time or memory. That nobody deviated is a verdict too: then the record answers the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from semper_host.commerce.dispute_findings import NOBODY, Heard, Verdict, find, undecidable
from semper_host.commerce.dispute_status import as_shown, broken_promises, read_lists
from semper_host.commerce.evidence_merged import merged, named_twice
from semper_host.commerce.evidence_proved import ItemProved, StepProved, Verified
from semper_host.model.credentials import StatusList
from semper_host.model.errors import UsageError

__all__ = ["NOBODY", "Claim", "ClaimKind", "Verdict", "judge"]


class ClaimKind(StrEnum):
    """What can be claimed, by either side of an exchange."""

    NOT_DELIVERED = "not delivered"  # what was ours is gone, and there is no key, credential or document
    CONTENT_FALSE = "content false"  # the key does not open the goods that were promised
    NOT_PAID = "not paid"  # what was ours is gone, and there is no money
    REVOKED = "revoked"  # a credential was revoked although it was paid for
    NO_RECEIPT = "no receipt"  # what was ours was taken, and no receipt is given
    STOPPED = "stopped"  # the other's bundle exceeded its time or memory


class Claim(NamedTuple):
    """What `by` (BUYER or SELLER) says happened, in `step`, or in any step that it can be about."""

    by: str
    kind: ClaimKind
    step: str = ""


def judge(files: Sequence[Verified], claims: Claim | Sequence[Claim], lists: Sequence[bytes] = ()) -> Verdict:
    """Return the verdict on `claims` by the evidence of one or both sides of one deal.

    `lists` are issuers' signed status lists, if any bear on it. Raises UsageError (USAGE_INVALID) for files of several
    deals, two of one side, or none.
    """
    _check(files)
    heard, statuses = [claims] if isinstance(claims, Claim) else list(claims), read_lists(lists)
    signed = next(chain(_self_convicted(files), broken_promises(files, statuses)), None)
    if signed is not None:
        return signed
    findings = [_answer(files, claim, statuses) for claim in heard]
    guilty = {finding.deviated for finding in findings if finding.decided} - {NOBODY}
    if len(guilty) > 1:
        return undecidable("the claims contradict each other, and the evidence supports both")
    return _heaviest(findings) or Verdict(True, NOBODY, "nothing is claimed, and the record shows no deviation")


def _check(files: Sequence[Verified]) -> None:
    if not files or len({each.deal for each in files}) != 1 or len({each.side for each in files}) != len(files):
        message = "cannot judge: give the evidence of one deal, one file a side"
        raise UsageError("USAGE_INVALID", message)


def _self_convicted(files: Sequence[Verified]) -> Iterator[Verdict]:
    """Yield whoever signed two things that cannot both be: within one file, or between two of one deal."""
    for one in files:
        for step in one.steps:
            for who in step.contradictions:
                yield Verdict(True, who, f"the {who} signed two things in step {step.name} that exclude each other")
    if len(files) == 2:
        for who, what in named_twice(*files):
            yield Verdict(True, who, f"the {who} signed {what}, which exclude each other")


def _heaviest(findings: Sequence[Verdict]) -> Verdict | None:
    """Return the finding that counts: one that convicts, else one that is open, else the first."""
    convicting = [each for each in findings if each.decided and each.deviated != NOBODY]
    return next(iter((*convicting, *(each for each in findings if not each.decided), *findings)), None)


def _answer(files: Sequence[Verified], claim: Claim, lists: Sequence[StatusList]) -> Verdict:
    """Return what the evidence says of one claim."""
    if claim.kind is ClaimKind.STOPPED:
        return undecidable("a bundle that exceeds its time or memory proves nothing about anybody")
    if _hides(files, claim.by):
        why = f"the {claim.by}'s evidence does not hold all that it had recorded when it signed; export it anew"
        return undecidable(why)
    found = []
    for step in merged(files):
        wanted = _wanted(step, claim)
        if claim.kind is ClaimKind.REVOKED:
            found += [as_shown(files, item, lists) for item in wanted if item.form == "presentation"]
            wanted = tuple(item for item in wanted if item.form == "access")
        if wanted:
            found.append(find(Heard(claim.by, step, wanted, tuple(each.side for each in files)), claim.kind.value))
    return _heaviest(found) or undecidable("the record shows no such step")


def _wanted(step: StepProved, claim: Claim) -> tuple[ItemProved, ...]:
    """Return the items of the step that the claim can be about."""
    if claim.step not in ("", step.name):
        return ()
    mine = [item for item in step.items if item.taker == claim.by]
    match claim.kind:
        case ClaimKind.NOT_PAID:
            return tuple(item for item in mine if item.amount is not None)
        case ClaimKind.CONTENT_FALSE:
            return tuple(item for item in mine if item.form == "information" or item.false)
        case ClaimKind.REVOKED:
            return tuple(item for item in mine if item.form in ("access", "presentation"))
        case ClaimKind.NO_RECEIPT:
            return tuple(item for item in step.items if item.giver == claim.by and item.receipted is not None)
    return tuple(item for item in mine if item.amount is None)


def _hides(files: Sequence[Verified], side: str) -> bool:
    """Say whether the other's file shows that `side`, when it signed, had a record that its own file does not have."""
    own = next((each for each in files if each.side == side), None)
    other = next((each for each in files if each.side != side), None)
    return own is not None and other is not None and not other.peer_heads <= own.heads
