"""What had been revoked when a deal began, for whoever judges it later: the status of then, not of now. Pure.

A repository's status says when its log had each revocation. What the log had by then counts, by the usual rules; what
it learnt later does not, however far it says to reach back: else whoever signed could take its word back afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from semper_host.admission.log_entries import read
from semper_host.admission.pack import Pack
from semper_host.admission.revoked import Negative
from semper_host.admission.standing import Standing
from semper_host.admission.statements import digest, open_evaluation
from semper_host.admission.trust import TrustPolicy
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.x509 import TrustedRoot


def negative_of(standings: Sequence[Standing], policy: TrustPolicy, roots: Sequence[TrustedRoot], at: int) -> Negative:
    """Return the negative evidence that these repositories had at `at` (seconds since 1970)."""
    return Negative(tuple(_known_by(each, at) for each in standings), roots, frozenset(policy.vetoes))


def standing_evaluations(
    pack: Pack, negative: Negative, roots: Sequence[TrustedRoot], at: int
) -> tuple[tuple[bytes, ...], tuple[AdmissionRefused, ...]]:
    """Return the evaluations of a pack that had not been taken back by `at`, and why the others don't count.

    What is no evaluation at all stays: admission says so.
    """
    kept, refused = [], []
    for data in pack.evaluations:
        try:
            _, by = open_evaluation(data, roots, at)
        except AdmissionRefused:
            kept.append(data)
            continue
        try:
            negative.check_evaluation(data, digest(pack.archive), by, at, at)
            kept.append(data)
        except AdmissionRefused as error:
            refused.append(error)
    return tuple(kept), tuple(refused)


def _known_by(standing: Standing, at: int) -> Standing:
    """Return the standing without what its repository's log had only after `at`."""
    status = standing.status
    times = status.times or tuple(getattr(read(data), "at", 0) or status.at for data in status.statements)
    kept = [(data, time) for data, time in zip(status.statements, times, strict=True) if time <= at]
    statements, logged = tuple(data for data, _ in kept), tuple(time for _, time in kept)
    return replace(standing, status=msgspec.structs.replace(status, statements=statements, times=logged))
