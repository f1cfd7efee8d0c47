"""A sender that nobody knows hands over to those who serve: exactly once, whoever cheats, replays, floods or dies."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce.consignment import (
    INVITATION,
    JOINING,
    VERSION,
    File,
    Part,
    open_invitation,
    read_roll,
    transfer_to,
)
from semper_host.commerce.consignment_evidence import Handed, verify
from semper_host.commerce.consignment_state import Acknowledged, Seated
from semper_host.commerce.seats import Joining
from semper_host.exchange import container_transfer
from semper_host.host import identity
from semper_host.host.business import deal_keys
from semper_host.host.consignments import letters as kept
from semper_host.host.consignments.calling import Recipient
from semper_host.host.consignments.letterbox import LETTER_PATH, LONGEST, LetterCall, LetterReply
from semper_host.host.consignments.letters import MOST_LETTER
from semper_host.host.consignments.records import DELIVERED, GOES_ON, LATE, MOST_DEVIATIONS, RECEIVED, Ticket
from semper_host.host.consignments.sending import Attributes
from semper_host.model import container as containers
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable, UsageError, UserDeclined
from semper_host.model.items import Item
from semper_host.model.security import Receipt
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic import cose
from tests.host.consignments.post import ADDRESS, LETTER, PARTS, PRICE, SERVING, Post
from tests.host.consignments.test_consignments import mortal
from tests.host.marketplace import Keys
from tests.host.street import Killed, Person

H, L = SERVING


def begun(post: Post, names: tuple[str, ...] = SERVING, **asked: Any) -> bytes:
    return post.stranger().begin("Heard", post.recipients(names), PARTS[: 1 + len(names)], Attributes(**asked), 600)


def call_of(post: Post, number: bytes, seat: int) -> LetterCall:
    """What the sender says to a recipient once all have joined."""
    beginning, standing = post.stranger().consignments.read(number)
    assert standing.packed is not None
    handed = Handed(standing.packed.digest, standing.packed.parcels[seat - 1])
    return LetterCall(beginning.invitation, seat, beginning.secrets[seat - 1], standing.joinings, handed)


def says(post: Post, name: str, call: LetterCall) -> LetterReply:
    return LetterReply.decode(post.boxes[name].answer(encode(call)))


def test_any_home_hands_over_to_two_that_sign_and_nobody_learns_whose_it_is(post: Post) -> None:
    number = post.sent()
    assert post.standing("sender", number).acknowledged == {1, 2}
    notice = post.boxes[H].letters.waiting()[number]
    assert (notice.title, notice.names, notice.origin, notice.receipt) == ("Heard", SERVING, True, "opened")
    for name, own in ((H, PRICE), (L, ADDRESS)):
        assert post.accept(name, number).taken is not None
        assert post.received(name, number) == {LETTER.name: LETTER.content, own.name: own.content}
        assert number not in post.boxes[name].letters.waiting()
    assert "Told to:                the party of the deal" in post.persons[L].screens[-1], "no name is shown"
    assert post.ask_again(number).over
    mine, theirs = post.evidence("sender", number), post.evidence(L, number)
    assert [(got.origin, got.receipt) for got in mine.got] == [(True, "opened")] * 2
    assert theirs.got[0] == mine.got[1] and theirs.members == mine.members
    assert mine.members[1:] == ((H, "Registrars"), (L, "Registrars"))
    assert "party 0 (anonymous, key " in theirs.lines[2] and "not certified, sends" in theirs.lines[2]


def test_a_recipient_that_says_no_signs_nothing_and_one_that_declines_hears_no_more_of_it(post: Post) -> None:
    number = post.sent()
    post.party(H)
    post.persons[H].refuses = "sign that you have"
    with pytest.raises(UserDeclined):
        post.accept(H, number)
    post.persons[H].refuses = ""
    assert number in post.boxes[H].letters.waiting() and not post.homes[H].archive.journal(number)
    post.boxes[H].letters.decline(number)
    with pytest.raises(UsageError, match="none such waits"):
        post.accept(H, number)
    post.accept(L, number)
    standing = post.ask_again(number)  # the other's receipt comes, and the one who declined is told as a trouble
    assert [bool(each) for each in standing.receipts] == [False, True] and not standing.over
    with pytest.raises(RefusedByPeer) as refusal:
        post.ask_again(number)
    assert refusal.value.code == "TRANSFER_DECLINED"
    assert number not in post.boxes[H].letters.waiting()
    row = post.stranger().consignments.rows()[number]
    assert row.state(post.clock()) == GOES_ON and row.state(row.until + 1) == LATE


def test_without_a_receipt_it_is_over_once_their_hosts_keep_it(post: Post) -> None:
    number = post.sent(receipt=Receipt.NONE)
    row = post.stranger().consignments.rows()[number]
    assert (row.over, row.acknowledged, row.receipts, row.anonymous) == (True, 2, 0, True)
    assert row.state(row.until + 1) == DELIVERED
    asked = len(post.persons.setdefault(H, Person()).screens)
    post.accept(H, number)
    theirs = post.party(H).consignments.rows()[number]
    assert theirs.state(theirs.until + 1) == RECEIVED and len(post.persons[H].screens) == asked


def test_recipients_are_those_that_are_certified_by_the_names_that_the_sender_means(post: Post) -> None:
    harbour = post.homes[H].config.url
    for wrong in ([Recipient(L, harbour)], [Recipient("Registrars", harbour)]):
        with pytest.raises(PeerDeviated, match=r"not '\w+' serves at .*, but 'Harbour'"):
            post.stranger().begin("x", wrong, PARTS[:1], Attributes(), 60)
    big = Part((1, 2), (File("big", bytes(100_000)),))
    many = [Recipient(str(seat), harbour) for seat in range(16)]
    for recipients, parts in ([], PARTS), (many, [Part(tuple(range(1, 17)), big.files)]), (many[:1] * 2, PARTS):
        with pytest.raises(UsageError):
            post.stranger().begin("x", recipients, parts, Attributes(), 60)


def test_who_relays_the_senders_call_to_somebody_else_is_found_out(post: Post) -> None:
    number = begun(post)
    beginning, standing = post.stranger().consignments.read(number)
    call = LetterCall(beginning.invitation, 1, beginning.secrets[0])
    with pytest.raises(PeerDeviated) as refusal:
        says(post, L, call)  # the seat is called Harbour
    assert refusal.value.code == "NOT_INVITED"
    joined = says(post, L, LetterCall(beginning.invitation, 2, beginning.secrets[1])).joining
    sender = post.stranger()
    with pytest.raises(PeerDeviated):
        sender._join(number, standing, 1, LetterReply(joined), beginning.addresses[0])
    other = replace(beginning.addresses[1], uri="semper:merchant/other")
    with pytest.raises(PeerDeviated, match="somebody else joined"):
        sender._join(number, standing, 2, LetterReply(joined), other)


def test_strangers_replay_and_forge_in_vain(post: Post) -> None:
    number = post.sent()
    call = call_of(post, number, 1)
    for _ in range(2):
        assert says(post, H, call) == LetterReply(kept=True)
    post.accept(H, number)
    receipt = says(post, H, call).receipt
    assert receipt and says(post, H, call).receipt == receipt
    assert post.evidence(H, number).exhibits == 2
    seen = open_invitation(call.invitation, post.roots, post.clock())
    thief = Keys.of("thief")
    resigned = cose.sign1(encode(replace(seen.invitation, party=thief.party)), INVITATION, thief.signing)
    kept_signature = cose.sign1(encode(seen.invitation), INVITATION, thief.signing)
    assert call.handed is not None
    others = replace(call.handed, parcel=call_of(post, post.sent(), 1).handed.parcel)  # type: ignore[union-attr]
    for forged in (
        replace(call, secret=bytes(32)),  # somebody who saw the invitation: the other recipient
        replace(call, seat=2), replace(call, seat=0), replace(call, seat=17),
        replace(call, invitation=kept_signature), replace(call, invitation=resigned),
        replace(call, joinings=call.joinings[::-1]), replace(call, joinings=call.joinings[:1]),
        replace(call, handed=others),  # under a seen number
        replace(call, handed=replace(call.handed, digest=bytes(32))),
    ):  # fmt: skip
        with pytest.raises(SemperError, match="cannot"):
            says(post, H, forged)
    with pytest.raises(SemperError):
        post.boxes[H].answer(b"rubbish")
    assert post.evidence(H, number).deviations == 2 and says(post, H, call).receipt == receipt


def test_another_parcel_before_the_person_looked_is_refused_and_the_first_stays(post: Post) -> None:
    number = post.sent()
    call, standing = call_of(post, number, 1), post.standing("sender", number)
    group = containers.Group(containers.demands(standing.container), [_file("a lie")])
    lie = containers.pack(group, bytes(32))
    parcel = container_transfer.give(transfer_to(standing.roll, 1, lie.digest), standing.table.crypto, lie)
    with pytest.raises(PeerDeviated, match="a different one came before"):
        says(post, H, replace(call, handed=Handed(lie.digest, parcel)))
    assert post.accept(H, number).taken is not None and PRICE.name in post.received(H, number)


def test_a_parcel_that_is_not_what_it_says_is_never_signed_for_and_its_sender_hears_so(post: Post) -> None:
    number = begun(post, (H,))
    beginning, standing = post.stranger().consignments.read(number)
    joining = says(post, H, LetterCall(beginning.invitation, 1, beginning.secrets[0])).joining
    assert joining is not None
    standing = post.stranger().consignments.post(number, Seated(1, joining))
    group = containers.Group(containers.demands(standing.container), [_file("once"), _file("twice")])
    twice = containers.pack(group, bytes(32))
    false = container_transfer.give(transfer_to(standing.roll, 1, twice.digest), standing.table.crypto, twice)
    call = LetterCall(beginning.invitation, 1, beginning.secrets[0], standing.joinings, Handed(twice.digest, false))
    assert says(post, H, call) == LetterReply(kept=True)  # only who opens it sees what is wrong
    with pytest.raises(PeerDeviated, match="two files have the same name"):
        post.accept(H, number)
    assert number not in post.boxes[H].letters.waiting()
    with pytest.raises(PeerDeviated, match="not what it was to be"):
        says(post, H, call)
    assert post.evidence(H, number).deviations == 1 and not post.party(H).files(number)


def test_a_call_that_comes_while_the_person_takes_the_parcel_brings_it_no_second_time(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = post.sent(names=(H,), parts=PARTS[:1])
    call, looked = call_of(post, number, 1), kept.Letters.notice

    def meanwhile(letters: kept.Letters, number: bytes) -> kept.Notice | None:
        post.accept(H, number)
        return looked(letters, number)

    monkeypatch.setattr(kept.Letters, "notice", meanwhile)
    receipt = says(post, H, call).receipt
    assert receipt and receipt == says(post, H, call).receipt
    assert number not in post.boxes[H].letters.waiting()


def test_whoever_sends_other_parcels_after_the_first_fills_no_disk(post: Post) -> None:
    number = post.sent(names=(H,), parts=PARTS[:1])
    call = call_of(post, number, 1)
    post.accept(H, number)
    assert call.handed is not None
    for n in range(MOST_DEVIATIONS + 4):
        with pytest.raises(PeerDeviated, match="a different one came before"):
            says(post, H, replace(call, handed=replace(call.handed, digest=bytes((n,)) * 32)))
    assert post.evidence(H, number).deviations == MOST_DEVIATIONS
    assert says(post, H, call).receipt


def _file(text: str) -> Item:
    return Item("statement.file", encode(File("lie.txt", text.encode())))


def test_a_flood_leaves_nothing_before_a_parcel_and_little_after(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    box = post.boxes[L]
    store = post.homes[L].archive.store
    number = begun(post, (L,))
    beginning, _ = post.stranger().consignments.read(number)
    with monkeypatch.context() as patch:
        patch.setattr(store, "commit", None)  # whatever would be written fails
        joinings = {says(post, L, LetterCall(beginning.invitation, 1, beginning.secrets[0])).joining for _ in range(9)}
    keys = {cose.signer_of(each) for each in joinings if each is not None}
    assert len(keys) == 1 and not store.read(lambda tx: box.letters._notice(number, tx))
    with pytest.raises(SemperError) as refusal:
        box.answer(bytes(MOST_LETTER + 1))
    assert refusal.value.code == "REQUEST_TOO_LARGE"
    monkeypatch.setattr(kept, "MOST_LETTERS", len(box.letters.waiting()) + 1)
    assert post.standing("sender", post.sent(names=(L,), parts=PARTS[:1])).acknowledged == {1}
    late = post.sent(names=(L,), parts=PARTS[:1])
    assert post.troubles.codes == ["OVERLOADED"] and not post.standing("sender", late).acknowledged
    monkeypatch.setattr(kept, "MOST_LETTERS", 99)
    monkeypatch.setattr(kept, "MOST_KEPT", sum(each.size for each in box.letters.waiting().values()) + 99)
    assert not post.ask_again(late).acknowledged and post.troubles.codes == ["OVERLOADED"]
    monkeypatch.undo()
    assert post.ask_again(late).acknowledged == {1}


def test_what_nobody_took_in_its_time_is_gone_and_nothing_may_wait_for_ever(post: Post) -> None:
    box = post.boxes[H]
    number, ever = post.sent(names=(H,), parts=PARTS[:1]), post.stranger()
    call = call_of(post, number, 1)
    box.letters.decline(number)
    other = post.sent(names=(H,), parts=PARTS[:1])
    stored = post.homes[H].archive
    assert {number.hex(), other.hex()} <= {*stored.kept_names(kept._NOTICES)}
    post.clock.ahead += 3 * 3600
    try:
        with pytest.raises(UsageError, match="none such waits"):
            post.accept(H, other)
        with pytest.raises(PeerDeviated, match="is over"):
            says(post, H, call)
        box.start()
        assert not {number.hex(), other.hex()} & {*stored.kept_names(kept._NOTICES), *stored.kept_names(kept._LETTERS)}
        assert post.stranger().consignments.rows()[other].state(post.clock()) == LATE
        forever = ever.begin("x", post.recipients((H,)), PARTS[:1], Attributes(), LONGEST + 86_400)
        with pytest.raises(RefusedByPeer, match="nothing waits that long"):
            ever.run(forever, give_up=lambda: True)
    finally:
        post.clock.ahead -= 3 * 3600


@pytest.mark.parametrize("seed", range(4))
def test_calls_that_are_dropped_repeated_and_reordered_change_nothing(post: Post, seed: int) -> None:
    chance, line, old = random.Random(seed), post.lines["stranger"], list[tuple[str, bytes]]()

    def weather(url: str, body: bytes, send: Any) -> bytes:
        old.append((url, body))
        for again in chance.sample(old, min(len(old), chance.randrange(3))):
            send(*again)
        if chance.random() < 0.25:
            raise Unavailable("PEER_UNREACHABLE", "cannot reach it: lost on the way there")
        said: bytes = send(url, body)
        if chance.random() < 0.25:
            raise Unavailable("PEER_UNREACHABLE", "cannot reach it: the answer was lost")
        return said

    line.relay = weather
    try:
        number = begun(post)
        for _ in range(40):
            if post.ask_again(number).over:
                break
            for name in SERVING:
                if number in post.boxes[name].letters.waiting() and chance.random() < 0.5:
                    post.accept(name, number)
    finally:
        line.relay = lambda url, body, send: send(url, body)
    assert [post.evidence(name, number).exhibits for name in ("sender", *SERVING)] == [4, 2, 2]
    assert all(url.endswith(LETTER_PATH) for url, _ in old)


@pytest.mark.parametrize(("who", "at"), [("sender", at) for at in (2, 3, 4, 5, 6, 7)] + [(H, at) for at in (1, 2)])
def test_whoever_dies_at_a_commit_goes_on_with_what_is_anonymous(post: Post, who: str, at: int) -> None:
    number, home = begun(post), post.sender if who == "sender" else post.homes[who]
    with mortal(home) as life:
        life.die_at(at - (who == "sender"), durable=bool(at % 2))
        for _ in range(6):
            for name in ("sender", *SERVING):
                with suppress(Killed, SemperError):
                    post.ask_again(number) if name == "sender" else accepted(post, name, number)
                if life.dead:
                    life.rise()
    assert life.count >= at - 1, "it died"
    assert post.standing("sender", number).over
    assert post.received(H, number) == {LETTER.name: LETTER.content, PRICE.name: PRICE.content}
    assert [post.evidence(name, number).exhibits for name in ("sender", *SERVING)] == [4, 2, 2]


def accepted(post: Post, name: str, number: bytes) -> None:
    if number in post.boxes[name].letters.waiting():
        post.accept(name, number)


def test_a_word_that_it_came_counts_for_what_was_sent_alone(post: Post) -> None:
    number = begun(post)
    with pytest.raises(PeerDeviated, match="nothing was sent"):
        post.stranger().consignments.post(number, Acknowledged(1))


def test_an_invitation_is_certified_or_nobodys_and_nothing_between(post: Post) -> None:
    number = begun(post)
    beginning, standing = post.stranger().consignments.read(number)
    said, key = standing.table.opened.invitation, deal_keys(post.sender, beginning.counter).signing
    assert said.callers is not None
    for wrong in (
        replace(said, url="http://127.0.0.1:1"), replace(said, sealing=bytes(32)), replace(said, callers=None),
        replace(said, callers=said.callers[:1]), replace(said, party=Keys.of("thief").party),
    ):  # fmt: skip
        with pytest.raises(PeerDeviated, match="cannot join"):
            open_invitation(cose.sign1(encode(wrong), INVITATION, key), post.roots, post.clock())
    certified = cose.sign1_certified(encode(said), INVITATION, identity.certified(post.sender))
    with pytest.raises(PeerDeviated, match="says that its sender is anonymous"):
        open_invitation(certified, post.roots, post.clock())
    with pytest.raises(PeerDeviated, match="hands out no invitation"):
        post.party("Anna").join(Ticket(beginning.invitation, 1, beginning.secrets[0]))
    served, _ = post.send()
    invitation = post.stranger().consignments.read(served)[0].invitation
    with pytest.raises(PeerDeviated, match="no such seat for us"):
        says(post, H, LetterCall(invitation, 1, bytes(32)))


def test_every_recipient_knows_that_all_others_are_certified_by_their_names(post: Post) -> None:
    number = begun(post)
    beginning, standing = post.stranger().consignments.read(number)
    joined = says(post, H, LetterCall(beginning.invitation, 1, beginning.secrets[0])).joining
    keys, at = Keys.of("accomplice"), post.clock()
    bare = Joining(VERSION, at, number, 2, keys.party, bytes(32))
    opened = standing.table.opened
    for vouch in (None, post.market.authorities.vouch(opened.invitation.party.signing, keys.party, "accomplice", at)):
        signed = cose.sign1(encode(replace(bare, vouch=vouch)), JOINING, keys.signing)
        with pytest.raises(PeerDeviated, match="not certified by the name of its seat"):
            read_roll(opened, (joined or b"", signed), post.roots)


def test_any_changed_byte_of_an_anonymous_transfers_evidence_is_found(post: Post) -> None:
    number = post.sent(receipt=Receipt.RECEIVED)
    post.accept(L, number)
    data = post.exported(L, number)
    for at in range(0, len(data), 97):
        changed = bytearray(data)
        changed[at] ^= 0x40
        with pytest.raises(PeerDeviated, match="cannot accept the evidence at"):
            verify(bytes(changed), post.roots, post.clock())
