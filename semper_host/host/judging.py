"""What a home makes of a pack, and why: decided as an installation would decide it; nothing is kept, nobody asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from semper_host.admission.admit import Admitted, Examined, decide, examine
from semper_host.admission.ceiling import CEILING
from semper_host.admission.grounds import UNLOGGED, Grounds, ground
from semper_host.admission.pack import Pack, read_pack
from semper_host.admission.standing import Standing
from semper_host.admission.weighing import Weighed, weigh
from semper_host.host import installed, standing
from semper_host.host.explaining import explain, missing
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.trusting import Trust
from semper_host.model.errors import AdmissionRefused


class Judgement(NamedTuple):
    """What a home makes of a pack: admitted, or the refusal; `lines` say why, for people.

    `examined`, `weighed` and `grounds` are the evidence behind it, as far as it came; `missing` is what can be done.
    """

    lines: tuple[str, ...]
    admitted: Admitted | None
    refusal: AdmissionRefused | None
    examined: Examined | None = None
    weighed: Weighed | None = None
    grounds: Grounds = UNLOGGED
    missing: tuple[str, ...] = ()


Known = Callable[[Pack], Sequence[Standing]]
"""Gives what is known of the repositories that a pack could be in. Raises AdmissionRefused LOG_EQUIVOCATION."""


def judge(trust: Trust, data: bytes, now: int, known: Known = lambda pack: ()) -> Judgement:
    """Judge a pack by `trust`, and what is `known` of the repositories that it names (as it is: nothing)."""
    examined: Examined | None = None
    weighed: Weighed | None = None
    grounds = UNLOGGED
    try:
        pack = read_pack(data)
        examined = examine(pack.archive, pack.release, now)
        staple = standing.staple_of(pack.staple) if pack.staple else None
        standings = known(pack)
        grounds = ground(examined, trust.policy, trust.roots, standings, staple, now, offline=True)
        evidence = (pack.evaluations, trust.policy, trust.roots, now)
        weighed = weigh(examined.manifest, examined.digest, *evidence, CEILING, grounds)
        admitted = decide(
            examined, *evidence, standings=standings, staple=staple, needed=installed.needed_by, offline=True
        )
    except AdmissionRefused as refusal:
        return _told(trust, examined, weighed, grounds, None, refusal)
    return _told(trust, examined, weighed, grounds, admitted, None)


def known_in(home: Home, trust: Trust, now: int) -> Known:
    """Return what `home` knows, a pack's own staple taken into account. Nobody is asked, and nothing is kept."""

    def known(pack: Pack) -> Sequence[Standing]:
        learnt = Heads(home).meet(trust.policy, pack, now)
        rows = standing.rows(home, trust.policy, learnt.rows)
        standing.check_undisputed(rows, standing.staple_of(pack.staple) if pack.staple else None)
        return standing.standings(rows)

    return known


def _told(
    trust: Trust,
    examined: Examined | None,
    weighed: Weighed | None,
    grounds: Grounds,
    admitted: Admitted | None,
    refusal: AdmissionRefused | None,
) -> Judgement:
    if examined is None:
        return Judgement((), admitted, refusal)
    if weighed is None:
        manifest = examined.manifest
        line = f"{manifest.name}, a {manifest.kind} published by key {manifest.publisher[:16]}…"
        return Judgement((line,), admitted, refusal, examined)
    lines = explain(examined.manifest, weighed, grounds, trust.policy)
    return Judgement(lines, admitted, refusal, examined, weighed, grounds, missing(weighed, grounds))
