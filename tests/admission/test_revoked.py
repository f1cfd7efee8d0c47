"""Negative evidence: what a revocation, withdrawal or rotation takes away, who may say it, and from when on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from semper_host.admission.revoked import Negative
from semper_host.admission.standing import check_complete, open_status
from semper_host.admission.statements import (
    CEASED,
    CERTIFICATE_TARGET,
    EVALUATION_TARGET,
    KEY_TARGET,
    ROTATION_DELAY,
    SUPERSEDED,
    Revocation,
    Rotation,
    RotationApproval,
    Status,
    Withdrawal,
    digest,
    sign,
)
from semper_host.admission.weighing import Vouched
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_intermediate, issue_leaf
from tests.admission.log_world import LogWorld
from tests.admission.logged_scene import DAY, Scene, refused

THIEF, NEXT, RECOVERY = (SigningKey.from_seed(letter * 32) for letter in (b"t", b"n", b"y"))
WEEK = ROTATION_DELAY


# --- bundles


def test_a_bundle_that_its_publisher_revoked_does_not_run_even_with_the_baseline(scene: Scene) -> None:
    harmless = scene.world.bundle("")
    scene.archive, scene.release, scene.evaluations = harmless, scene.world.release(harmless), []
    scene.log.append(scene.release)
    said = scene.revoke_bundle(scene.world.publisher)
    assert refused("REVOKED_BUNDLE", scene).evidence == said
    assert refused("REVOKED_BUNDLE", scene, staple=None).evidence == said


def test_an_authority_with_a_veto_stops_a_bundle_that_others_vouch_for(scene: Scene) -> None:
    scene.revoke_bundle(scene.world.other.leaf, reason="steals money")
    assert scene.admit().vouched  # it did not evaluate it, and has no veto
    policy = msgspec.structs.replace(scene.policy, vetoes=("Others",))
    assert "steals money" in refused("GRANT_VETOED", scene, policy=policy).message


def test_an_authority_that_revokes_a_bundle_takes_its_own_evaluation_back_and_no_others(scene: Scene) -> None:
    scene.evaluations = [scene.one, scene.two]
    scene.revoke_bundle(scene.world.other.leaf)
    admitted = scene.admit()
    assert [by.name for _, by in admitted.vouched] == ["Evaluator One"]
    scene.revoke_bundle(scene.world.evaluator.leaf)
    refused("REVOKED_EVALUATION", scene)


def test_strangers_revoke_nothing(scene: Scene) -> None:
    stranger = scene.world.registrar.leaf  # certified, but for something else
    for key in (THIEF, stranger):
        scene.revoke_bundle(key)
        scene.revoke(KEY_TARGET, scene.world.publisher.public, key)
        scene.revoke(EVALUATION_TARGET, digest(scene.one), key)
        scene.revoke(CERTIFICATE_TARGET, scene.world.evaluator.leaf.fingerprint, key)
        scene.say(Withdrawal("semper/ecash", digest(scene.archive), "", scene.now), key)
    assert scene.admit().vouched


def test_a_forged_revocation_counts_for_nothing(scene: Scene) -> None:
    real = sign(Revocation("bundle", bytes(32), 0, "", scene.now), scene.world.publisher)
    forged = real.replace(bytes(32), digest(scene.archive))
    scene.log.append(forged)
    assert scene.admit().vouched


def test_a_withdrawn_version_is_no_longer_admitted_but_what_began_before_goes_on(scene: Scene) -> None:
    scene.say(Withdrawal("semper/ecash", digest(scene.archive), "too old", scene.now), scene.world.publisher)
    assert "too old" in refused("WITHDRAWN", scene).message
    assert scene.admit(now=scene.now - 1).vouched  # a deal is judged as of when it began


# --- evaluations


@pytest.mark.parametrize("who", ["evaluator.leaf", "evaluator.root"])
def test_an_evaluation_taken_back_does_not_count(scene: Scene, who: str) -> None:
    authority, key = who.split(".")
    scene.revoke(EVALUATION_TARGET, digest(scene.one), getattr(getattr(scene.world, authority), key))
    refused("REVOKED_EVALUATION", scene)


def test_another_authority_can_not_take_an_evaluation_back(scene: Scene) -> None:
    for key in (scene.world.other.leaf, scene.world.other.root):
        scene.revoke(EVALUATION_TARGET, digest(scene.one), key)
    assert scene.admit().vouched


def test_a_renewed_key_of_the_same_authority_may_take_its_evaluation_back(scene: Scene, certify: Any) -> None:
    validity = Validity(scene.now - DAY, scene.now + DAY)
    root = scene.world.evaluator.root
    namesake = certify(root, b"renewed" * 8, "Renewed", Purpose.EVALUATE, "semper:evaluate/else", validity)
    scene.revoke(EVALUATION_TARGET, digest(scene.one), namesake)
    assert scene.admit().vouched
    renewed = certify(root, b"renewed" * 8, "Renewed", Purpose.EVALUATE, "semper:evaluate/one", validity)
    scene.revoke(EVALUATION_TARGET, digest(scene.one), renewed)
    refused("REVOKED_EVALUATION", scene)


def test_an_evaluation_revoked_from_a_later_time_counts_until_then(scene: Scene) -> None:
    later = scene.now + 100
    scene.revoke(EVALUATION_TARGET, digest(scene.one), scene.world.evaluator.leaf, since=later, reason=SUPERSEDED)
    assert scene.admit().vouched
    assert scene.admit(now=later - 1).vouched
    refused("REVOKED_EVALUATION", scene, now=later)


# --- certificates (X.509 revocation)


@pytest.mark.parametrize("who", ["evaluator.leaf", "evaluator.root"])
def test_a_compromised_certificate_voids_all_it_ever_signed(scene: Scene, who: str) -> None:
    authority, key = who.split(".")
    fingerprint = scene.world.evaluator.leaf.fingerprint
    speaker = getattr(getattr(scene.world, authority), key)
    scene.revoke(CERTIFICATE_TARGET, fingerprint, speaker, since=scene.now + 99)
    refused("CHAIN_REVOKED", scene)


@pytest.mark.parametrize("reason", [SUPERSEDED, CEASED])
def test_a_certificate_given_up_in_order_leaves_what_was_logged_before(scene: Scene, reason: str) -> None:
    logged = next(each.at for each in scene.log.entered if each.data == scene.one)
    fingerprint, root = scene.world.evaluator.leaf.fingerprint, scene.world.evaluator.root
    scene.revoke(CERTIFICATE_TARGET, fingerprint, root, since=logged + 1, reason=reason)
    assert scene.admit().vouched
    scene.revoke(CERTIFICATE_TARGET, fingerprint, root, since=logged, reason=reason)
    refused("CHAIN_REVOKED", scene)


def test_a_certificate_given_up_is_judged_by_the_time_that_is_proven(scene: Scene) -> None:
    fingerprint, root = scene.world.evaluator.leaf.fingerprint, scene.world.evaluator.root
    scene.revoke(CERTIFICATE_TARGET, fingerprint, root, since=scene.now - DAY, reason=CEASED)
    assert scene.admit().vouched
    unproven = scene.log.staple(scene.release, scene.one, head=scene.head, first=False)
    refused("CHAIN_REVOKED", scene, staple=unproven)


def test_another_root_can_not_revoke_a_certificate(scene: Scene) -> None:
    fingerprint = scene.world.evaluator.leaf.fingerprint
    for key in (scene.world.other.root, scene.world.other.leaf, scene.world.registrar.root):
        scene.revoke(CERTIFICATE_TARGET, fingerprint, key)
    assert scene.admit().vouched


def test_a_sibling_under_the_same_root_can_not_revoke_a_certificate(scene: Scene, certify: Any) -> None:
    validity = Validity(scene.now - DAY, scene.now + DAY)
    sibling = certify(scene.world.evaluator.root, b"sibling" * 8, "S", Purpose.EVALUATE, "semper:evaluate/s", validity)
    scene.revoke(CERTIFICATE_TARGET, scene.world.evaluator.leaf.fingerprint, sibling)
    assert scene.admit().vouched


def test_a_revoked_intermediate_voids_what_it_certified(scene: Scene) -> None:
    root, validity = scene.world.evaluator.root, Validity(scene.now - 60 * DAY, scene.now + DAY)
    middle_key, leaf_key = P256Key.from_seed(b"middle" * 8), P256Key.from_seed(b"lower" * 8)
    purposes = frozenset({Purpose.EVALUATE})
    middle = CertifiedKey(middle_key, issue_intermediate(Applicant("M", middle_key.public, purposes), validity, root))
    applicant = Applicant("Below", leaf_key.public, purposes, ("semper:evaluate/below",))
    leaf = CertifiedKey(leaf_key, issue_leaf(applicant, validity, middle))
    evaluation = scene.world.evaluation(scene.archive, by=leaf)
    scene.log.append(evaluation)
    scene.evaluations = [evaluation]
    assert scene.admit().vouched
    scene.revoke(CERTIFICATE_TARGET, middle_key.fingerprint, root)
    refused("CHAIN_REVOKED", scene)


@pytest.mark.parametrize("speaker", ["leaf", "root"])
def test_a_revoked_merchant_is_known_as_such(scene: Scene, speaker: str) -> None:
    merchant = scene.world.registrar.leaf
    vouched = Vouched(*_certified(scene, merchant))
    negative = Negative((scene.standing(),), scene.world.roots())
    negative.check_certified(vouched.by, scene.now)
    scene.revoke(CERTIFICATE_TARGET, merchant.fingerprint, getattr(scene.world.registrar, speaker))
    with pytest.raises(AdmissionRefused) as caught:
        Negative((scene.standing(),), scene.world.roots()).check_certified(vouched.by, scene.now)
    assert caught.value.code == "CHAIN_REVOKED"


def _certified(scene: Scene, key: CertifiedKey) -> Any:
    from semper_host.supporting.cryptographic import cose

    data = cose.sign1_certified(b"\xa0", "offer", key)
    return None, cose.open1_certified(data, "offer", Purpose.MERCHANT, scene.world.roots(), scene.now)


# --- publishers' keys


def test_a_compromised_key_voids_every_release_it_signed(scene: Scene) -> None:
    key = scene.world.publisher
    said = scene.revoke(KEY_TARGET, key.public, key, since=scene.now + 99)
    assert refused("REVOKED_KEY", scene).evidence == said


def test_a_compromise_does_not_change_what_was_decided_with_what_was_known(scene: Scene) -> None:
    """A judge asks with the standing of then: what is in the evidence, not what came to light later."""
    known = scene.standing()
    scene.revoke(KEY_TARGET, scene.world.publisher.public, scene.world.publisher)
    assert scene.admit(standings=[known]).vouched
    refused("REVOKED_KEY", scene)


def test_a_key_given_up_in_order_leaves_what_was_logged_before(scene: Scene) -> None:
    key = scene.world.publisher
    logged = scene.log.entered[0].at
    scene.revoke(KEY_TARGET, key.public, key, since=logged + 1, reason=SUPERSEDED)
    assert scene.admit().vouched
    scene.revoke(KEY_TARGET, key.public, key, since=logged, reason=SUPERSEDED)
    refused("REVOKED_KEY", scene)


def test_an_authority_with_a_veto_may_revoke_a_publishers_key(scene: Scene) -> None:
    scene.revoke(KEY_TARGET, scene.world.publisher.public, scene.world.other.leaf)
    assert scene.admit().vouched
    refused("REVOKED_KEY", scene, policy=msgspec.structs.replace(scene.policy, vetoes=("Others",)))


# --- namespaces


def rotation(scene: Scene, new: SigningKey, *, at: int, effective: int = 0, recovery: bytes | None = None) -> bytes:
    key = scene.world.publisher
    return scene.say(Rotation("semper", key.public, new.public, recovery, at, effective), key, at)


def test_after_a_rotation_the_old_keys_earlier_releases_stay_good(scene: Scene) -> None:
    rotation(scene, NEXT, at=scene.now - 20 * DAY)
    scene.log.at = scene.now
    assert scene.admit().vouched


def test_after_a_rotation_the_old_key_releases_nothing_any_more(scene: Scene) -> None:
    rotation(scene, NEXT, at=scene.now - 2 * WEEK)
    scene.archive = scene.world.bundle(version="2.0.0")
    scene.release = scene.world.release(scene.archive, version="2.0.0")
    scene.one = scene.world.evaluation(scene.archive)
    scene.evaluations = [scene.one]
    for data in (scene.release, scene.one):
        scene.log.append(data, at=scene.now - DAY)
    scene.log.at = scene.now
    refused("NAMESPACE_OWNER", scene)


def test_a_rotation_that_is_not_in_effect_yet_changes_nothing(scene: Scene) -> None:
    rotation(scene, NEXT, at=scene.now - WEEK + 1)
    scene.log.at = scene.now
    assert scene.admit().vouched


def test_a_rotation_that_the_old_key_did_not_sign_counts_for_nothing(scene: Scene) -> None:
    forged = Rotation("semper", scene.world.publisher.public, THIEF.public, None, 0, 0)
    scene.say(forged, THIEF, scene.now - 30 * DAY)
    scene.log.at = scene.now
    assert scene.admit().vouched


@pytest.mark.parametrize("who", ["recovery", "authority", "thief"])
def test_an_approval_counts_from_a_recovery_key_or_a_trusted_authority(scene: Scene, who: str) -> None:
    rotation(scene, scene.world.publisher, at=scene.now - 39 * DAY, recovery=RECOVERY.public)
    moved = rotation(scene, NEXT, at=scene.now - 2 * DAY)
    by: dict[str, Any] = {"recovery": RECOVERY, "authority": scene.world.other.leaf, "thief": THIEF}
    scene.say(RotationApproval(digest(moved), scene.now - DAY), by[who], scene.now - DAY)
    scene.log.at = scene.now
    owning = frozenset([scene.log.name])
    lineage = Negative((scene.standing(),), scene.world.roots(), owning=owning).lineage("semper", scene.now)
    assert lineage is not None
    assert lineage.current.key == (scene.world.publisher if who == "thief" else NEXT).public
    assert lineage.current.recovery == RECOVERY.public


def test_a_recovery_key_may_revoke_a_bundle_and_a_key_of_its_namespace(scene: Scene) -> None:
    rotation(scene, scene.world.publisher, at=scene.now - 39 * DAY, recovery=RECOVERY.public)
    scene.revoke_bundle(RECOVERY)
    refused("REVOKED_BUNDLE", scene)
    again = Scene(scene.world)
    rotation(again, again.world.publisher, at=again.now - 39 * DAY, recovery=RECOVERY.public)
    again.revoke(KEY_TARGET, again.world.publisher.public, RECOVERY)
    refused("REVOKED_KEY", again)


# --- another repository that the user trusts, and that lies


def meddled(scene: Scene, *said: tuple[Any, Any], minimum_host: str = "0.0.0") -> dict[str, Any]:
    """What an admission is given where the user also trusts a log that holds whatever its keeper likes."""
    other = LogWorld(scene.now - 39 * DAY, name="Meddler", origin="meddler.example/log", seed=b"meddler")
    other.minimum_host = minimum_host
    for statement, key in said:
        other.append(sign(statement, key), "semper/ecash")
    other.at = scene.now
    return {"policy": other.trusted(scene.policy), "standings": [other.standing(), scene.standing()]}


def test_another_repository_does_not_say_who_owns_what_is_in_this_one(scene: Scene) -> None:
    at = scene.now - 39 * DAY
    taken = Rotation("semper", THIEF.public, NEXT.public, None, at, at)
    assert scene.admit(**meddled(scene, (taken, THIEF))).vouched


def test_another_repository_does_not_name_a_recovery_key_that_revokes_what_is_in_this_one(scene: Scene) -> None:
    at = scene.now - 39 * DAY
    named = Rotation("semper", THIEF.public, THIEF.public, RECOVERY.public, at, at)
    revoked = Revocation("bundle", digest(scene.archive), 0, "compromise", at)
    own = Revocation("key", scene.world.publisher.public, 0, "compromise", at)
    assert scene.admit(**meddled(scene, (named, THIEF), (revoked, RECOVERY), (own, RECOVERY))).vouched
    true = (Revocation("bundle", digest(scene.archive), 0, "compromise", at), scene.world.publisher)
    refused("REVOKED_BUNDLE", scene, **meddled(scene, true))  # what its publisher says counts wherever it is heard


def test_another_repository_does_not_say_which_host_is_too_old_for_what_is_in_this_one(scene: Scene) -> None:
    for minimum in ("999.0.0", "the newest"):
        assert scene.admit(**meddled(scene, minimum_host=minimum)).vouched


# --- the list itself


def status_refused(call: Callable[[], object]) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call()
    assert caught.value.code == "STATUS_INVALID", caught.value.message
    return caught.value.message


def test_every_changed_byte_of_a_status_is_refused(scene: Scene) -> None:
    scene.revoke_bundle(scene.world.publisher)
    data = scene.log.status()
    assert len(open_status(data, scene.log.policy, scene.now).statements) == 1
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        status_refused(lambda changed=changed: open_status(changed, scene.log.policy, scene.now))  # type: ignore[misc]


def test_a_status_of_the_future_by_another_key_or_with_what_is_not_negative_is_refused(scene: Scene) -> None:
    policy, now = scene.log.policy, scene.now
    assert "clock" in status_refused(lambda: open_status(scene.log.status(now + 301), policy, now))
    open_status(scene.log.status(now + 300), policy, now)
    status_refused(lambda: open_status(sign(Status(0, bytes(32), now, ()), THIEF), policy, now))
    status_refused(lambda: open_status(scene.log.status(statements=[scene.one]), policy, now))
    status_refused(lambda: open_status(scene.log.status(statements=[b"junk"]), policy, now))
    uneven = Status(0, bytes(32), now, (), (1,))
    status_refused(lambda: open_status(sign(uneven, scene.log.status_key), policy, now))


def test_an_auditor_sees_whether_a_status_is_complete(scene: Scene) -> None:
    first, second = scene.revoke_bundle(scene.world.publisher), scene.revoke_bundle(THIEF)
    leaves = [each.entry.leaf for each in scene.log.entered]
    now = scene.now

    def status(*statements: bytes) -> Status:
        return open_status(scene.log.status(statements=statements), scene.log.policy, now)

    check_complete(status(first, second), leaves)
    check_complete(status(first, second), [*leaves, b"what came later"])
    for wrong in ((first,), (second,), (second, first), (first, first, second), ()):
        status_refused(lambda wrong=wrong: check_complete(status(*wrong), leaves))  # type: ignore[misc]
    status_refused(lambda: check_complete(status(first, second), leaves[:-1]))
    status_refused(lambda: check_complete(status(first, second), [leaves[1], leaves[0], *leaves[2:]]))
