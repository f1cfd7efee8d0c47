"""Logs that tell people different things, witnesses that help them, entries left out, and tiles that are false."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from semper_host.admission.log_evidence import Equivocation, read_staple
from semper_host.admission.pack import Pack
from semper_host.admission.statements import Withdrawal, digest
from semper_host.host import home as homes
from semper_host.host import installed, standing, trusting
from semper_host.host.heads import Heads
from semper_host.host.known_heads import MOST_UNPROVEN
from semper_host.model.error_codes import Stage
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.checkpoint import parse_checkpoint
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.audit import audit
from service_repo.durable_file import Folder
from service_repo.fetch import Remote
from tests.attacks_on_terms.conftest import NAME, Victim, prove
from tests.attacks_on_terms.hostile_server import HostileServer, content, dropping
from tests.attacks_on_terms.malicious import CHECKPOINT, NAMES, Malicious, Terms, stapled, without
from tests.host.marketplace import PASSPHRASE
from tests.host.street import Street


@pytest.fixture
def common(malicious: Malicious) -> Terms:
    """What both histories begin with."""
    terms = malicious.terms()
    malicious.publish(terms)
    return terms


@pytest.fixture
def other(malicious: Malicious, common: Terms, tmp_path: Path) -> Malicious:
    """The same log under the same keys, all of its witnesses colluding."""
    return malicious.fork(tmp_path / "other")


def resolve(victim: Victim, note: bytes) -> None:
    [repository] = [each for each in trusting.load(victim.home.trust).policy.repositories if each.name == NAME]
    standing.resolve(victim.home, repository, note)


def check_disputed(victim: Victim, notes: set[bytes], *packs: Pack) -> None:
    """Both notes are kept, and everything from that log is refused until a person decides."""
    disputed = victim.known.disputed
    assert disputed is not None
    assert {disputed.one, disputed.other} == notes
    kept = victim.home.archive.document(digest(victim.known.dispute))
    assert kept is not None
    assert Equivocation.decode(kept) == disputed
    for pack in packs:
        with victim.refuses() as refused:
            victim.consider(pack)
        refused.is_("LOG_EQUIVOCATION", Stage.LOG, retryable=False)


def test_two_buyers_are_shown_two_histories_and_find_out_when_they_meet(
    victim: Victim, malicious: Malicious, other: Malicious, common: Terms, street: Street, tmp_path: Path
) -> None:
    ours, theirs = malicious.terms(id="harbour/ours"), other.terms(id="harbour/theirs")
    pack, foreign = malicious.publish(ours), other.publish(theirs)
    with HostileServer(other.directory).served() as elsewhere:
        homes.create(tmp_path / "bob", homes.Config(role="buyer", name="Bob"), PASSPHRASE)
        bob = homes.open_home(tmp_path / "bob", PASSPHRASE)
        street.market.authorities.trust(bob)
        trusting.add_repository(bob.trust, NAME, other.root, elsewhere.url)
        heads = Heads(bob, victim.buyer.client, prove)
        assert installed.install(bob, foreign, street.clock(), heads).grants.evaluated
        victim.buys(pack)
        with pytest.raises(AdmissionRefused) as caught:
            installed.install(bob, pack, street.clock(), heads)
        assert caught.value.code == "LOG_EQUIVOCATION"
        bob.close()
    with victim.refuses() as refused:
        victim.consider(foreign)
    refused.is_("LOG_EQUIVOCATION", Stage.LOG, retryable=False)
    check_disputed(victim, {read_staple(each.staple).checkpoint for each in (pack, foreign)}, pack, foreign)
    resolve(victim, read_staple(pack.staple).checkpoint)
    victim.buys(pack)


def test_history_of_another_length_is_found_out_by_the_tiles(
    victim: Victim, malicious: Malicious, other: Malicious, common: Terms
) -> None:
    pack = malicious.publish(malicious.terms(id="harbour/ours"))
    for each in ("one", "two"):
        other.publish(other.terms(id=f"harbour/{each}"))
    victim.buys(pack)
    victim.server.directory = other.directory
    with victim.refuses() as refused:
        victim.refresh()
    refused.is_("LOG_EQUIVOCATION", Stage.LOG, retryable=False)
    check_disputed(victim, {read_staple(pack.staple).checkpoint, other.read(CHECKPOINT)}, pack)
    victim.server.directory = malicious.directory
    resolve(victim, read_staple(pack.staple).checkpoint)
    victim.buys(pack)


@pytest.mark.parametrize("reachable", [True, False])
def test_many_staples_of_the_other_history_do_not_wash_the_first_note_away(
    victim: Victim, malicious: Malicious, other: Malicious, common: Terms, reachable: bool
) -> None:
    pack = malicious.publish(malicious.terms(id="harbour/ours"))
    victim.buys(pack)
    note = read_staple(pack.staple).checkpoint
    victim.server.directory = other.directory
    if not reachable:
        victim.server.bent["*"] = dropping
    other.publish(other.terms(id="harbour/longer"))
    met = 0
    with suppress(AdmissionRefused):
        for letter in "abcdefghijkl":
            victim.buys(other.publish(other.terms(id=f"harbour/x{letter}")))
            met += 1
    assert (met < MOST_UNPROVEN) == reachable, "they are compared as soon as there are many"
    victim.server.bent.clear()
    with victim.refuses() as refused:
        victim.refresh() if not reachable else victim.consider(pack)
    refused.is_("LOG_EQUIVOCATION", Stage.LOG, retryable=False)
    assert victim.known.disputed is not None
    assert note in (victim.known.disputed.one, victim.known.disputed.other)


def test_honest_witnesses_cosign_one_history_only(
    victim: Victim, malicious: Malicious, common: Terms, tmp_path: Path
) -> None:
    fork = malicious.fork(tmp_path / "fork", same_witnesses=True)
    pack = malicious.publish(malicious.terms(id="harbour/ours"))
    theirs = fork.terms(id="harbour/theirs")
    with victim.refuses() as refused:
        fork.publish(theirs)
    refused.is_("LOG_QUORUM", Stage.LOG, retryable=True)
    alone = malicious.note(root=bytes(32), witnesses=())
    with victim.refuses() as refused:
        victim.consider(stapled(pack, checkpoint=alone))
    refused.is_("LOG_QUORUM", Stage.LOG, retryable=True)
    victim.buys(pack)
    fork.repository.close()


def test_auditor_who_saw_the_one_history_refuses_the_other(
    malicious: Malicious, other: Malicious, common: Terms
) -> None:
    malicious.publish(malicious.terms(id="harbour/ours"))
    other.publish(other.terms(id="harbour/theirs"))
    policy = malicious.repository.policy
    seen = audit(Folder(malicious.directory), policy)
    assert seen.findings == ()
    with (
        HostileServer(other.directory).served() as served,
        Remote(served.url) as source,
        pytest.raises(AdmissionRefused) as caught,
    ):
        audit(source, policy, known=seen.note)
    assert caught.value.code == "LOG_EQUIVOCATION"
    said = Equivocation.decode(caught.value.evidence)
    assert {said.one, said.other} == {seen.note, other.read(CHECKPOINT)}


@pytest.mark.parametrize("liar", NAMES)
def test_one_dishonest_witness_of_three_is_not_enough(
    victim: Victim, malicious: Malicious, common: Terms, liar: str
) -> None:
    pack = malicious.shown(common)
    false = malicious.note(root=bytes(32), witnesses=(liar,))
    with victim.refuses() as refused:
        victim.consider(stapled(pack, checkpoint=false))
    refused.is_("LOG_QUORUM", Stage.LOG, retryable=True)
    victim.server.bent[CHECKPOINT] = content(false)
    assert [each.code for each in victim.refresh().refusals] == ["LOG_QUORUM"]
    assert victim.known.note == b""
    victim.server.bent.clear()
    victim.buys(pack)


def test_thief_of_the_logs_key_convinces_no_witness_and_no_buyer(
    victim: Victim, malicious: Malicious, common: Terms, tmp_path: Path
) -> None:
    """Terms that nobody published, proven under a root that only the thief signed; then the log changes its key."""
    pack, forged = malicious.shown(common), malicious.terms(id="harbour/forged")
    shadow = malicious.fork(tmp_path / "shadow")  # with witnesses of its own, whom nobody knows
    theirs = shadow.publish(forged)
    staple = read_staple(theirs.staple)
    shown = parse_checkpoint(signed_note.parse(staple.checkpoint).text)
    unknown = malicious.note(size=shown.size, root=shown.root, witnesses=())
    false = stapled(theirs, checkpoint=unknown)
    with victim.refuses() as refused:
        victim.consider(false)
    refused.is_("LOG_QUORUM", Stage.LOG, retryable=True)
    another = malicious.note(key=SigningKey.from_seed(b"t" * 32))
    with victim.refuses() as refused:
        victim.consider(stapled(pack, checkpoint=another))
    refused.is_("LOG_INVALID", Stage.LOG, retryable=True)
    victim.buys(pack)
    shadow.close()


def test_repository_that_takes_anothers_name_does_not_come_between_it_and_its_users(
    victim: Victim, malicious: Malicious, common: Terms, tmp_path: Path, street: Street
) -> None:
    """Also when it stages a quarrel with itself."""
    impostor = Malicious(tmp_path / "impostor", street.market.authorities, street.clock)
    theirs = impostor.publish(impostor.terms())
    forked = impostor.fork(tmp_path / "forked")
    honest = malicious.renewed(common)
    street.clock.ahead = 60  # fresher than the honest one
    staged = []
    for each, name in ((impostor, "one"), (forked, "two")):
        each.repository.statuses.renew(street.clock())
        staged.append(each.publish(each.terms(id=f"harbour/{name}")))
    with HostileServer(impostor.directory).served() as served:
        trusting.add_repository(victim.home.trust, "Impostor", impostor.root, served.url)
        victim.buys(theirs)
        victim.buys(staged[0])
        victim.buys(honest)
        with victim.refuses() as refused:
            victim.consider(staged[1])
        refused.is_("LOG_EQUIVOCATION", Stage.LOG, retryable=False)
        other = malicious.terms(id="harbour/other")
        victim.buys(malicious.publish(other))
        with victim.refuses() as refused:
            victim.consider(staged[0])
        refused.is_("LOG_EQUIVOCATION", Stage.LOG, retryable=False)
        trusting.remove_repository(victim.home.trust, "Impostor")
    for each in (impostor, forked):
        each.close()


# --- releases held back


def test_older_release_that_hides_a_newer_one_counts_only_until_it_is_withdrawn(
    victim: Victim, malicious: Malicious, common: Terms, street: Street
) -> None:
    """Nobody must tell of what came later; whoever wants an old version gone withdraws it, and that can't be hidden."""
    newer = malicious.terms("1.1.0", after=common, sequence=1)
    malicious.publish(newer)
    told = malicious.renewed(common)
    hiding = stapled(without(told, [newer.release]), head=b"")
    assert read_staple(told.staple).head == newer.release
    victim.consider(hiding)
    street.clock.ahead = 60
    gone = Withdrawal("harbour/courseware", common.digest, "1.1.0 mends it", malicious.clock())
    malicious.say(gone, malicious.publisher)
    assert victim.refresh().refusals == []
    with victim.refuses() as refused:
        victim.consider(hiding)
    refused.is_("WITHDRAWN", Stage.REVOCATION, retryable=False)


