"""One container to several homes: each gets what is for it and signs for that, once, whoever crashes or cheats."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce.consignment import File, Part, transfer_to
from semper_host.commerce.consignment_evidence import Handed, is_consignment, read, verify, write
from semper_host.commerce.consignment_state import Packed, Seated
from semper_host.commerce.consignment_words import judge_transfer, read_transfer_claim
from semper_host.exchange import container_transfer
from semper_host.host.business import deal_keys
from semper_host.host.consignments import sending
from semper_host.host.consignments.records import DELIVERED, GOES_ON, LATE, RECEIVED
from semper_host.host.consignments.sending import TRANSFER_PATH, TransferCall
from semper_host.host.home import Home
from semper_host.model import container as containers
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError, UserDeclined
from semper_host.model.items import Item
from semper_host.model.security import Receipt
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh_seed
from tests.host.consignments.post import ADDRESS, LETTER, NAMES, PARTS, PRICE, Post
from tests.host.street import Killed, Mortal


def test_each_recipient_has_its_own_files_of_one_tree_and_signed_for_them(post: Post) -> None:
    number, tickets = post.send()
    post.carry(number, tickets)
    assert post.received("Anna", number) == {LETTER.name: LETTER.content, PRICE.name: PRICE.content}
    assert post.received("Bruno", number) == {LETTER.name: LETTER.content, ADDRESS.name: ADDRESS.content}
    standing = post.standing("sender", number)
    assert all(standing.receipts) and standing.over
    mine, hers = post.evidence("sender", number), post.evidence("Anna", number)
    assert [(got.origin, got.receipt) for got in mine.got] == [(True, "opened"), (True, "opened")]
    assert mine.got[0] == hers.got[0] and len({got.digest for got in mine.got}) == 1
    assert "party 1 (Anna), not certified: container" in hers.lines[3]
    shown = post.persons["Anna"].screens[-1]
    assert "You decide:             take it, and sign that you have what is in it" in shown
    assert "Told to:                Office" in shown


def test_nobody_can_deny_what_it_signed_and_nothing_is_held_against_who_did_not(post: Post) -> None:
    number, tickets = post.send(names=("Anna", "Bruno", "Cleo"))
    for name, ticket in tickets.items():
        post.party(name).join(ticket)
    for name in ("Cleo", "Bruno", "Anna", "Anna", "Anna"):
        post.step(name, number)
    files = [post.evidence("sender", number), post.evidence("Anna", number)]
    told = judge_transfer(files[:1], [read_transfer_claim("1:not-received")])
    assert told.decided and "party 1 (Anna) is wrong: it signed that the container was opened" in told.why
    assert "party 0 (Office) is wrong" in judge_transfer(files[1:], [read_transfer_claim("0:not-sent")]).why
    assert not judge_transfer(files, [read_transfer_claim("2:not-received")]).decided
    for claim in ("0:not-received", "1:not-sent", "1:paid", "x"):
        with pytest.raises(UsageError):
            read_transfer_claim(claim)


def test_a_transfer_without_receipts_ends_by_the_recipients_word_or_by_its_deadline(post: Post) -> None:
    number, tickets = post.send(receipt=Receipt.NONE)
    post.joined(number, tickets)
    post.step("Bruno", number)  # takes it, and has not said so yet
    row = post.consignor.consignments.rows()[number]
    assert (row.state(row.until), row.state(row.until + 1), row.acknowledged) == (GOES_ON, LATE, 0)
    for name in ("Bruno", "Anna", "Anna"):
        assert post.step(name, number).over
    row = post.consignor.consignments.rows()[number]
    assert (row.state(row.until + 1), row.acknowledged, row.receipts) == (DELIVERED, 2, 0)
    theirs = post.party("Anna").consignments.rows()[number]
    assert theirs.state(theirs.until + 1) == RECEIVED
    never, _ = post.send()
    row = post.consignor.consignments.rows()[never]
    assert row.state(row.until + 1) == LATE


def test_who_says_no_takes_nothing_and_signs_nothing(post: Post) -> None:
    number, tickets = post.send()
    post.joined(number, tickets)
    post.persons["Bruno"].refuses = "sign that you have"
    with pytest.raises(UserDeclined):
        post.step("Bruno", number)
    post.persons["Bruno"].refuses = ""
    assert post.received("Bruno", number) == {} and not post.standing("sender", number).receipts[1]


def test_a_parcel_that_is_another_than_was_packed_is_refused_kept_and_not_signed_for(post: Post) -> None:
    number, tickets = post.send()
    post.joined(number, tickets)
    post.step("Bruno", number)  # all are seated, and the parcels are made
    standing = post.standing("sender", number)
    roll, crypto = post.standing("Bruno", number).roll, standing.table.crypto
    other = containers.pack(containers.Group(containers.demands(standing.container), [_file("a lie")]), bytes(32))
    false = container_transfer.give(transfer_to(roll, 1, other.digest), crypto, other)
    swapped = Handed(other.digest, false)
    anna = post.party("Anna")
    post.step("Anna", number)
    with pytest.raises(PeerDeviated, match="a different one came before"):
        anna._take(number, post.standing("Anna", number), swapped)
    assert post.evidence("Anna", number).deviations == 1
    group = containers.Group(containers.demands(standing.container), [_file("once"), _file("twice")])
    twice = containers.pack(group, bytes(32))
    doubled = Handed(twice.digest, container_transfer.give(transfer_to(roll, 1, twice.digest), crypto, twice))
    for handed in (replace(swapped, digest=standing.container.digest), replace(swapped, parcel=b"rubbish"), doubled):
        with pytest.raises(SemperError, match="cannot"):
            anna.opened(post.standing("Anna", number), handed)


def _file(text: str) -> Any:
    return Item("statement.file", encode(File("lie.txt", text.encode())))


def test_a_sender_that_signs_two_containers_for_one_is_convicted(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, lies = sending.packed, list[Handed]()

    def two(standing: Any) -> Packed:
        other = containers.pack(containers.Group(containers.demands(standing.container), [_file("a lie")]), bytes(32))
        false = container_transfer.give(transfer_to(standing.roll, 1, other.digest), standing.table.crypto, other)
        lies[:] = [Handed(other.digest, false)]
        return packed(standing)

    monkeypatch.setattr(sending, "packed", two)
    number, tickets = post.send()
    post.joined(number, tickets)
    post.step("Bruno", number)
    post.step("Bruno", number)
    joinings = post.standing("Bruno", number).joinings
    post.party("Anna").consignments.post(number, *(Seated(seat, each) for seat, each in enumerate(joinings, 1)))
    assert not post.party("Anna")._take(number, post.standing("Anna", number), lies[0])
    files = [post.evidence(name, number) for name in NAMES]
    assert judge_transfer(files, []).deviated == "party 0 (Office)"


def test_a_receipt_that_is_anothers_or_for_something_else_is_refused(post: Post) -> None:
    number, tickets = post.send()
    post.carry(number, {"Anna": tickets["Anna"]}, 1)
    post.carry(number, {"Bruno": tickets["Bruno"]}, 1)
    receipt = getattr(post.standing("Bruno", number).taken, "receipt", None)
    assert receipt
    own = post.standing("Anna", number).joinings[0]
    said = post.standing("sender", number).table.opened.invitation
    for false in (receipt, b"rubbish"):
        call = encode(TransferCall(tickets["Anna"].secret, own, false))
        with pytest.raises(SemperError, match="cannot"):
            sealed_call.call(post.lines["Anna"], said.url + TRANSFER_PATH, said.sealing, call, fresh_seed())
    assert post.evidence("sender", number).deviations == 2
    assert post.standing("sender", number).receipts[0] == b""


def test_a_stranger_and_a_second_holder_of_a_ticket_get_nothing(post: Post) -> None:
    number, tickets = post.send()
    post.party("Cleo").join(tickets["Anna"])
    post.step("Cleo", number)
    post.party("Anna").join(tickets["Anna"])
    with pytest.raises(RefusedByPeer) as refusal:
        post.step("Anna", number)
    assert refusal.value.code == "NOT_INVITED"
    number, tickets = post.send()
    post.party("Anna").join(replace(tickets["Anna"], secret=bytes(32)))
    with pytest.raises(RefusedByPeer) as refusal:
        post.step("Anna", number)
    assert refusal.value.code == "NOT_INVITED"
    post.clock.ahead += 700
    with pytest.raises(PeerDeviated, match="over"):
        post.party("Bruno").join(tickets["Bruno"])


@pytest.mark.parametrize("name", ["../x", ".hidden", "a/b", "a\\b", "", "new\nline", "C:x", "x" * 121])
def test_a_file_whose_name_leads_elsewhere_is_not_sent(post: Post, name: str) -> None:
    with pytest.raises(PeerDeviated):
        post.send([Part((), (File(name, b"x"),))])


def test_what_cannot_be_sent_is_refused_before_anybody_is_invited(post: Post) -> None:
    for parts in ([], [Part((), (File("x", bytes(200_000)),))], [Part((), (LETTER, LETTER))]):
        with pytest.raises(UsageError):
            post.send(parts)
    for names in ((), ("Anna", "Anna"), tuple(map(str, range(17)))):
        with pytest.raises(UsageError):
            post.send(names=names)


def test_any_changed_byte_of_the_evidence_is_found(post: Post) -> None:
    number, tickets = post.send()
    post.carry(number, tickets)
    data = post.exported("Anna", number)
    assert is_consignment(data)
    for at in range(0, len(data), 13):
        changed = bytearray(data)
        changed[at] ^= 0x40
        with pytest.raises(PeerDeviated, match="cannot accept the evidence at"):
            verify(bytes(changed), post.roots, post.clock())
    file, opened = read(data)
    key = deal_keys(post.homes["Anna"], post.party("Anna").consignments.read(number)[0].counter).signing
    for forged in (
        replace(file, exhibits=file.exhibits[1:]), replace(file, me=2), replace(file, joinings=file.joinings[::-1]),
        replace(file, at=file.at - 3600),
    ):  # fmt: skip
        with pytest.raises(PeerDeviated, match="cannot accept the evidence at"):
            verify(write(forged, opened.seal.deal, lambda p, k: cose.sign1(p, k, key)), post.roots, post.clock())


@contextmanager
def mortal(home: Home) -> Iterator[Mortal]:
    life = Mortal(home.archive)
    try:
        yield life
    finally:
        life.rise()
        life.bury()


@pytest.mark.parametrize(("who", "at"), [("sender", at) for at in range(1, 6)] + [("Anna", at) for at in range(1, 4)])
def test_whoever_dies_at_a_commit_goes_on_and_nothing_happens_twice(post: Post, who: str, at: int) -> None:
    number, tickets = post.send()
    with mortal(post.sender if who == "sender" else post.homes[who]) as life:
        life.die_at(at, durable=bool(at % 2))
        for _ in range(5):
            for name, ticket in tickets.items():
                try:
                    post.party(name).join(ticket)
                    post.step(name, number)
                except (Killed, SemperError):
                    pass
                if life.dead:
                    life.rise()
        assert life.count >= at, "it died"
    assert post.received("Anna", number) == {LETTER.name: LETTER.content, PRICE.name: PRICE.content}
    assert all(post.standing("sender", number).receipts)
    assert [post.evidence(name, number).exhibits for name in ("sender", *NAMES)] == [4, 2, 2]


def test_parts_can_name_several_and_a_single_recipient_is_enough(post: Post) -> None:
    parts = (*PARTS, Part((1, 2), (File("both.txt", b"for two of three"),)))
    number, tickets = post.send(parts, ("Anna", "Bruno", "Cleo"))
    post.carry(number, tickets)
    assert "both.txt" in post.received("Bruno", number) and "both.txt" not in post.received("Cleo", number)
    number, tickets = post.send([PARTS[0]], ("Cleo",))
    post.carry(number, tickets)
    assert post.received("Cleo", number) == {LETTER.name: LETTER.content}
