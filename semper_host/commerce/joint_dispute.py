"""Disputes about a contract among several: files of any of its parties and what is claimed, in; a verdict out. Pure.

Only signatures convict: a trustee that decided twice or out of turn, a party that promised under two rolls. Who kept
its confirmation back convicts itself of nothing, and gains nothing: the trustee signs in its stead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import combinations
from typing import NamedTuple

from semper_host.commerce.dispute_findings import NOBODY, Verdict, undecidable
from semper_host.commerce.joint_words import NOT_BINDING, OPEN, JointVerified, called
from semper_host.exchange.accountability import equivocation
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import cose

TRUSTEE = "trustee"


class JointKind(StrEnum):
    """What a party can claim."""

    BINDING = "binding"  # the contract binds everybody
    NOT_SIGNED = "not-signed"  # it binds nobody, me neither


class JointClaim(NamedTuple):
    """What the party `by` says."""

    by: int
    kind: JointKind


def read_joint_claim(text: str) -> JointClaim:
    """Return the claim that "2:not-signed" says. Raises UsageError (USAGE_INVALID)."""
    by, _, kind = text.partition(":")
    if not by.isascii() or not by.isdigit() or len(by) > 2 or kind not in list(JointKind):
        kinds = " or ".join(JointKind)
        why = f"cannot hear the claim {text[:64]!r}: write a party's number, a colon, and {kinds}"
        raise UsageError("USAGE_INVALID", why)
    return JointClaim(int(by), JointKind(kind))


def judge_joint(files: Sequence[JointVerified], claims: Sequence[JointClaim]) -> Verdict:
    """Return the verdict on `claims` by the evidence of parties of one contract.

    Raises UsageError (USAGE_INVALID) for files of several contracts, two of one party, a claim of none of its parties.
    """
    _check(files, claims)
    convicted = _trustee(files) or _two_rolls(files)
    if convicted is not None:
        return convicted
    if len({file.label for file in files}) > 1:
        return undecidable("the files are about two rolls of one invitation, and nobody signed both")
    joined = merged(files)
    if not claims:
        return Verdict(True, NOBODY, f"nothing is claimed; {_stands(joined)}")
    if joined.outcome == OPEN:
        return undecidable("no file shows all confirmations or a word of the trustee; ask it, or bring another party's")
    return Verdict(True, NOBODY, "; ".join(_answer(joined, claim) for claim in claims))


def merged(files: Sequence[JointVerified]) -> JointVerified:
    """Return what all files together prove of one contract."""
    first = files[0]
    columns = zip(*(file.parties for file in files), strict=True)
    parties = tuple(
        replace(
            column[0], promised=any(each.promised for each in column), confirmed=any(each.confirmed for each in column)
        )
        for column in columns
    )
    verdicts = tuple(dict.fromkeys(verdict for file in files for verdict in file.verdicts))
    return replace(first, parties=parties, substituted=any(file.substituted for file in files), verdicts=verdicts)


def _check(files: Sequence[JointVerified], claims: Sequence[JointClaim]) -> None:
    if len({file.contract for file in files}) != 1 or len({(file.deal, file.me) for file in files}) != len(files):
        raise UsageError("USAGE_INVALID", "cannot judge: give the evidence of one contract, one file a party")
    if any(claim.by >= len(files[0].parties) for claim in claims):
        raise UsageError("USAGE_INVALID", "cannot judge: the contract has no party with that number")


def _trustee(files: Sequence[JointVerified]) -> Verdict | None:
    """A trustee is convicted by two decisions on one L, or by one that it could not make."""
    for file in files:
        if file.trustee_wrong:
            return Verdict(True, TRUSTEE, f"the trustee {file.trustee_wrong}")
    said = [(file, token) for file in files for token in file.said]
    for (one, first), (_, second) in combinations(said, 2):
        if equivocation(cose.open1, one.trustee_key, first, second) is not None:
            return Verdict(True, TRUSTEE, "the trustee signed two decisions on the contract")
    return None


def _two_rolls(files: Sequence[JointVerified]) -> Verdict | None:
    """An honest party makes a key for one contract, and promises with it once; with whom others show it is not its
    doing.
    """
    promised: dict[bytes, set[bytes]] = {}
    for file in files:
        for party in file.parties:
            labels = promised.setdefault(party.key, set())
            labels |= {label for number, label in file.elsewhere if number == party.number}
            labels |= {file.label} if party.promised else set()
            if len(labels) > 1:
                return Verdict(True, called(party), f"{called(party)} promised under two rolls with one key")
    return None


def _answer(joined: JointVerified, claim: JointClaim) -> str:
    who, binds = called(joined.parties[claim.by]), joined.outcome != NOT_BINDING
    right = binds == (claim.kind is JointKind.BINDING)
    return f"{who} is {'right' if right else 'wrong'}: {_stands(joined)}"


def _stands(joined: JointVerified) -> str:
    if joined.outcome == OPEN:
        return "the files do not show whether the contract binds anybody"
    if joined.outcome == NOT_BINDING:
        return "the contract lapsed and binds nobody"
    return f"the contract binds all {len(joined.parties)} of them, {joined.outcome}"
