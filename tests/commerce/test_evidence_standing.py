"""A judge weighs what had been revoked when the deal began: not what came to light, or was taken back, afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.admission.service_keys import open_service_keys
from semper_host.admission.standing import Standing
from semper_host.admission.statements import Revocation, Status, digest, sign
from semper_host.commerce.evidence_file import read, verify
from semper_host.commerce.offers import open_offer
from semper_host.model.errors import AdmissionRefused
from semper_host.model.outcome import Satisfied

REASONS = ("compromise", "superseded")


def standing(said: Revocation, by: Any, logged: int, *, timed: bool = True) -> Standing:
    """A repository whose log has one revocation, since `logged`."""
    log: Any = None
    status = Status(1, b"", logged + 9, (sign(said, by),), (logged,) if timed else ())
    return Standing("a repository", log, status, logged + 9)


def verified(scenes: Any, *standings: Standing) -> Any:
    fair = scenes.fair
    return verify(scenes.sold.exported["buyer"], fair.trust.policy, fair.trust.roots, fair.clock(), standings)


def parties(scenes: Any) -> dict[str, bytes]:
    """The fingerprints of merchant, bank and trustee."""
    file, _ = read(scenes.sold.exported["buyer"])
    roots = scenes.fair.trust.roots
    opened = open_offer(file.offer, roots, file.at)
    bank = open_service_keys(opened.offer.payments[0].service_keys, "bank", roots, file.at)[1]
    trustee = open_service_keys(opened.offer.trustee, "trustee", roots, file.at)[1]
    found = {"merchant": opened.merchant, "bank": bank, "trustee": trustee}
    return {name: who.fingerprint for name, who in found.items()}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("role", ["merchant", "bank", "trustee"])
def test_a_certificate_that_was_revoked_before_the_deal_proves_nothing_in_it(
    scenes: Any, role: str, reason: str
) -> None:
    at = read(scenes.sold.exported["buyer"])[0].at
    said = Revocation("certificate", parties(scenes)[role], at - 60, reason, at - 60)
    with pytest.raises(AdmissionRefused, match=r"the offer \(bytes") as refused:
        verified(scenes, standing(said, scenes.fair.authorities.registering, at - 30))
    assert refused.value.code == "CHAIN_REVOKED"


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("timed", [True, False])
def test_what_was_revoked_after_the_deal_changes_no_verdict(scenes: Any, reason: str, timed: bool) -> None:
    """Also where the revocation reaches back, and whoever signed says so itself."""
    at = read(scenes.sold.exported["buyer"])[0].at
    for speaker in (scenes.fair.authorities.registering, scenes.fair.merchant):
        said = Revocation("certificate", parties(scenes)["merchant"], at - 60, reason, at + 60)
        assert verified(scenes, standing(said, speaker, at + 60, timed=timed)).outcome == Satisfied("sold")


def test_an_evaluation_that_was_taken_back_before_the_deal_does_not_carry_its_terms(scenes: Any) -> None:
    file, _ = read(scenes.sold.exported["buyer"])
    evaluation, at = digest(file.pack.evaluations[0]), file.at
    by = scenes.fair.authorities.evaluating
    early = Revocation("evaluation", evaluation, at - 60, "superseded", at - 60)
    with pytest.raises(AdmissionRefused, match=r"the archive \(bytes") as refused:
        verified(scenes, standing(early, by, at - 30))
    assert refused.value.code == "REVOKED_EVALUATION"
    late = Revocation("evaluation", evaluation, at + 60, "superseded", at + 60)
    assert verified(scenes, standing(late, by, at + 60)).outcome == Satisfied("sold")


def test_a_stranger_revokes_nothing(scenes: Any) -> None:
    at = read(scenes.sold.exported["buyer"])[0].at
    said = Revocation("certificate", parties(scenes)["merchant"], at - 60, "compromise", at - 60)
    assert verified(scenes, standing(said, scenes.fair.authorities.evaluating, at - 30)).outcome == Satisfied("sold")
