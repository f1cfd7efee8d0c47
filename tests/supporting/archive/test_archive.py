"""The parts of the archive: journal, documents, kept values, deals, calls, purses, mail."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from semper_host.model.errors import BundleMisbehaved, PeerDeviated, Unavailable, UsageError
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.calls import Refusal
from semper_host.supporting.archive.mail import SessionState
from semper_host.supporting.archive.purses import CoinState
from semper_host.supporting.archive.records import JOURNAL
from semper_host.supporting.archive.records import place as place_of

DEAL, OTHER = b"d" * 32, b"o" * 32
SECRET = b"a secret that nobody may read from the disk"
FIRST = place_of(1, JOURNAL, 1)


def append(archive: Archive, payload: bytes) -> int:
    return archive.commit(lambda tx: archive.append_journal(tx, DEAL, payload))


def test_the_journal_comes_back_in_order_and_by_deal(archive: Archive) -> None:
    numbers = [append(archive, b"%d" % n) for n in range(3)]
    archive.commit(lambda tx: archive.append_journal(tx, OTHER, b"other"))
    assert numbers == [1, 2, 3]
    assert archive.journal(DEAL) == [b"0", b"1", b"2"]
    assert archive.journal(b"unknown") == []


def test_secrets_do_not_stand_readable_on_the_disk(archive: Archive, place: Path) -> None:
    def everything(tx: Connection) -> None:
        archive.append_journal(tx, DEAL, SECRET)
        archive.keep(tx, DEAL, "name", SECRET)
        archive.record_call(tx, b"call", 0, b"digest", SECRET)
        archive.add_coin(tx, "ecash/EUR", b"s" * 32, 100, SECRET)
        archive.enqueue(tx, b"session", SECRET)

    archive.commit(everything)
    archive.close()
    for path in place.parent.iterdir():
        assert SECRET not in path.read_bytes()


def test_another_key_reads_nothing(archive: Archive, place: Path) -> None:
    append(archive, SECRET)
    with pytest.raises(Unavailable) as error:
        Archive.open(place, bytes(32)).journal(DEAL)
    assert error.value.code == "STORAGE_CORRUPT"


@pytest.mark.parametrize(
    "tampering",
    [
        f"DELETE FROM records WHERE place = {FIRST}",
        f"UPDATE records SET place = place + 10 WHERE place = {FIRST + 1}",
        f"UPDATE records SET body = (SELECT body FROM records WHERE place = {FIRST + 2}) WHERE place = {FIRST}",
        f"UPDATE records SET body = zeroblob(60) WHERE place = {FIRST + 1}",
    ],
)
def test_a_journal_that_was_tampered_with_does_not_open(archive: Archive, tampering: str) -> None:
    for n in range(3):
        append(archive, b"%d" % n)
    archive.commit(lambda tx: tx.execute(text(tampering)))
    with pytest.raises(Unavailable) as error:
        archive.journal(DEAL)
    assert error.value.code == "STORAGE_CORRUPT"


def test_documents_are_kept_once_under_their_digest(archive: Archive) -> None:
    digest = archive.commit(lambda tx: archive.put_document(tx, b"terms"))
    assert archive.commit(lambda tx: archive.put_document(tx, b"terms")) == digest
    assert archive.document(digest) == b"terms"
    assert archive.document(bytes(32)) is None


def test_a_changed_document_is_not_handed_out(archive: Archive) -> None:
    digest = archive.commit(lambda tx: archive.put_document(tx, b"terms"))
    archive.commit(lambda tx: tx.execute(text("UPDATE documents SET content = x'00'")))
    with pytest.raises(Unavailable) as error:
        archive.document(digest)
    assert error.value.code == "STORAGE_CORRUPT"


def test_the_last_value_kept_counts_and_scopes_are_apart(archive: Archive) -> None:
    archive.commit(lambda tx: archive.keep(tx, DEAL, "a", b"1"))
    archive.commit(lambda tx: archive.keep(tx, DEAL, "a", b"2"))
    archive.commit(lambda tx: archive.keep(tx, OTHER, "b", b"3"))
    assert archive.recall(DEAL, "a") == b"2"
    assert archive.recall(DEAL, "b") is None
    assert archive.kept_names(DEAL) == ["a"]


def test_a_transaction_sees_what_it_wrote_before_anybody_else_does(archive: Archive) -> None:
    def work(tx: Connection) -> tuple[bytes | None, bytes | None]:
        archive.keep(tx, DEAL, "a", b"1")
        return archive.recall(DEAL, "a", tx), archive.recall(DEAL, "a")

    assert archive.commit(work) == (b"1", None)


def test_a_trustees_row_is_written_once_and_then_answers_everybody(archive: Archive, place: Path) -> None:
    assert archive.commit(lambda tx: archive.write_once(tx, "trustee", b"L", b"resolved")) is None
    assert archive.commit(lambda tx: archive.write_once(tx, "trustee", b"L", b"aborted")) == b"resolved"
    assert archive.commit(lambda tx: archive.write_once(tx, "other", b"L", b"x")) is None
    assert Archive.open(place, bytes(32)).written("trustee", b"L") == b"resolved"
    assert archive.all_written("trustee") == [(b"L", b"resolved")]


def test_deals_are_listed_with_their_last_state(archive: Archive) -> None:
    archive.commit(lambda tx: archive.put_deal(tx, DEAL, "B", "agreed", 10, {"title": "Course"}))
    archive.commit(lambda tx: archive.put_deal(tx, OTHER, "S", "paid", 11, {}))
    archive.commit(lambda tx: archive.put_deal(tx, DEAL, "B", "sold", 12, {"title": "Course", "total": 1990}))
    assert [(row.deal, row.state, row.at) for row in archive.deals()] == [(OTHER, "paid", 11), (DEAL, "sold", 12)]
    assert [row.deal for row in archive.deals(state="paid")] == [OTHER]
    found = archive.deal(DEAL)
    assert found is not None
    assert found.summary == {"title": "Course", "total": 1990}
    assert archive.deal(b"unknown") is None


def test_a_call_replays_its_answers_and_a_different_request_diverges(archive: Archive) -> None:
    def record(step: int) -> None:
        archive.commit(lambda tx: archive.record_call(tx, b"call", step, b"digest %d" % step, b"answer %d" % step))

    for step in (0, 1, 1):
        record(step)
    rows = archive.calls(b"call")
    assert [(row.step, row.request, row.answer) for row in rows] == [
        (0, b"digest 0", b"answer 0"),
        (1, b"digest 1", b"answer 1"),
    ]
    with pytest.raises(BundleMisbehaved) as error:
        archive.commit(lambda tx: archive.record_call(tx, b"call", 1, b"another", b"answer"))
    assert error.value.code == "REPLAY_DIVERGED"


def test_refusals_are_remembered_in_order(archive: Archive) -> None:
    def remember(refusal: Refusal) -> None:
        archive.commit(lambda tx: archive.append_refusal(tx, refusal))

    refusals = [Refusal(n, b"b" * 32, DEAL, "Pay", "not granted") for n in range(3)]
    for refusal in refusals:
        remember(refusal)
    assert archive.refusals() == refusals


def add_coin(archive: Archive, serial: bytes, value: int, coin: bytes = b"coin") -> bool:
    return archive.commit(lambda tx: archive.add_coin(tx, "ecash", serial, value, coin))


def add_coins(archive: Archive, *values: int) -> list[bytes]:
    serials = [bytes([n]) * 32 for n in range(len(values))]
    for serial, value in zip(serials, values, strict=True):
        assert add_coin(archive, serial, value)
    return serials


def test_a_coin_is_put_into_the_purse_once(archive: Archive) -> None:
    (serial,) = add_coins(archive, 100)
    assert not add_coin(archive, serial, 100, b"again")
    assert archive.purse_total("ecash") == 100


def test_reserved_coins_are_spent_or_come_back(archive: Archive) -> None:
    one, two, three = add_coins(archive, 100, 50, 20)
    archive.commit(lambda tx: archive.reserve_coins(tx, "ecash", [one, two], b"L"))
    archive.commit(lambda tx: archive.reserve_coins(tx, "ecash", [three], b"M"))
    assert archive.purse_total("ecash") == 0
    assert archive.commit(lambda tx: archive.spend_reserved(tx, "ecash", b"L")) == 2
    assert archive.commit(lambda tx: archive.free_reserved(tx, "ecash", b"M")) == 1
    assert archive.commit(lambda tx: archive.free_reserved(tx, "ecash", b"L")) == 0
    assert [(c.serial, c.value, c.coin) for c in archive.coins("ecash")] == [(three, 20, b"coin")]
    assert [c.serial for c in archive.coins("ecash", CoinState.SPENT)] == [one, two]


def test_a_coin_cannot_be_reserved_twice_and_then_nothing_is(archive: Archive) -> None:
    one, two = add_coins(archive, 100, 50)
    archive.commit(lambda tx: archive.reserve_coins(tx, "ecash", [one], b"L"))
    with pytest.raises(UsageError) as error:
        archive.commit(lambda tx: archive.reserve_coins(tx, "ecash", [two, one], b"M"))
    assert error.value.code == "FUNDS_INSUFFICIENT"
    assert [c.serial for c in archive.coins("ecash")] == [two]


def test_a_counter_is_never_given_twice(archive: Archive, place: Path) -> None:
    first = [archive.commit(lambda tx: archive.take_counters(tx, "ecash", 100, 3)) for _ in range(2)]
    assert first == [0, 3]
    again = Archive.open(place, bytes(range(32)))
    again.commit(lambda tx: again.skip_counters(tx, "ecash", 100, 2))
    assert again.next_counter("ecash", 100) == 6
    again.commit(lambda tx: again.skip_counters(tx, "ecash", 100, 40))
    assert again.commit(lambda tx: again.take_counters(tx, "ecash", 100, 1)) == 40
    assert again.next_counter("ecash", 50) == 0


def enqueue(archive: Archive, payload: bytes) -> int:
    return archive.commit(lambda tx: archive.enqueue(tx, b"session", payload))


def accept(archive: Archive, seq: int) -> bool:
    return archive.commit(lambda tx: archive.accept(tx, b"session", seq))


def test_the_outbox_keeps_mail_until_it_is_acknowledged(archive: Archive) -> None:
    for n in range(3):
        enqueue(archive, b"%d" % n)
    archive.commit(lambda tx: archive.acknowledge(tx, b"session", 2))
    assert archive.outbox(b"session") == [(3, b"2")]
    assert enqueue(archive, b"3") == 4
    archive.commit(lambda tx: archive.acknowledge(tx, b"session", 1))
    assert [seq for seq, _ in archive.outbox(b"session")] == [3, 4]


def test_letters_are_what_waits_and_how_far_the_session_has_come_at_one_moment(archive: Archive) -> None:
    assert archive.letters(b"session") == (SessionState(), [])
    for n in range(4):
        enqueue(archive, b"%d" % n)
    accept(archive, 1)
    archive.commit(lambda tx: archive.acknowledge(tx, b"session", 1))
    assert archive.letters(b"session", 2) == (SessionState(4, 1, 1), [(2, b"1"), (3, b"2")])
    assert archive.letters(b"session")[1] == archive.outbox(b"session")
    archive.commit(lambda tx: archive.acknowledge(tx, b"session", 4))
    assert archive.letters(b"session") == (SessionState(4, 4, 1), [])


def test_numbers_go_on_after_everything_was_acknowledged(archive: Archive) -> None:
    enqueue(archive, b"0")
    archive.commit(lambda tx: archive.acknowledge(tx, b"session", 1))
    assert enqueue(archive, b"1") == 2


def test_a_peer_cannot_acknowledge_what_was_never_sent(archive: Archive) -> None:
    with pytest.raises(PeerDeviated):
        archive.commit(lambda tx: archive.acknowledge(tx, b"session", 1))


def test_mail_is_accepted_once_and_only_in_order(archive: Archive) -> None:
    accepted = [accept(archive, seq) for seq in (2, 1, 1, 3, 2, 3, 1)]
    assert accepted == [False, True, False, False, True, True, False]


def test_acceptance_is_undone_with_the_handling_that_failed(archive: Archive) -> None:
    def handle(tx: Connection) -> None:
        assert archive.accept(tx, b"session", 1)
        raise ValueError

    with pytest.raises(ValueError):
        archive.commit(handle)
    assert accept(archive, 1)
