"""Where a home stands with the repositories it trusts: what staples teach, when a head is asked for, who lied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from semper_host.admission.log_evidence import Equivocation, read_staple
from semper_host.admission.pack import Pack
from semper_host.admission.statements import Revocation, Withdrawal, digest, sign
from semper_host.host import home as homes
from semper_host.host import installed, known_heads, standing, stapling, trusting
from semper_host.host.heads import Heads, Read
from semper_host.host.home import Home
from semper_host.host.refreshing import Refresher
from semper_host.host.standing import Learnt, Prefix
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import merkle
from tests.admission.log_world import LogWorld, consistency_proof
from tests.host.anchored import AnchoredLog
from tests.host.counting_repository import CHECKPOINT, HEAD, CountingRepository
from tests.host.marketplace import PASSPHRASE, Authorities, first_party_packs, now
from tests.host.street import Killed, Mortal

HOUR, DAY = 3600, 86_400
Packs = dict[str, Pack]


class Time:
    """The clock of host and repository."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> int:
        return self.at


@pytest.fixture(scope="module")
def board() -> Authorities:
    return Authorities()


@pytest.fixture(scope="module")
def published(board: Authorities) -> Packs:
    wanted = ("commerce-courseware", "payment-ecash", "items-payment")
    return {name: pack for name, pack in first_party_packs(board).items() if name in wanted}


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def anchored(board: Authorities, published: Packs, clock: Time) -> AnchoredLog:
    """A log of its own that holds what the board vouched for: no test changes another's."""
    return AnchoredLog(LogWorld(clock() - 60))


@pytest.fixture(autouse=True)
def logged(anchored: AnchoredLog, published: Packs, board: Authorities) -> Packs:
    return enter_all(anchored, published.items(), board)


def enter_all(anchored: AnchoredLog, packs: Iterable[tuple[str, Pack]], board: Authorities) -> Packs:
    return {
        name: anchored.log.pack(pack.archive, pack.release, pack.evaluations) for name, pack in packs
    }


@pytest.fixture
def repository(anchored: AnchoredLog, clock: Time) -> Iterator[CountingRepository]:
    with CountingRepository(anchored, clock).served() as served:
        yield served


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(connect_seconds=2, read_seconds=5, whole_seconds=5) as made:
        yield made


@pytest.fixture
def home(tmp_path: Path, board: Authorities, repository: CountingRepository) -> Iterator[Home]:
    homes.create(tmp_path / "home", homes.Config(role="buyer", name="Bea"), PASSPHRASE)
    made = homes.open_home(tmp_path / "home", PASSPHRASE)
    board.trust(made)
    trusting.remove_repository(made.trust, board.log.log.name)
    repository.anchored.trust(made, repository.url, freshness={})
    yield made
    made.close()


@pytest.fixture
def heads(home: Home, client: Client) -> Heads:
    return Heads(home, client)


Staple = Callable[..., Pack]


@pytest.fixture
def staple(anchored: AnchoredLog, logged: Packs, clock: Time) -> Staple:
    """The courseware's pack, or another, stapled now or so long ago."""

    def made(name: str = "commerce-courseware", ago: int = 0) -> Pack:
        return anchored.restapled(logged[name], clock() - ago)

    return made


def code(work: Callable[[], object]) -> str:
    with pytest.raises(SemperError) as caught:
        work()
    assert caught.value.message.startswith("cannot")
    return caught.value.code


def unreachable(home: Home) -> None:
    """Let the repository be nowhere."""
    trusting.change(
        home.trust,
        lambda policy: replace(
            policy, repositories=tuple(replace(each, url="http://127.0.0.1:9") for each in policy.repositories)
        ),
    )


def row_of(home: Home) -> known_heads.Row:
    [repository] = trusting.load(home.trust).policy.repositories
    return known_heads.load(home, repository)


# --- who is asked for what


