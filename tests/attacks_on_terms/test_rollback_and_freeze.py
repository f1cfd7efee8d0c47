"""Repositories that show old things: rollback, freeze, mix-and-match, stale revocations."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from semper_host.admission.log_evidence import read_staple
from semper_host.admission.pack import write_pack
from semper_host.admission.standing import open_status
from semper_host.admission.statements import Revocation, Status, sign
from semper_host.host import stapling
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.model.error_codes import Stage
from semper_host.supporting.anchor.state import STATUS, Head, KeptTarget
from service_repo.layout import pack_path
from tests.attacks_on_terms.conftest import Victim, prove
from tests.attacks_on_terms.hostile_server import content
from tests.attacks_on_terms.malicious import CHECKPOINT, HEAD, Malicious, stapled
from tests.host.street import Street, offer

HOUR, DAY = 3600, 86_400


def test_older_anchor_than_was_seen_is_a_rollback(victim: Victim, malicious: Malicious, street: Street) -> None:
    terms = malicious.terms()
    old_pack = malicious.publish(terms)
    old = malicious.read(HEAD)
    street.clock.ahead = HOUR
    victim.buys(malicious.renewed(terms))
    seen = victim.known
    victim.server.bent[HEAD] = content(old)
    street.clock.ahead = 26 * HOUR
    with victim.refuses() as refused:
        victim.consider(old_pack)
    refused.is_("ROLLBACK", Stage.ANCHOR, retryable=True)
    assert victim.known == seen
    victim.server.bent.clear()
    victim.buys(malicious.renewed(terms))


def test_shorter_log_than_was_seen_is_a_rollback(victim: Victim, malicious: Malicious, street: Street) -> None:
    first = malicious.terms()
    malicious.publish(first)
    short = malicious.read(CHECKPOINT)
    second = malicious.terms("1.1.0", after=first, sequence=1)
    victim.buys(malicious.publish(second))
    note = victim.known.note
    victim.server.bent[CHECKPOINT] = content(short)
    assert [each.code for each in victim.refresh().refusals] == ["ROLLBACK"]
    assert victim.known.note == note
    victim.server.bent.clear()
    assert victim.refresh().refusals == []
    victim.buys(malicious.renewed(second))


def test_withdrawn_terms_do_not_come_back_with_an_old_staple(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    terms, other = malicious.terms(), malicious.terms(id="harbour/other")
    old_pack = malicious.publish(terms)
    malicious.publish(other)
    street.clock.ahead = 60
    malicious.say(Revocation("bundle", terms.digest, street.clock(), "a hole", street.clock()), malicious.publisher)
    victim.buys(malicious.renewed(other))
    with victim.refuses() as refused:
        victim.consider(old_pack)
    refused.is_("REVOKED_BUNDLE", Stage.REVOCATION, retryable=False)
    victim.buys(malicious.shown(other))


def test_repository_that_stands_still_hides_a_revocation_for_a_day_at_most(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    terms, other = malicious.terms(), malicious.terms(id="harbour/other")
    pack = malicious.publish(terms)
    malicious.publish(other)
    victim.buys(pack)
    for name in (HEAD, CHECKPOINT):
        victim.server.bent[name] = content(malicious.read(name))
    street.clock.ahead = HOUR
    malicious.say(Revocation("bundle", terms.digest, street.clock(), "a hole", street.clock()), malicious.publisher)
    street.clock.ahead = 25 * HOUR
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("FREEZE", Stage.ANCHOR, retryable=True)
    victim.server.bent.clear()
    malicious.renewed(other)
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("REVOKED_BUNDLE", Stage.REVOCATION, retryable=False)
    victim.buys(malicious.shown(other))


def test_stale_revocations_grant_nothing_when_nobody_can_be_asked(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    terms = malicious.terms()
    pack = malicious.publish(terms)
    victim.buyer.client.cut.add("/anchor/")  # type: ignore[attr-defined]
    street.clock.ahead = 25 * HOUR
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("STATUS_STALE", Stage.REVOCATION, retryable=True)
    victim.buys(malicious.renewed(terms))
    assert not victim.server.asked, "the merchant stapled what is fresh"


def test_new_timestamp_does_not_freshen_an_old_status(victim: Victim, malicious: Malicious, street: Street) -> None:
    """Mix-and-match: each file is genuine, together they never were."""
    terms = malicious.terms()
    malicious.publish(terms)
    old = {each.name: each for each in Head.decode(malicious.read(HEAD)).files}
    street.clock.ahead = 60
    malicious.say(Revocation("bundle", terms.digest, street.clock(), "a hole", street.clock()), malicious.publisher)
    other = malicious.terms(id="harbour/other")
    malicious.publish(other)
    new = {each.name: each for each in Head.decode(malicious.read(HEAD)).files}
    mixes = [
        {**new, f"targets/{STATUS}": old[f"targets/{STATUS}"]},
        {**old, "timestamp.json": new["timestamp.json"]},
        {**old, **{name: new[name] for name in new if "status" not in name}},
    ]
    for files in mixes:
        mixed = encode(Head(tuple(files.values())))
        victim.server.bent[HEAD] = content(mixed)
        taken = tuple(KeptTarget(name, each.data) for name, each in files.items())
        refusals = [each.code for each in victim.refresh().refusals]
        assert refusals and set(refusals) <= {"ANCHOR_INVALID", "ANCHOR_MISSING"}, refusals
        pack = malicious.shown(other)
        staple = read_staple(pack.staple)
        anchor = tuple(type(staple.anchor[0])(each.name, each.data) for each in taken)
        with victim.refuses() as refused:
            victim.consider(stapled(pack, anchor=anchor, status=old[f"targets/{STATUS}"].data))
        refused.is_(refused.code, Stage.ANCHOR, retryable=False)
    victim.server.bent.clear()
    victim.buys(malicious.renewed(other))


def test_new_checkpoint_beside_an_old_anchor_hides_no_revocation(
    victim: Victim, malicious: Malicious, street: Street
) -> None:
    """Mix-and-match across the two planes: the newest log with the status before the revocation, until it is stale."""
    terms, other = malicious.terms(), malicious.terms(id="harbour/other")
    pack = malicious.publish(terms)
    old = malicious.read(HEAD)
    street.clock.ahead = HOUR
    malicious.say(Revocation("bundle", terms.digest, street.clock(), "a hole", street.clock()), malicious.publisher)
    malicious.publish(other)
    victim.server.bent[HEAD] = content(old)
    street.clock.ahead = 25 * HOUR
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("FREEZE", Stage.ANCHOR, retryable=True)
    victim.server.bent.clear()
    victim.buys(malicious.renewed(other))


@pytest.mark.parametrize("how", ["forgotten", "smaller"])
def test_thief_of_the_on_line_keys_cannot_take_a_known_revocation_back(
    victim: Victim, malicious: Malicious, street: Street, tmp_path: Path, how: str
) -> None:
    terms, other = malicious.terms(), malicious.terms(id="harbour/other")
    pack = malicious.publish(terms)
    malicious.publish(other)
    street.clock.ahead = 60
    malicious.say(Revocation("bundle", terms.digest, street.clock(), "a hole", street.clock()), malicious.publisher)
    victim.buys(malicious.renewed(other))
    keys, policy = malicious.repository.identity.keys, malicious.repository.policy
    true = open_status(malicious.read("status.cose"), policy, street.clock())
    size, root = (true.size, true.root) if how == "forgotten" else (0, bytes(32))
    street.clock.ahead = HOUR
    false = sign(Status(size, root, street.clock(), ()), keys.status)
    victim.server.bent[HEAD] = content(malicious.anchored_with(tmp_path / "stolen", false))
    refusals = victim.refresh().refusals
    assert [each.code for each in refusals] == ["ROLLBACK"]
    assert refusals[0].evidence == false
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("REVOKED_BUNDLE", Stage.REVOCATION, retryable=False)


@pytest.mark.parametrize("how", ["true, of an earlier log", "of no log"])
def test_status_signed_anew_that_covers_less_than_the_log_counts_no_longer_than_it_is_whole(
    victim: Victim, malicious: Malicious, street: Street, tmp_path: Path, how: str
) -> None:
    """Each word of it may be true: it names all revocations of the log as that was once, and carries the checkpoint
    that witnesses cosigned then. The log goes on growing, and each day the buyer hears of it.
    """
    terms, other = malicious.terms(), malicious.terms(id="harbour/other")
    pack = malicious.publish(terms)
    malicious.repository.statuses.renew(street.clock())
    early = open_status(malicious.read("status.cose"), malicious.repository.policy, street.clock())
    malicious.say(Revocation("bundle", terms.digest, street.clock(), "a hole", street.clock()), malicious.publisher)
    malicious.publish(other)
    told = Status(0, bytes(32), 0, ()) if how == "of no log" else early
    for number, hours in enumerate((9, 18, 25), 1):
        street.clock.ahead = hours * HOUR
        malicious.publish(malicious.terms(id=f"harbour/after-{hours}"))
        false = sign(replace(told, at=street.clock()), malicious.repository.identity.keys.status)
        victim.server.bent[HEAD] = content(malicious.anchored_with(tmp_path / f"anchor-{hours}", false, number))
        victim.refresh()
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("STATUS_STALE", Stage.REVOCATION, retryable=True)
    victim.server.bent.clear()
    for _ in range(4):  # past the numbers that the false anchors took
        malicious.renewed(other)
    assert victim.refresh().refusals == []
    with victim.refuses() as refused:
        victim.consider(pack)
    refused.is_("REVOKED_BUNDLE", Stage.REVOCATION, retryable=False)
    victim.buys(malicious.shown(other))


@pytest.mark.parametrize("how", ["no evaluations", "no staple", "another's staple", "junk"])
def test_repository_cannot_spoil_what_a_merchant_staples(
    victim: Victim, malicious: Malicious, street: Street, shop: Home, how: str
) -> None:
    terms = malicious.terms()
    pack = malicious.publish(terms)
    other = malicious.publish(malicious.terms(id="harbour/other"))
    signed = offer(street, f"spoiled {how}", pack=pack)
    heads = Heads(shop, victim.buyer.client, prove)
    heads.refresh(street.clock())
    spoiled = {
        "no evaluations": replace(pack, evaluations=()), "no staple": replace(pack, staple=b""),
        "another's staple": replace(pack, staple=other.staple), "junk": replace(pack, staple=b"junk"),
    }[how]  # fmt: skip
    path = pack_path(terms.digest)
    victim.server.bent[path] = content(write_pack(spoiled))
    stapling.restaple(heads, street.clock())
    considered = victim.buyer.consider(signed, [])
    assert considered.service.grants.evaluated
