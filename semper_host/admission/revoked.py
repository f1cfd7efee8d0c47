"""Negative evidence, judged: what was revoked, withdrawn or passed on, by somebody who may say so.

A statement counts only if its signer may make it: a key of itself, a publisher of its bundles, an authority of its
evaluations, a root of what is below it, a recovery key of its namespace's keys, and an authority with a veto of any
bundle. Nobody can take away what is another's. What counts is never undone by anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from semper_host.admission.lineage import Approval, Lineage, Move, first_of, trace
from semper_host.admission.standing import Claim, Standing
from semper_host.admission.statements import (
    BUNDLE_TARGET,
    CERTIFICATE_TARGET,
    EVALUATION_TARGET,
    KEY_TARGET,
    Revocation,
    Rotation,
    RotationApproval,
    S,
    Spoken,
    Withdrawal,
    digest,
    open_by,
    open_spoken,
)
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

_OF_ONE_LOG = ("rotation", "approval")


@dataclass(frozen=True)
class Negative:
    """All negative evidence that a host knows: its repositories' standings, judged under its roots and vetoes."""

    standings: tuple[Standing, ...]
    roots: Sequence[TrustedRoot]
    vetoes: frozenset[str] = frozenset()  # names of roots
    owning: frozenset[str] = frozenset()  # the repositories whose log says who owns what is in it: nobody else's does

    def check_bundle(self, subject: bytes, publisher: bytes, namespace: str, now: int) -> None:
        """Refuse a revoked or withdrawn archive (by its digest).

        Raises AdmissionRefused REVOKED_BUNDLE, GRANT_VETOED, WITHDRAWN.
        """
        for revocation, by, claim in self._revocations(
            BUNDLE_TARGET, subject, publisher, self._recovery(namespace, now)
        ):
            if not revocation.retroactive and revocation.since > now:
                continue
            if by.key:
                cause = f"its publisher revoked it: {revocation.reason[:200]}"
                raise _refused("REVOKED_BUNDLE", f"cannot use the bundle: {cause}", claim)
            if by.certified is not None and by.certified.root in self.vetoes:
                cause = f"{by.certified.name}, whose veto counts in your policy, revoked it: {revocation.reason[:200]}"
                raise _refused("GRANT_VETOED", f"cannot use the bundle: {cause}", claim)
        for claim in self._claims("withdrawal", subject):
            withdrawal = _said(claim, Withdrawal, publisher)
            if withdrawal is not None and claim.at <= now:
                cause = f"cannot use the bundle: its publisher withdrew it: {withdrawal.reason[:200]}"
                raise _refused("WITHDRAWN", cause, claim)

    def check_key(self, key: bytes, namespace: str, logged: int, now: int) -> None:
        """Refuse what the publisher's key signed, and the log had at `logged`, if the key is revoked by then.

        Raises AdmissionRefused REVOKED_KEY.
        """
        for revocation, by, claim in self._revocations(KEY_TARGET, key, key, self._recovery(namespace, now)):
            if (by.key or self._has_veto(by)) and (revocation.retroactive or revocation.since <= logged):
                cause = f"cannot rely on the publisher's key {key.hex()[:16]}…: revoked ({revocation.reason[:200]})"
                raise _refused("REVOKED_KEY", cause, claim)

    def check_evaluation(self, data: bytes, subject: bytes, by: Certified, logged: int, now: int) -> None:
        """Refuse a signed evaluation of the archive `subject`, by `by`, that its authority took back.

        Raises AdmissionRefused REVOKED_EVALUATION, CHAIN_REVOKED.
        """
        about_it = self._revocations(EVALUATION_TARGET, digest(data))
        for revocation, speaker, claim in (*about_it, *self._revocations(BUNDLE_TARGET, subject)):
            if _same_authority(speaker.certified, by) and (revocation.retroactive or revocation.since <= now):
                cause = f"cannot use the evaluation by {by.name}: it was taken back ({revocation.reason[:200]})"
                raise _refused("REVOKED_EVALUATION", cause, claim)
        self.check_certified(by, logged)

    def check_certified(self, who: Certified, at: int) -> None:
        """Refuse what somebody certified signed, known to exist at `at`, if a certificate of its chain is revoked then.

        Raises AdmissionRefused CHAIN_REVOKED.
        """
        for fingerprint in (who.fingerprint, *who.issuers):
            for revocation, by, claim in self._revocations(CERTIFICATE_TARGET, fingerprint):
                if not _may_revoke(by.certified, fingerprint, who):
                    continue
                if revocation.retroactive or revocation.since <= at:
                    cause = f"cannot rely on {who.name}: a certificate was revoked ({revocation.reason[:200]})"
                    raise _refused("CHAIN_REVOKED", cause, claim)

    def lineage(self, namespace: str, at: int) -> Lineage | None:
        """Return who owned the namespace up to the time `at`; None where its log knows of no rotation."""
        moves = [move for claim in self._claims("rotation", namespace.encode()) for move in self._move(claim)]
        first = first_of(moves)
        if first is None:
            return None
        revoked: dict[bytes, int] = {}
        for key in {move.rotation.old for move in moves}:
            times = [claim.at for _, by, claim in self._revocations(KEY_TARGET, key, key) if by.key]
            if times:
                revoked[key] = min(times)
        return trace(first, moves, revoked, at)

    def _move(self, claim: Claim) -> Iterator[Move]:
        rotation = claim.said
        if not isinstance(rotation, Rotation) or _said(claim, Rotation, rotation.old) is None:
            return
        approvals = []
        for approval in self._claims("approval", digest(claim.data)):
            try:
                _, by = open_spoken(approval.data, RotationApproval, self.roots, approval.at)
            except AdmissionRefused:
                continue
            approvals.append(Approval(by.key, approval.at))
        yield Move(rotation, claim.at, tuple(approvals))

    def _recovery(self, namespace: str, at: int) -> bytes:
        """Return the namespace's recovery key at the time `at`, b"" where there is none."""
        lineage = self.lineage(namespace, at)
        return lineage.current.recovery if lineage is not None else b""

    def _has_veto(self, by: Spoken) -> bool:
        return by.certified is not None and by.certified.root in self.vetoes

    def _claims(self, about: str, name: bytes) -> Iterator[Claim]:
        for standing in self.standings:
            if about not in _OF_ONE_LOG or standing.repository in self.owning:
                yield from standing.claims(about, name)

    def _revocations(self, target: str, name: bytes, *keys: bytes) -> Iterator[tuple[Revocation, Spoken, Claim]]:
        """Yield the revocations of something by one of `keys`, or by somebody certified, whose signatures hold."""
        purposes = Purpose if target == CERTIFICATE_TARGET else (Purpose.EVALUATE,)
        for claim in self._claims(target, name):
            if claim.by and claim.by not in keys:
                continue  # by a stranger: not worth a verification
            try:
                said, by = open_spoken(claim.data, Revocation, self.roots, claim.at, purposes)
            except AdmissionRefused:
                continue  # by somebody whom this host does not know: no word of it counts
            yield said, by, claim


def _said(claim: Claim, kind: type[S], key: bytes) -> S | None:
    """Return what a claim says if `key` signed it."""
    try:
        return open_by(claim.data, kind, key)
    except AdmissionRefused:
        return None


def _same_authority(speaker: Certified | None, by: Certified) -> bool:
    """Say whether `speaker` is the authority that `by` is: same key or name under the same root, or the root itself."""
    if speaker is None or speaker.root != by.root:
        return False
    return not speaker.uri or speaker.fingerprint == by.fingerprint or speaker.uri == by.uri


def _may_revoke(speaker: Certified | None, fingerprint: bytes, who: Certified) -> bool:
    """Say whether `speaker` may revoke the certificate of `fingerprint` in the chain of `who`."""
    if speaker is None:
        return False
    return speaker.fingerprint == fingerprint or (not speaker.uri and speaker.root == who.root)


def _refused(code: str, cause: str, claim: Claim) -> AdmissionRefused:
    return AdmissionRefused(code, cause, evidence=claim.data)
