"""Thieves of a publisher's key and of the log's key, and how everybody gets out of it."""

from __future__ import annotations

from semper_host.admission.pack import Pack
from semper_host.admission.statements import Revocation, Rotation, RotationApproval, digest
from semper_host.model.error_codes import Stage
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import identity, renewing
from service_repo.anchor import keeping
from service_repo.identity import private_folder
from tests.attacks_on_terms.conftest import Victim
from tests.attacks_on_terms.malicious import ROOT, Malicious
from tests.host.street import Street

HOUR, DAY = 3600, 86_400
THIEF, HEIR = SigningKey.from_seed(b"z" * 32), SigningKey.from_seed(b"y" * 32)


def test_thief_of_a_publishers_key_gets_nothing_without_an_authority(victim: Victim, malicious: Malicious) -> None:
    terms = malicious.terms()
    malicious.publish(terms)
    stolen = malicious.terms("1.1.0", after=terms, sequence=1)
    malicious.repository.publish(stolen.archive, stolen.release)
    with victim.refuses() as refused:
        victim.consider(malicious.shown(stolen))
    refused.is_("EVAL_MISSING", Stage.EVALUATION, retryable=True)
    victim.buys(malicious.renewed(terms))


def test_revoked_publishers_key_voids_all_and_an_approved_rotation_goes_on(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    terms = malicious.terms()
    before = malicious.publish(terms)
    victim.buys(before)
    street.clock.ahead, at = HOUR, street.clock() + HOUR
    key = malicious.publisher
    malicious.say(Revocation("key", key.public, at, "stolen", at), key)
    stolen = malicious.terms("1.1.0", after=terms, sequence=1)
    packs = [malicious.renewed(terms), malicious.publish(stolen), before]
    victim.refresh()
    for pack in packs:
        with victim.refuses() as refused:
            victim.consider(pack)
        refused.is_("REVOKED_KEY", Stage.REVOCATION, retryable=False)
    rotation = malicious.say(Rotation("harbour", key.public, HEIR.public, None, at, at), key)
    malicious.say(RotationApproval(digest(rotation), at), malicious.board.evaluator)
    street.clock.ahead += 60
    healed = malicious.terms(id="harbour/healed", key=HEIR)
    malicious.publish(healed)
    victim.buys(malicious.renewed(healed))


def test_thief_who_passes_the_namespace_to_himself_does_not_own_it(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    terms, at = malicious.terms(), street.clock()
    malicious.publish(terms)
    malicious.say(
        Rotation("harbour", malicious.publisher.public, THIEF.public, None, at, at + 7 * DAY), malicious.publisher
    )
    street.clock.ahead = DAY
    stolen = malicious.terms(id="harbour/stolen", key=THIEF)
    with victim.refuses() as refused:
        malicious.publish(stolen)
    refused.is_("NAMESPACE_OWNER", Stage.RELEASE, retryable=False)
    forced = malicious.forced("harbour/stolen", stolen, *stolen.evaluations)
    with victim.refuses() as refused:
        victim.consider(forced)
    refused.is_("NAMESPACE_OWNER", Stage.RELEASE, retryable=False)
    victim.buys(malicious.renewed(terms))


def test_log_whose_key_was_stolen_goes_on_under_another_and_the_old_one_counts_no_more(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    """The off-line keys name the new key; kept packs are proven anew, and what the thief signs is nobody's word."""
    terms = malicious.terms()
    old = malicious.publish(terms)
    victim.buys(old)
    publisher, stolen = malicious.publisher, malicious.repository.identity.keys.log
    street.clock.ahead = HOUR
    malicious.close()
    (private_folder(malicious.directory) / "log.seed").write_bytes(b"n" * 32)
    assert identity.load(malicious.directory).keys.log.public != stolen.public
    fresh = Malicious(malicious.folder, malicious.board, street.clock)
    assert renewing.renew_if_needed(fresh.repository)
    keeping.draft(fresh.repository, {})
    assert not any(keeping.anchor_of(fresh.repository).sign([ROOT]).values())
    keeping.publish(fresh.repository)
    renewed = fresh.renewed(terms)
    assert victim.refresh().refusals == []
    other = fresh.terms(id="harbour/other", key=publisher)
    false = Pack(other.archive, other.release, other.evaluations, old.staple)
    with victim.refuses() as refused:
        victim.consider(false)
    refused.is_("LOG_INVALID", Stage.LOG, retryable=True)
    victim.buys(renewed)
    fresh.close()
