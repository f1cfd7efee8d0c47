"""What was erased of a transfer is gone from both sides, and nothing is erased for which somebody may come."""

from __future__ import annotations

import pytest

from semper_host.commerce.consignment import File, Part
from semper_host.host.consignments.forgetting import FORGOTTEN, forget
from semper_host.host.consignments.records import LATE, Consignments
from semper_host.host.home import Home
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.security import Receipt
from semper_host.supporting.archive.evidence import verify_chain
from semper_host.supporting.communication.refusal import RefusedByPeer
from tests.host.consignments.post import SERVING, Post

WORDS = b"what only the two of them know, in forty-two words or so"
PARTS = (Part((), (File("words.txt", WORDS),)),)


def of(post: Post, name: str) -> Consignments:
    return Consignments(post.sender if name == "sender" else post.homes[name], post.clock)


def erase(post: Post, name: str, number: bytes, *, late: bool = False) -> None:
    forget(of(post, name), number, post.clock(), late=late)


def refused(post: Post, name: str, number: bytes, why: str) -> None:
    """It is not forgotten, and nothing of it is gone."""
    before = of(post, name).home.archive.journal(number)
    with pytest.raises(UsageError, match=why) as caught:
        erase(post, name, number)
    assert caught.value.code == "DEAL_UNFINISHED" and of(post, name).home.archive.journal(number) == before != []


def check_gone(home: Home, consignments: Consignments, number: bytes, deal: bytes) -> None:
    assert not home.archive.journal(number)
    exhibits = home.archive.evidence(deal)
    assert exhibits and {(each.message, each.salt) for each in exhibits} == {(None, None)}
    assert verify_chain(deal, exhibits) == home.archive.evidence_head(deal)
    row = consignments.rows()[number]
    assert (row.state(0), row.title) == (FORGOTTEN, "")
    with pytest.raises(UsageError, match="cannot find the transfer"):
        consignments.read(number)


def test_a_forgotten_transfer_leaves_its_number_and_a_chain_without_messages(post: Post) -> None:
    number, tickets = post.send(PARTS)
    refused(post, "sender", number, "it goes on")
    post.carry(number, tickets)
    deal = post.standing("sender", number).roll.deal
    other, others = post.send(PARTS)
    post.carry(other, others)
    refused(post, "Anna", number, "its sender may ask again")
    (file,) = post.party("Anna").files(number)

    erase(post, "sender", number)  # it has every receipt: nobody waits for it
    check_gone(post.sender, of(post, "sender"), number, deal)
    with pytest.raises(RefusedByPeer) as caught:
        post.step("Anna", number)
    assert caught.value.code == "NOT_INVITED"
    post.clock.ahead += 601
    erase(post, "Anna", number)
    check_gone(post.homes["Anna"], of(post, "Anna"), number, deal)
    assert file.read_bytes() == WORDS, "what was received stays"
    assert post.exported("sender", other) and post.exported("Bruno", number)
    for name in ("sender", "Anna"):
        with pytest.raises(UsageError, match="cannot find the transfer"):
            erase(post, name, number)


def test_who_may_still_come_for_a_late_transfer_is_waited_for_unless_a_person_says_otherwise(post: Post) -> None:
    number, tickets = post.send(PARTS)
    for name, ticket in tickets.items():
        post.party(name).join(ticket)
    for name in tickets:
        post.step(name, number)  # all have joined; who called last has its parcel
    post.clock.ahead += 601
    assert of(post, "sender").rows()[number].state(post.clock()) == LATE
    refused(post, "sender", number, "with --late")
    erase(post, "sender", number, late=True)
    assert of(post, "sender").rows()[number].state(post.clock()) == FORGOTTEN


def test_an_invitation_that_not_everybody_took_is_forgotten_once_its_time_is_over(post: Post) -> None:
    number, tickets = post.send(PARTS)
    post.party("Anna").join(tickets["Anna"])
    refused(post, "Anna", number, "it goes on")
    post.clock.ahead += 601
    for name in ("sender", "Anna"):
        erase(post, name, number)
    with pytest.raises(PeerDeviated, match="time"):
        post.party("Anna").join(tickets["Anna"])


def test_what_a_stranger_sent_does_not_come_again_after_it_was_forgotten(post: Post) -> None:
    number = post.sent(PARTS, SERVING[:1], receipt=Receipt.RECEIVED)
    post.accept(SERVING[0], number)
    refused(post, SERVING[0], number, "its sender may ask again")
    post.clock.ahead += 2 * 3600  # what nobody can tell from by its hour is rounded up
    erase(post, SERVING[0], number)
    with pytest.raises(RefusedByPeer):
        post.ask_again(number)
    assert not post.letters(SERVING[0]).waiting() and not post.homes[SERVING[0]].archive.journal(number)
