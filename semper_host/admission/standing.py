"""A repository's standing: its log's policy and the complete, signed list of what was revoked, withdrawn or rotated.

A host keeps one for each repository that its user trusts, and refreshes it: without a fresh one nothing is granted
beyond the baseline. Here is what a list says; whether those who say it may, `revoked` judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from semper_host.admission.log_entries import open_entry, read
from semper_host.admission.log_evidence import LogPolicy, verify_checkpoint
from semper_host.admission.statements import (
    NEGATIVE,
    ROTATION,
    ROTATION_APPROVAL,
    Revocation,
    Rotation,
    RotationApproval,
    Status,
    Withdrawal,
    digest,
    open_by,
)
from semper_host.model.encoding import Record
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose, merkle

CLOCK_SKEW = 300
"""Seconds by which a repository's clock may be ahead of ours."""
DAY = 86_400
_MOVES = (ROTATION, ROTATION_APPROVAL)


class Freshness(NamedTuple):
    """For how many seconds a status counts, by kind of bundle; `most` is the bound for a host that is off line."""

    default: int = DAY
    kinds: tuple[tuple[str, int], ...] = (("payment-system", DAY // 4),)
    most: int | None = None

    def bound(self, kind: str, offline: bool = False) -> int:
        """Return for how many seconds a status counts for a bundle of `kind`. A kind's own bound stays off line."""
        own = dict(self.kinds).get(kind)
        usual = self.default if own is None else min(own, self.default)
        return usual if own is not None or not offline or self.most is None else max(usual, self.most)


FRESHNESS = Freshness()
"""What holds where the user's policy says nothing."""


class Claim(NamedTuple):
    """A negative statement of a status, unverified: what it says, its bytes, when the log had it, who signed it."""

    said: Record
    data: bytes
    at: int
    by: bytes  # the Ed25519 key that it names as its signer, b"" where that one is certified


@dataclass(frozen=True)
class Standing:
    """What the host knows of the repository that its user's policy calls `repository`. `at`: when it was true."""

    repository: str
    log: LogPolicy
    status: Status
    at: int
    minimum_host: str = "0.0.0"

    def fresh_until(self, kind: str, freshness: Freshness = FRESHNESS, offline: bool = False) -> int:
        """Return the first second at which this is too old to grant anything to a bundle of `kind`."""
        return self.at + freshness.bound(kind, offline)

    def claims(self, about: str, name: bytes) -> tuple[Claim, ...]:
        """Return the statements about something: ("bundle", digest), ("key", key), ("withdrawal", archive digest),
        ("rotation", namespace), ("approval", digest of the rotation), …, in the log's order.
        """
        return self._index.get((about, name), ())

    @cached_property
    def _index(self) -> Mapping[tuple[str, bytes], tuple[Claim, ...]]:
        return _index(self.status)


def open_status(data: bytes, log: LogPolicy, now: int) -> Status:
    """Return the status that the repository of `log` signed, if each of its statements can be read.

    Raises AdmissionRefused STATUS_INVALID.
    """
    status = _open_status(data, log.status_key)
    if status.at > now + CLOCK_SKEW:
        raise _invalid("it is dated in the future; check your clock", data)
    return status


def whole_at(status: Status, log: LogPolicy) -> int:
    """Return up to when `status` names all that is negative: a quorum saw then that its log ends where it ends; or 0.

    Who signs anew what was true of an earlier log hides what came since; but no witness cosigns an earlier log again.
    """
    try:
        seen = verify_checkpoint(status.note, log)
    except AdmissionRefused:  # nobody saw it, or none of today's witnesses
        return 0
    ends = (seen.checkpoint.size, seen.checkpoint.root) == (status.size, status.root)
    return min(status.at, seen.since) if ends else 0


def check_complete(status: Status, leaves: Iterable[bytes]) -> None:
    """Refuse a status that leaves out, or adds to, the negative statements among the log's first `size` entries.

    For auditors, who have all leaves (those after the first `size` are not looked at). Raises AdmissionRefused
    STATUS_INVALID, LOG_INVALID.
    """
    hashes, named = [], []
    for _, leaf in zip(range(status.size), leaves, strict=False):
        hashes.append(merkle.leaf_hash(leaf))
        entry = open_entry(leaf)
        if entry.kind in NEGATIVE:
            named.append(entry.statement)
    if len(hashes) != status.size or merkle.root(hashes) != status.root:
        raise _invalid(f"its root is not that of the log's first {status.size} entries")
    if named != [digest(data) for data in status.statements]:
        raise _invalid("it does not list exactly the log's revocations, withdrawals and rotations, in their order")


def check_continues(before: Status, after: Status, data: bytes = b"") -> None:
    """Refuse a status that takes back what an earlier one of the same log said: nothing negative is ever undone.

    Who stole the keys that sign a status could else have a host forget a revocation, or put it off, or give a rotation
    effect too early. A repository that lost its first checkpoints may date things later. `data`: the signed later one.
    Raises AdmissionRefused ROLLBACK.
    """
    listed = dict(zip(after.statements, after.times or (0,) * len(after.statements), strict=False))
    times = before.times or (0,) * len(before.statements)
    for statement, time in zip(before.statements, times, strict=False):
        now = listed.get(statement, -1)
        moved = cose.peek(statement).kind in _MOVES and 0 < now < time
        if now < 0 or now > after.at or moved:
            cause = "it leaves out, or dates anew, what the repository said of revocations before"
            raise AdmissionRefused("ROLLBACK", f"cannot accept the repository's status: {cause}", evidence=data)


@lru_cache(maxsize=64)
def _open_status(data: bytes, key: bytes) -> Status:
    try:
        status = open_by(data, Status, key)
        _index(status)
    except SemperError as error:
        raise _invalid(error.message, data) from None
    return status


@lru_cache(maxsize=64)
def _index(status: Status) -> dict[tuple[str, bytes], tuple[Claim, ...]]:
    if status.times and len(status.times) != len(status.statements):
        raise _invalid("it does not give a time for each statement")
    found: dict[tuple[str, bytes], tuple[Claim, ...]] = {}
    for number, data in enumerate(status.statements):
        said = read(data)
        time = (status.times[number] if status.times else getattr(said, "at", 0)) or status.at
        key = _about(said)
        found[key] = (*found.get(key, ()), Claim(said, data, time, cose.peek(data).kid))
    return found


def _about(said: Record) -> tuple[str, bytes]:
    if isinstance(said, Revocation):
        return said.target, said.digest
    if isinstance(said, Withdrawal):
        return "withdrawal", said.subject
    if isinstance(said, Rotation):
        return "rotation", said.namespace.encode()
    if isinstance(said, RotationApproval):
        return "approval", said.rotation
    raise _invalid("it lists a statement that is not negative")


def _invalid(cause: str, evidence: bytes = b"") -> AdmissionRefused:
    return AdmissionRefused("STATUS_INVALID", f"cannot accept the repository's status: {cause}", evidence=evidence)
