"""Evaluations that are old, about something else, widened, or by somebody who may not, or not any more."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec.structs import replace

from semper_host.admission.admit import Admitted
from semper_host.admission.archive_format import unpack
from semper_host.admission.log_evidence import read_staple
from semper_host.admission.manifest import MANIFEST, parse_manifest
from semper_host.admission.pack import Pack
from semper_host.admission.statements import CEASED, SUPERSEDED, Revocation, digest
from semper_host.model.encoding import encode
from semper_host.model.error_codes import Stage
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import Money
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root
from tests.attacks_on_terms.conftest import Victim
from tests.attacks_on_terms.malicious import Malicious, Terms, stapled
from tests.host.street import Street

HOUR, DAY = 3600, 86_400
WIDE, NARROW = Money(100_000, "EUR"), Money(70_000, "EUR")


def evaluator(malicious: Malicious, *, seconds: int, seed: bytes = b"2") -> CertifiedKey:
    """Return one more evaluator of the board's, certified for so many seconds."""
    key, at = P256Key.from_seed(seed * 32), malicious.clock()
    applicant = Applicant("Second", key.public, frozenset({Purpose.EVALUATE}), ("semper:evaluate/second",))
    validity = Validity(at - HOUR, at + seconds)
    return CertifiedKey(key, issue_leaf(applicant, validity, malicious.board.evaluating))


def fingerprint(who: CertifiedKey) -> bytes:
    key = x509.load_der_x509_certificate(who.chain[0]).public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


# --- replayed


def test_old_evaluation_that_has_ended_is_not_replayed(victim: Victim, malicious: Malicious, street: Street) -> None:
    terms = malicious.terms(not_after=street.clock() + HOUR)
    victim.buys(malicious.publish(terms))
    street.clock.ahead = 2 * HOUR
    fresh = malicious.renewed(terms)
    with victim.refuses() as refused:
        victim.consider(fresh)
    refused.is_("EVAL_EXPIRED", Stage.EVALUATION, retryable=True)
    malicious.repository.say(malicious.evaluation(terms.archive))
    victim.buys(malicious.renewed(terms))


def test_evaluation_that_was_taken_back_is_not_replayed(victim: Victim, malicious: Malicious, street: Street) -> None:
    terms = malicious.terms()
    old = malicious.publish(terms)
    victim.buys(old)
    street.clock.ahead = 60
    [evaluation] = terms.evaluations
    said = Revocation("evaluation", digest(evaluation), street.clock(), SUPERSEDED, street.clock())
    malicious.say(said, malicious.board.evaluator)
    victim.refresh()  # what is known of revocations counts for a day, unless something newer comes by
    for pack in (malicious.renewed(terms), old):
        with victim.refuses() as refused:
            victim.consider(pack)
        refused.is_("REVOKED_EVALUATION", Stage.REVOCATION, retryable=False)
    malicious.repository.say(malicious.evaluation(terms.archive))
    victim.buys(malicious.renewed(terms))


# --- transplanted