def test_newer_release_is_not_shown_with_an_older_head(victim: Victim, malicious: Malicious, common: Terms) -> None:
    newer = malicious.terms("1.1.0", after=common, sequence=1)
    pack = malicious.publish(newer)
    entries = (*read_staple(pack.staple).entries, malicious.proven(common.release))
    with victim.refuses() as refused:
        victim.consider(stapled(pack, head=common.release, entries=entries))
    refused.is_("LOG_CHAIN", Stage.LOG, retryable=False)
    victim.buys(pack)


def test_head_that_the_log_does_not_hold_grants_nothing(victim: Victim, malicious: Malicious, common: Terms) -> None:
    unlogged = malicious.terms("1.1.0", after=common, sequence=1)
    pack = malicious.shown(common)
    with victim.refuses() as refused:
        victim.consider(stapled(pack, head=unlogged.release))
    refused.is_("LOG_MISSING", Stage.LOG, retryable=True)
    victim.buys(pack)


def test_release_that_was_held_back_shows_to_every_auditor(victim: Victim, malicious: Malicious, common: Terms) -> None:
    hidden = malicious.terms("1.1.0", after=common, sequence=1)
    third = malicious.terms("1.2.0", after=hidden, sequence=2)
    with victim.refuses() as refused:
        malicious.publish(third)
    refused.is_("LOG_CHAIN", Stage.LOG, retryable=False)
    malicious.force("harbour/courseware", third.release)
    found = audit(Folder(malicious.directory), malicious.repository.policy, content=False).findings
    assert any("harbour/courseware" in each.place for each in found), found
    victim.buys(malicious.renewed(common))


