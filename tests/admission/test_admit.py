"""The decision: each way of lying about a bundle, and what it gets. A row an attack."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.admission.admit import CLOCK_SKEW, admit, examine
from semper_host.admission.archive_format import pack
from semper_host.admission.build import build
from semper_host.admission.ceiling import CEILING, runtime_grants
from semper_host.admission.statements import Release, digest, sign_release
from semper_host.admission.trust import NOBODY, roots
from semper_host.host.policy_editing import add_authority, remove_authority
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import BASELINE, Capability, Grant, Grants
from semper_host.model.money import Money
from semper_host.model.request_tables import NEEDS
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity, issue_root

C = Capability
DAY = 86_400


def refused(code: str, call: Any, *arguments: Any, **named: Any) -> str:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.startswith("cannot ")
    return caught.value.message


@pytest.fixture
def archive(world: Any) -> Any:
    return world.bundle()


# --- what is admitted


def test_an_evaluated_bundle_gets_what_it_asked_and_was_evaluated_for(world: Any, archive: Any) -> None:
    admitted = world.admit(archive, world.evaluation(archive))
    assert admitted.grants == Grants(
        (Grant(C.ASK_BANK, calls=100), Grant(C.COINS_HOLD, most=Money(10_000, "EUR"))), evaluated=True
    )
    assert admitted.digest == digest(archive)
    assert admitted.evaluated_by is not None
    assert admitted.evaluated_by.name == "Evaluator One"
    assert admitted.conditions == ("for courseware only",)
    assert set(admitted.files) == {"manifest.yaml", "payer.py", "bank.py"}


def test_a_bundle_that_asks_for_nothing_runs_with_the_baseline_unevaluated(world: Any) -> None:
    admitted = world.admit(world.bundle(""))
    assert admitted.grants == BASELINE
    assert admitted.evaluated_by is None


def test_a_bundle_does_without_what_is_optional(world: Any) -> None:
    archive = world.bundle("  - {capability: bank.ledger, reason: keeps the books, optional: true}\n")
    assert world.admit(archive).grants == BASELINE
    wanted = world.evaluation(archive, Grant(C.BANK_LEDGER))
    assert world.admit(archive, wanted).grants.allows(C.BANK_LEDGER)


def test_two_evaluations_that_each_cover_a_part_cover_both(world: Any, archive: Any) -> None:
    one = world.evaluation(archive, Grant(C.ASK_BANK))
    two = world.evaluation(archive, Grant(C.COINS_HOLD), by=world.other.leaf)
    refused("GRANT_DENIED", world.admit, archive, one)
    refused("GRANT_DENIED", world.admit, archive, two)
    assert [by.name for _, by in world.admit(archive, one, two).vouched] == ["Evaluator One", "Evaluator Two"]


# --- grants are never wider than each of those who decide


def test_an_evaluation_wider_than_the_request_adds_nothing(world: Any) -> None:
    archive = world.bundle("  - {capability: ask.bank, calls: 3, reason: talks}\n")
    wide = world.evaluation(archive, Grant(C.ASK_BANK, calls=999), Grant(C.COINS_HOLD), Grant(C.BANK_LEDGER))
    assert world.admit(archive, wide).grants.items == (Grant(C.ASK_BANK, calls=3),)


def test_an_evaluation_narrower_than_the_request_narrows_it(world: Any, archive: Any) -> None:
    narrow = world.evaluation(archive, Grant(C.ASK_BANK, calls=2), Grant(C.COINS_HOLD, most=Money(500, "EUR")))
    items = world.admit(archive, narrow).grants.items
    assert items == (Grant(C.ASK_BANK, calls=2), Grant(C.COINS_HOLD, most=Money(500, "EUR")))


@pytest.mark.parametrize(
    "useless",
    [
        Grant(C.COINS_HOLD, most=Money(10_000, "USD")),
        Grant(C.COINS_HOLD, calls=0),
        Grant(C.COINS_HOLD, most=Money(-1, "EUR")),
    ],
)
def test_an_evaluation_that_leaves_nothing_of_a_request_denies_it(world: Any, archive: Any, useless: Any) -> None:
    refused("GRANT_DENIED", world.admit, archive, world.evaluation(archive, Grant(C.ASK_BANK), useless))


def test_a_denial_in_the_users_policy_wins_over_every_evaluation(world: Any, archive: Any) -> None:
    both = (world.evaluation(archive), world.evaluation(archive, by=world.other.leaf))
    message = refused("GRANT_DENIED", world.admit, archive, *both, policy=world.policy(deny=(C.COINS_HOLD,)))
    assert "your policy denies it" in message


def test_an_authority_can_not_vouch_beyond_its_allowance(world: Any, archive: Any) -> None:
    policy = world.policy(grants=(C.ASK_BANK,))
    message = refused("GRANT_DENIED", world.admit, archive, world.evaluation(archive), policy=policy)
    assert "your policy does not let Evaluators vouch for it" in message


def test_no_evaluation_lifts_the_hosts_ceiling(world: Any) -> None:
    archive = world.bundle("  - {capability: money.pay, most: 1.00 EUR, reason: wants money}\n")
    message = refused("GRANT_DENIED", world.admit, archive, world.evaluation(archive, Grant(C.MONEY_PAY)))
    assert "this host gives it to no payment-system" in message


def test_running_code_is_let_do_nothing_by_a_commerce_services_grants() -> None:
    everything = Grants(tuple(Grant(capability) for capability in Capability), evaluated=True)
    assert runtime_grants("commerce-service", everything) == Grants((), evaluated=True)
    for kind in ("payment-system", "item-manager"):
        running = {grant.capability for grant in runtime_grants(kind, everything).items}
        assert running == CEILING[kind]
        assert C.MONEY_PAY not in running


def test_every_request_has_its_capability_in_a_ceiling_but_paying() -> None:
    served = CEILING["payment-system"] | CEILING["item-manager"]
    assert {need for need in NEEDS.values() if need} - served == {C.MONEY_PAY}


# --- evaluations that do not count


def test_nobody_evaluated_it(world: Any, archive: Any) -> None:
    message = refused("EVAL_MISSING", world.admit, archive)
    assert "have coins made" in message
    assert "100.00 EUR" in message


def test_an_evaluation_transplanted_from_another_bundle_does_not_count(world: Any, archive: Any) -> None:
    other = world.bundle(version="1.0.1")
    assert "another bundle" in refused("EVAL_INVALID", world.admit, archive, world.evaluation(other))


def test_an_evaluation_of_a_look_alike_id_does_not_count(world: Any) -> None:
    honest, look_alike = world.bundle(), world.bundle(id="semper/ecasn")
    release = world.release(look_alike, id="semper/ecasn")
    refused("EVAL_INVALID", world.admit, look_alike, world.evaluation(honest), release=release)


def test_an_evaluation_whose_subject_was_rewritten_does_not_count(world: Any, archive: Any) -> None:
    other = world.bundle(version="1.0.1")
    forged = world.evaluation(other).replace(digest(other), digest(archive))
    refused("EVAL_INVALID", world.admit, archive, forged)


def test_an_expired_evaluation_does_not_count_from_its_last_second_on(world: Any, archive: Any) -> None:
    brief = world.evaluation(archive, ends=10)
    assert world.admit(archive, brief, now=world.now + 9)
    assert "expired" in refused("EVAL_EXPIRED", world.admit, archive, brief, now=world.now + 10)


def test_an_evaluation_of_the_future_does_not_count_yet(world: Any, archive: Any) -> None:
    assert "not valid yet" in refused("EVAL_EXPIRED", world.admit, archive, world.evaluation(archive, begins=DAY))


def test_an_evaluation_by_somebody_certified_for_another_purpose_does_not_count(world: Any, archive: Any) -> None:
    refused("CHAIN_PURPOSE", world.admit, archive, world.evaluation(archive, by=world.registrar.leaf))


def test_an_evaluation_by_a_merchant_whose_root_may_certify_evaluators_does_not_count(
    world: Any, archive: Any, certify: Any
) -> None:
    validity = Validity(world.now - DAY, world.now + DAY)
    root = issue_root("Both", P256Key.from_seed(b"2" * 32), [Purpose.EVALUATE, Purpose.MERCHANT], validity)
    merchant = certify(root, b"3" * 32, "Merchant", Purpose.MERCHANT, "semper:merchant/m", validity)
    policy, file = add_authority(NOBODY, "Both", root.chain[0], [Purpose.EVALUATE, Purpose.MERCHANT], tuple(C))
    trusted = roots(policy, {file: root.chain[0]})
    evaluation = world.evaluation(archive, by=merchant)
    given = (archive, world.release(archive), [evaluation], policy, trusted, world.now)
    refused("CHAIN_PURPOSE", admit, *given, standings=None)
    refused("ANCHOR_MISSING", admit, *given)


def test_an_evaluation_under_a_root_that_nobody_trusts_does_not_count(world: Any, archive: Any) -> None:
    policy = remove_authority(world.policy(), "Evaluators")
    refused("CHAIN_UNTRUSTED", world.admit, archive, world.evaluation(archive), policy=policy)
    refused("CHAIN_UNTRUSTED", world.admit, archive, world.evaluation(archive), policy=NOBODY)


def test_an_evaluation_under_a_root_of_the_same_name_with_another_key_does_not_count(
    world: Any, archive: Any, certify: Any
) -> None:
    validity = Validity(world.now - DAY, world.now + DAY)
    twin = issue_root("Evaluators Root", P256Key.from_seed(b"t" * 32), [Purpose.EVALUATE], validity)
    leaf = certify(twin, b"u" * 32, "Evaluator One", Purpose.EVALUATE, "semper:evaluate/one", validity)
    refused("CHAIN_UNTRUSTED", world.admit, archive, world.evaluation(archive, by=leaf))


def test_an_evaluation_signed_under_an_expired_certificate_does_not_count(
    world: Any, archive: Any, certify: Any
) -> None:
    validity = Validity(world.now - 9 * DAY, world.now - DAY)
    late = certify(world.evaluator.root, b"l" * 32, "Late", Purpose.EVALUATE, "semper:evaluate/late", validity)
    refused("CHAIN_EXPIRED", world.admit, archive, world.evaluation(archive, by=late))


def test_the_publisher_can_not_evaluate_itself(world: Any, archive: Any) -> None:
    honest = cose.peek(world.evaluation(archive)).payload
    refused("EVAL_INVALID", world.admit, archive, cose.sign1(honest, "evaluation", world.publisher))


def test_a_release_does_not_pass_for_an_evaluation(world: Any, archive: Any) -> None:
    refused("EVAL_INVALID", world.admit, archive, world.release(archive))


@pytest.mark.parametrize("noise", [b"", b"\x00", encode({}), bytes(70_000)])
def test_noise_does_not_count_and_does_not_hide_a_good_evaluation(world: Any, archive: Any, noise: Any) -> None:
    refused("EVAL_INVALID", world.admit, archive, noise)
    assert world.admit(archive, noise, world.evaluation(archive)).grants.evaluated


def test_every_changed_byte_of_an_evaluation_makes_it_not_count(world: Any, archive: Any) -> None:
    good = world.evaluation(archive)
    for at in range(0, len(good), 11):
        changed = good[:at] + bytes([good[at] ^ 4]) + good[at + 1 :]
        with pytest.raises(AdmissionRefused) as caught:
            world.admit(archive, changed)
        assert caught.value.code.startswith(("EVAL_INVALID", "CHAIN_"))


# --- releases


def test_a_bundle_without_a_release_is_refused(world: Any, archive: Any) -> None:
    refused("RELEASE_MISSING", world.admit, archive, release=b"")


def test_a_release_by_another_key_than_the_manifests_is_refused(world: Any, archive: Any) -> None:
    thief = SigningKey.from_seed(b"t" * 32)
    stated = Release(digest(archive), "semper/ecash", "1.0.0", "payment-system", world.now)
    refused("RELEASE_INVALID", world.admit, archive, release=sign_release(stated, thief))


def test_a_release_of_another_archive_is_refused(world: Any, archive: Any) -> None:
    other = world.release(world.bundle(""))
    assert "another archive" in refused("RELEASE_INVALID", world.admit, archive, release=other)


@pytest.mark.parametrize("lie", [{"id": "semper/other"}, {"version": "2.0.0"}, {"kind": "item-manager"}])
def test_a_release_that_names_something_else_is_refused(world: Any, archive: Any, lie: Any) -> None:
    refused("RELEASE_INVALID", world.admit, archive, release=world.release(archive, **lie))


def test_a_release_dated_beyond_the_clocks_skew_is_refused(world: Any, archive: Any) -> None:
    release, evaluation = world.release(archive), world.evaluation(archive, begins=-DAY)
    at = world.now - 60
    assert world.admit(archive, evaluation, release=release, now=at - CLOCK_SKEW)
    assert "future" in refused(
        "RELEASE_INVALID", world.admit, archive, evaluation, release=release, now=at - CLOCK_SKEW - 1
    )


def test_every_changed_byte_of_a_release_is_refused(world: Any, archive: Any) -> None:
    good = world.release(archive)
    for at in range(len(good)):
        refused("RELEASE_INVALID", examine, archive, good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :], world.now)


@pytest.mark.parametrize("weak", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32])
def test_a_publisher_key_that_signs_for_anybody_is_refused(world: Any, weak: Any) -> None:
    files = world.files()
    files["manifest.yaml"] = files["manifest.yaml"].replace(world.publisher.public.hex().encode(), weak.hex().encode())
    archive = build(files)
    refused("RELEASE_INVALID", world.admit, archive)
    claimed = cose.sign1(cose.peek(world.release(archive)).payload, "release", world.publisher)
    forged = claimed.replace(world.publisher.public, weak)[:-64] + bytes(64)
    refused("RELEASE_INVALID", world.admit, archive, release=forged)


# --- archives, manifests, hosts


def test_every_changed_byte_of_the_archive_is_refused(world: Any, archive: Any) -> None:
    release = world.release(archive)
    for at in range(len(archive)):
        changed = archive[:at] + bytes([archive[at] ^ 1]) + archive[at + 1 :]
        with pytest.raises(AdmissionRefused) as caught:
            examine(changed, release, world.now)
        assert caught.value.code.startswith(("ARCHIVE_", "MANIFEST_", "RELEASE_"))


def test_a_file_smuggled_past_the_manifest_is_refused(world: Any) -> None:
    archive = pack({**world.files(), "backdoor.py": b"x = 1\n"})
    assert "backdoor.py" in refused("MANIFEST_FILES", world.admit, archive)


def test_an_archive_without_a_manifest_is_refused(world: Any) -> None:
    refused("MANIFEST_FILES", world.admit, pack({"payer.py": b""}))


def test_a_bundle_for_a_newer_host_is_refused_before_anything_is_granted(world: Any) -> None:
    files = world.files()
    files["manifest.yaml"] += b"min_host: 99.0.0\n"
    archive = build(files)
    assert "99.0.0" in refused("VERSION_UNSUPPORTED", world.admit, archive, world.evaluation(archive))


# --- every refusal shows what it is about


def test_a_refusal_carries_the_exact_bytes_that_show_it(world: Any, archive: Any, certify: Any) -> None:
    smuggled = pack({**world.files(), "backdoor.py": b"x = 1\n"})
    newer = {**world.files(), "manifest.yaml": world.files()["manifest.yaml"] + b"min_host: 99.0.0\n"}
    validity = Validity(world.now - 9 * DAY, world.now - DAY)
    late = certify(world.evaluator.root, b"l" * 32, "Late", Purpose.EVALUATE, "semper:evaluate/late", validity)
    ended, lately = world.evaluation(archive, ends=10), world.evaluation(archive, by=late)
    cases: list[tuple[str, bytes, tuple[bytes, ...], bytes]] = [
        ("ARCHIVE_INVALID", archive[:-1], (), archive[:-1]),
        ("MANIFEST_FILES", smuggled, (), smuggled),
        ("VERSION_UNSUPPORTED", build(newer), (), newer["manifest.yaml"]),
        ("EVAL_EXPIRED", archive, (ended,), ended),
        ("CHAIN_EXPIRED", archive, (lately,), lately),
    ]
    for code, given, evaluations, shown in cases:
        with pytest.raises(AdmissionRefused) as caught:
            world.admit(given, *evaluations, now=world.now + 10, release=world.release(given))
        assert caught.value.code == code
        assert caught.value.evidence == shown, code
