"""Words for people: why a bundle may do what it may, and what is missing for the rest."""

from __future__ import annotations

from datetime import date

from semper_host.admission import versions
from semper_host.admission.grounds import UNLOGGED, Grounds
from semper_host.admission.manifest import DAY, Manifest
from semper_host.admission.rights import WORDS, bounds_of, shortfall
from semper_host.admission.trust import NOBODY, TrustPolicy
from semper_host.admission.weighing import Ruling, Weighed
from semper_host.model.error_codes import CODES

_LACKING = "cannot grant it: "
END_OF_TIME = 253402300799  # 9999-12-31T23:59:59Z


def explain(
    manifest: Manifest, weighed: Weighed, grounds: Grounds = UNLOGGED, policy: TrustPolicy = NOBODY
) -> tuple[str, ...]:
    """Return the lines that say what the bundle may do and why, what it may not and what is missing."""
    lines = [f"{manifest.name}, a {manifest.kind} published by key {manifest.publisher[:16]}…"]
    lines += _footing(manifest, grounds)
    lines += [f"{name} could veto it, and did not" for name in policy.vetoes]
    for evaluation, by in weighed.vouched:
        conditions = "".join(f"; {condition}" for condition in evaluation.conditions)
        until = f", until {moment(evaluation.not_after)}"
        lines.append(
            f"evaluated by {by.name} (vouched for by your root {by.root}) under {evaluation.policy}{until}{conditions}"
        )
    rejected = [error for error in weighed.rejected if error is not grounds.lacking]
    lines += [f"an evaluation does not count: {error.message}" for error in rejected]
    lines += [_line(ruling) for ruling in weighed.rulings]
    if not manifest.requests:
        lines.append("it asks for nothing: it computes and proposes, and touches nothing else")
    return (*lines, *missing(weighed, grounds))


def missing(weighed: Weighed, grounds: Grounds = UNLOGGED) -> tuple[str, ...]:
    """Return what somebody can do so that the bundle gets what it needs; nothing where it has it."""
    refused = [ruling for ruling in weighed.rulings if not ruling.granted and not ruling.asked.optional]
    if not refused:
        return ()
    if grounds.lacking is not None:
        return (f"to allow it: {grounds.lacking.remedy} ({grounds.lacking.code})",)
    codes = {ruling.code for ruling in refused} if weighed.vouched else {error.code for error in weighed.rejected}
    return tuple(f"to allow it: {CODES[code].remedy} ({code})" for code in sorted(codes or {"EVAL_MISSING"}))


def _footing(manifest: Manifest, grounds: Grounds) -> list[str]:
    """Return what the log and the list of revocations say."""
    if grounds.lacking is not None:
        return [f"it gets nothing beyond computing and proposing: {grounds.lacking.message.removeprefix(_LACKING)}"]
    logged = grounds.logged
    if logged is None:
        return []
    lines = [
        f"in the log of {grounds.repository}, seen by a quorum of its witnesses with {logged.checkpoint.size} entries",
        f"not revoked or withdrawn by what {grounds.repository} said; that counts until {moment(grounds.fresh_until)}",
    ]
    newest = manifest.version if grounds.newest is None else grounds.newest.version
    is_newer = versions.order(newest) > versions.order(manifest.version)
    return [*lines, f"its publisher has released version {newest} since"] if is_newer else lines


def _line(ruling: Ruling) -> str:
    if ruling.granted:
        bounds = " or ".join(bounds_of(grant) for grant in ruling.granted)
        who = " and ".join(ruling.vouchers) + (" vouches" if len(ruling.vouchers) == 1 else " vouch")
        return f"may {WORDS[ruling.asked.capability]}{bounds}, because {who} for it"
    needed = "does without" if ruling.asked.optional else "needs"
    return f"may not {shortfall(ruling)} (it {needed} this: {ruling.asked.reason})"


def moment(seconds: int) -> str:
    """Return a time (seconds since 1970) in words, UTC."""
    day, second = divmod(max(0, min(seconds, END_OF_TIME)), DAY)
    return f"{date.fromordinal(date(1970, 1, 1).toordinal() + day)} {second // 3600:02}:{second // 60 % 60:02} UTC"