def test_two_releases_in_one_place_convict_their_publisher(victim: Victim, malicious: Malicious, common: Terms) -> None:
    """One number, two releases: this buyer is shown the one, that one the other."""
    twin = malicious.terms("1.0.1")
    with victim.refuses() as refused:
        malicious.publish(twin)
    refused.is_("LOG_CHAIN", Stage.LOG, retryable=False)
    malicious.force("harbour/courseware", twin.release)
    assert audit(Folder(malicious.directory), malicious.repository.policy, content=False).findings
    pack = malicious.shown(common)
    swapped = Pack(twin.archive, twin.release, twin.evaluations, pack.staple)
    with victim.refuses() as refused:
        victim.consider(swapped)
    refused.is_("LOG_MISSING", Stage.LOG, retryable=True)
    with victim.refuses() as refused:
        victim.consider(malicious.renewed(common))  # which shows the other one as the publisher's head
    refused.is_("LOG_CHAIN", Stage.LOG, retryable=False)
    victim.buys(pack)


# --- tiles


@pytest.mark.parametrize("how", ["changed", "missing", "short"])
def test_false_tiles_are_refused_and_accuse_nobody(
    victim: Victim, malicious: Malicious, common: Terms, how: str
) -> None:
    victim.buys(malicious.shown(common))
    malicious.publish(malicious.terms("1.1.0", after=common, sequence=1))
    seen = victim.known.note
    for name, data in malicious.snapshot().items():
        if name.startswith("log/tile/0"):
            bent = {"changed": bytes([data[0] ^ 1]) + data[1:], "missing": b"", "short": data[:-1]}[how]
            victim.server.bent[name] = content(bent)
    assert [each.code for each in victim.refresh().refusals] == ["LOG_INVALID"]
    assert victim.known.disputed is None
    assert victim.known.note == seen
    victim.server.bent.clear()
    assert victim.refresh().refusals == []
    victim.buys(malicious.renewed(common))


def test_changed_proofs_are_refused(victim: Victim, malicious: Malicious, common: Terms) -> None:
    pack = malicious.publish(malicious.terms("1.1.0", after=common, sequence=1))
    staple = read_staple(pack.staple)
    first = staple.entries[0]
    spoiled = [
        type(first)(first.entry, first.index, (bytes(32), *first.proof[1:]), first.first, first.first_proof),
        type(first)(first.entry, first.index + 1, first.proof, first.first, first.first_proof),
        type(first)(first.entry[:-1] + bytes([first.entry[-1] ^ 1]), first.index, first.proof),
    ]
    for each in spoiled:
        with victim.refuses() as refused:
            victim.consider(stapled(pack, entries=(each, *staple.entries[1:])))
        refused.is_("LOG_INVALID", Stage.LOG, retryable=True)
    victim.buys(pack)
