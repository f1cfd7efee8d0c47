"""Explanations: why a bundle may do what it may, and what is missing for the rest, from the evidence alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.admission.admit import examine
from semper_host.admission.ceiling import CEILING
from semper_host.admission.grounds import ground
from semper_host.admission.statements import Release, digest, sign
from semper_host.admission.trust import Quorum
from semper_host.admission.weighing import weigh
from semper_host.host.explaining import explain
from semper_host.model.grants import Capability
from tests.admission.logged_scene import HOUR, Scene


@pytest.fixture
def scene(world: Any) -> Scene:
    return Scene(world)


def said(scene: Scene, **changes: Any) -> str:
    given: dict[str, Any] = {
        "policy": scene.policy,
        "standings": [scene.standing()],
        "staple": scene.staple(),
        **changes,
    }
    policy, roots = given["policy"], scene.world.roots(scene.world.policy())
    examined = examine(scene.archive, scene.release, scene.now)
    grounds = ground(examined, policy, roots, given["standings"], given["staple"], scene.now)
    weighed = weigh(examined.manifest, examined.digest, scene.evaluations, policy, roots, scene.now, CEILING, grounds)
    return "\n".join(explain(examined.manifest, weighed, grounds, policy))


def test_it_says_why_a_bundle_may(scene: Scene) -> None:
    text = said(scene, policy=msgspec.structs.replace(scene.policy, vetoes=("Others",)))
    assert "in the log of Repository, seen by a quorum of its witnesses with 3 entries" in text
    assert "that counts until 2027-01-15 14:00 UTC" in text
    assert "Others could veto it, and did not" in text
    assert "evaluated by Evaluator One (vouched for by your root Evaluators)" in text
    assert (
        "may send messages to the bank of your purse (at most 100 times a deal), because Evaluator One vouches" in text
    )
    assert "to allow it" not in text


def test_it_says_that_the_proof_is_missing(scene: Scene) -> None:
    text = said(scene, staple=None)
    assert "it carries no proof from a log" in text
    assert "(LOG_MISSING)" in text
    assert "no evaluation of it counts" in text
    assert "nobody whom you trust has evaluated it" not in text  # somebody has, and that is not what is missing


def test_it_says_that_what_was_revoked_is_not_known_any_more(scene: Scene) -> None:
    text = said(scene, standings=[scene.standing(scene.now - 7 * HOUR)])
    assert "is 7 hours old" in text
    assert "Connect to the network" in text
    assert "(STATUS_STALE)" in text


def test_it_says_who_of_a_quorum_is_missing(scene: Scene) -> None:
    quorum = Quorum(grants=(Capability.COINS_HOLD,), authorities=("Evaluators", "Others"), needed=2)
    policy = msgspec.structs.replace(scene.policy, quorums=(quorum,))
    text = said(scene, policy=policy)
    assert "your policy needs 2 of Evaluators, Others to vouch for it; Evaluators did, not Others" in text
    assert "(GRANT_QUORUM)" in text
    scene.evaluations = [scene.one, scene.two]
    assert "because Evaluator One and Evaluator Two vouch for it" in said(scene, policy=policy)


def test_it_says_that_an_evaluation_was_taken_back(scene: Scene) -> None:
    scene.revoke_bundle(scene.world.evaluator.leaf, reason="steals coins")
    text = said(scene)
    assert "an evaluation does not count" in text
    assert "steals coins" in text
    assert "(REVOKED_EVALUATION)" in text


def test_it_says_that_nobody_evaluated_it(scene: Scene) -> None:
    scene.evaluations = []
    assert "(EVAL_MISSING)" in said(scene)


def test_it_says_which_version_is_newer(scene: Scene) -> None:
    newer = Release(bytes(32), "semper/ecash", "1.1.0", "payment-system", scene.now, 1, digest(scene.release))
    data = sign(newer, scene.world.publisher)
    scene.log.append(data)
    scene.head = data
    assert "has released version 1.1.0 since" in said(scene)
