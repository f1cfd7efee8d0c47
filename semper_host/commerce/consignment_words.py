"""What evidence of a transfer to several comes to, in words; and what it says of claims about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from semper_host.commerce.dispute_findings import NOBODY, Verdict, undecidable
from semper_host.commerce.evidence_format import shown
from semper_host.commerce.moments import moment
from semper_host.model.errors import UsageError


class Got(NamedTuple):
    """What the evidence has of one recipient: the container's digest, its sender's token of origin, its receipt."""

    seat: int
    digest: bytes
    origin: bool
    receipt: str = ""  # "received" or "opened"


@dataclass(frozen=True)
class ConsignmentVerified:
    """What one file proves. Times are seconds since 1970; party 0 sends."""

    transfer: bytes  # the digest of the invitation
    deal: bytes  # D
    me: int
    at: int
    title: str
    asked: str  # which receipt
    members: tuple[tuple[str, str], ...]  # name, and by whom certified, or ""
    sender_key: bytes
    got: tuple[Got, ...]
    deviations: int
    erased: int
    exhibits: int
    head: bytes

    @property
    def lines(self) -> tuple[str, ...]:
        """What the file proves, for people."""
        return (
            f"A transfer to {len(self.members) - 1}: {shown(self.title, 72)}",
            f"  evidence of {self.called(self.me)}, begun {moment(self.at)}; {self.exhibits} exhibits,"
            f" {self.erased} erased, {self.deviations} refused",
            *(f"  {self._told(number)}" for number in range(len(self.members))),
        )

    def called(self, number: int) -> str:
        """Return who a party is, fit to be printed."""
        return f"party {number} ({shown(self.members[number][0], 72)})"

    def _told(self, number: int) -> str:
        by = self.members[number][1]
        who = f"{self.called(number)}, {f'certified by {shown(by, 72)}' if by else 'not certified'}"
        if number == 0:
            return f"{who}, sends"
        found = next((each for each in self.got if each.seat == number), None)
        if found is None:
            return f"{who}: nothing shown"
        signed = f"signed that it was {found.receipt}" if found.receipt else "no receipt shown"
        origin = "which the sender signed" if found.origin else "whose sender signed nothing"
        return f"{who}: container {found.digest.hex()[:16]}, {origin}; {signed}"


class TransferKind(StrEnum):
    """What a party can claim."""

    NOT_RECEIVED = "not-received"  # by a recipient: nothing came to me
    NOT_SENT = "not-sent"  # by the sender: I sent nothing, to anybody


class TransferClaim(NamedTuple):
    """What the party `by` says."""

    by: int
    kind: TransferKind


def read_transfer_claim(text: str) -> TransferClaim:
    """Return the claim that "2:not-received" or "0:not-sent" says. Raises UsageError (USAGE_INVALID)."""
    by, _, kind = text.partition(":")
    if not by.isascii() or not by.isdigit() or len(by) > 2 or kind not in list(TransferKind):
        why = f"cannot hear the claim {text[:64]!r}: write a party's number, a colon, and {' or '.join(TransferKind)}"
        raise UsageError("USAGE_INVALID", why)
    claim = TransferClaim(int(by), TransferKind(kind))
    if (claim.by == 0) != (claim.kind is TransferKind.NOT_SENT):
        raise UsageError("USAGE_INVALID", f"cannot hear the claim {text[:64]!r}: it is not that party's to make")
    return claim


def judge_transfer(files: Sequence[ConsignmentVerified], claims: Sequence[TransferClaim]) -> Verdict:
    """Return the verdict on `claims` by the evidence of parties of one transfer. Only signatures convict.

    Raises UsageError (USAGE_INVALID) for files of several transfers, two of one party, a claim of none of its parties.
    """
    if len({file.transfer for file in files}) != 1 or len({(file.deal, file.me) for file in files}) != len(files):
        raise UsageError("USAGE_INVALID", "cannot judge: give the evidence of one transfer, one file a party")
    first = files[0]
    if any(claim.by >= len(first.members) for claim in claims):
        raise UsageError("USAGE_INVALID", "cannot judge: the transfer has no party with that number")
    signed = {(file.deal, got.digest) for file in files for got in file.got if got.origin}
    if len(signed) > 1:
        return Verdict(True, first.called(0), f"{first.called(0)} signed two containers as the one for all")
    findings = [_answer(files, claim) for claim in claims]
    undecided = next((each for each in findings if not each.decided), None)
    if undecided is not None:
        return undecided
    why = "; ".join(each.why for each in findings) or "nothing is claimed, and the record shows no deviation"
    return Verdict(True, NOBODY, why)


def _answer(files: Sequence[ConsignmentVerified], claim: TransferClaim) -> Verdict:
    who, got = files[0].called(claim.by), [each for file in files for each in file.got]
    if claim.kind is TransferKind.NOT_SENT:
        if any(each.origin for each in got):
            return Verdict(True, NOBODY, f"{who} is wrong: it signed what it sent")
        return undecidable("no file shows a token of origin; without one nobody knows who sent it")
    said = next((each.receipt for each in got if each.seat == claim.by and each.receipt), "")
    if said:
        return Verdict(True, NOBODY, f"{who} is wrong: it signed that the container was {said}")
    return undecidable("no file shows its receipt; bring the sender's evidence")
