"""Admission with a log: nothing beyond the baseline without proof, freshness and a quorum; and each way of lying."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.admission.admit import examine
from semper_host.admission.grounds import ground
from semper_host.admission.log_evidence import Staple, read_staple
from semper_host.admission.standing import Freshness
from semper_host.admission.statements import Release, digest, sign
from semper_host.admission.trust import Quorum
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import BASELINE, Capability, Grant
from semper_host.model.money import Money
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity
from tests.admission.log_world import LogWorld
from tests.admission.logged_scene import DAY, HOUR, Scene, refused

C = Capability
THIEF = SigningKey.from_seed(b"t" * 32)


# --- what is admitted


def test_a_proven_bundle_gets_what_it_asked_and_was_evaluated_for(scene: Scene) -> None:
    admitted = scene.admit()
    assert admitted.grants.allows(C.ASK_BANK)
    assert admitted.grants.allows(C.COINS_HOLD)
    assert admitted.grounds.repository == scene.log.name
    assert admitted.grounds.newest is not None
    assert admitted.grounds.newest == admitted.release
    assert admitted.grounds.fresh_until == scene.now + 6 * HOUR


def test_a_pack_carries_all_that_its_admission_needs(world: Any) -> None:
    log = LogWorld(world.now)
    archive = world.bundle()
    pack = log.pack(archive, world.release(archive), [world.evaluation(archive)])
    scene = Scene(world)
    scene.log = log
    admitted = scene.admit(staple=read_staple(pack.staple), evaluations=pack.evaluations)
    assert admitted.grants.allows(C.ASK_BANK)
    assert len(pack.staple) < 3000


# --- the baseline is all there is without


@pytest.mark.parametrize(
    ("code", "without"),
    [
        ("LOG_MISSING", {"staple": None}),
        ("ANCHOR_MISSING", {"standings": []}),
        ("ANCHOR_MISSING", {"staple": None, "standings": ()}),
    ],
)
def test_without_proof_or_repository_a_bundle_gets_nothing_beyond_the_baseline(
    scene: Scene, code: str, without: dict[str, Any]
) -> None:
    refused(code, scene, **without)
    harmless = scene.world.bundle("")
    release = scene.world.release(harmless)
    assert scene.admit(archive=harmless, release=release, evaluations=(), **without).grants == BASELINE
    optional = scene.world.bundle("  - {capability: bank.ledger, reason: keeps the books, optional: true}\n")
    vouched = scene.world.evaluation(optional, Grant(C.BANK_LEDGER))
    release = scene.world.release(optional)
    assert scene.admit(archive=optional, release=release, evaluations=[vouched], **without).grants == BASELINE


def test_a_repository_that_the_policy_does_not_name_does_not_count(scene: Scene) -> None:
    refused("ANCHOR_MISSING", scene, policy=scene.world.policy())
    other = replace(scene.standing(), repository="Somebody else")
    refused("ANCHOR_MISSING", scene, standings=[other])


def test_a_proof_from_another_log_does_not_count(scene: Scene) -> None:
    other = LogWorld(scene.now, origin="log.example/other", seed=b"other")
    for data in (scene.release, *scene.evaluations):
        other.append(data)
    refused("ANCHOR_MISSING", scene, staple=other.staple(scene.release, *scene.evaluations))


def test_a_proof_from_an_impostor_of_the_log_does_not_count(scene: Scene) -> None:
    impostor = LogWorld(scene.now, seed=b"another key under the same name")
    for data in (scene.release, *scene.evaluations):
        impostor.append(data)
    refused("LOG_INVALID", scene, staple=impostor.staple(scene.release, *scene.evaluations))


def test_one_dishonest_witness_of_three_is_no_quorum(scene: Scene) -> None:
    alone = scene.log.checkpoint(witnesses=scene.log.witnesses[:1])
    refused("LOG_QUORUM", scene, staple=scene.staple(checkpoint=alone))


def test_a_release_that_is_not_in_the_log_does_not_count(scene: Scene) -> None:
    staple = scene.staple()
    refused("LOG_MISSING", scene, staple=msgspec.structs.replace(staple, entries=staple.entries[1:]))


def test_an_evaluation_that_is_not_in_the_log_does_not_count(scene: Scene) -> None:
    unlogged = scene.world.evaluation(scene.archive, ends=DAY)
    assert "nobody" not in refused("LOG_MISSING", scene, evaluations=[unlogged]).message
    scene.evaluations = [scene.one]
    admitted = scene.admit(evaluations=[scene.one, unlogged])
    assert [by.name for _, by in admitted.vouched] == ["Evaluator One"]


def test_an_evaluation_entered_under_another_bundles_id_does_not_count(scene: Scene) -> None:
    late = scene.world.evaluation(scene.archive, ends=2 * DAY)
    scene.log.append(late, "semper/ecasn")
    scene.evaluations = [late]
    refused("LOG_INVALID", scene)


# --- the publisher's newest word


def later(scene: Scene, key: SigningKey | None = None, **changes: Any) -> bytes:
    """Return the release that follows the one of the scene, entered in the log."""
    said = Release(bytes(32), "semper/ecash", "1.1.0", "payment-system", scene.now, 1, digest(scene.release))
    data = sign(msgspec.structs.replace(said, **changes), key or scene.world.publisher)
    scene.log.append(data, "semper/ecash")
    return data


def test_a_release_is_its_own_head_until_a_later_one_is_shown(scene: Scene) -> None:
    assert scene.admit().grounds.newest == scene.admit().release
    assert scene.admit(staple=scene.staple(head=scene.release)).grounds.newest == scene.admit().release


def test_a_later_release_shows_in_the_head_and_leaves_the_older_one_usable(scene: Scene) -> None:
    scene.head = later(scene)
    admitted = scene.admit()
    assert admitted.vouched and admitted.grounds.newest is not None
    assert (admitted.grounds.newest.sequence, admitted.grounds.newest.version) == (1, "1.1.0")


def test_a_head_that_is_not_in_the_log_does_not_count(scene: Scene) -> None:
    staple = scene.log.staple(scene.release, *scene.evaluations)
    refused("LOG_MISSING", scene, staple=msgspec.structs.replace(staple, head=later(scene)))


def test_a_head_that_somebody_else_signed_or_that_is_no_release_does_not_count(scene: Scene) -> None:
    scene.head = later(scene, THIEF)
    refused("RELEASE_INVALID", scene)
    scene.head = scene.one
    refused("RELEASE_INVALID", scene)


@pytest.mark.parametrize("changes", [{"id": "semper/other"}, {"sequence": 0, "previous": b""}, {"sequence": -1}])
def test_a_head_that_is_no_later_release_of_the_bundle_breaks_the_chain(scene: Scene, changes: dict[str, Any]) -> None:
    scene.head = later(scene, **changes)
    refused("LOG_CHAIN", scene)


@pytest.mark.parametrize(("sequence", "previous"), [(1, b""), (0, bytes(32)), (-1, b""), (1, b"short")])
def test_a_release_that_does_not_say_what_came_before_it_is_refused(
    scene: Scene, sequence: int, previous: bytes
) -> None:
    said = Release(digest(scene.archive), "semper/ecash", "1.0.0", "payment-system", scene.now, sequence, previous)
    refused("RELEASE_INVALID", scene, release=sign(said, scene.world.publisher))


# --- freshness


def test_a_stale_list_of_revocations_grants_nothing(scene: Scene) -> None:
    old = scene.standing(scene.now - 6 * HOUR)
    refused("STATUS_STALE", scene, standings=[old])
    assert scene.admit(standings=[scene.standing(scene.now - 6 * HOUR + 1)]).vouched


def test_the_freshest_standing_of_a_log_decides(scene: Scene) -> None:
    old, new = scene.standing(scene.now - 9 * DAY), scene.standing()
    for standings in ([old, new], [new, old]):
        assert scene.admit(standings=standings).vouched


@pytest.mark.parametrize(
    ("freshness", "kind", "offline", "bound"),
    [
        ({}, "commerce-service", False, DAY),
        ({}, "payment-system", False, 6 * HOUR),
        ({}, "payment-system", True, 6 * HOUR),
        ({"default": "PT2H"}, "payment-system", False, 2 * HOUR),
        ({"default": "P3D"}, "commerce-service", False, 3 * DAY),
        ({"default": "P3D", "payment-system": "PT30M"}, "payment-system", False, 1800),
        ({"max_staleness": "P7D"}, "commerce-service", False, DAY),
        ({"max_staleness": "P7D"}, "commerce-service", True, 7 * DAY),
        ({"max_staleness": "P7D"}, "payment-system", True, 6 * HOUR),
        ({"max_staleness": "PT1H"}, "commerce-service", True, DAY),
    ],
)
def test_the_policy_says_for_how_long_a_list_counts(
    scene: Scene, freshness: dict[str, str], kind: str, offline: bool, bound: int
) -> None:
    policy = scene.log.trusted(scene.world.policy(), freshness=freshness)
    standing = scene.standing()
    assert standing.fresh_until(kind, policy.staleness, offline) == standing.at + bound


def test_a_payment_system_may_be_given_longer_only_up_to_the_default() -> None:
    assert Freshness(10, (("payment-system", 99),)).bound("payment-system") == 10


# --- signers are judged when a quorum had seen them, evaluations now


def test_a_certificate_that_ended_after_its_evaluation_was_logged_still_counts(scene: Scene, certify: Any) -> None:
    begin, end = scene.now - 50 * DAY, scene.now - 10 * DAY
    brief = certify(scene.world.evaluator.root, b"brief" * 8, "Brief", Purpose.EVALUATE, "semper:evaluate/brief",
                    Validity(begin, end))  # fmt: skip
    evaluation = scene.world.evaluation(scene.archive, by=brief)
    scene.log.append(evaluation, at=end - 1)
    scene.log.at = scene.now
    scene.evaluations = [evaluation]
    assert scene.admit().vouched[0].by.name == "Brief"
    late = scene.log.staple(scene.release, evaluation, first=False)
    refused("CHAIN_EXPIRED", scene, staple=late)  # nothing proves that it was there in time


def test_a_certificate_that_began_after_its_evaluation_was_logged_does_not_count(scene: Scene, certify: Any) -> None:
    later = certify(scene.world.evaluator.root, b"later" * 8, "Later", Purpose.EVALUATE, "semper:evaluate/later",
                    Validity(scene.now - DAY, scene.now + DAY))  # fmt: skip
    evaluation = scene.world.evaluation(scene.archive, by=later)
    scene.log.append(evaluation, at=scene.now - 2 * DAY)
    scene.log.at = scene.now
    scene.evaluations = [evaluation]
    refused("CHAIN_EXPIRED", scene)


def test_an_evaluation_that_has_expired_does_not_count_whenever_it_was_logged(scene: Scene) -> None:
    evaluation = scene.world.evaluation(scene.archive, ends=-10)
    scene.log.append(evaluation, at=scene.now - 5 * DAY)
    scene.log.at = scene.now
    scene.evaluations = [evaluation]
    refused("EVAL_EXPIRED", scene)


# --- hosts


def test_a_host_older_than_the_repository_asks_for_is_refused(scene: Scene) -> None:
    scene.log.minimum_host = "999.0.0"
    refused("VERSION_UNSUPPORTED", scene)
    scene.log.minimum_host = "the newest"
    assert refused("ANCHOR_INVALID", scene).evidence == b"the newest"


# --- quorums


def quorum(needed: int, *names: str, **about: Any) -> Quorum:
    return Quorum(authorities=names or ("Evaluators", "Others"), needed=needed, **about)


def test_a_quorum_needs_so_many_of_its_authorities(scene: Scene) -> None:
    policy = scene.log.trusted(scene.world.policy(), quorums=(quorum(2, grants=(C.COINS_HOLD,)),))
    message = refused("GRANT_QUORUM", scene, policy=policy).message
    assert "2 of Evaluators, Others" in message
    assert "not Others" in message
    scene.evaluations = [scene.one, scene.two]
    assert scene.admit(policy=policy).grants.allows(C.COINS_HOLD)


def test_a_quorum_for_a_kind_concerns_all_that_it_asks(scene: Scene) -> None:
    policy = scene.log.trusted(scene.world.policy(), quorums=(quorum(2, kinds=("payment-system",)),))
    refused("GRANT_QUORUM", scene, policy=policy)
    other = scene.log.trusted(scene.world.policy(), quorums=(quorum(2, kinds=("commerce-service",)),))
    assert scene.admit(policy=other).vouched


def test_one_authority_is_not_a_quorum_however_often_it_says_so(scene: Scene, certify: Any) -> None:
    policy = scene.log.trusted(scene.world.policy(), quorums=(quorum(2, kinds=("payment-system",)),))
    second = certify(scene.world.evaluator.root, b"second" * 8, "Second", Purpose.EVALUATE, "semper:evaluate/second",
                     Validity(scene.now - DAY, scene.now + DAY))  # fmt: skip
    again, same = scene.world.evaluation(scene.archive, by=second), scene.world.evaluation(scene.archive, ends=DAY)
    for data in (again, same):
        scene.log.append(data)
    scene.evaluations = [scene.one, again, same]
    refused("GRANT_QUORUM", scene, policy=policy)


def test_a_quorum_grants_what_each_of_it_allows(scene: Scene) -> None:
    narrow = scene.world.evaluation(scene.archive, Grant(C.ASK_BANK, calls=2), Grant(C.COINS_HOLD, Money(500, "EUR")),
                                    by=scene.world.other.leaf)  # fmt: skip
    scene.log.append(narrow)
    scene.evaluations = [scene.one, narrow]
    policy = scene.log.trusted(scene.world.policy(), quorums=(quorum(2, kinds=("payment-system",)),))
    items = scene.admit(policy=policy).grants.items
    assert items == (Grant(C.ASK_BANK, calls=2), Grant(C.COINS_HOLD, Money(500, "EUR")))
    assert scene.admit().grants.items[0] == Grant(C.ASK_BANK, calls=100)  # without a quorum the wider one suffices


def test_a_quorum_whose_members_allow_different_things_grants_nothing(scene: Scene) -> None:
    dollars = scene.world.evaluation(scene.archive, Grant(C.ASK_BANK), Grant(C.COINS_HOLD, Money(500, "EUR")),
                                     by=scene.world.other.leaf)  # fmt: skip
    zero = scene.world.evaluation(scene.archive, Grant(C.ASK_BANK), by=scene.world.other.leaf, ends=DAY)
    for data in (dollars, zero):
        scene.log.append(data)
    policy = scene.log.trusted(scene.world.policy(), quorums=(quorum(2, grants=(C.COINS_HOLD,)),))
    scene.evaluations = [scene.one, zero]
    refused("GRANT_QUORUM", scene, policy=policy)
    scene.evaluations = [scene.one, zero, dollars]
    assert scene.admit(policy=policy).grants.items[1] == Grant(C.COINS_HOLD, Money(500, "EUR"))


def test_no_quorum_lifts_a_denial(scene: Scene) -> None:
    scene.evaluations = [scene.one, scene.two]
    policy = scene.log.trusted(scene.world.policy(deny=(C.COINS_HOLD,)), quorums=(quorum(1, grants=(C.COINS_HOLD,)),))
    refused("GRANT_DENIED", scene, policy=policy)


# --- properties

def rights(scene: Scene, evaluations: tuple[bytes, ...], staple: Staple | None, standings: list[Any]) -> Any:
    """Return how much is granted: -1 refused, else the number of grants."""
    try:
        return len(scene.admit(evaluations=evaluations, staple=staple, standings=standings).grants.items)
    except AdmissionRefused:
        return -1


@settings(max_examples=40, deadline=None)
@given(st.permutations(("standing", "release", "head", "one", "two", "evaluation1", "evaluation2", "staple")))
def test_taking_positive_evidence_away_in_any_order_never_adds_a_right(world: Any, order: list[str]) -> None:
    scene = Scene(world)
    optional = "  - {capability: ask.bank, reason: talks, optional: true}\n" \
               "  - {capability: coins.hold, reason: makes coins, optional: true}\n"  # fmt: skip
    scene.archive = world.bundle(optional)
    scene.release = world.release(scene.archive)
    scene.one = world.evaluation(scene.archive, Grant(C.ASK_BANK))
    scene.two = world.evaluation(scene.archive, Grant(C.COINS_HOLD), by=world.other.leaf)
    scene.log.append(scene.release)
    head = later(scene)
    for data in (scene.one, scene.two):
        scene.log.append(data)
    named = {"release": scene.release, "head": head, "one": scene.one, "two": scene.two}
    left = set(order)
    before = 2
    for step in [None, *order]:
        left.discard(step or "")
        shown = [named[name] for name in ("release", "head", "one", "two") if name in left]
        staple = scene.log.staple(*shown) if "staple" in left else None
        if staple is not None and "head" in left:
            staple = msgspec.structs.replace(staple, head=head)
        evaluations = [data for n, data in (("1", scene.one), ("2", scene.two)) if f"evaluation{n}" in left]
        standings = [scene.standing()] if "standing" in left else []
        after = rights(scene, tuple(evaluations), staple, standings)
        assert 0 <= after <= before, step
        before = after
    assert before == 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30 * DAY), st.booleans())
def test_without_a_fresh_list_nothing_is_granted_beyond_the_baseline(world: Any, age: int, offline: bool) -> None:
    scene = Scene(world)
    standing = scene.standing(scene.now - age)
    if age < 6 * HOUR:
        assert scene.admit(standings=[standing], offline=offline).vouched
    else:
        refused("STATUS_STALE", scene, standings=[standing], offline=offline)


def test_any_changed_byte_of_the_staple_takes_the_ground_away(world: Any) -> None:
    scene = Scene(world)
    scene.log.witnesses = scene.log.witnesses[:2]  # a quorum and not one more
    staple, standings = scene.staple(status=b""), [scene.standing()]
    policy, roots = scene.policy, world.roots(world.policy())
    examined = examine(scene.archive, scene.release, scene.now)
    data = encode(staple)
    assert ground(examined, policy, roots, standings, staple, scene.now).logged is not None
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            read = read_staple(changed)
            if msgspec.structs.replace(read, anchor=(), status=b"") == staple:
                break  # only anchor and status follow, which the host judges
            grounds = ground(examined, policy, roots, standings, read, scene.now)
        except AdmissionRefused as error:
            assert error.code == "LOG_INVALID"
            continue
        if grounds.lacking is None:  # an evaluation's proof was renamed into that of another statement: it counts less
            with pytest.raises(AdmissionRefused) as caught:
                scene.admit(staple=read, standings=standings)
            grounds = grounds._replace(lacking=caught.value)
        assert grounds.lacking is not None
        assert grounds.lacking.code.split("_")[0] in ("LOG", "ANCHOR", "SIG"), at
    assert at > len(data) - 8
