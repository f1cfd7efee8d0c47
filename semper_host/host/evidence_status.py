"""What a judge knows of what had been revoked when a deal began: from the evidence itself, and from a home.

A merchant staples its repository's status to its terms, and the evidence of a deal carries that: it is what both sides
could know. It counts under the anchors of the judge's own trust, with nobody asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from semper_host.admission.standing import Standing
from semper_host.commerce.evidence_file import EvidenceFile
from semper_host.host import known_heads, standing
from semper_host.host.home import Home
from semper_host.host.known_heads import Row
from semper_host.host.trusting import Trust
from semper_host.model.errors import AdmissionRefused


def known(home: Home, trust: Trust) -> tuple[Standing, ...]:
    """Return what a home knows of what was revoked, by the repositories that it trusts."""
    return standing.standings(standing.rows(home, trust.policy))


def stapled(file: EvidenceFile, directory: Path, trust: Trust) -> tuple[Standing, ...]:
    """Return what the staple in the evidence says, as far as the anchors in the trust `directory` bear it out."""
    return standing.standings(_rows(file, directory, trust)) if file.pack.staple else ()


def _rows(file: EvidenceFile, directory: Path, trust: Trust) -> Iterator[Row]:
    with suppress(AdmissionRefused):  # no staple that can be read teaches anything
        staple = standing.staple_of(file.pack.staple)
        for repository in trust.policy.repositories:
            with suppress(AdmissionRefused):
                began, learnt = known_heads.first(directory, repository), standing.Learnt()
                standing.take(Row(repository, began), staple.anchor, staple.checkpoint, trust.policy, file.at, learnt)
                yield from learnt.rows
