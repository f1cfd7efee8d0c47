"""The rule of admission: granted = requested ∩ evaluated ∩ authority's allowance ∩ user's policy ∩ host's ceiling.

Where the policy wants a quorum, "evaluated" is what that many of its authorities allow, each of them.

Kept here and nowhere else: every piece of positive evidence only ever adds, so taking one away never adds a right;
a denial wins over all of it; evidence that does not hold counts as absent, never as a veto.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from semper_host.admission.grounds import UNLOGGED, Entered, Grounds
from semper_host.admission.manifest import Manifest, Requested
from semper_host.admission.statements import EVALUATION, Evaluation, open_evaluation
from semper_host.admission.trust import Quorum, TrustPolicy
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
    code: str = "GRANT_DENIED"  # of the refusal, if nothing is granted


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
    grounds: Grounds = UNLOGGED,
) -> Weighed:
    """Weigh the signed `evaluations` of the archive whose digest is `subject`. Never raises for bad evidence.

    Where the bundle's grounds are lacking, no evaluation counts.
    """
    vouched, rejected = [], []
    if grounds.lacking is not None:
        evaluations, rejected = (), [grounds.lacking]
    for data in dict.fromkeys(evaluations):
        try:
            vouched.append(hold(data, manifest.id, subject, roots, now, grounds))
        except AdmissionRefused as error:
            rejected.append(error.shown_by(data))
    allowed = ceiling.get(manifest.kind, frozenset())
    may = {by.root: policy.allowance(by.root) for _, by in vouched}
    rulings = tuple(_rule(asked, manifest.kind, vouched, policy, allowed, may) for asked in manifest.requests)
    return Weighed(rulings, tuple(vouched), tuple(rejected))


def hold(
    data: bytes, bundle_id: str, subject: bytes, roots: Sequence[TrustedRoot], now: int, grounds: Grounds = UNLOGGED
) -> Vouched:
    """Return the evaluation in `data` if it is about `subject`, in the log, valid at `now` and not taken back.

    Its signer's certificates are judged at the time by which a quorum of witnesses had seen it.
    Raises AdmissionRefused EVAL_INVALID, EVAL_EXPIRED, CHAIN_*, LOG_MISSING, LOG_INVALID, REVOKED_EVALUATION.
    """
    logged = grounds.logged_at(data, now)
    evaluation, certified = open_evaluation(data, roots, logged)
    if evaluation.subject != subject:
        raise AdmissionRefused("EVAL_INVALID", "cannot use the evaluation: it is about another bundle", evidence=data)
    grounds.check_logged(data, Entered(bundle_id, EVALUATION, subject, certified.fingerprint))
    if now >= evaluation.not_after:
        raise AdmissionRefused("EVAL_EXPIRED", f"cannot use the evaluation by {certified.name}: it has expired")
    if now < evaluation.not_before:
        raise AdmissionRefused("EVAL_EXPIRED", f"cannot use the evaluation by {certified.name}: it is not valid yet")
    grounds.negative.check_evaluation(data, subject, certified, logged, now)
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
    asked: Requested,
    kind: str,
    vouched: Sequence[Vouched],
    policy: TrustPolicy,
    allowed: frozenset[Capability],
    may: Mapping[str, frozenset[Capability]],
) -> Ruling:
    """Rule on one request. `may`: what each root may vouch for by the user's policy."""
    denied = _denials(asked.capability, kind, policy, allowed)
    if denied:
        return Ruling(asked, (), (), denied)
    by_root: dict[str, list[Grant]] = {}
    vouchers, obstacles = [], []
    wanted = asked.grant
    for evaluation, by in vouched:
        fits = [both for grant in evaluation.grants if (both := meet(wanted, grant)) is not None]
        if not fits:
            obstacles.append(f"{by.name} evaluated it and does not allow this")
        elif asked.capability not in may[by.root]:
            obstacles.append(f"{by.name} allows this, but your policy does not let {by.root} vouch for it")
        else:
            by_root[by.root] = [*by_root.get(by.root, ()), *fits]
            vouchers.append(by.name)
    if not vouched:
        obstacles.append("no evaluation of it counts in this home")
    found = _widest([grant for fits in by_root.values() for grant in fits])
    code = "GRANT_DENIED"
    for quorum in policy.quorums_for(kind, asked.capability):
        agreed = agreeing({name: by_root[name] for name in quorum.authorities if name in by_root}, quorum.needed)
        if found and not agreed:
            code = "GRANT_QUORUM"
            obstacles.append(_short_of(quorum, by_root))
        found = _widest([both for one in found for other in agreed if (both := meet(one, other)) is not None])
    return Ruling(asked, found, tuple(dict.fromkeys(vouchers)), () if found else tuple(obstacles), code)


def agreeing(offered: Mapping[str, Sequence[Grant]], needed: int) -> tuple[Grant, ...]:
    """Return the widest grants that `needed` of those who offer something each allow; offers are by authority."""
    levels: list[tuple[Grant, ...]] = [()] * (needed + 1)  # by how many agree
    for fits in offered.values():
        for count in range(needed, 1, -1):
            joined = [both for one in levels[count - 1] for other in fits if (both := meet(one, other)) is not None]
            levels[count] = _widest([*levels[count], *joined])
        levels[1] = _widest([*levels[1], *fits])
    return levels[needed]


def _denials(capability: Capability, kind: str, policy: TrustPolicy, allowed: frozenset[Capability]) -> tuple[str, ...]:
    """Return what nobody's word can overcome."""
    denied = ["your policy denies it to everybody"] if capability in policy.deny else []
    return (*denied, *([f"this host gives it to no {kind}"] if capability not in allowed else []))


def _short_of(quorum: Quorum, given: Mapping[str, Sequence[Grant]]) -> str:
    """Return what a quorum lacks, for people."""
    have = [name for name in quorum.authorities if name in given]
    lack = [name for name in quorum.authorities if name not in given]
    said = f"your policy needs {quorum.needed} of {', '.join(quorum.authorities)} to vouch for it"
    if len(have) >= quorum.needed:
        return f"{said}, and they allow different things"
    return f"{said}; {' and '.join(have) or 'nobody'} did, not {', '.join(lack)}"


def _widest(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """Return the grants that no other one covers, each once, in a fixed order."""
    widest: list[Grant] = []
    for grant in grants:
        if not any(covers(kept, grant) for kept in widest):
            widest = [kept for kept in widest if not covers(grant, kept)] + [grant]
    if len(widest) < 2:
        return tuple(widest)
    return tuple(sorted(widest, key=lambda g: ("" if g.most is None else str(g.most), g.calls or 0)))