def test_fresh_staple_is_enough_and_nobody_is_asked(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    admitted = installed.install(home, staple(), clock(), heads)
    assert admitted.grants.evaluated
    assert admitted.grounds.repository == "Repository"
    assert repository.asked == []


def test_stale_staple_costs_the_head_and_nothing_that_names_a_bundle(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    assert installed.install(home, staple(ago=2 * DAY), clock(), heads).grants.evaluated
    assert repository.asked == [HEAD, CHECKPOINT]
    repository.asked.clear()
    assert installed.install(home, staple("items-payment", ago=2 * DAY), clock(), heads).manifest.id
    assert repository.asked == []


def test_payment_system_wants_a_fresher_word(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    installed.install(home, staple(ago=7 * HOUR), clock(), heads)
    assert repository.asked == []
    installed.install(home, staple("payment-ecash", ago=7 * HOUR), clock(), heads)
    assert repository.asked == [HEAD, CHECKPOINT]


def test_head_is_asked_for_before_terms_are_fetched_from_a_repository(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    asked_before: list[list[str]] = []

    def from_repository(subject: bytes) -> Pack:
        asked_before.append(list(repository.asked))
        return staple(ago=2 * DAY)

    subject = digest(staple().archive)
    assert installed.obtain(home, subject, (), clock(), heads, [from_repository]).grants.evaluated
    assert asked_before == [[HEAD, CHECKPOINT]]
    assert repository.asked == [HEAD, CHECKPOINT]


def test_kept_terms_are_used_again_and_the_merchant_staples_what_is_newer(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    subject = installed.install(home, staple(), clock(), heads).digest
    clock.at += 2 * DAY
    fresh = staple()
    assert installed.obtain(home, subject, [lambda _: fresh], clock(), heads).grants.evaluated
    assert repository.asked == []
    assert installed.pack_of(home, subject) == fresh


def test_without_a_way_to_anybody_old_evidence_grants_nothing(
    home: Home, heads: Heads, staple: Staple, clock: Time
) -> None:
    unreachable(home)
    assert code(lambda: installed.install(home, staple(ago=2 * DAY), clock(), heads)) == "STATUS_STALE"
    assert installed.ids(home) == []


def test_known_head_that_grows_old_grants_nothing_in_the_end(
    home: Home, heads: Heads, staple: Staple, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    unreachable(home)
    clock.at += DAY - HOUR
    assert installed.admit_pack(home, staple(ago=DAY - HOUR), clock(), heads).grants.evaluated
    clock.at += 2 * HOUR
    assert code(lambda: installed.admit_pack(home, staple(ago=DAY + HOUR), clock(), heads)) == "STATUS_STALE"


def test_user_off_line_may_bear_older_evidence(home: Home, heads: Heads, staple: Staple, clock: Time) -> None:
    trusting.change(home.trust, lambda policy: replace(policy, freshness={"max_staleness": "P7D"}))
    unreachable(home)
    assert installed.install(home, staple(ago=5 * DAY), clock(), heads).grants.evaluated
    clock.at += 3 * DAY
    assert code(lambda: installed.admit_pack(home, staple(ago=8 * DAY), clock(), heads)) == "STATUS_STALE"


def test_pack_without_a_staple_grants_nothing(home: Home, heads: Heads, published: Packs, clock: Time) -> None:
    bare = replace(published["payment-ecash"], staple=b"")
    heads.refresh(clock())
    assert code(lambda: installed.install(home, bare, clock(), heads)) == "LOG_MISSING"


def test_staple_of_a_repository_that_nobody_trusts_teaches_nothing(
    home: Home, heads: Heads, published: Packs, clock: Time, board: Authorities
) -> None:
    other = AnchoredLog(LogWorld(clock() - 60, origin="another.example/log", seed=b"another"))
    foreign = other.pack(replace(published["payment-ecash"], staple=b""), clock())
    assert code(lambda: installed.install(home, foreign, clock(), Heads(home))) == "ANCHOR_MISSING"
    assert row_of(home).known.note == b""


# --- rollback and freeze


def test_repository_that_shows_an_older_anchor_is_refused_once_ours_is_stale(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, anchored: AnchoredLog, clock: Time
) -> None:
    old = anchored.head(clock())
    installed.install(home, staple(), clock(), heads)
    seen = row_of(home).known.anchor
    repository.bent[HEAD] = old
    clock.at += 2 * DAY
    assert code(lambda: installed.admit_pack(home, staple(ago=2 * DAY), clock(), heads)) == "ROLLBACK"
    assert row_of(home).known.anchor.timestamp == seen.timestamp


def test_repository_that_keeps_showing_the_same_anchor_is_frozen(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, anchored: AnchoredLog, clock: Time
) -> None:
    pack = staple()
    repository.bent[HEAD] = anchored.head(clock())
    installed.install(home, pack, clock(), heads)
    clock.at += 2 * DAY
    assert code(lambda: installed.admit_pack(home, pack, clock(), heads)) == "FREEZE"


def test_an_anchor_whose_oldest_host_is_no_version_is_refused_with_what_it_says(
    home: Home, heads: Heads, staple: Staple, anchored: AnchoredLog, clock: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchored.log, "minimum_host", "the newest\n")
    refusals = heads.refresh(clock()).refusals
    assert [each.code for each in refusals] == ["ANCHOR_INVALID"]
    assert isinstance(refusals[0], AdmissionRefused) and refusals[0].evidence == b"the newest\n"
    assert row_of(home).known.policy is None, "nothing of it is kept"
    monkeypatch.setattr(standing, "_check_said", lambda *said: None)  # as a host did that took whatever it said
    heads.refresh(clock())
    with pytest.raises(AdmissionRefused) as caught:
        installed.install(home, staple(), clock(), heads)
    assert (caught.value.code, caught.value.evidence) == ("ANCHOR_INVALID", b"the newest")


def test_repository_that_shows_a_shorter_log_is_refused(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, anchored: AnchoredLog, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    repository.bent[CHECKPOINT] = anchored.log.checkpoint(2, clock())
    refusals = [each.code for each in heads.refresh(clock()).refusals]
    assert refusals == ["ROLLBACK"]
    assert row_of(home).known.note == read_staple(staple().staple).checkpoint


def test_older_staple_after_a_newer_head_is_no_rollback(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    old = staple("items-payment", ago=3 * HOUR)
    installed.install(home, staple(), clock(), heads)
    installed.install(home, old, clock(), heads)
    assert repository.asked == []
    known = known_heads.standing_of(row_of(home))
    assert known is not None
    assert known.status.at == clock()


def test_new_root_is_followed_from_a_staple(
    home: Home, heads: Heads, anchored: AnchoredLog, staple: Staple, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    anchored.rotate(clock())
    clock.at += HOUR
    installed.install(home, staple(), clock(), heads)
    assert row_of(home).known.anchor.root == anchored.roots[1]


# --- revocation


def test_revocation_reaches_this_home_with_the_next_staple_whoevers_it_is(
    home: Home, heads: Heads, staple: Staple, anchored: AnchoredLog, board: Authorities, clock: Time
) -> None:
    pack = staple()
    admitted = installed.install(home, pack, clock(), heads)
    clock.at += HOUR
    revoked = sign(Revocation("bundle", admitted.digest, clock(), "a hole", clock()), board.publisher)
    anchored.log.append(revoked, at=clock())
    assert installed.admit_pack(home, pack, clock(), heads).grants.evaluated
    installed.install(home, staple("items-payment"), clock(), heads)
    assert code(lambda: installed.admit_pack(home, pack, clock(), heads)) == "REVOKED_BUNDLE"


@pytest.mark.parametrize("taken_back", ["revoked", "withdrawn"])
def test_running_deal_goes_on_as_was_decided_when_it_began(
    home: Home, heads: Heads, staple: Staple, anchored: AnchoredLog, board: Authorities, clock: Time, taken_back: str
) -> None:
    admitted = installed.install(home, staple(), clock(), heads)
    decided = installed.decided(home, [admitted], clock())
    clock.at += HOUR
    said = {
        "revoked": Revocation("bundle", admitted.digest, clock(), "compromise", clock()),
        "withdrawn": Withdrawal(admitted.manifest.id, admitted.digest, "a better one is there", clock()),
    }[taken_back]
    anchored.log.append(sign(said, board.publisher), at=clock())
    heads.refresh(clock())
    expected = {"revoked": "REVOKED_BUNDLE", "withdrawn": "WITHDRAWN"}[taken_back]
    assert code(lambda: installed.as_decided(home, admitted.digest, (), clock())) == expected
    again = installed.as_decided(home, admitted.digest, decided, clock())
    assert again.grants == admitted.grants


def test_evaluation_that_did_not_count_when_a_deal_began_does_not_come_to_count(
    home: Home, heads: Heads, staple: Staple, published: Packs, clock: Time
) -> None:
    admitted = installed.install(home, staple(), clock(), heads)
    [counted] = installed.decided(home, [admitted], clock())
    none = replace(counted, evaluations=())
    assert code(lambda: installed.as_decided(home, admitted.digest, [none], clock())) == "EVAL_MISSING"


# --- two histories


class Fork(NamedTuple):
    """The same log under the same keys, with another history."""

    anchored: AnchoredLog
    pack: Pack


Forked = Callable[..., Fork]


@pytest.fixture
def forked(anchored: AnchoredLog, published: Packs, board: Authorities, clock: Time) -> Forked:
    """Makes a fork in which the entries stand in another order; `more` entries longer."""

    def made(more: int = 0) -> Fork:
        other = AnchoredLog(LogWorld(clock() - 60))
        other.version = anchored.version
        packs = enter_all(other, reversed(published.items()), board)
        for number in range(more):
            other.log.append(sign(Withdrawal("semper/x", bytes([number]) * 32, "r", clock()), board.publisher))
        return Fork(other, other.restapled(packs["commerce-courseware"], clock()))

    return made


def test_two_histories_of_one_length_stop_everything_until_a_person_decides(
    home: Home, heads: Heads, staple: Staple, forked: Forked, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    other = forked().pack
    with pytest.raises(AdmissionRefused) as caught:
        installed.install(home, other, clock(), heads)
    assert caught.value.code == "LOG_EQUIVOCATION"
    disputed = row_of(home).known.disputed
    assert disputed is not None
    notes = {read_staple(pack.staple).checkpoint for pack in (staple(), other)}
    assert {disputed.one, disputed.other} == notes
    assert Equivocation.decode(caught.value.evidence) == disputed
    assert home.archive.document(digest(encode(disputed))) == encode(disputed)
    for pack in (staple(), staple("items-payment"), other):
        assert code(partial(installed.admit_pack, home, pack, clock(), heads)) == "LOG_EQUIVOCATION"
    assert known_heads.standing_of(row_of(home)) is None


def test_person_decides_for_one_history_and_the_other_is_refused_again(
    home: Home, heads: Heads, staple: Staple, forked: Forked, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    other = forked().pack
    assert code(lambda: installed.install(home, other, clock(), heads)) == "LOG_EQUIVOCATION"
    row = row_of(home)
    with pytest.raises(UsageError):
        standing.resolve(home, row.repository, b"another note")
    standing.resolve(home, row.repository, read_staple(staple().staple).checkpoint)
    assert installed.admit_pack(home, staple(), clock(), heads).grants.evaluated
    assert code(lambda: installed.admit_pack(home, other, clock(), heads)) == "LOG_EQUIVOCATION"


def prefixes(hashes: Sequence[bytes]) -> Callable[[Read, int, int], Prefix]:
    """What honest tiles of these leaves say."""
    return lambda read, old, new: Prefix(merkle.root(hashes[:old]), consistency_proof(hashes[:new], old))


def test_history_of_another_length_is_found_out_when_the_head_is_asked_for(
    home: Home, client: Client, staple: Staple, forked: Forked, clock: Time, repository: CountingRepository
) -> None:
    installed.install(home, staple(), clock(), Heads(home))
    repository.anchored = forked(more=3).anchored
    asking = Heads(home, client, prefixes(repository.anchored.log.hashes))
    with pytest.raises(AdmissionRefused) as caught:
        asking.refresh(clock())
    assert caught.value.code == "LOG_EQUIVOCATION"
    assert row_of(home).known.disputed is not None


def test_longer_log_that_continues_what_was_seen_is_taken(
    home: Home, client: Client, staple: Staple, anchored: AnchoredLog, board: Authorities, clock: Time
) -> None:
    installed.install(home, staple(), clock(), Heads(home))
    anchored.log.append(sign(Withdrawal("semper/x", bytes(32), "r", clock()), board.publisher), at=clock())
    asking = Heads(home, client, prefixes(anchored.log.hashes))
    assert asking.refresh(clock()).refusals == []
    assert row_of(home).known.unproven == ()
    assert row_of(home).known.note == anchored.log.checkpoint(at=clock())


def test_server_with_false_tiles_cannot_accuse_a_log(
    home: Home, client: Client, staple: Staple, anchored: AnchoredLog, board: Authorities, clock: Time
) -> None:
    installed.install(home, staple(), clock(), Heads(home))
    anchored.log.append(sign(Withdrawal("semper/x", bytes(32), "r", clock()), board.publisher), at=clock())
    false = [bytes(32), *anchored.log.hashes[1:]]
    learnt = Heads(home, client, prefixes(false)).refresh(clock())
    assert [each.code for each in learnt.refusals] == ["LOG_INVALID"]
    assert row_of(home).known.disputed is None


def test_log_under_too_few_witnesses_is_not_believed(
    home: Home, heads: Heads, anchored: AnchoredLog, staple: Staple, clock: Time
) -> None:
    heads.refresh(clock())
    pack, alone = staple("payment-ecash"), anchored.log.checkpoint(at=clock(), witnesses=anchored.log.witnesses[:1])
    weak = replace(pack, staple=encode(replace(read_staple(pack.staple), checkpoint=alone)))
    assert code(lambda: installed.install(home, weak, clock(), heads)) == "LOG_QUORUM"


# --- crashes


def test_killed_at_any_write_a_home_has_the_bundle_and_what_it_rests_on_or_neither(
    home: Home, heads: Heads, staple: Staple, clock: Time
) -> None:
    mortal, pack = Mortal(home.archive), staple()
    for durable in (False, True):
        mortal.die_at(1, durable=durable)
        with pytest.raises(Killed):
            installed.install(home, pack, clock(), heads)
        mortal.rise()
        assert bool(installed.ids(home)) == durable
        assert bool(row_of(home).known.note) == durable
    assert mortal.count == 1
    assert installed.admit_pack(home, installed.pack_of(home, digest(pack.archive)), clock(), heads).grants.evaluated
    mortal.bury()


def test_killed_while_a_dispute_is_kept_finds_it_again(
    home: Home, heads: Heads, staple: Staple, forked: Forked, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    other = forked().pack
    mortal = Mortal(home.archive)
    mortal.die_at(1, durable=False)
    with pytest.raises(Killed):
        installed.install(home, other, clock(), heads)
    mortal.rise()
    assert row_of(home).known.disputed is None
    assert code(lambda: installed.install(home, other, clock(), heads)) == "LOG_EQUIVOCATION"
    mortal.bury()
    assert row_of(home).known.disputed is not None


def test_killed_while_heads_are_refreshed_knows_the_old_or_the_new(home: Home, heads: Heads, clock: Time) -> None:
    mortal = Mortal(home.archive)
    for durable in (False, True):
        mortal.die_at(1, durable=durable)
        with pytest.raises(Killed):
            heads.refresh(clock())
        mortal.rise()
        assert bool(row_of(home).known.note) == durable
    mortal.bury()


def test_killed_while_packs_are_stapled_anew_a_merchant_staples_them_at_the_next_start(
    home: Home, heads: Heads, staple: Staple, clock: Time
) -> None:
    old = staple()
    shown = home.public / stapling.PACKS / f"{digest(old.archive).hex()}.smpack"
    shown.parent.mkdir(parents=True)
    shown.write_bytes(encode(old))
    clock.at += HOUR
    mortal = Mortal(home.archive)
    for durable in (False, True):
        mortal.die_at(1, durable=durable)
        with pytest.raises(Killed):
            stapling.restaple(heads, clock())
        mortal.rise()
        assert Pack.decode(shown.read_bytes()) == old
    mortal.bury()
    assert stapling.restaple(heads, clock()) == 1
    newer = Pack.decode(shown.read_bytes())
    assert newer != old
    assert installed.pack_of(home, digest(old.archive)) == newer


def test_checkpoint_that_another_process_saw_meanwhile_stays_to_be_compared(
    home: Home, heads: Heads, staple: Staple, anchored: AnchoredLog, board: Authorities, clock: Time
) -> None:
    policy = trusting.load(home.trust).policy
    first = staple()
    early = heads.meet(policy, first, clock())
    anchored.log.append(sign(Withdrawal("semper/x", bytes(32), "r", clock()), board.publisher), at=clock())
    clock.at += HOUR
    second = staple()
    late = heads.meet(policy, second, clock())
    for learnt in (early, late):
        home.archive.commit(partial(keep, learnt, home))
    assert set(row_of(home).known.notes) == {read_staple(pack.staple).checkpoint for pack in (first, second)}


def keep(learnt: Learnt, home: Home, tx: Transaction) -> None:
    learnt.keep(home, tx)


def test_repository_that_is_away_is_not_asked_with_every_call(
    home: Home, heads: Heads, staple: Staple, repository: CountingRepository, clock: Time
) -> None:
    installed.install(home, staple(), clock(), heads)
    address = repository.url
    unreachable(home)
    clock.at += 2 * DAY
    old = staple(ago=2 * DAY)
    for _ in range(3):
        assert code(lambda: installed.admit_pack(home, old, clock(), heads)) == "STATUS_STALE"
    trusting.change(
        home.trust,
        lambda policy: replace(policy, repositories=tuple(replace(each, url=address) for each in policy.repositories)),
    )
    assert installed.admit_pack(home, old, clock(), heads).grants.evaluated
    assert repository.asked == [HEAD, CHECKPOINT]


def test_row_that_another_process_made_newer_meanwhile_stays(
    home: Home, heads: Heads, staple: Staple, clock: Time
) -> None:
    policy = trusting.load(home.trust).policy
    early = heads.meet(policy, staple(), clock())
    clock.at += HOUR
    installed.install(home, staple(), clock(), heads)
    newer = row_of(home)
    home.archive.commit(lambda tx: early.keep(home, tx))
    assert row_of(home) == newer


# --- the merchant's side


def test_merchant_staples_its_packs_anew_and_its_buyers_ask_nobody(
    tmp_path: Path, home: Home, heads: Heads, board: Authorities, repository: CountingRepository, staple: Staple,
    client: Client, clock: Time,
) -> None:  # fmt: skip
    homes.create(tmp_path / "shop", homes.Config(role="merchant", name="shop"), PASSPHRASE)
    shop = homes.open_home(tmp_path / "shop", PASSPHRASE)
    board.trust(shop)
    trusting.remove_repository(shop.trust, board.log.log.name)
    repository.anchored.trust(shop, repository.url, freshness={})
    old = staple()
    shown = shop.public / stapling.PACKS / f"{digest(old.archive).hex()}.smpack"
    shown.parent.mkdir(parents=True)
    shown.write_bytes(encode(old))
    clock.at += 2 * DAY
    refresher = Refresher(shop, Heads(shop, client), clock)
    assert refresher.refresh(), refresher.trouble
    repository.asked.clear()
    fresh = Pack.decode(shown.read_bytes())
    assert (fresh.archive, fresh.release) == (old.archive, old.release)
    assert installed.install(home, fresh, clock(), heads).grants.evaluated
    assert repository.asked == []
    shop.close()


def test_merchant_whose_repository_is_away_keeps_what_it_shows(
    home: Home, staple: Staple, client: Client, clock: Time
) -> None:
    unreachable(home)
    pack = staple()
    assert stapling.restapled(Heads(home, client), pack, clock()) == pack
    refresher = Refresher(home, Heads(home, client), clock)
    assert not refresher.refresh()
    assert "cannot reach" in refresher.trouble