def test_evaluation_of_one_archive_does_not_pass_for_another(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    good, evil = malicious.terms(), malicious.terms("6.6.6", id="harbour/evil")
    pack = malicious.publish(good)
    with victim.refuses() as refused:
        malicious.repository.publish(evil.archive, evil.release, good.evaluations)
    refused.is_("EVAL_INVALID", Stage.EVALUATION, retryable=False)
    forced = malicious.forced("harbour/evil", evil, *good.evaluations)
    with victim.refuses() as refused:
        victim.consider(forced)
    refused.is_("EVAL_INVALID", Stage.EVALUATION, retryable=False)
    unproven = Pack(evil.archive, evil.release, good.evaluations, pack.staple)
    with victim.refuses() as refused:
        victim.consider(unproven)
    refused.is_("LOG_MISSING", Stage.LOG, retryable=True)
    victim.buys(malicious.renewed(good))


@pytest.mark.parametrize("name", ["harb0ur", "har-bour"])
def test_look_alike_of_a_namespace_gets_neither_in_nor_anything(
    victim: Victim, malicious: Malicious, name: str
) -> None:
    good, thief = malicious.terms(), SigningKey.from_seed(b"e" * 32)
    malicious.publish(good)
    evil = malicious.terms(id=f"{name}/courseware", key=thief)
    with victim.refuses() as refused:
        malicious.publish(evil)
    refused.is_("NAMESPACE_OWNER", Stage.RELEASE, retryable=False)
    forced = malicious.forced(f"{name}/courseware", evil, *good.evaluations)
    with victim.refuses() as refused:
        victim.consider(forced)
    refused.is_("EVAL_INVALID", Stage.EVALUATION, retryable=False)
    victim.buys(malicious.renewed(good))


def test_statements_entered_under_another_name_prove_nothing(victim: Victim, malicious: Malicious) -> None:
    """The repository hides whose history a release belongs to."""
    good, hidden = malicious.terms(), malicious.terms("1.1.0", id="harbour/hidden")
    malicious.publish(good)
    forced = malicious.forced("elsewhere/hidden", hidden, *hidden.evaluations)
    with victim.refuses() as refused:
        victim.consider(forced)
    refused.is_("LOG_INVALID", Stage.LOG, retryable=True)
    victim.buys(malicious.renewed(good))


def test_release_of_one_archive_does_not_pass_for_another(victim: Victim, malicious: Malicious) -> None:
    good, evil = malicious.terms(), malicious.terms("6.6.6", id="harbour/evil")
    pack = malicious.publish(good)
    mixed = Pack(good.archive, evil.release, good.evaluations, pack.staple)
    victim.buys(pack)
    other = malicious.publish(malicious.terms(id="harbour/other"))
    bent = replace(other, release=evil.release)
    for each in (mixed, bent):
        with victim.refuses() as refused:
            victim.installs(each)
        refused.is_("RELEASE_INVALID", Stage.RELEASE, retryable=False)
    victim.buys(other)


# --- widened


def narrow(archive: bytes) -> tuple[Grant, ...]:
    """What an evaluator gives who bears less money than the terms ask for."""
    asked = [each.grant for each in parse_manifest(unpack(archive)[MANIFEST]).requests]
    return tuple(replace(each, most=NARROW) if each.most else each for each in asked)


def test_grants_are_what_the_evaluation_says_and_not_a_cent_more(victim: Victim, malicious: Malicious) -> None:
    plain = malicious.terms()
    limited = malicious.evaluation(plain.archive, grants=narrow(plain.archive))
    terms = Terms(plain.archive, plain.release, (limited,))
    pack = malicious.publish(terms)
    assert payable(victim.consider(pack).service) == {NARROW}
    widened = limited.replace(encode(NARROW.minor), encode(WIDE.minor))
    assert widened != limited
    with victim.refuses() as refused:
        victim.installs(replace(pack, evaluations=(widened,)))
    refused.is_("LOG_MISSING", Stage.LOG, retryable=True)
    malicious.force("harbour/courseware", widened)
    renewed = malicious.renewed(terms)
    entries = (*read_staple(renewed.staple).entries, malicious.proven(widened))
    with victim.refuses() as refused:
        victim.installs(stapled(replace(renewed, evaluations=(widened,)), entries=entries))
    refused.is_("EVAL_INVALID", Stage.EVALUATION, retryable=False)
    both = stapled(replace(renewed, evaluations=(limited, widened)), entries=entries)
    assert payable(victim.installs(both)) == {NARROW}


def payable(admitted: Admitted) -> set[Money | None]:
    """How much the terms may have paid."""
    return {each.most for each in admitted.grants.items if each.capability is Capability.MONEY_PAY}


def test_terms_that_ask_for_more_than_they_need_are_refused_whoever_vouches(
    victim: Victim, malicious: Malicious
) -> None:
    greedy = malicious.terms(id="harbour/greedy", asking=b"  - {capability: credential.show, reason: to look around}\n")
    pack = malicious.publish(greedy)
    with victim.refuses() as refused:
        victim.installs(pack)
    refused.is_("MANIFEST_REQUESTS", Stage.MANIFEST, retryable=False)
    victim.buys(malicious.publish(malicious.terms()))


def test_authority_of_the_same_name_under_another_root_widens_nothing(victim: Victim, malicious: Malicious) -> None:
    board = malicious.board
    false = issue_root("Evaluators", P256Key.from_seed(b"f" * 32), [Purpose.EVALUATE], board.validity)
    key = P256Key.from_seed(b"x" * 32)
    applicant = Applicant("Evaluator", key.public, frozenset({Purpose.EVALUATE}), ("semper:evaluate/e",))
    liar = CertifiedKey(key, issue_leaf(applicant, board.validity, false))
    terms = malicious.terms(by=liar)
    with victim.refuses() as refused:
        victim.consider(malicious.publish(terms))
    refused.is_("CHAIN_UNTRUSTED", Stage.CHAIN, retryable=False)
    malicious.repository.say(malicious.evaluation(terms.archive))
    victim.buys(malicious.renewed(terms))


def test_merchants_certificate_evaluates_nothing(victim: Victim, malicious: Malicious) -> None:
    board, key = malicious.board, P256Key.from_seed(b"m" * 32)
    applicant = Applicant("Merchant", key.public, frozenset({Purpose.MERCHANT}), ("semper:merchant/m",))
    merchant = CertifiedKey(key, issue_leaf(applicant, board.validity, board.registering))
    terms = malicious.terms(by=merchant)
    with victim.refuses() as refused:
        victim.consider(malicious.publish(terms))
    refused.is_(refused.code, Stage.CHAIN, retryable=False)
    malicious.repository.say(malicious.evaluation(terms.archive))
    victim.buys(malicious.renewed(terms))


# --- signers that ended, or were taken back, before and after


def test_signer_that_ended_before_signing_counts_for_nothing(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    ended = evaluator(malicious, seconds=HOUR)
    early = malicious.publish(malicious.terms(id="harbour/early"))
    street.clock.ahead = 2 * HOUR
    terms = malicious.terms(by=ended, at=street.clock() - 2 * HOUR, not_before=street.clock() - 2 * HOUR)
    pack = malicious.publish(terms)
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("CHAIN_EXPIRED", Stage.CHAIN, retryable=False)
    backdated = tuple(
        replace(each, first=read_staple(early.staple).checkpoint, first_proof=each.proof)
        for each in read_staple(pack.staple).entries
    )
    with victim.refuses() as refused:
        victim.consider(stapled(pack, entries=backdated))
    refused.is_("LOG_INVALID", Stage.LOG, retryable=True)
    malicious.repository.say(malicious.evaluation(terms.archive))
    victim.buys(malicious.renewed(terms))


def test_signer_that_ended_after_signing_still_counts(victim: Victim, malicious: Malicious, street: Street) -> None:
    terms = malicious.terms(by=evaluator(malicious, seconds=HOUR))
    malicious.publish(terms)
    street.clock.ahead = 2 * HOUR
    victim.buys(malicious.renewed(terms))


@pytest.mark.parametrize(
    ("reason", "signed_after", "counts"),
    [
        (SUPERSEDED, True, False), (CEASED, True, False), ("compromise", True, False), ("whatever", True, False),
        (SUPERSEDED, False, True), (CEASED, False, True), ("compromise", False, False), ("whatever", False, False),
    ],
)  # fmt: skip
def test_revoked_signer_counts_only_for_what_was_logged_before_and_only_if_no_thief_had_the_key(
    victim: Victim, malicious: Malicious, street: Street, reason: str, signed_after: bool, counts: bool
) -> None:
    second = evaluator(malicious, seconds=DAY)
    said = Revocation("certificate", fingerprint(second), street.clock() + HOUR, reason, street.clock())
    terms = malicious.terms(by=second)
    if not signed_after:
        malicious.publish(terms)
    street.clock.ahead = 2 * HOUR
    malicious.say(said, malicious.board.evaluating)
    if signed_after:
        terms = malicious.terms(by=second)
        malicious.publish(terms)
    pack = malicious.renewed(terms)
    if counts:
        victim.buys(pack)
        return
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("CHAIN_REVOKED", Stage.CHAIN, retryable=False)
    malicious.repository.say(malicious.evaluation(terms.archive))
    victim.buys(malicious.renewed(terms))
