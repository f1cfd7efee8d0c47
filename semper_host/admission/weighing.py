"""The rule of admission: granted = requested ∩ evaluated ∩ authority's allowance ∩ user's policy ∩ host's ceiling.

Kept here and nowhere else: every piece of positive evidence only ever adds, so taking one away never adds a right;
a denial wins over all of it; evidence that does not hold counts as absent, never as a veto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from semper_host.admission.manifest import Manifest, Requested
from semper_host.admission.statements import Evaluation, open_evaluation
from semper_host.admission.trust import TrustPolicy
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability, Grant
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import TrustedRoot


class Vouched(NamedTuple):
    """An evaluation that holds now, and who signed it."""

    evaluation: Evaluation
    by: Certified


class Ruling(NamedTuple):
    """What becomes of one request: the grants (each alone suffices; none: refused), who vouched, what is in the way."""

    asked: Requested
    granted: tuple[Grant, ...]
    vouchers: tuple[str, ...]
    obstacles: tuple[str, ...]


class Weighed(NamedTuple):
    """All evidence on one bundle, weighed: a ruling per request, the evaluations that hold, why the others do not."""

    rulings: tuple[Ruling, ...]
    vouched: tuple[Vouched, ...]
    rejected: tuple[AdmissionRefused, ...]


def weigh(
    manifest: Manifest,
    subject: bytes,
    evaluations: Iterable[bytes],
    policy: TrustPolicy,
    roots: Sequence[TrustedRoot],
    now: int,
    ceiling: Mapping[str, frozenset[Capability]],
) -> Weighed:
    """Weigh the signed `evaluations` of the archive whose digest is `subject`. Never raises for bad evidence."""
    vouched, rejected = [], []
    for data in evaluations:
        try:
            vouched.append(hold(data, subject, roots, now))
        except AdmissionRefused as error:
            rejected.append(error)
    allowed = ceiling.get(manifest.kind, frozenset())
    rulings = tuple(_rule(asked, manifest.kind, vouched, policy, allowed) for asked in manifest.requests)
    return Weighed(rulings, tuple(vouched), tuple(rejected))


def hold(data: bytes, subject: bytes, roots: Sequence[TrustedRoot], now: int) -> Vouched:
    """Return the evaluation in `data` if it is about `subject` and valid at `now`.

    Raises AdmissionRefused EVAL_INVALID, EVAL_EXPIRED, CHAIN_*.
    """
    evaluation, certified = open_evaluation(data, roots, now)
    if evaluation.subject != subject:
        raise AdmissionRefused("EVAL_INVALID", "cannot use the evaluation: it is about another bundle", evidence=data)
    if now >= evaluation.not_after:
        raise AdmissionRefused("EVAL_EXPIRED", f"cannot use the evaluation by {certified.name}: it has expired")
    if now < evaluation.not_before:
        raise AdmissionRefused("EVAL_EXPIRED", f"cannot use the evaluation by {certified.name}: it is not valid yet")
    return Vouched(evaluation, certified)


def meet(one: Grant, other: Grant) -> Grant | None:
    """Return what both grants allow of the same capability; None: nothing. An absent bound does not bind."""
    if one.capability != other.capability:
        return None
    most = one.most if other.most is None else other.most
    if one.most is not None and other.most is not None:
        if one.most.currency != other.most.currency:
            return None
        most = min(one.most, other.most)
    bounds = [calls for calls in (one.calls, other.calls) if calls is not None]
    calls = min(bounds) if bounds else None
    if (most is not None and most.minor <= 0) or (calls is not None and calls <= 0):
        return None
    return Grant(one.capability, most, calls)


def covers(wide: Grant, narrow: Grant) -> bool:
    """Say whether `wide` allows all that `narrow` does."""
    return meet(wide, narrow) == narrow


def _rule(
    asked: Requested, kind: str, vouched: Sequence[Vouched], policy: TrustPolicy, allowed: frozenset[Capability]
) -> Ruling:
    """Rule on one request."""
    found: list[Grant] = []
    vouchers, obstacles = [], []
    wanted = asked.grant
    for evaluation, by in vouched:
        fits = [both for grant in evaluation.grants if (both := meet(wanted, grant)) is not None]
        if not fits:
            obstacles.append(f"{by.name} evaluated it and does not allow this")
        elif asked.capability not in policy.allowance(by.root) and asked.capability not in policy.deny:
            obstacles.append(f"{by.name} allows this, but your policy does not let {by.root} vouch for it")
        else:
            found += fits
            vouchers.append(by.name)
    if not vouched:
        obstacles.append("nobody whom you trust has evaluated it")
    denied = []
    if asked.capability in policy.deny:
        denied.append("your policy denies it to everybody")
    if asked.capability not in allowed:
        denied.append(f"this host gives it to no {kind}")
    if denied:
        return Ruling(asked, (), (), tuple(denied))
    return Ruling(asked, _widest(found), tuple(vouchers), () if found else tuple(obstacles))


def _widest(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """Return the grants that no other one covers, each once, in a fixed order."""
    widest: list[Grant] = []
    for grant in grants:
        if not any(covers(kept, grant) for kept in widest):
            widest = [kept for kept in widest if not covers(grant, kept)] + [grant]
    return tuple(sorted(widest, key=lambda g: ("" if g.most is None else str(g.most), g.calls or 0)))
